//! Measures search: how fast a corpus is taken in, how large the index is, how long 20 random terms take.
//!
//! `cargo run --release -p crewbox-store --example search_bench -- [messages] [seed]`
//!
//! Texts of about 2 KB over a vocabulary of 50,000 words by Zipf's law, some of it accented, Cyrillic or Han;
//! two messages a conversation, one lead each. Texts come from a file beside the index, not from the engine.

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
        let words = vocabulary(rng);
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

fn vocabulary(rng: &mut ChaCha8Rng) -> Vec<String> {
    let syllables: Vec<String> = "b c d f g h k l m n p r s t v w st tr sch br"
        .split(' ')
        .flat_map(|onset| ["a", "e", "i", "o", "u", "ei", "ä", "é"].map(|vowel| [onset, vowel].concat()))
        .collect();
    let endings = ["", "n", "r", "s", "ng", "tion", "ly", "er"];
    (0..WORDS)
        .map(|at| match at % 20 {
            17 => letters(rng, 'а', 32, 3..10),
            19 => letters(rng, '一', 2_000, 1..4),
            _ => {
                let mut word: String = (0..rng.random_range(1..4))
                    .map(|_| syllables[rng.random_range(0..syllables.len())].as_str())
                    .collect();
                word.push_str(endings[rng.random_range(0..endings.len())]);
                word
            }
        })
        .collect()
}

fn letters(rng: &mut ChaCha8Rng, first: char, count: u32, length: std::ops::Range<usize>) -> String {
    let length = rng.random_range(length);
    (0..length).map(|_| char::from_u32(first as u32 + rng.random_range(0..count)).unwrap()).collect()
}

fn text(words: &[String], rng: &mut ChaCha8Rng) -> String {
    let mut text = String::with_capacity(TEXT_BYTES + 32);
    while text.len() < TEXT_BYTES {
        // Zipf's law with exponent 1, by inverting its integral.
        let rank = f64::from(u32::try_from(words.len()).unwrap()).powf(rng.random::<f64>());
        text.push_str(&words[(rank as usize - 1).min(words.len() - 1)]);
        text.push_str(match rng.random_range(0..30) {
            0 => ". ",
            1 | 2 => ", ",
            3 => "\n",
            _ => " ",
        });
        if rng.random_ratio(1, 100) {
            text.push_str(&rng.random_range(0..1_000_000_u32).to_string());
            text.push(' ');
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
    let seed: u64 = args.next().map_or_else(rand::random, |n| n.parse().unwrap());
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
    let stretches = |corpus: &Corpus, rng: &mut ChaCha8Rng| {
        let text: Vec<char> = corpus.read(rng.random_range(1..=messages)).chars().collect();
        let length = rng.random_range(3..=12);
        let from = rng.random_range(0..text.len() - length);
        text[from..from + length].iter().collect::<String>()
    };
    let leads = |_: &Corpus, rng: &mut ChaCha8Rng| format!("{:02}", rng.random_range(0..100));
    report("words of the texts", &search, &corpus, &mut rng, words);
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
