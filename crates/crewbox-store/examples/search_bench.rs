//! Measures search: how fast a corpus is taken in, how large the index is, how long 20 random terms take.
//!
//! `cargo run --release -p crewbox-store --example search_bench -- [messages] [seed]`
//!
//! The texts are made to weigh what mail weighs, about 2 KB each: a greeting, sentences in paragraphs, a
//! signature with a telephone number and a link of its own, and half of them the quoted text of an earlier
//! mail under its "On … wrote:". Words come by Zipf's law from vocabularies of 50,000, frequent ones short;
//! nine texts in ten are of a Latin script with a few accents, the rest Cyrillic or Han. Two messages a
//! conversation, one lead each. Texts come from a file beside the index, not from the engine.

#![expect(clippy::unwrap_used, reason = "a benchmark ends at the first error")]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{AccountId, ClientId, ConversationId, MessageId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::search::{LeadText, Logged, Search, Source, Text};
use crewbox_store::{Scope, StoreError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const ACCOUNT: AccountId = AccountId(1);
const WORDS: usize = 50_000;
const TEXT_BYTES: usize = 2_048;
const TERMS: usize = 20;
/// Unless another is given.
const SEED: u64 = 7;

/// Message `n` is change `2n`, in conversation `(n + 1) / 2`; the changes between make conversations.
#[derive(Clone)]
struct Corpus {
    file: Arc<File>,
    ends: Arc<Vec<u64>>,
}

impl Corpus {
    fn make(dir: &Path, messages: u64, rng: &mut ChaCha8Rng) -> Self {
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

    fn messages(&self) -> u64 {
        self.ends.len() as u64 - 1
    }

    fn read(&self, message: u64) -> String {
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
    let half = TEXT_BYTES / 2;
    let quotes = rng.random_bool(0.5);
    let mut text = format!("Hi {},\n\n", words.name(rng));
    text.push_str(&body(if quotes { half - 200 } else { TEXT_BYTES - 200 }, rng));
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

impl Source for Corpus {
    fn accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        Ok(vec![ACCOUNT])
    }

    fn head(&self, _: AccountId) -> Result<Seq, StoreError> {
        Ok(Seq(self.messages() * 2))
    }

    fn log(&self, _: AccountId, since: Seq, limit: u32) -> Result<Vec<Logged>, StoreError> {
        let end = (since.0 + u64::from(limit)).min(self.messages() * 2);
        Ok((since.0 + 1..=end)
            .map(|seq| {
                let message = seq.div_ceil(2);
                let conversation = Some(ConversationId(message.div_ceil(2)));
                let kind = match (seq % 2, message % 2) {
                    (0, _) => ChangeKind::MessageReceived,
                    (_, 1) => ChangeKind::ConversationCreated,
                    _ => ChangeKind::ReadChanged,
                };
                Logged { seq: Seq(seq), at: Timestamp(1), kind, conversation, subject: Some(message) }
            })
            .collect())
    }

    fn text(&self, _: AccountId, message: MessageId) -> Result<Option<Text>, StoreError> {
        let conversation = Some(ConversationId(message.get().div_ceil(2)));
        let subject = format!("Re: offer {message}");
        Ok(Some(Text { conversation, subject, text: self.read(message.get()) }))
    }

    fn lead(&self, _: AccountId, id: ConversationId) -> Result<Option<LeadText>, StoreError> {
        let (email, name) = (format!("lead{id}@company{}.test", id.get() % 5_000), format!("Name{id}"));
        Ok(Some(LeadText::of(&email, Some("Söme"), Some(&name), Some("A company like any other"))))
    }

    fn client(&self, _: AccountId, _: ConversationId) -> Result<Option<ClientId>, StoreError> {
        Ok(None)
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let messages: u64 = args.next().map_or(200_000, |n| n.parse().unwrap());
    let seed: u64 = args.next().map_or(SEED, |n| n.parse().unwrap());
    println!("{messages} messages, seed {seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().unwrap();
    let corpus = Corpus::make(dir.path(), messages, &mut rng);
    let bytes = *corpus.ends.last().unwrap();

    let of = corpus.clone();
    let search = Search::open(dir.path(), Box::new(move || Ok(Box::new(of.clone())))).unwrap();
    let begin = Instant::now();
    while search.advance().unwrap() > 0 {}
    let took = begin.elapsed().as_secs_f64();
    println!("indexed {:.0} texts a second ({:.1} MB/s)", messages as f64 / took, bytes as f64 / took / 1e6);
    let size: u64 = ["", "-wal"]
        .iter()
        .filter_map(|end| dir.path().join(format!("search.db{end}")).metadata().ok())
        .map(|m| m.len())
        .sum();
    println!(
        "on disk {:.2} GB a million texts of {} bytes",
        size as f64 / messages as f64 / 1e3,
        bytes / messages
    );

    let words = |corpus: &Corpus, rng: &mut ChaCha8Rng| {
        let text = corpus.read(rng.random_range(1..=messages));
        let words: Vec<&str> = text.split_whitespace().filter(|word| word.chars().count() >= 3).collect();
        words[rng.random_range(0..words.len())].chars().take(12).collect::<String>()
    };
    let phrases = |corpus: &Corpus, rng: &mut ChaCha8Rng| {
        let text = corpus.read(rng.random_range(1..=messages));
        let words: Vec<&str> = text.split(' ').collect();
        let from = rng.random_range(0..words.len().saturating_sub(3).max(1));
        let phrase =
            words[from..].iter().take(rng.random_range(2..=3)).copied().collect::<Vec<_>>().join(" ");
        phrase.chars().take(30).collect::<String>()
    };
    let stretches = |corpus: &Corpus, rng: &mut ChaCha8Rng| {
        let text: Vec<char> = corpus.read(rng.random_range(1..=messages)).chars().collect();
        let length = rng.random_range(3..=12);
        let from = rng.random_range(0..text.len() - length);
        text[from..from + length].iter().collect::<String>()
    };
    let leads = |_: &Corpus, rng: &mut ChaCha8Rng| format!("{:02}", rng.random_range(0..100));
    report("words of the texts", &search, &corpus, &mut rng, words);
    report("two or three words", &search, &corpus, &mut rng, phrases);
    report("any stretch of 3 to 12 characters", &search, &corpus, &mut rng, stretches);
    report("two characters, leads only", &search, &corpus, &mut rng, leads);
}

fn report(
    what: &str,
    search: &Search,
    corpus: &Corpus,
    rng: &mut ChaCha8Rng,
    term: impl Fn(&Corpus, &mut ChaCha8Rng) -> String,
) {
    let scope = Scope::operator(ACCOUNT);
    let mut times: Vec<(f64, usize, String)> = (0..TERMS)
        .map(|_| {
            let term = term(corpus, rng);
            let begin = Instant::now();
            let found = search.find(&scope, &term).unwrap();
            (begin.elapsed().as_secs_f64() * 1e3, found.conversations.len(), term)
        })
        .collect();
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("{what}: p50 {:.1} ms, slowest {:.1} ms", times[TERMS / 2].0, times[TERMS - 1].0);
    for (ms, found, term) in times.iter().rev().take(3) {
        println!("    {ms:8.1} ms  {found:7} found  {term:?}");
    }
}
