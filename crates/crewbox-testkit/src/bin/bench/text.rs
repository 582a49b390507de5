//! Words for mails: made up, with a vocabulary whose common words are common, so that a search index meets
//! letter groups as unevenly spread as in a language.
//!
//! Owns the vocabulary. Copies nobody's text.

use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Different words; about an educated writer's.
const WORDS: usize = 20_000;
/// Mandelbrot's correction of Zipf's law for English.
const FLATTENING: f64 = 2.7;
/// A sentence's words.
const SENTENCE: std::ops::Range<usize> = 4..16;
const ONSETS: [&str; 20] =
    ["b", "br", "c", "d", "dr", "f", "g", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v"];
const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "ou", "ie"];
const CODAS: [&str; 10] = ["", "", "", "n", "r", "s", "t", "l", "nd", "ng"];

/// The words, most common first.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    words: Vec<String>,
    /// How often each is used, summed up.
    sums: Vec<f64>,
}

impl Vocabulary {
    /// The same words every time.
    pub(crate) fn new() -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let mut words = Vec::with_capacity(WORDS);
        for rank in 0..WORDS {
            // Common words are short.
            let syllables = match rank {
                0..100 => 1,
                100..3_000 => 2,
                _ => random.random_range(2..5),
            };
            words.push((0..syllables).map(|_| syllable(&mut random)).collect());
        }
        // Zipf's law, flattened at the head as in languages.
        let mut sum = 0.0;
        let sums = (0..WORDS).map(|rank| {
            sum += 1.0 / (rank as f64 + FLATTENING);
            sum
        });
        Self { words, sums: sums.collect() }
    }

    /// A word as often as it is used.
    pub(crate) fn word(&self, random: &mut impl Rng) -> &str {
        let drawn = random.random_range(0.0..self.sums[WORDS - 1]);
        &self.words[self.sums.partition_point(|sum| *sum <= drawn).min(WORDS - 1)]
    }

    /// Any word, the rare ones as likely as the common.
    pub(crate) fn any_word(&self, random: &mut impl Rng) -> &str {
        &self.words[random.random_range(0..WORDS)]
    }

    /// Sentences of at least `bytes` bytes together, in lines.
    pub(crate) fn text(&self, random: &mut impl Rng, bytes: usize) -> String {
        let mut out = String::with_capacity(bytes + 100);
        while out.len() < bytes {
            let start = out.len();
            for _ in 0..random.random_range(SENTENCE) {
                if out.len() > start {
                    out.push(' ');
                }
                out.push_str(self.word(random));
            }
            if let Some(first) = out.get_mut(start..=start) {
                first.make_ascii_uppercase();
            }
            out.push_str(if random.random_bool(0.2) { ".\n\n" } else { ".\n" });
        }
        out
    }
}

fn syllable(random: &mut impl Rng) -> String {
    let mut syllable = String::new();
    for parts in [&ONSETS[..], &VOWELS, &CODAS] {
        syllable.push_str(parts[random.random_range(0..parts.len())]);
    }
    syllable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_long_as_asked_and_the_same_again() {
        let words = Vocabulary::new();
        let text = words.text(&mut ChaCha8Rng::seed_from_u64(7), 500);
        assert!((500..700).contains(&text.len()), "{}", text.len());
        assert_eq!(text, Vocabulary::new().text(&mut ChaCha8Rng::seed_from_u64(7), 500));
    }
}
