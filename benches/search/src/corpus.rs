//! The texts that all engines index, drawn from a seed.
//!
//! Of the sizes that mail has, most below 1 KB and some of 8 KB: a greeting, sentences in paragraphs, a signature
//! with a telephone number and a link of its own, and half of them the quoted text of an earlier mail under its
//! "On … wrote:". Words follow Zipf's law over vocabularies of 50,000, frequent ones short; nine texts in ten
//! are of a Latin script with a few accents, the rest Cyrillic or Han. Two messages a conversation.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

const WORDS: usize = 50_000;
/// Bounds of a text's size in bytes; sizes between are equally likely on a logarithmic scale.
const SIZES: (f64, f64) = (192.0, 8_192.0);

/// Texts in a file, numbered from 1; text `n` is of conversation `(n + 1) / 2`.
#[derive(Clone)]
pub struct Corpus {
    file: Arc<File>,
    ends: Arc<Vec<u64>>,
}

impl Corpus {
    /// Draws `messages` texts and writes them to a file in `dir`.
    pub fn make(dir: &Path, messages: u64, rng: &mut ChaCha8Rng) -> Self {
        use std::io::Write as _;
        let path = dir.join("corpus");
        let words = Vocabulary::new(rng);
        let mut out = std::io::BufWriter::new(File::create(&path).unwrap());
        let (mut ends, mut end) = (vec![0], 0);
        for _ in 0..messages {
            let text = text(&words, rng);
            out.write_all(text.as_bytes()).unwrap();
            end += text.len() as u64;
            ends.push(end);
        }
        out.flush().unwrap();
        Self { file: Arc::new(File::open(path).unwrap()), ends: Arc::new(ends) }
    }

    /// How many.
    pub fn messages(&self) -> u64 {
        self.ends.len() as u64 - 1
    }

    /// All texts together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// One text.
    pub fn read(&self, message: u64) -> String {
        let at = usize::try_from(message).unwrap();
        let (start, end) = (self.ends[at - 1], self.ends[at]);
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        self.file.read_exact_at(&mut bytes, start).unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

/// Words of each script, the most frequent first.
struct Vocabulary {
    latin: Vec<String>,
    cyrillic: Vec<String>,
    han: Vec<String>,
}

impl Vocabulary {
    fn new(rng: &mut ChaCha8Rng) -> Self {
        let onsets: Vec<&str> = " b c d f g h k l m n p r s t v w st tr ch br pl".split(' ').collect();
        let vowels = ["a", "e", "i", "o", "u", "ea", "ou", "e", "a", "i", "o", "e", "a", "ie", "ü", "é"];
        let endings = ["", "n", "r", "s", "t", "l", "ng", "nt", "ck", "d"];
        let suffixes = ["", "", "", "s", "ed", "ing", "tion", "ly", "er", "ment"];
        let pick = |rng: &mut ChaCha8Rng, from: &[&str]| from[rng.random_range(0..from.len())].to_owned();
        let latin = |rank: usize, rng: &mut ChaCha8Rng| {
            let syllables = match rank {
                0..200 => 1,
                200..2_000 => rng.random_range(1..=2),
                _ => rng.random_range(2..=4),
            };
            let mut word = String::new();
            for _ in 0..syllables {
                word += &pick(rng, &onsets);
                word += &pick(rng, &vowels);
            }
            word += &pick(rng, &endings);
            if rank > 1_000 {
                word += &pick(rng, &suffixes);
            }
            word
        };
        Self {
            latin: (0..WORDS).map(|rank| latin(rank, rng)).collect(),
            cyrillic: (0..WORDS)
                .map(|rank| letters(rng, 'а', 32, if rank < 200 { 1..4 } else { 4..12 }))
                .collect(),
            han: (0..WORDS).map(|_| letters(rng, '一', 3_000, 1..4)).collect(),
        }
    }

    /// By Zipf's law with exponent 1, by inverting its integral.
    fn word<'a>(words: &'a [String], rng: &mut ChaCha8Rng) -> &'a str {
        let rank = f64::from(u32::try_from(words.len()).unwrap()).powf(rng.random::<f64>());
        &words[(rank as usize - 1).min(words.len() - 1)]
    }

    fn name(&self, rng: &mut ChaCha8Rng) -> String {
        // Names are of the middle of the vocabulary: neither of the commonest words nor all unique.
        capital(&self.latin[rng.random_range(500..8_000)])
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn letters(rng: &mut ChaCha8Rng, first: char, count: u32, length: std::ops::Range<usize>) -> String {
    let length = rng.random_range(length);
    // The early ones are the more frequent, as letters and signs are.
    let letter = |rng: &mut ChaCha8Rng| (f64::from(count) * rng.random::<f64>().powi(2)) as u32;
    (0..length).map(|_| char::from_u32(first as u32 + letter(rng)).unwrap()).collect()
}

fn sentence(out: &mut String, words: &[String], between: &str, stop: &str, rng: &mut ChaCha8Rng) {
    let count = rng.random_range(4..20);
    for at in 0..count {
        let word = Vocabulary::word(words, rng);
        if at == 0 {
            out.push_str(&capital(word));
        } else {
            out.push_str(word);
        }
        match rng.random_range(0..60) {
            _ if at + 1 == count => out.push_str(stop),
            0..4 => out.extend([",", " "]),
            4 => out.push_str(&format!(" {}{between}", rng.random_range(1..2_000))),
            5 => out.push('-'),
            _ => out.push_str(between),
        }
    }
}

fn text(words: &Vocabulary, rng: &mut ChaCha8Rng) -> String {
    let (script, between, stop) = match rng.random_range(0..100) {
        0..90 => (&words.latin, " ", ". "),
        90..96 => (&words.cyrillic, " ", ". "),
        _ => (&words.han, "", "。"),
    };
    let body = |bytes: usize, rng: &mut ChaCha8Rng| {
        let mut body = String::new();
        while body.len() < bytes {
            sentence(&mut body, script, between, stop, rng);
            if rng.random_ratio(1, 4) {
                body.push_str("\n\n");
            }
        }
        body
    };
    let name = words.name(rng);
    let company = format!("{}{}", Vocabulary::word(&words.latin, rng), rng.random_range(1..500));
    let size = SIZES.0 * (SIZES.1 / SIZES.0).powf(rng.random::<f64>());
    let size = size as usize;
    let half = size / 2;
    let quotes = rng.random_bool(0.5);
    let mut text = format!("Hi {},\n\n", words.name(rng));
    text.push_str(&body(if quotes { half.saturating_sub(100) } else { size.saturating_sub(100) }, rng));
    text.push_str(&format!(
        "\n\nBest regards,\n{name} {}\n+49 {} {}\nhttps://www.{company}.test/r/{:08x}\n",
        words.name(rng),
        rng.random_range(30..999),
        rng.random_range(100_000..9_999_999),
        rng.random::<u32>()
    ));
    if quotes {
        let (first, last) = (words.name(rng), words.name(rng));
        let (day, hour, minute) = (rng.random_range(1..29), rng.random_range(7..20), rng.random_range(0..60));
        text.push_str(&format!(
            "\nOn Tue, {day} Mar 2026 at {hour}:{minute:02}, {first} {last} <{}@{company}.test> wrote:\n",
            first.to_lowercase()
        ));
        let quoted = body(half, rng);
        let mut column = 0;
        text.push_str("> ");
        for word in quoted.split_inclusive([' ', '\n']) {
            column += word.len();
            if column > 72 || word.ends_with('\n') {
                text.push_str(word.trim_end());
                text.push_str("\n> ");
                column = 0;
            } else {
                text.push_str(word);
            }
        }
    }
    text
}
