//! Compares search engines on the same texts: ours, FTS5 with trigrams, tantivy with trigrams and with words.
//!
//! `cargo run --release --manifest-path benches/search/Cargo.toml -- [texts] [seed]` prints a Markdown table: the
//! size on disk, texts indexed a second by one thread, p50 and p99 of 20 terms of each kind, and how many answers equal
//! those of a scan of all texts. docs/dependencies.md quotes it. Every engine gets the texts in the form in which
//! Crewbox compares them (`crewbox_core::text::normalise`), so that only substrings are compared, not case and accents.

#![expect(clippy::unwrap_used, reason = "a measurement ends at the first error")]

mod corpus;
mod fts5;
mod ours;
mod scan;
mod tantivy_index;
mod terms;

use std::path::Path;
use std::time::Instant;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use corpus::Corpus;
use scan::Scan;
use terms::Kind;

/// Unless others are given.
const TEXTS: u64 = 200_000;
const SEED: u64 = 7;
/// Terms of each kind.
const TERMS: usize = 20;
/// Each term is searched for so many times, so that the p99 is not one scheduling accident.
const ROUNDS: usize = 5;

/// What is compared.
pub trait Engine {
    /// Conversations with a text that contains the term, ascending.
    fn find(&mut self, term: &str) -> Vec<u64>;
}

type Build = fn(&Path, &Corpus) -> Box<dyn Engine>;

const ENGINES: &[(&str, Build)] = &[
    ("Crewbox", ours::build),
    ("FTS5, trigrams", fts5::build),
    ("tantivy, trigrams", tantivy_index::trigrams),
    ("tantivy, words", tantivy_index::words),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let texts: u64 = arguments.next().map_or(TEXTS, |text| text.parse().unwrap());
    let seed: u64 = arguments.next().map_or(SEED, |text| text.parse().unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().unwrap();
    let corpus = Corpus::make(dir.path(), texts, &mut rng);
    let terms: Vec<(Kind, Vec<String>)> =
        Kind::ALL.map(|kind| (kind, (0..TERMS).map(|_| kind.draw(&corpus, &mut rng)).collect())).to_vec();
    eprintln!("{texts} texts of {} bytes on average, seed {seed}", corpus.bytes() / texts);
    let scan = Scan::new(&corpus);
    let expected: Vec<Vec<Vec<u64>>> =
        terms.iter().map(|(_, terms)| terms.iter().map(|term| scan.find(term)).collect()).collect();
    drop(scan);

    println!("{texts} texts, {:.0} MB, seed {seed}.\n", corpus.bytes() as f64 / 1e6);
    print!("| engine | on disk, of the texts | texts indexed a second |");
    terms.iter().for_each(|(kind, _)| print!(" {}: p50, p99 ms | exact |", kind.name()));
    println!("\n|---|---|---|{}", "---|---|".repeat(terms.len()));
    for (name, build) in ENGINES {
        let home = dir.path().join(name);
        std::fs::create_dir(&home).unwrap();
        eprintln!("{name}");
        let begin = Instant::now();
        let mut engine = build(&home, &corpus);
        let rate = texts as f64 / begin.elapsed().as_secs_f64();
        let share = size(&home) as f64 / corpus.bytes() as f64;
        print!("| {name} | {:.0} % | {rate:.0} |", share * 100.0);
        for ((_, terms), expected) in terms.iter().zip(&expected) {
            let (p50, p99, exact) = ask(engine.as_mut(), terms, expected);
            print!(" {p50:.1}, {p99:.1} | {exact} of {} |", terms.len());
        }
        println!();
        std::fs::remove_dir_all(&home).unwrap();
    }
}

/// p50 and p99 in milliseconds, and how many terms were answered as the scan answers them.
fn ask(engine: &mut dyn Engine, terms: &[String], expected: &[Vec<u64>]) -> (f64, f64, usize) {
    let mut exact = 0;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        for (term, expected) in terms.iter().zip(expected) {
            let begin = Instant::now();
            let found = engine.find(term);
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            if round > 0 {
                continue;
            }
            if found == *expected {
                exact += 1;
            } else {
                eprintln!("    {term:?}: found {}, expected {}", found.len(), expected.len());
            }
        }
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100], exact)
}

/// Everything below a folder, in bytes.
fn size(dir: &Path) -> u64 {
    std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => size(&entry.path()),
            false => entry.metadata().unwrap().len(),
        })
        .sum()
}
