//! A set of conversations, as a search finds them: up to half of an account's.
//!
//! Ids of an account are dense, so that a bit for each id takes less memory than a list of the ids, whatever their order is when
//! they come, and nothing has to be sorted.

use crate::id::ConversationId;

/// Ids of a chunk: 8 KiB, so that a set of a few costs little to make, and one of a million has few chunks to look for.
const CHUNK: u64 = 1 << 16;
const WORDS: usize = (CHUNK / 64) as usize;

/// Conversations of one account, each once.
#[derive(Clone, Debug, Default)]
pub struct ConversationSet {
    /// By what their ids have above the number within the chunk, ascending.
    chunks: Vec<(u64, Box<[u64; WORDS]>)>,
    len: usize,
    /// The chunk that was written last: the next id is mostly near.
    last: usize,
}

impl ConversationSet {
    /// Adds one; whether it was new.
    pub fn insert(&mut self, id: ConversationId) -> bool {
        let (key, word, bit) = place(id);
        if self.chunks.get(self.last).is_none_or(|(found, _)| *found != key) {
            self.last = match self.chunks.binary_search_by_key(&key, |(key, _)| *key) {
                Ok(at) => at,
                Err(at) => {
                    self.chunks.insert(at, (key, Box::new([0; WORDS])));
                    at
                }
            };
        }
        let word = &mut self.chunks[self.last].1[word];
        let is_new = *word & bit == 0;
        *word |= bit;
        self.len += usize::from(is_new);
        is_new
    }

    /// Whether it has this one.
    #[must_use]
    pub fn contains(&self, id: ConversationId) -> bool {
        let (key, word, bit) = place(id);
        let chunk = self.chunks.binary_search_by_key(&key, |(key, _)| *key);
        chunk.is_ok_and(|at| self.chunks[at].1[word] & bit != 0)
    }

    /// Adds all of another set.
    pub fn add(&mut self, other: &Self) {
        for (key, chunk) in &other.chunks {
            let at = match self.chunks.binary_search_by_key(key, |(key, _)| *key) {
                Ok(at) => at,
                Err(at) => {
                    self.chunks.insert(at, (*key, Box::new([0; WORDS])));
                    at
                }
            };
            for (word, other) in self.chunks[at].1.iter_mut().zip(chunk.iter()) {
                self.len += (other & !*word).count_ones() as usize;
                *word |= other;
            }
        }
    }

    /// Keeps what is in both.
    pub fn keep(&mut self, other: &Self) {
        self.len = 0;
        for (key, chunk) in &mut self.chunks {
            match other.chunks.binary_search_by_key(key, |(key, _)| *key) {
                Ok(at) => {
                    chunk.iter_mut().zip(other.chunks[at].1.iter()).for_each(|(word, other)| *word &= other)
                }
                Err(_) => chunk.fill(0),
            }
            self.len += chunk.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        }
    }

    /// How many it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = ConversationId> + '_ {
        self.words().flat_map(|(first, word)| bits(word).map(move |bit| ConversationId(first + bit)))
    }

    /// Those of each 64 ids in a row that has any: the first id, a multiple of 64, and a bit for each. Ascending.
    pub(crate) fn words(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.chunks.iter().flat_map(|(key, chunk)| {
            let words = (0_u64..).zip(chunk.iter()).filter(|(_, word)| **word != 0);
            words.map(move |(at, word)| (key * CHUNK + at * 64, *word))
        })
    }
}

/// The numbers of the bits that are set, ascending.
pub(crate) fn bits(mut word: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| u64::from(word.trailing_zeros()))?;
        word &= word - 1;
        Some(bit)
    })
}

/// An id's chunk, and its word and bit there.
const fn place(id: ConversationId) -> (u64, usize, u64) {
    let within = id.0 % CHUNK;
    (id.0 / CHUNK, (within / 64) as usize, 1 << (within % 64))
}

impl PartialEq for ConversationSet {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.words().eq(other.words())
    }
}

impl Eq for ConversationSet {}

impl Extend<ConversationId> for ConversationSet {
    fn extend<T: IntoIterator<Item = ConversationId>>(&mut self, ids: T) {
        for id in ids {
            self.insert(id);
        }
    }
}

impl FromIterator<ConversationId> for ConversationSet {
    fn from_iter<T: IntoIterator<Item = ConversationId>>(ids: T) -> Self {
        let mut set = Self::default();
        set.extend(ids);
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_has_what_was_added_once_and_ascending_whatever_the_order() {
        let ids =
            [5, 1, 70_000, 5, 64, 63, 1 << 40, u64::MAX, 65_535, 65_536, 1 << 40, 0].map(ConversationId);
        let set: ConversationSet = ids.into_iter().collect();
        let sorted: BTreeSet<ConversationId> = ids.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), sorted.iter().copied().collect::<Vec<_>>());
        assert_eq!(set.len(), sorted.len());
        assert!(sorted.iter().all(|id| set.contains(*id)));
        assert!([2, 62, 70_001, 1 << 41].into_iter().all(|id| !set.contains(ConversationId(id))));
        assert_eq!(set, sorted.into_iter().rev().collect());
        assert_ne!(set, ConversationSet::default());
        assert!(ConversationSet::default().is_empty());
    }

    #[test]
    fn a_set_that_is_added_is_in_it_with_what_was_there() {
        let of = |ids: &[u64]| ids.iter().copied().map(ConversationId).collect::<ConversationSet>();
        for (first, second, either) in [
            (&[1, 2, 70_000][..], &[2, 3, 70_000, 1 << 50][..], &[1, 2, 3, 70_000, 1 << 50][..]),
            (&[200_000], &[2], &[2, 200_000]),
            (&[], &[1], &[1]),
            (&[1], &[], &[1]),
        ] {
            let mut all = of(first);
            all.add(&of(second));
            assert_eq!(all, of(either), "{first:?} {second:?}");
            assert!(all.insert(ConversationId(5)) && !all.insert(ConversationId(5)));
            assert_eq!(all.len(), either.len() + 1);
        }
    }

    #[test]
    fn what_is_kept_is_in_both() {
        let of = |ids: &[u64]| ids.iter().copied().map(ConversationId).collect::<ConversationSet>();
        for (first, second, both) in [
            (&[1, 2, 70_000][..], &[2, 3, 70_000, 1 << 50][..], &[2, 70_000][..]),
            (&[1, 200_000], &[2], &[]),
            (&[], &[1], &[]),
        ] {
            let mut kept = of(first);
            kept.keep(&of(second));
            assert_eq!(kept, of(both), "{first:?} {second:?}");
            assert_eq!(kept.len(), both.len());
        }
    }
}
