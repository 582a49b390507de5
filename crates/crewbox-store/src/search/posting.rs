//! The positions of a token: ascending, written as differences of seven bits a byte, low first; and one
//! bit a position while a search runs.

/// Appends a number.
pub(super) fn put(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Takes a number off the front; 0 where there is none.
pub(super) fn take(bytes: &mut &[u8]) -> u32 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u32::from(byte & 0x7F) << shift;
        if *byte < 0x80 {
            break;
        }
        shift = (shift + 7).min(28);
    }
    number
}

/// Tells `sink` a written list's positions. Bytes that are no list tell what can be read of them.
pub(super) fn each(mut bytes: &[u8], mut sink: impl FnMut(u32)) {
    let mut position = 0_u32;
    while let Some((first, rest)) = bytes.split_first() {
        // Of a common token nearly every difference is one byte.
        let difference = if *first < 0x80 {
            bytes = rest;
            u32::from(*first)
        } else {
            take(&mut bytes)
        };
        position = position.wrapping_add(difference);
        sink(position);
    }
}

/// A list being written.
#[derive(Debug, Default)]
pub(super) struct List {
    bytes: Vec<u8>,
    last: u32,
}

impl List {
    /// Appends a position not below the last.
    pub(super) fn push(&mut self, position: u32) {
        put(&mut self.bytes, position - self.last);
        self.last = position;
    }

    /// Appends a written list, each of its positions `shift` further on.
    pub(super) fn append(&mut self, list: &[u8], shift: u32) {
        let mut rest = list;
        let first = take(&mut rest);
        self.push(first + shift);
        self.bytes.extend_from_slice(rest);
        each(list, |position| self.last = position + shift);
    }

    /// As written.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.last = 0;
    }
}

/// One bit a position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Positions(Vec<u64>);

impl Positions {
    /// None of `count`.
    pub(super) fn none(count: u32) -> Self {
        Self(vec![0; (count as usize).div_ceil(64)])
    }

    /// Adds a written list, each of its positions `back` earlier; those that fall out at either end are dropped.
    pub(super) fn add(&mut self, list: &[u8], back: u32) {
        each(list, |position| {
            let position = position.wrapping_sub(back);
            if let Some(word) = self.0.get_mut(position as usize / 64) {
                *word |= 1 << (position % 64);
            }
        });
    }

    /// Keeps what is in both.
    pub(super) fn keep(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// Keeps what is in this alone.
    pub(super) fn keep_not(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// Whether there are more than `count`.
    pub(super) fn more_than(&self, count: usize) -> bool {
        let mut sum = 0;
        self.0.iter().any(|word| {
            sum += word.count_ones() as usize;
            sum > count
        })
    }

    /// The first from `start` on.
    pub(super) fn next(&self, start: u32) -> Option<u32> {
        let at = start as usize / 64;
        let word = *self.0.get(at)? & (!0 << (start % 64));
        let bit = |at: usize, word: u64| u32::try_from(at).unwrap_or(u32::MAX) * 64 + word.trailing_zeros();
        if word != 0 {
            return Some(bit(at, word));
        }
        let rest = self.0.get(at + 1..)?;
        let found = rest.iter().position(|word| *word != 0)?;
        Some(bit(at + 1 + found, rest[found]))
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::super::tests::seeded;
    use super::*;

    fn all(positions: &Positions) -> Vec<u32> {
        std::iter::successors(positions.next(0), |found| positions.next(found + 1)).collect()
    }

    #[test]
    fn a_list_comes_back_as_it_was_written_and_joined() {
        let mut rng = seeded();
        for _ in 0..300 {
            let (count, one_in) = (rng.random_range(1..20_000_u32), rng.random_range(1..2_000_u32));
            let mut positions = || (0..count).filter(|_| rng.random_ratio(1, one_in)).collect::<Vec<u32>>();
            let (first, second) = (positions(), positions());
            let mut list = List::default();
            let mut other = List::default();
            first.iter().for_each(|position| list.push(*position));
            second.iter().for_each(|position| other.push(*position));
            if !second.is_empty() {
                list.append(other.bytes(), count);
            }
            let joined: Vec<u32> = first.iter().copied().chain(second.iter().map(|at| at + count)).collect();
            let mut back = Vec::new();
            each(list.bytes(), |position| back.push(position));
            assert_eq!(back, joined);
            let mut set = Positions::none(count * 2);
            set.add(list.bytes(), 3);
            assert_eq!(all(&set), joined.iter().filter_map(|at| at.checked_sub(3)).collect::<Vec<_>>());
            let size = all(&set).len();
            assert!(!set.more_than(size) && (size == 0 || set.more_than(size - 1)));
            let mut without = set.clone();
            without.keep_not(&set);
            set.keep(&set.clone());
            assert!(!without.more_than(0) && all(&set).len() + 3 >= joined.len());
        }
    }

    #[test]
    fn any_bytes_can_be_read() {
        for bytes in [&[][..], &[0x80], &[0xFF; 40], &[0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 3]] {
            let mut set = Positions::none(10);
            set.add(bytes, 0);
            each(bytes, |_| {});
        }
    }
}
