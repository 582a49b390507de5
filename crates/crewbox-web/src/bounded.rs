//! Values kept in memory within a bound of bytes: what was not used lately goes first.
//!
//! Owns which value goes where there is no room. What is current is for whoever looks a value up.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crewbox_core::id::IdHasher;

/// Locks to share the values among, so that readers of different ones seldom meet.
const SHARDS: usize = 64;

/// A key of kept values.
pub(crate) trait Place: Copy + Eq + Hash {
    /// A number whose bits from the 32nd on choose the lock: the low ones of the hash choose the place in its table.
    fn place(&self) -> u64;
}

/// Kept values of one kind.
#[derive(Debug)]
pub(crate) struct Bounded<K, V> {
    shards: Vec<RwLock<Shard<K, V>>>,
    /// Bytes a shard may hold.
    most: usize,
}

#[derive(Debug)]
struct Shard<K, V> {
    values: HashMap<K, Kept<V>, BuildHasherDefault<IdHasher>>,
    /// Every key once, in the order in which the clock's hand comes by.
    hand: VecDeque<K>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    bytes: usize,
    /// Taken out since the hand last came by.
    used: AtomicBool,
}

impl<K: Place, V> Bounded<K, V> {
    /// Keeps at most about this many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let shard = || Shard { values: HashMap::default(), hand: VecDeque::new(), bytes: 0 };
        Self { shards: (0..SHARDS).map(|_| RwLock::new(shard())).collect(), most: bytes / SHARDS }
    }

    /// What `take` makes of the value, if it is kept and `take` wants it.
    pub(crate) fn get<T>(&self, key: &K, take: impl FnOnce(&V) -> Option<T>) -> Option<T> {
        let shard = self.shard(key)?.read().unwrap_or_else(PoisonError::into_inner);
        let kept = shard.values.get(key)?;
        let taken = take(&kept.value)?;
        if !kept.used.load(Ordering::Relaxed) {
            kept.used.store(true, Ordering::Relaxed);
        }
        Some(taken)
    }

    /// Keeps a value that takes this many bytes with all that belongs to it, in place of an older one; one that
    /// `is_newer` stays.
    pub(crate) fn put(&self, key: K, value: V, bytes: usize, is_newer: impl FnOnce(&V) -> bool) {
        if bytes > self.most {
            return;
        }
        let Some(shard) = self.shard(&key) else { return };
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        let shard = &mut *shard;
        match shard.values.get_mut(&key) {
            Some(kept) if is_newer(&kept.value) => {}
            Some(kept) => {
                shard.bytes = shard.bytes + bytes - kept.bytes;
                (kept.value, kept.bytes) = (value, bytes);
                shard.shrink(self.most);
            }
            None => {
                // Before it is there: nobody has used it yet, so it would be the first to go.
                shard.shrink(self.most - bytes);
                shard.values.insert(key, Kept { value, bytes, used: AtomicBool::new(false) });
                shard.hand.push_back(key);
                shard.bytes += bytes;
            }
        }
    }

    fn shard(&self, key: &K) -> Option<&RwLock<Shard<K, V>>> {
        self.shards.get((key.place() >> 32) as usize % SHARDS)
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap().bytes).sum()
    }
}

impl<K: Place, V> Shard<K, V> {
    /// Drops values not used since the hand last came by, until the rest fits.
    fn shrink(&mut self, most: usize) {
        while self.bytes > most {
            let Some(key) = self.hand.pop_front() else { return };
            let Some(kept) = self.values.get(&key) else { continue };
            if kept.used.swap(false, Ordering::Relaxed) {
                self.hand.push_back(key);
            } else {
                self.bytes -= kept.bytes;
                self.values.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Place for u64 {
        fn place(&self) -> u64 {
            self.wrapping_mul(IdHasher::FACTOR)
        }
    }

    #[test]
    fn memory_stays_within_its_bound_and_used_values_stay_longer() {
        const BYTES: usize = 1_000;
        let most = SHARDS * 10 * BYTES;
        let values = Bounded::new(most);
        for key in 0..5_000_u64 {
            values.put(key, key, BYTES, |_| false);
            assert_eq!(values.get(&7, |value| Some(*value)), (key >= 7).then_some(7));
        }
        assert!(values.bytes() <= most);
        assert!(values.bytes() > most / 2);
        assert!(values.get(&7, |value| Some(*value)).is_some(), "asked for all the time");
        assert!(values.get(&8, |value| Some(*value)).is_none(), "never asked for");
    }

    #[test]
    fn a_new_value_stays_where_all_others_were_used() {
        let values = Bounded::new(SHARDS * 3);
        // Of one shard.
        let keys = (0..).filter(|key: &u64| (key.place() >> 32) % SHARDS as u64 == 5).take(4);
        for key in keys {
            values.put(key, key, 1, |_| false);
            assert_eq!(values.get(&key, |value| Some(*value)), Some(key));
        }
        assert_eq!(values.bytes(), 3);
    }

    #[test]
    fn a_value_that_is_replaced_is_counted_once_and_one_over_the_bound_is_not_kept() {
        let values = Bounded::new(SHARDS * 100);
        for bytes in [60, 90, 30] {
            values.put(1, bytes, bytes, |_| false);
            assert_eq!(values.bytes(), bytes);
        }
        values.put(1, 50, 50, |kept| *kept == 30);
        assert_eq!(values.get(&1, |value| Some(*value)), Some(30), "the one that is there is newer");
        values.put(2, 101, 101, |_| false);
        assert_eq!(values.get(&2, |value| Some(*value)), None::<usize>);
    }
}
