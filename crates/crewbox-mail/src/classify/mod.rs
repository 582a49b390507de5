//! Tells what an inbound mail is, by proof: collects what speaks for each class, then decides. Human is the default, and
//! every other class needs proof; some proof makes a mail human and *suspected*. Owns evidence and decision; the tables of
//! phrases are files beside it. Does not know what the store knows: for each of the circumstances that the store can
//! tell (is the sender the lead, did it come at once) it gives a verdict.

mod calendar;
mod dates;
mod days;
mod decide;
mod feedback;
mod headers;
mod letter;
mod normal;
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

use crewbox_core::message::{Circumstances, Class, Verdict, Verdicts};
use crewbox_core::time::Timestamp;

use self::decide::{Decision, Evidence};
pub(crate) use self::letter::Letter;
use self::normal::{QUESTION_MARKS, head, normal};
use self::recipients::Reported;
use self::tables::{Hit, Kind, TABLES};
use self::text::Text;
use self::unsubscribe::{MAX_REQUEST_BYTES, Request};
use crate::address::clean;
use crate::budget::{MAX_CLASSIFIED_BYTES, MAX_EVIDENCE_CHARS};
use crate::fold;

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

/// Whether a program sent it: a report at the top, a server's sender, no address to answer to. Parts of reports
/// count only then. People attach and forward reports below their own words.
fn is_from_program(letter: &Letter<'_>) -> bool {
    let root = &letter.tree.parts[0];
    let local = letter.from.email.split('@').next().unwrap_or_default().to_lowercase();
    let submitted = letter.fields().plain("Auto-Submitted");
    root.media == "multipart/report"
        || report::MEDIA.contains(&root.media.as_str())
        || letter.null_return_path()
        || recipients::is_daemon(&local)
        || feedback::SENDERS.contains(&local.as_str())
        || letter.fields().raw("X-Failed-Recipients").is_some()
        || submitted.is_some_and(|value| !value.trim().eq_ignore_ascii_case("no"))
}

/// Classifies an inbound mail. What a program wrote for programs comes first, then words.
pub(crate) fn classify(letter: &Letter<'_>) -> Classified {
    if let Some((class, evidence, reported)) = by_parts(letter) {
        if is_from_program(letter) {
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

/// What the parts for programs say: class, why, and about which recipients.
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

/// Most new text that is split into sentences, bytes: what decides is at the top.
const MAX_JUDGED_BYTES: usize = 6 * 1024;

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

/// Whether a text has any phrase that could prove something: most mail has none, and is not split into sentences.
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
    let when = days::When::new(letter.at, letter.fields().plain("Date").as_deref());
    returns::return_date(text, hits, when)
}

fn verdict(class: Class, evidence: impl AsRef<str>) -> Verdict {
    Verdict::of(class, shortened(clean(evidence.as_ref())))
}

/// At most [`MAX_EVIDENCE_CHARS`] characters, the last of which is an ellipsis where something is left out.
fn shortened(mut evidence: String) -> String {
    if evidence.chars().nth(MAX_EVIDENCE_CHARS).is_some() {
        let kept = evidence.char_indices().nth(MAX_EVIDENCE_CHARS - 1).map_or(0, |(byte, _)| byte);
        evidence.truncate(kept);
        evidence.truncate(evidence.trim_end().len());
        evidence.push('…');
    }
    evidence
}

fn suspected(class: Class, evidence: impl AsRef<str>) -> Verdict {
    Verdict { suspected: Some(class), ..verdict(Class::Human, evidence) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_that_is_cut_ends_in_an_ellipsis() {
        let of = |text: &str| verdict(Class::Human, text).evidence;
        let whole = "ü".repeat(MAX_EVIDENCE_CHARS);
        assert_eq!(of(&whole), whole);
        let cut = of(&format!("{whole}x"));
        assert_eq!((cut.chars().count(), cut.ends_with("ü…")), (MAX_EVIDENCE_CHARS, true), "{cut}");
        let cut = of(&format!("{} {whole}", "a".repeat(MAX_EVIDENCE_CHARS - 2)));
        assert!(cut.ends_with("a…"), "no space before the ellipsis: {cut}");
    }
}
