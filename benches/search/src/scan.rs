//! The right answer: a look through every text.

use crewbox_core::text::normalise;

use crate::corpus::Corpus;

/// All texts, normalised, in memory.
pub struct Scan(Vec<String>);

impl Scan {
    /// Reads them all.
    pub fn new(corpus: &Corpus) -> Self {
        Self((1..=corpus.messages()).map(|message| normalise(&corpus.read(message))).collect())
    }

    /// Conversations with a text that contains the term, ascending.
    pub fn find(&self, term: &str) -> Vec<u64> {
        let mut found: Vec<u64> = (1..)
            .zip(&self.0)
            .filter(|(_, text)| text.contains(term))
            .map(|(message, _): (u64, _)| message.div_ceil(2))
            .collect();
        found.dedup();
        found
    }
}
