//! The newest changes of an account in memory, once for all who read them.

use std::collections::VecDeque;
use std::sync::Arc;

use crewbox_core::change::Change;
use crewbox_core::id::Seq;

/// Changes kept: what a busy account writes in some seconds, so that a reader who pauses for less reads no store. They take
/// about half a megabyte.
const KEPT: usize = 2_048;

/// The newest changes, without a gap.
#[derive(Debug, Default)]
pub(super) struct Recent {
    changes: VecDeque<Arc<Change>>,
    /// The newest change that was ever added; none before the first.
    newest: Option<Seq>,
}

/// What is known of the changes after a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The first of them.
    These(Vec<Arc<Change>>),
    /// There is none yet.
    Nothing,
    /// Some or all of them are in the log only.
    InLog,
}

impl Recent {
    /// Adds changes that follow in the log. After a gap, what was kept before is dropped.
    pub(super) fn add(&mut self, changes: &[Change]) {
        for change in changes {
            if self.newest.is_some_and(|newest| change.seq <= newest) {
                continue;
            }
            if self.newest.is_some_and(|newest| change.seq.0 != newest.0 + 1) {
                self.changes.clear();
            }
            if self.changes.len() == KEPT {
                self.changes.pop_front();
            }
            self.newest = Some(change.seq);
            self.changes.push_back(Arc::new(change.clone()));
        }
    }

    /// At most `limit` changes after this one.
    pub(super) fn after(&self, since: Seq, limit: usize) -> After {
        if self.newest.is_some_and(|newest| since >= newest) {
            return After::Nothing;
        }
        match self.changes.front() {
            Some(first) if since.0.saturating_add(1) >= first.seq.0 => {
                let known = usize::try_from(since.0 + 1 - first.seq.0).unwrap_or(usize::MAX);
                After::These(self.changes.iter().skip(known).take(limit).cloned().collect())
            }
            _ => After::InLog,
        }
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::change::{Cause, ChangeKind};
    use crewbox_core::time::Timestamp;

    use super::*;

    fn changes(seqs: impl Iterator<Item = u64>) -> Vec<Change> {
        let change = |seq| Change {
            seq: Seq(seq),
            at: Timestamp(0),
            actor: None,
            cause: Cause::System,
            kind: ChangeKind::TagSaved,
            conversation: None,
            subject: None,
            detail: Vec::new(),
            of_client: None,
        };
        seqs.map(change).collect()
    }

    fn seqs(after: &After) -> Vec<u64> {
        match after {
            After::These(changes) => changes.iter().map(|change| change.seq.0).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reader_gets_what_follows_or_is_sent_to_the_log() {
        let mut recent = Recent::default();
        assert_eq!(recent.after(Seq(0), 10), After::InLog);
        recent.add(&changes(5..=9));
        assert_eq!(recent.after(Seq(3), 10), After::InLog);
        assert_eq!(seqs(&recent.after(Seq(4), 3)), [5, 6, 7]);
        assert_eq!(seqs(&recent.after(Seq(7), 10)), [8, 9]);
        assert_eq!(recent.after(Seq(9), 10), After::Nothing);
        assert_eq!(recent.after(Seq(99), 10), After::Nothing);
        recent.add(&changes(8..=10));
        assert_eq!(seqs(&recent.after(Seq(8), 10)), [9, 10], "nothing comes twice");
        recent.add(&changes(20..=21));
        assert_eq!(recent.after(Seq(9), 10), After::InLog, "there is a gap");
        assert_eq!(seqs(&recent.after(Seq(19), 10)), [20, 21]);
    }

    #[test]
    fn the_oldest_are_dropped() {
        let mut recent = Recent::default();
        recent.add(&changes(1..=KEPT as u64 + 1));
        assert_eq!(recent.after(Seq(0), 1), After::InLog);
        assert_eq!(seqs(&recent.after(Seq(1), 1)), [2]);
    }
}
