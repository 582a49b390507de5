//! Tells what an inbound mail is, by proof: collects what speaks for each class, then decides. Human is the default, and
//! every other class needs proof; some proof makes a mail human and *suspected*. Owns evidence and decision; the tables of
//! phrases are files beside it. Does not know what the store knows: for each of the circumstances that the store can
//! tell (is the sender the lead, did it come at once) it gives a verdict.

mod calendar;
mod dates;
mod decide;
mod feedback;
mod headers;
mod recipients;
mod report;
mod returns;
mod scan;
mod script;
mod server;
mod subject;
mod tables;
mod text;
mod unsubscribe;
mod words;

use crewbox_core::message::{Address, Circumstances, Class, Fold, FoldKind, Verdict, Verdicts};
use crewbox_core::time::Timestamp;

use self::decide::{Decision, Evidence};
use self::recipients::Reported;
use self::tables::{Hit, Kind, TABLES};
use self::text::Text;
use self::unsubscribe::Request;
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

    /// The sender gave no address to answer to.
    fn null_return_path(&self) -> bool {
        self.fields().plain("Return-Path").is_some_and(|path| path.trim() == "<>")
    }

    /// Whether a program sent it: a report at the top, a server's sender, no address to answer to. Parts of reports
    /// count only then. People attach and forward reports below their own words.
    fn is_from_program(&self) -> bool {
        let root = &self.tree.parts[0];
        let local = self.from.email.split('@').next().unwrap_or_default().to_lowercase();
        let submitted = self.fields().plain("Auto-Submitted");
        root.media == "multipart/report"
            || report::MEDIA.contains(&root.media.as_str())
            || self.null_return_path()
            || server::is_daemon(&local)
            || feedback::SENDERS.contains(&local.as_str())
            || self.fields().raw("X-Failed-Recipients").is_some()
            || submitted.is_some_and(|value| !value.trim().eq_ignore_ascii_case("no"))
    }

    /// Whether its own text is a read receipt.
    fn is_receipt(&self) -> bool {
        self.report_type().as_deref() == Some("disposition-notification")
            || self.parts("message/disposition-notification").next().is_some()
    }

    /// Whether an earlier mail is quoted.
    fn quotes_us(&self) -> bool {
        self.folds.iter().any(|fold| fold.kind == FoldKind::Quote)
    }

    /// Whether the text names the owner of our mailbox.
    fn names_us(&self, text: &Text) -> bool {
        let ours = self.fields().addresses("To");
        let names = ours.first().and_then(|found| found.name.as_deref()).unwrap_or_default();
        let sender = normal(&self.from.name);
        let first: Vec<String> = normal(names)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|name| name.chars().count() >= 3 && !sender.contains(name))
            .map(str::to_owned)
            .collect();
        let words = text.flat.split(|c: char| !c.is_alphanumeric());
        words.into_iter().any(|word| first.iter().any(|name| name == word))
    }
}

/// The verdicts on a mail, and what a report names.
pub(crate) struct Classified {
    pub(crate) verdicts: Verdicts,
    /// Message-IDs of what came back.
    pub(crate) bounced_ids: Vec<String>,
    /// Recipients that a report or a complaint is about, lower case.
    pub(crate) failed_recipients: Vec<String>,
}

impl Classified {
    /// One verdict under all circumstances.
    pub(crate) fn always(class: Class, evidence: impl AsRef<str>) -> Self {
        Self::reported(Verdicts::always(verdict(class, evidence)), Reported::default())
    }

    fn reported(verdicts: Verdicts, reported: Reported) -> Self {
        Self { verdicts, bounced_ids: reported.ids, failed_recipients: reported.recipients }
    }
}

/// Classifies an inbound mail. What a program wrote for programs comes first, then words.
pub(crate) fn classify(letter: &Letter<'_>) -> Classified {
    if let Some((class, evidence, reported)) = by_parts(letter) {
        if letter.is_from_program() {
            return Classified::reported(Verdicts::always(verdict(class, evidence)), reported);
        }
        let evidence = format!("A person's mail carries a report: {evidence}");
        return Classified::reported(doubted(by_words(letter), class, &evidence), Reported::default());
    }
    match calendar::method(letter) {
        Some(calendar::Method::Reply) if calendar::asks(letter) => {
            let asks = "The calendar part answers an invitation (METHOD:REPLY), but the text asks something";
            let verdicts = Verdicts::always(suspected(Class::Calendar, asks));
            return Classified::reported(verdicts, Reported::default());
        }
        Some(calendar::Method::Reply) => {
            return Classified::always(
                Class::Calendar,
                "The calendar part answers an invitation (METHOD:REPLY)",
            );
        }
        Some(calendar::Method::Other) => {
            return Classified::always(
                Class::Human,
                "The calendar part proposes a meeting, as a person does",
            );
        }
        None => {}
    }
    match server::notice(letter) {
        None => {
            let mut verdicts = by_words(letter);
            if server::may_be_notice(letter) {
                let evidence = "A mail server names a recipient, but not what happened";
                verdicts = doubted(verdicts, Class::Bounce, evidence);
            }
            Classified::reported(verdicts, Reported::default())
        }
        Some((class, evidence, reported)) => {
            // From the lead's own address, words prove no bounce.
            let mut verdicts = Verdicts::always(verdict(class, evidence));
            let otherwise = by_words(letter);
            for prompt in [false, true] {
                let these = Circumstances { from_lead: true, prompt };
                verdicts.otherwise.push((these, otherwise.under(these).clone()));
            }
            Classified::reported(verdicts, reported)
        }
    }
}

/// What the parts for programs say: class, why, and about whom.
fn by_parts(letter: &Letter<'_>) -> Option<(Class, String, Reported)> {
    if let Some(found) = feedback::feedback(letter) {
        return Some(found);
    }
    if letter.is_receipt() {
        let evidence = "The mail is a read receipt (disposition-notification)".to_owned();
        return Some((Class::Receipt, evidence, Reported::default()));
    }
    report::report(letter).map(|report| (report.class, report.evidence, report.reported))
}

/// The same verdicts, with a class suspected where they name a person's mail and nothing suspect.
fn doubted(mut verdicts: Verdicts, class: Class, evidence: &str) -> Verdicts {
    let otherwise = verdicts.otherwise.iter_mut().map(|(_, verdict)| verdict);
    for verdict in std::iter::once(&mut verdicts.alone).chain(otherwise) {
        if verdict.class == Class::Human && verdict.suspected.is_none() {
            *verdict = suspected(class, evidence);
        }
    }
    verdicts
}

/// The evidence where there is none.
const PERSON: &str = "Nothing proves that a program wrote this";

/// Most new text that is taken apart, bytes: what decides stands at the top.
const MAX_JUDGED_BYTES: usize = 6 * 1024;

/// Longest text that a single word makes a request, bytes: more is another statement.
const MAX_REQUEST_BYTES: usize = 600;

/// The verdicts by header, subject and new text.
fn by_words(letter: &Letter<'_>) -> Verdicts {
    let written = fold::written(head(letter.text, MAX_CLASSIFIED_BYTES), letter.folds);
    let written = head(&written, MAX_JUDGED_BYTES);
    let without_own = unsubscribe::without_own_address(written, &letter.from.email);
    let written = without_own.as_deref().unwrap_or(written);
    let subject = subject::read(letter.subject);
    let headers = headers::read(letter.fields(), letter.null_return_path());
    if headers.reply.is_none()
        && !subject.says_something()
        && !unsubscribe::is_form(letter.fields())
        && !triggers(written)
        && unsubscribe::misspelt(written).is_none()
    {
        return Verdicts::always(verdict(Class::Human, PERSON));
    }
    let text = Text::new(written);
    let hits = TABLES.text.hits(&text.flat);
    let misspelt = unsubscribe::misspelt(written).filter(|_| !written.contains(QUESTION_MARKS));
    let request = unsubscribe::request(letter.fields(), &subject, &text, &hits)
        .or_else(|| misspelt.map(|phrase| Request::Proved(format!("The new text is “{phrase}”, misspelt"))));
    if let Some(Request::Proved(evidence)) = &request {
        return Verdicts::always(verdict(Class::Unsubscribe, evidence));
    }
    let words = words::collect(&text, &hits);
    let decide = |prompt: bool| {
        let evidence = Evidence {
            headers: &headers,
            subject: &subject,
            words: &words,
            names_us: letter.names_us(&text),
            quotes_us: letter.quotes_us(),
            prompt,
        };
        decide::decide(&evidence)
    };
    let settled = |decision: Decision| match (decision, &request) {
        (Decision::Automatic(evidence), _) => {
            let mut automatic = verdict(Class::Automatic, evidence);
            automatic.returns_at = returned(letter, &text, &hits);
            automatic
        }
        (_, Some(Request::Suspected(evidence))) => suspected(Class::Unsubscribe, evidence),
        (Decision::Suspected(evidence), _) => suspected(Class::Automatic, evidence),
        (Decision::Person, _) => verdict(Class::Human, PERSON),
    };
    let (alone, prompt) = (decide(false), decide(true));
    if alone == prompt {
        return Verdicts::always(settled(alone));
    }
    let prompt = settled(prompt);
    let otherwise =
        [false, true].map(|from_lead| (Circumstances { from_lead, prompt: true }, prompt.clone()));
    Verdicts { alone: settled(alone), otherwise: otherwise.into() }
}

/// Whether a text has any phrase that could prove something: most mail has none, and is not taken apart.
fn triggers(written: &str) -> bool {
    let short = written.len() <= MAX_REQUEST_BYTES;
    TABLES.text.any(&normal(written), |kind| match kind {
        Kind::Alone => short,
        Kind::OneClick | Kind::Request => true,
        kind => {
            words::MACHINE.contains(&kind) && !matches!(kind, Kind::Return | Kind::Later | Kind::Substitute)
        }
    })
}

fn returned(letter: &Letter<'_>, text: &Text, hits: &[Hit]) -> Option<Timestamp> {
    let when = returns::When::new(letter.at, letter.fields().plain("Date").as_deref());
    returns::return_date(text, hits, when)
}

fn verdict(class: Class, evidence: impl AsRef<str>) -> Verdict {
    let evidence: String = clean(evidence.as_ref()).chars().take(MAX_EVIDENCE_CHARS).collect();
    Verdict::of(class, evidence)
}

fn suspected(class: Class, evidence: impl AsRef<str>) -> Verdict {
    Verdict { suspected: Some(class), ..verdict(Class::Human, evidence) }
}

/// What a question ends with in any script. The Greek one is a semicolon in others.
const QUESTION_MARKS: [char; 4] = ['?', '？', '؟', '\u{37e}'];

/// The start of a text, at a character border.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// What people and programs write for an apostrophe.
const APOSTROPHES: [char; 5] = ['\u{2019}', '\u{2018}', '\u{b4}', '`', '\u{2bc}'];

/// What shows as nothing: the dot that lower case leaves on a Turkish i, marks of direction, soft hyphens.
const INVISIBLE: [char; 8] =
    ['\u{307}', '\u{ad}', '\u{200b}', '\u{200c}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{feff}'];

/// Lower case on one line, with straight apostrophes, as the phrase tables are written.
pub(crate) fn normal(text: &str) -> String {
    let mut line = clean(text);
    if line.is_ascii() {
        line.make_ascii_lowercase();
        return line;
    }
    line = line.to_lowercase();
    if line.contains(APOSTROPHES) {
        line = line.replace(APOSTROPHES, "'");
    }
    if line.contains(INVISIBLE) {
        line = line.replace(INVISIBLE, "");
    }
    line
}
