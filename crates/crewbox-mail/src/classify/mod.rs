//! Tells what an inbound mail is. The order of the rules is the point: real bounces call themselves automatic
//! replies, so the bounce test comes first. Each verdict names the header or phrase that decided.

mod automatic;
mod bounce;
mod languages;
mod returns;
mod unsubscribe;

use std::cell::OnceCell;

use crewbox_core::message::{Address, Class, Fold};
use crewbox_core::time::Timestamp;

use crate::address::clean;
use crate::budget::{MAX_CLASSIFIED_BYTES, MAX_EVIDENCE_CHARS};
use crate::fold;
use crate::mime::fields::Fields;
use crate::mime::walk::{Part, Tree};

/// An inbound mail as the rules see it.
pub(crate) struct Letter<'a> {
    /// Its parts.
    pub(crate) tree: &'a Tree<'a>,
    /// Its sender.
    pub(crate) from: &'a Address,
    /// Its subject.
    pub(crate) subject: &'a str,
    /// Its whole text.
    pub(crate) text: &'a str,
    /// Folds of the text.
    pub(crate) folds: &'a [Fold],
    /// When it was written, to tell the year of a date without one.
    pub(crate) at: Timestamp,
    /// Its new text, made when first asked for.
    pub(crate) fresh: OnceCell<String>,
}

impl Letter<'_> {
    fn fields(&self) -> &Fields<'_> {
        &self.tree.parts[0].fields
    }

    /// The mail's own parts of one type.
    fn parts(&self, media: &'static str) -> impl Iterator<Item = &Part<'_>> {
        self.tree.parts.iter().filter(move |part| part.message.is_none() && part.media == media)
    }

    /// The report type of a `multipart/report`, lower case.
    fn report_type(&self) -> Option<String> {
        let root = &self.tree.parts[0];
        (root.media == "multipart/report")
            .then(|| root.parameter("report-type").unwrap_or_default().to_ascii_lowercase())
    }

    /// What the writer wrote now, lower case, white space collapsed, apostrophes straight; the start of it.
    fn fresh(&self) -> &str {
        self.fresh.get_or_init(|| normal(&fold::written(head(self.text, MAX_CLASSIFIED_BYTES), self.folds)))
    }

    /// The sender gave no address to answer to: only machines do.
    fn null_return_path(&self) -> bool {
        self.fields().plain("Return-Path").is_some_and(|path| path.trim() == "<>")
    }

    fn has_calendar_reply(&self) -> bool {
        calendar(self).is_some()
    }
}

/// The verdict on a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) class: Class,
    pub(crate) evidence: String,
    pub(crate) returns_at: Option<Timestamp>,
    pub(crate) bounced_ids: Vec<String>,
    pub(crate) failed_recipients: Vec<String>,
}

impl Verdict {
    pub(crate) fn of(class: Class, evidence: impl AsRef<str>) -> Self {
        let evidence = clean(evidence.as_ref()).chars().take(MAX_EVIDENCE_CHARS).collect();
        Self { class, evidence, returns_at: None, bounced_ids: Vec::new(), failed_recipients: Vec::new() }
    }
}

/// A rule: what it is called, and the test.
type Rule = fn(&Letter<'_>) -> Option<Verdict>;

/// The rules in their order; the first that answers decides.
const RULES: &[Rule] =
    &[bounce::bounce, bounce::feedback, automatic::automatic, unsubscribe::unsubscribe, calendar];

/// Classifies an inbound mail.
pub(crate) fn classify(letter: &Letter<'_>) -> Verdict {
    RULES
        .iter()
        .find_map(|rule| rule(letter))
        .unwrap_or_else(|| Verdict::of(Class::Human, "nothing says that it is not written by a person"))
}

/// An answer to an invitation: iTIP's REPLY, in the type's parameter or in the calendar itself.
fn calendar(letter: &Letter<'_>) -> Option<Verdict> {
    let mut parts = letter.parts("text/calendar");
    parts.find_map(|part| {
        let declared = part.parameter("method").map(str::to_ascii_uppercase);
        let method = declared.or_else(|| {
            let (text, _) = part.text();
            head(&text, MAX_CLASSIFIED_BYTES)
                .lines()
                .find_map(|line| line.trim().to_ascii_uppercase().strip_prefix("METHOD:").map(str::to_owned))
        })?;
        (method.trim() == "REPLY").then(|| Verdict::of(Class::Calendar, "text/calendar with METHOD:REPLY"))
    })
}

/// The start of a text, at a character border.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// What people and programs write for an apostrophe.
const APOSTROPHES: [char; 4] = ['\u{2019}', '\u{2018}', '\u{b4}', '`'];

/// Lower case on one line, with straight apostrophes, as the phrase tables are written.
pub(crate) fn normal(text: &str) -> String {
    let mut line = clean(text);
    if line.is_ascii() {
        line.make_ascii_lowercase();
    } else {
        line = line.to_lowercase();
    }
    if line.contains(APOSTROPHES) { line.replace(APOSTROPHES, "'") } else { line }
}
