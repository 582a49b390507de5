//! What is searched for: parts of the texts themselves, so that everything is found somewhere.

use crewbox_core::text::normalise;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::corpus::Corpus;

/// The shortest term that is looked for in texts, in characters: that of Crewbox, and of a trigram.
const MIN_CHARS: usize = 3;

/// How a term is cut out of a text.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A word as it is between spaces.
    Word,
    /// Two or three words with what is between them.
    Phrase,
    /// 3 to 12 characters from anywhere.
    Stretch,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Word, Self::Phrase, Self::Stretch];

    /// In the table's head.
    pub fn name(self) -> &'static str {
        match self {
            Self::Word => "a word",
            Self::Phrase => "2 to 3 words",
            Self::Stretch => "any 3 to 12 characters",
        }
    }

    /// A normalised term of this kind.
    pub fn draw(self, corpus: &Corpus, rng: &mut ChaCha8Rng) -> String {
        loop {
            let text = corpus.read(rng.random_range(1..=corpus.messages()));
            let term = normalise(&self.cut(&text, rng));
            if term.chars().count() >= MIN_CHARS {
                return term;
            }
        }
    }

    fn cut(self, text: &str, rng: &mut ChaCha8Rng) -> String {
        match self {
            Self::Word => {
                let words: Vec<&str> = text.split_whitespace().collect();
                words[rng.random_range(0..words.len())].chars().take(12).collect()
            }
            Self::Phrase => {
                let words: Vec<&str> = text.split(' ').collect();
                let from = rng.random_range(0..words.len().saturating_sub(3).max(1));
                let phrase: Vec<&str> = words[from..].iter().take(rng.random_range(2..=3)).copied().collect();
                phrase.join(" ").chars().take(30).collect()
            }
            Self::Stretch => {
                let chars: Vec<char> = text.chars().collect();
                let length = rng.random_range(MIN_CHARS..=12);
                let from = rng.random_range(0..chars.len() - length);
                chars[from..from + length].iter().collect()
            }
        }
    }
}
