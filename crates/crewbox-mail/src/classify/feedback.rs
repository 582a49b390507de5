//! Complaints: a recipient pressed "this is spam". Reports in ARF (RFC 5965), and the forms of large providers that
//! are older than it.

use crewbox_core::message::Class;

use super::letter::Letter;
use super::normal::normal;
use super::recipients::{Reported, returned};
use crate::mime::fields::Fields;

/// Headers in which providers name who complained, on the mail or on the message that came back.
const COMPLAINANT_HEADERS: &[&str] =
    &["X-HmXmrOriginalRecipient", "X-HmXmrOriginalRecipients", "X-Complaint-Recipient"];

/// Subjects of such forms, lower case, with which they start.
const SUBJECTS: &[&str] = &[
    "complaint about message from",
    "complaint about your message",
    "junk mail report",
    "junk email report",
    "email feedback report for ip",
    "spam report for",
    "abuse report",
    "feedback loop",
    "fbl report",
    "client tos notification",
    "spam complaint",
];

/// Local parts from which providers send them.
pub(super) const SENDERS: &[&str] = &[
    "staff",
    "scomp",
    "fbl",
    "feedback",
    "feedbackloop",
    "feedback-loop",
    "abuse",
    "complaints",
    "complaint",
    "postmaster",
    "fbl-noreply",
    "noreply",
    "no-reply",
    "spamreport",
    "mail-abuse",
];

/// A complaint: class (a report that something is *not* spam changes nothing), why, and who complains.
pub(super) fn feedback(letter: &Letter<'_>) -> Option<(Class, String, Reported)> {
    arf(letter).or_else(|| form(letter))
}

fn arf(letter: &Letter<'_>) -> Option<(Class, String, Reported)> {
    let part = letter.parts("message/feedback-report").next()?;
    let (text, _) = part.text();
    let (report, _) = Fields::split(text.as_bytes());
    let kind = report.plain("Feedback-Type").unwrap_or_default();
    if kind.eq_ignore_ascii_case("not-spam") {
        return Some((
            Class::Delayed,
            "The feedback report says that it is not spam".to_owned(),
            Reported::default(),
        ));
    }
    let mut reported = Reported::default();
    for name in ["Original-Rcpt-To", "Removal-Recipient"] {
        reported.add_recipient(&report.plain(name).unwrap_or_default());
    }
    Some((
        Class::Feedback,
        format!("The feedback report says “Feedback-Type: {kind}”"),
        complete(letter, reported),
    ))
}

fn form(letter: &Letter<'_>) -> Option<(Class, String, Reported)> {
    let returns = letter.tree.parts.iter().any(|part| part.message.is_some())
        || letter.parts("text/rfc822-headers").next().is_some();
    let mut reported = Reported::default();
    let mut header = None;
    let mut read = |fields: &Fields<'_>| {
        for name in COMPLAINANT_HEADERS {
            if let Some(value) = fields.plain(name) {
                header.get_or_insert(*name);
                reported.add_recipient(&value);
            }
        }
    };
    read(letter.fields());
    returned(letter, read);
    if let Some(name) = header.filter(|_| returns) {
        return Some((
            Class::Feedback,
            format!("“{name}” names the recipient who complained"),
            complete(letter, reported),
        ));
    }
    let subject = normal(letter.subject);
    let local = letter.from.email.split('@').next().unwrap_or_default().to_lowercase();
    let known = SUBJECTS.iter().find(|words| subject.starts_with(**words))?;
    (returns && SENDERS.contains(&local.as_str())).then(|| {
        (
            Class::Feedback,
            format!("A provider's complaint returns our mail (subject “{known}”)"),
            complete(letter, reported),
        )
    })
}

fn complete(letter: &Letter<'_>, mut reported: Reported) -> Reported {
    if reported.recipients.is_empty() {
        reported.add_returned_recipients(letter);
    }
    reported.add_returned_ids(letter);
    reported
}
