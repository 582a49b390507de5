//! How a command fails: what was wrong, what to do next, and with which exit code.

use crewbox_app::Refusal;
use crewbox_store::StoreError;

/// A command that did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is wrong: exit 2, as for a usage error.
    Input(String),
    /// It failed: exit 1.
    Failed(String),
    /// Writing stopped after a failed write or sync, and only a start recovers: exit 70 (`EX_SOFTWARE` of sysexits.h), by
    /// which a supervisor knows that it must start the process again.
    Stopped(String),
}

impl Failure {
    pub(crate) fn input(what: impl Into<String>) -> Self {
        Self::Input(what.into())
    }

    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::Failed(what.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(thing, id) => Refusal::NotFound(thing, id).into(),
            StoreError::Exists(thing, id) => Self::Input(format!("this {thing} exists already (id {id})")),
            taken @ StoreError::AddressTaken(..) => Self::Input(taken.to_string()),
            stopped @ StoreError::Stopped => Self::Stopped(stopped.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(thing, id) => Self::Input(format!("there is no {thing} {id} in this account")),
            Refusal::Forbidden(denied) => Self::Failed(denied.sentence().to_owned()),
            Refusal::Invalid(errors) => {
                let sentences: Vec<String> =
                    errors.iter().map(|error| error.sentence(&flag(&error.field))).collect();
                Self::Input(sentences.join("\n       "))
            }
            Refusal::NoMatch(sentence) => Self::Input(sentence),
            Refusal::Conflict(sentence)
            | Refusal::Gone(sentence)
            | Refusal::MailServer(sentence)
            | Refusal::Internal(sentence) => Self::Failed(sentence),
            Refusal::Unavailable(sentence) => Self::Failed(sentence.to_owned()),
            Refusal::TryLater { seconds } => {
                Self::Failed(format!("too many attempts have failed: try again in {seconds} seconds"))
            }
        }
    }
}

/// Fields whose flag has another name than the API's field, and the password, which no flag gives.
const FLAGS: [(&str, &str); 9] = [
    ("from_email", "--email"),
    ("from_name", "--name"),
    ("user_name", "--user"),
    ("imap_user_name", "--imap-user"),
    ("smtp_port_type", "--smtp-security"),
    ("imap_port_type", "--imap-security"),
    ("signature", "--signature-file"),
    ("aliases", "--alias"),
    ("password", "the password"),
];

/// The flag that gives a field: `smtp_host` is given by `--smtp-host`.
fn flag(field: &str) -> String {
    let renamed = FLAGS.iter().find(|(name, _)| *name == field);
    renamed.map_or_else(|| format!("--{}", field.replace('_', "-")), |(_, flag)| (*flag).to_owned())
}
