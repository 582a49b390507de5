//! What a lead does in its campaign. Crewbox sends no campaigns: it keeps this for the program that does.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A lead's state in its campaign (`lead_status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the contract's own")]
pub enum LeadStatus {
    #[default]
    Started,
    InProgress,
    Completed,
    Paused,
    Stopped,
    Blocked,
}

/// A time that was asked for as a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delayed {
    /// When it was asked for.
    pub since: Timestamp,
    /// When the delay ends.
    pub until: Timestamp,
}

impl Delayed {
    /// From now on.
    #[must_use]
    pub const fn from_now(now: Timestamp, seconds: i64) -> Self {
        Self { since: now, until: now.plus_seconds(seconds) }
    }

    /// Whether it was asked for with this delay.
    #[must_use]
    pub fn is_of(&self, seconds: i64) -> bool {
        *self == Self::from_now(self.since, seconds)
    }
}

/// When a lead goes on in a sub-sequence. Crewbox sends no campaigns: whoever does reads it from the log and the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushed {
    /// When the sub-sequence starts.
    pub start: Delayed,
    /// Whether a reply in the campaign stops it.
    pub stop_on_parent_reply: bool,
}
