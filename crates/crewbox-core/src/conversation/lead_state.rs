//! What a lead does in its campaign. Crewbox sends no campaigns: it keeps this for the program that does.

use serde::{Deserialize, Serialize};

use crate::change::ChangeKind;
use crate::id::CampaignId;
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

impl LeadStatus {
    const ALL: [Self; 6] =
        [Self::Started, Self::InProgress, Self::Completed, Self::Paused, Self::Stopped, Self::Blocked];

    /// The status of this number in the log.
    pub(super) fn numbered(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| *status as i64 == number)
    }
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

/// What people decide about a lead in its campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadState {
    /// Its status.
    pub status: LeadStatus,
    /// When it goes on in the campaign, if somebody resumed it.
    pub resumed: Option<Delayed>,
    /// Whether a person unsubscribed it.
    pub unsubscribed_by_hand: bool,
    /// Whether a message unsubscribed it. Not known of a lead that a person unsubscribed: whoever restores a state of such a
    /// lead looks into its messages.
    pub unsubscribed_by_message: bool,
    /// The sub-sequence that it was pushed to.
    pub subsequence: Option<CampaignId>,
    /// When the sub-sequence starts.
    pub pushed: Option<Pushed>,
}

/// Whether a change of this kind is a decision about the lead in its campaign, which can be undone.
#[must_use]
pub const fn is_of_lead(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::LeadPaused
            | ChangeKind::LeadResumed
            | ChangeKind::LeadUnsubscribed
            | ChangeKind::LeadPushed
            | ChangeKind::LeadStateRestored
    )
}
