//! How a command fails: what was wrong, what to do next, and with which exit code.

use crewbox_store::{StoreError, Thing};

/// A command that did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is wrong: exit 2, as for a usage error.
    Input(String),
    /// It failed: exit 1.
    Failed(String),
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
            StoreError::NotFound(thing, id) => {
                Self::Input(format!("there is no {} {id} in this account", noun(thing)))
            }
            StoreError::Exists(thing, id) => {
                Self::Input(format!("such a {} exists already (id {id})", noun(thing)))
            }
            other => Self::Failed(other.to_string()),
        }
    }
}

fn noun(thing: Thing) -> String {
    format!("{thing:?}").to_lowercase()
}
