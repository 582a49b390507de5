//! Rendered rows, kept in memory within a bound.
//!
//! Owns nothing that cannot be rendered again. A fragment is current as long as no change touched its
//! conversation after the change it was rendered at, and no name was changed since. Each look-up passes both numbers
//! in, so nothing ever has to be dropped in time.

use std::sync::Arc;

use bytes::Bytes;
use crewbox_core::id::{AccountId, ConversationId, IdHasher, Seq};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;

use crate::bounded::{Bounded, Place};

/// What a kept row costs besides its bytes: entry, key in the queue, allocation heads, the count of
/// those who share the bytes.
const OVERHEAD: usize = 216;

/// A row rendered but for what depends on the clock.
#[derive(Debug)]
pub(crate) struct Fragment {
    /// The change up to which the row it was rendered from had followed the log, at the least.
    pub(crate) seq: Seq,
    /// The names it was rendered with.
    pub(crate) epoch: u64,
    /// Where in the bytes the snooze is spliced in.
    pub(crate) cut: usize,
    pub(crate) reply_time: Option<Timestamp>,
    /// The object without its closing brace.
    pub(crate) bytes: Bytes,
}

/// Which row, in which dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    pub(crate) dialect: Dialect,
}

impl Place for Key {
    fn place(&self) -> u64 {
        self.conversation.get().wrapping_mul(IdHasher::FACTOR)
    }
}

/// All kept rows.
#[derive(Debug)]
pub(crate) struct Fragments(Bounded<Key, Arc<Fragment>>);

impl Fragments {
    /// Keeps at most about this many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Bounded::new(bytes))
    }

    /// The row, if it is kept and is as of `changed` or later with the names of `epoch`.
    pub(crate) fn get(&self, key: Key, changed: Seq, epoch: u64) -> Option<Arc<Fragment>> {
        let is_current = |row: &Fragment| row.seq >= changed && row.epoch == epoch;
        self.0.get(&key, |row| is_current(row).then(|| Arc::clone(row)))
    }

    /// Keeps a row, in place of an older one; a newer one that is there stays.
    pub(crate) fn put(&self, key: Key, fragment: Arc<Fragment>) {
        let (size, as_of) = (fragment.bytes.len() + OVERHEAD, (fragment.epoch, fragment.seq));
        self.0.put(key, fragment, size, |kept| (kept.epoch, kept.seq) > as_of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(conversation: u64) -> Key {
        Key {
            account: AccountId(1),
            conversation: ConversationId(conversation),
            dialect: Dialect::Documented,
        }
    }

    fn fragment(seq: u64, epoch: u64, size: usize) -> Arc<Fragment> {
        Arc::new(Fragment { seq: Seq(seq), epoch, cut: 0, reply_time: None, bytes: vec![0; size].into() })
    }

    #[test]
    fn a_row_is_given_only_while_nothing_changed_since() {
        let rows = Fragments::new(1 << 20);
        rows.put(key(1), fragment(5, 1, 10));
        assert!(rows.get(key(1), Seq(5), 1).is_some());
        assert!(rows.get(key(1), Seq(6), 1).is_none(), "the conversation changed");
        assert!(rows.get(key(1), Seq(5), 2).is_none(), "a name changed");
        rows.put(key(1), fragment(4, 1, 10));
        assert!(rows.get(key(1), Seq(5), 1).is_some(), "an older row does not replace a newer one");
        let live = Key { dialect: Dialect::Live, ..key(1) };
        assert!(rows.get(live, Seq(0), 1).is_none());
        let other = Key { account: AccountId(2), ..key(1) };
        assert!(rows.get(other, Seq(0), 1).is_none());
    }

    #[test]
    fn rows_take_no_more_than_their_bound() {
        let most = 64 * 10 * (1_000 + OVERHEAD);
        let rows = Fragments::new(most);
        for id in 0..5_000 {
            rows.put(key(id), fragment(1, 1, 1_000));
        }
        let kept = (0..5_000).filter(|id| rows.get(key(*id), Seq(0), 1).is_some()).count();
        assert!(kept * (1_000 + OVERHEAD) <= most && kept > 320, "{kept} rows");
    }
}
