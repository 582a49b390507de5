//! Rendered rows, kept in memory within a bound.
//!
//! Owns nothing that cannot be rendered again. A fragment is current as long as no change touched its
//! conversation after the change it was rendered at, and no name was changed since. Each look-up passes both numbers
//! in, so nothing ever has to be dropped in time.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use crewbox_core::id::{AccountId, ConversationId, IdHasher, Seq};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;

/// Locks to share the rows among, so that readers of different rows seldom meet.
const SHARDS: usize = 64;
/// What a kept row costs besides its bytes: entry, key in the queue, allocation heads, the count of
/// those who share the bytes.
const OVERHEAD: usize = 208;

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

/// All kept rows.
#[derive(Debug)]
pub(crate) struct Fragments {
    shards: Vec<RwLock<Shard>>,
    /// Bytes a shard may hold.
    most: usize,
}

#[derive(Debug, Default)]
struct Shard {
    rows: HashMap<Key, Kept, BuildHasherDefault<IdHasher>>,
    /// Every key once, in the order in which the clock's hand comes by.
    hand: VecDeque<Key>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    fragment: Arc<Fragment>,
    /// Taken out since the hand last came by.
    used: AtomicBool,
}

impl Fragments {
    /// Keeps at most about this many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Self { shards: (0..SHARDS).map(|_| RwLock::default()).collect(), most: bytes / SHARDS }
    }

    /// The row, if it is kept and is as of `changed` or later with the names of `epoch`.
    pub(crate) fn get(&self, key: Key, changed: Seq, epoch: u64) -> Option<Arc<Fragment>> {
        let shard = self.shard(key)?.read().unwrap_or_else(PoisonError::into_inner);
        let kept = shard.rows.get(&key)?;
        if kept.fragment.seq < changed || kept.fragment.epoch != epoch {
            return None;
        }
        if !kept.used.load(Ordering::Relaxed) {
            kept.used.store(true, Ordering::Relaxed);
        }
        Some(Arc::clone(&kept.fragment))
    }

    /// Keeps a row, in place of an older one; a newer one that is there stays.
    pub(crate) fn put(&self, key: Key, fragment: Arc<Fragment>) {
        let Some(shard) = self.shard(key) else { return };
        let size = fragment.bytes.len() + OVERHEAD;
        if size > self.most {
            return;
        }
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        let shard = &mut *shard;
        match shard.rows.get_mut(&key) {
            Some(kept) if (kept.fragment.epoch, kept.fragment.seq) > (fragment.epoch, fragment.seq) => return,
            Some(kept) => {
                shard.bytes = shard.bytes + size - (kept.fragment.bytes.len() + OVERHEAD);
                kept.fragment = fragment;
            }
            None => {
                shard.rows.insert(key, Kept { fragment, used: AtomicBool::new(false) });
                shard.hand.push_back(key);
                shard.bytes += size;
            }
        }
        shard.shrink(self.most);
    }

    fn shard(&self, key: Key) -> Option<&RwLock<Shard>> {
        // The low bits choose the place within the shard's table; these are others.
        let hash = key.conversation.get().wrapping_mul(IdHasher::FACTOR);
        self.shards.get((hash >> 32) as usize % SHARDS)
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap().bytes).sum()
    }
}

impl Shard {
    /// Drops rows not used since the hand last came by, until the rest fits.
    fn shrink(&mut self, most: usize) {
        while self.bytes > most {
            let Some(key) = self.hand.pop_front() else { return };
            let Some(kept) = self.rows.get(&key) else { continue };
            if kept.used.swap(false, Ordering::Relaxed) {
                self.hand.push_back(key);
            } else {
                self.bytes -= kept.fragment.bytes.len() + OVERHEAD;
                self.rows.remove(&key);
            }
        }
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
    fn memory_stays_within_its_bound_and_used_rows_stay_longer() {
        let most = SHARDS * 10 * (1_000 + OVERHEAD);
        let rows = Fragments::new(most);
        for id in 0..5_000 {
            rows.put(key(id), fragment(1, 1, 1_000));
            rows.get(key(7), Seq(0), 1);
        }
        assert!(rows.bytes() <= most);
        assert!(rows.bytes() > most / 2);
        assert!(rows.get(key(7), Seq(0), 1).is_some(), "asked for all the time");
        assert!(rows.get(key(8), Seq(0), 1).is_none(), "never asked for");
    }
}
