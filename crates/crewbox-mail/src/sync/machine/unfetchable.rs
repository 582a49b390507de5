//! Mails that the server cannot give.
//!
//! Owns what is remembered of them, in memory only: the cursor that passed them is the store's, so that after a
//! restart a comparison finds the gap and asks again. In the ledger they are missing until they come.

use std::collections::{BTreeMap, BTreeSet};

use crewbox_core::time::Timestamp;

use super::work::WorkKind;

/// Times a mail is asked for alone before the cursor passes it: twice may be a bad connection.
pub(super) const MOST_FAILURES: u32 = 3;

/// What a folder's server could not give.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfetchable {
    /// Mails asked for at once, at most; none: as many as usual.
    pub(super) most: Option<usize>,
    /// Mails that were asked for alone when the server asked for a pause, and have not come since.
    pub(super) paused: BTreeSet<u32>,
    /// Mails that failed alone: how often, and until when they are left alone.
    pub(super) failed: BTreeMap<u32, (u32, Option<Timestamp>)>,
}

impl Unfetchable {
    /// How many mails to ask for at once, of usually so many.
    pub(super) fn most(&self, usual: usize) -> usize {
        self.most.map_or(usual, |most| most.min(usual))
    }

    /// Whether this mail is to be asked for alone.
    pub(super) fn suspects(&self, uid: u32) -> bool {
        self.failed.contains_key(&uid)
    }

    /// How often this mail failed alone.
    pub(super) fn failures(&self, uid: u32) -> u32 {
        self.failed.get(&uid).map_or(0, |(failures, _)| *failures)
    }

    /// Whether the cursor passes this mail: only a comparison asks for it again.
    pub(super) fn is_passed(&self, uid: u32) -> bool {
        self.failures(uid) >= MOST_FAILURES
    }

    /// Whether this piece of work leaves the mail out.
    pub(super) fn is_left(&self, kind: WorkKind, uid: u32, now: Timestamp) -> bool {
        match kind {
            WorkKind::Compare => self.is_left_alone(uid, now),
            _ => self.is_passed(uid),
        }
    }

    /// Whether this mail is not to be asked for now.
    pub(super) fn is_left_alone(&self, uid: u32, now: Timestamp) -> bool {
        self.failed.get(&uid).is_some_and(|(_, until)| until.is_some_and(|until| until > now))
    }
}
