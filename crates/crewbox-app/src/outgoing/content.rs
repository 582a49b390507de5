//! What is sent: recipients, HTML, files and times, as a person asks for them.

use crewbox_core::message::Address;
use crewbox_core::template::unfilled;
use crewbox_core::time::Timestamp;

use super::file::{File, MAX_FILES};
use crate::refusal::{FieldError, Given};

/// The longest undo window, in seconds.
pub const MAX_UNDO_SECONDS: u64 = 60;
/// Characters that the HTML of a message may have: what the sanitiser reads when the message comes back.
pub const MAX_HTML: usize = 1024 * 1024;

/// Characters that a header's text, a Message-ID or a file name may have: RFC 5322's line.
pub const MAX_HEADER: usize = 998;

/// Whose signature a message has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureOf {
    /// Nobody's.
    #[default]
    Nobody,
    /// The mailbox's.
    Mailbox,
    /// The writer's own, else the mailbox's.
    Writer,
}

/// The content of a new message.
#[derive(Debug, Default)]
pub struct Content {
    /// HTML.
    pub html: String,
    /// To. Empty in a reply to take the recipients from the message that is answered.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Bcc.
    pub bcc: Vec<Address>,
    /// Not to be sent before this time.
    pub scheduled: Option<Timestamp>,
    /// For so many seconds the message can be taken back, at most [`MAX_UNDO_SECONDS`].
    pub undo_seconds: u64,
    /// Whose signature is put below.
    pub signature: SignatureOf,
    /// Whether a field of a template that nobody has filled is refused: a person typed the content.
    pub refuses_fields: bool,
    /// Files to attach, at most [`MAX_FILES`].
    pub files: Vec<File>,
}

impl Content {
    /// What is wrong with its size and its text; `html` is the name of the HTML's field.
    pub(super) fn problems(&self, html: &str) -> Vec<FieldError> {
        let mut problems: Vec<FieldError> = self.field_left(html, &self.html).into_iter().collect();
        if self.html.chars().count() > MAX_HTML {
            problems.push(FieldError::of(html, format!("cannot exceed {MAX_HTML} characters")));
        }
        if self.undo_seconds > MAX_UNDO_SECONDS {
            let error = FieldError::of("undo_seconds", format!("must be between 0 and {MAX_UNDO_SECONDS}"));
            problems.push(error.given(Given::Number(self.undo_seconds)));
        }
        if self.files.len() > MAX_FILES {
            let error = FieldError::of("attachments", format!("array cannot exceed {MAX_FILES} items"));
            problems.push(error.given(Given::Count { given: self.files.len(), most: MAX_FILES }));
        }
        problems
    }

    /// What is wrong with a text of it, under the name `name`, in which a field of a template is left.
    pub(super) fn field_left(&self, name: &str, text: &str) -> Option<FieldError> {
        let left = unfilled(text).filter(|_| self.refuses_fields)?;
        let sentence = format!("`{left}` is not filled in: write what belongs there, or delete it");
        Some(FieldError::says(name, sentence))
    }

    /// When it may be sent: the later of the scheduled time and the end of the undo window.
    pub(super) fn not_before(&self, now: Timestamp) -> Timestamp {
        let undo = i64::try_from(self.undo_seconds).unwrap_or(i64::MAX);
        self.scheduled.unwrap_or(now).max(now.plus_seconds(undo))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn an_undo_window_and_a_schedule_both_hold() {
        let at = |scheduled, undo_seconds| {
            Content { scheduled, undo_seconds, ..Content::default() }.not_before(NOW).millis() - NOW.millis()
        };
        assert_eq!(at(None, 0), 0);
        assert_eq!(at(None, 30), 30_000);
        assert_eq!(at(Some(NOW.plus_seconds(10)), 30), 30_000);
        assert_eq!(at(Some(NOW.plus_seconds(60)), 30), 60_000);
        assert_eq!(at(Some(NOW.plus_seconds(-60)), 0), 0, "a time that is over is now");
    }

    #[test]
    fn a_field_that_is_left_is_refused_in_what_a_person_typed() {
        let typed = |html: &str, refuses_fields| {
            let content = Content { html: html.to_owned(), refuses_fields, ..Content::default() };
            content.problems("email_body").iter().map(|error| error.sentence("x")).collect::<Vec<_>>()
        };
        let sentence = "`{{first_name}}` is not filled in: write what belongs there, or delete it";
        assert_eq!(typed("<p>Hi {{first_name}},</p>", true), [sentence]);
        assert!(typed("<p>Hi {{first_name}},</p>", false).is_empty(), "a program means what it sends");
        assert!(typed("<p>Hi {you}</p>", true).is_empty());
    }

    #[test]
    fn all_limits_are_reported_at_once() {
        let content = Content {
            html: "ü".repeat(MAX_HTML + 1),
            undo_seconds: MAX_UNDO_SECONDS + 1,
            files: (0..=MAX_FILES).filter_map(|_| File::linked("unsent:1/0", None)).collect(),
            ..Content::default()
        };
        let fields: Vec<String> =
            content.problems("email_body").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["email_body", "undo_seconds", "attachments"]);
        let html = "ü".repeat(MAX_HTML);
        assert!(Content { html, undo_seconds: MAX_UNDO_SECONDS, ..content }.problems("x").len() == 1);
    }
}
