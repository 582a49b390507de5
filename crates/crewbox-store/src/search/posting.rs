//! Which documents have a token: sets of small numbers, written as differences or as bits, whichever is
//! shorter, and gathered into one bit a document while a search runs.

/// First byte of a set written as differences, each in seven bits a byte, low first.
const DIFFERENCES: u8 = 0;
/// First byte of a set written as bits.
const BITS: u8 = 1;

/// Writes an ascending set.
pub(super) fn encode(docs: &[u32]) -> Vec<u8> {
    let last = docs.last().copied().unwrap_or_default();
    let bits = last as usize / 8 + 1;
    let mut out = vec![DIFFERENCES];
    let mut before = 0;
    for doc in docs {
        if out.len() > bits {
            return as_bits(docs, bits);
        }
        let mut rest = doc - before;
        before = *doc;
        while rest >= 0x80 {
            out.push(low(rest) | 0x80);
            rest >>= 7;
        }
        out.push(low(rest));
    }
    out
}

fn as_bits(docs: &[u32], bytes: usize) -> Vec<u8> {
    let mut out = vec![0; bytes + 1];
    out[0] = BITS;
    for doc in docs {
        out[1 + *doc as usize / 8] |= 1 << (doc % 8);
    }
    out
}

fn low(n: u32) -> u8 {
    n.to_le_bytes()[0] & 0x7F
}

/// Tells `sink` a written set's numbers, ascending. Bytes that are no set tell what can be read of them.
pub(super) fn each(bytes: &[u8], mut sink: impl FnMut(u32)) {
    match bytes.split_first() {
        Some((&DIFFERENCES, rest)) => {
            let (mut doc, mut part, mut shift) = (0_u32, 0_u32, 0_u32);
            for byte in rest {
                part |= u32::from(byte & 0x7F) << shift.min(31);
                shift += 7;
                if byte & 0x80 == 0 {
                    doc = doc.wrapping_add(part);
                    sink(doc);
                    (part, shift) = (0, 0);
                }
            }
        }
        Some((&BITS, rest)) => {
            for (base, byte) in (0_u32..).step_by(8).zip(rest) {
                let mut byte = *byte;
                while byte != 0 {
                    sink(base + byte.trailing_zeros());
                    byte &= byte - 1;
                }
            }
        }
        _ => {}
    }
}

/// One bit a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DocSet(Vec<u64>);

impl DocSet {
    /// No document of `count`.
    pub(super) fn none(count: u32) -> Self {
        Self(vec![0; (count as usize).div_ceil(64)])
    }

    /// Adds a written set; numbers beyond the count are dropped.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        if let Some((&BITS, rest)) = bytes.split_first() {
            for (word, bytes) in self.0.iter_mut().zip(rest.chunks(8)) {
                let mut whole = [0; 8];
                whole[..bytes.len()].copy_from_slice(bytes);
                *word |= u64::from_le_bytes(whole);
            }
            return;
        }
        each(bytes, |doc| {
            if let Some(word) = self.0.get_mut(doc as usize / 64) {
                *word |= 1 << (doc % 64);
            }
        });
    }

    /// Keeps what is in both.
    pub(super) fn keep(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The documents from `start` to before `end`, ascending.
    pub(super) fn within(&self, start: u32, end: u32) -> impl Iterator<Item = u32> + '_ {
        (start / 64..end.div_ceil(64)).flat_map(move |at| {
            let mut word = self.0.get(at as usize).copied().unwrap_or_default();
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros())?;
                word &= word - 1;
                Some(at * 64 + bit)
            })
            .filter(move |doc| (start..end).contains(doc))
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_set_comes_back_as_it_was_written() {
        let seed = rand::random();
        println!("seed {seed}");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..500 {
            let (count, one_in) = (rng.random_range(1..20_000_u32), rng.random_range(1..2_000_u32));
            let docs: Vec<u32> = (0..count).filter(|_| rng.random_ratio(1, one_in)).collect();
            let written = encode(&docs);
            let mut back = Vec::new();
            each(&written, |doc| back.push(doc));
            assert_eq!(back, docs);
            let mut set = DocSet::none(count);
            set.add(&written);
            assert_eq!(set.within(0, count).collect::<Vec<_>>(), docs);
            assert_eq!(set.is_empty(), docs.is_empty());
            assert!(written.len() <= count as usize / 8 + 7, "never much longer than its bits");
        }
    }
}
