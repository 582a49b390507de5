//! Why a use case did not do what was asked.
//!
//! Owns the kinds of refusal and the sentences about values. Each surface maps the kinds once: the API to statuses and
//! bodies, the command line to exit codes, pages to form errors.

use crewbox_core::permission::Denied;
use crewbox_core::time::Timestamp;
use crewbox_store::{StoreError, Thing};

/// Why a use case did not do what was asked. Nothing was written.
#[derive(Debug)]
pub enum Refusal {
    /// The thing with this id does not exist, or the caller does not see it, which looks the same.
    NotFound(Thing, u64),
    /// Nothing that the caller sees is what the command names otherwise than by an id; one sentence.
    NoMatch(String),
    /// The caller does not have the permission.
    Forbidden(Denied),
    /// Values are wrong: all of them, at least one.
    Invalid(Vec<FieldError>),
    /// The request does not fit the present state; one sentence.
    Conflict(String),
    /// It was there and is no longer kept; one sentence.
    Gone(String),
    /// Not now; one sentence. The same request may succeed later.
    Unavailable(&'static str),
    /// Too many attempts have failed: so many seconds later the next one is looked at.
    TryLater {
        /// At least 1.
        seconds: u64,
    },
    /// A mail server refused or did not answer; one sentence that says what to change.
    MailServer(String),
    /// An unexpected failure, for the log only.
    Internal(String),
}

/// A wrong value of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as the API names it (`team_member_id`, `lead_list[3].email`). The command line and pages map it to
    /// their own labels.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
    /// What was given, where it helps and is no secret.
    pub given: Option<Given>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The rest of a sentence that begins with the field's name: "must be in the future".
    OfField(String),
    /// A whole sentence.
    Sentence(String),
}

/// A value as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A text.
    Text(String),
    /// A number, such as an id.
    Number(u64),
    /// A time.
    Time(Timestamp),
    /// A list over its limit.
    Count {
        /// Items given.
        given: usize,
        /// Items allowed.
        most: usize,
    },
}

impl FieldError {
    /// An error whose sentence begins with the field's name.
    #[must_use]
    pub fn of(field: impl Into<String>, rest: impl Into<String>) -> Self {
        Self { field: field.into(), problem: Problem::OfField(rest.into()), given: None }
    }

    /// An error with a sentence of its own.
    #[must_use]
    pub fn says(field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { field: field.into(), problem: Problem::Sentence(sentence.into()), given: None }
    }

    /// The same, with what was given.
    #[must_use]
    pub fn given(self, given: Given) -> Self {
        Self { given: Some(given), ..self }
    }

    /// The sentence, for a surface that calls the field by this label.
    #[must_use]
    pub fn sentence(&self, label: &str) -> String {
        match &self.problem {
            Problem::OfField(rest) => format!("{label} {rest}"),
            Problem::Sentence(sentence) => sentence.clone(),
        }
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(thing, id) => Self::NotFound(thing, id),
            StoreError::Exists(thing, id) => {
                Self::Conflict(format!("This {thing} exists already, with ID {id}"))
            }
            StoreError::DiskFull(_) => {
                Self::Unavailable("The server's disk is full; nothing was lost, and reading goes on")
            }
            StoreError::Stopped => Self::Unavailable(
                "The server restarts after a failed write to disk; nothing acknowledged was lost",
            ),
            StoreError::OutOfResources(_) => {
                Self::Unavailable("The server is short of files or memory for a moment; nothing was changed")
            }
            StoreError::OtherClient(thing) => FieldError::says(
                if thing == Thing::Campaign { "campaign_id" } else { "email_lead_map_id" },
                "The message came through a mailbox of another client",
            )
            .into(),
            StoreError::NoSender(_) => {
                FieldError::says("campaign_id", "The message has no sender's address to make a lead of")
                    .into()
            }
            taken @ StoreError::AddressTaken(..) => FieldError::says("aliases", taken.to_string()).into(),
            StoreError::Conflict(thing, id) => Self::Conflict(conflict(thing, id)),
            StoreError::Overtaken(overtaken) => Self::Conflict(format!("Somebody was faster: {overtaken}")),
            other => Self::Internal(other.to_string()),
        }
    }
}

fn conflict(thing: Thing, id: u64) -> String {
    match thing {
        Thing::Quarantine => {
            "Reading this mail ended the server before: it is tried again by another version of \
                              Crewbox only, and can be downloaded as it came"
                .to_owned()
        }
        Thing::Bulk => {
            format!("Bulk action {id} is still running: stop it first, or wait until it has ended")
        }
        Thing::Key => "The API key is revoked: make a new one".to_owned(),
        Thing::Outgoing => {
            "A message is on its way or has left: it cannot be taken back, nor its conversation \
                            deleted meanwhile"
                .to_owned()
        }
        other => format!("The {other} with ID {id} has changed since: look at it again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_request_may_do_is_unavailable_and_no_internal_failure() {
        for later in [StoreError::Stopped, StoreError::OutOfResources(String::new())] {
            assert!(matches!(Refusal::from(later), Refusal::Unavailable(_)));
        }
        let damaged = Refusal::from(StoreError::Damaged(Thing::Message, 7));
        assert!(matches!(damaged, Refusal::Internal(text) if text.contains("Message 7")));
    }

    #[test]
    fn every_surface_puts_its_own_label_before_the_same_sentence() {
        let error = FieldError::of("until", "must be in the future");
        assert_eq!(error.sentence("until"), "until must be in the future");
        assert_eq!(error.sentence("--until"), "--until must be in the future");
        let whole = FieldError::says("campaign_id", "The campaign belongs to another client");
        assert_eq!(whole.sentence("--campaign"), "The campaign belongs to another client");
    }
}
