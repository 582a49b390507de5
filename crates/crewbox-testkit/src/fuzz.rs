//! Drives fuzz targets on a stable toolchain: the seeds of `fuzz/seeds`, then mutations of them, from a printed seed.
//!
//! Owns the mutations, which know nothing of any format but the pieces that a target names. It finds less than libFuzzer,
//! which sees what is run, and runs anywhere.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::figures::figure;

/// Inputs of a target in an ordinary run, which takes a few seconds.
const INPUTS: u64 = 1_000;

/// Feeds a target: all its seeds, then a thousand mutations of them, or as many as `CREWBOX_FUZZ_SECONDS` admits.
/// `CREWBOX_SEED` replays a run.
///
/// # Panics
/// Where the target does, naming the input by the run's seed and its number.
pub fn drive(target: &str, pieces: &[&str], run: impl Fn(&[u8])) {
    let seed = figure("CREWBOX_SEED", 20_261_127);
    let time = Duration::from_secs(figure("CREWBOX_FUZZ_SECONDS", 0));
    let seeds = seeds(target);
    println!("{target}: {} seeds, seed {seed}", seeds.len());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (started, mut number) = (Instant::now(), 0);
    let feed = |input: &[u8], number: u64| {
        let outcome = catch_unwind(AssertUnwindSafe(|| run(input)));
        assert!(
            outcome.is_ok(),
            "{target}, seed {seed}, input {number}: {:?}",
            String::from_utf8_lossy(input)
        );
    };
    for input in &seeds {
        feed(input, number);
        number += 1;
    }
    while if time.is_zero() { number < INPUTS } else { started.elapsed() < time } {
        let mut input = seeds[rng.random_range(0..seeds.len())].clone();
        let other = &seeds[rng.random_range(0..seeds.len())];
        mutate(&mut input, other, pieces, &mut rng);
        feed(&input, number);
        number += 1;
    }
    println!(
        "soak: fuzz target {target}: {number} inputs from seed {seed} in {} s",
        started.elapsed().as_secs()
    );
}

/// The target's seeds, by name.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has no seeds");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Cuts, doubles, overwrites or mixes parts of an input, a few times.
pub fn mutate(input: &mut Vec<u8>, other: &[u8], pieces: &[&str], rng: &mut impl Rng) {
    for _ in 0..rng.random_range(1..8) {
        let at = rng.random_range(0..=input.len());
        let length = rng.random_range(0..200).min(input.len() - at);
        match rng.random_range(0..7) {
            0 => drop(input.drain(at..at + length)),
            1 if !pieces.is_empty() => {
                let piece = pieces[rng.random_range(0..pieces.len())].as_bytes();
                input.splice(at..at, piece.iter().copied());
            }
            2 => {
                let copy = input[at..at + length].repeat(rng.random_range(1..50));
                input.splice(at..at, copy);
            }
            3 if !other.is_empty() => {
                let from = rng.random_range(0..other.len());
                let to = (from + 2_000).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            4 => input[at..at + length].iter_mut().for_each(|byte| *byte = rng.random()),
            5 => input.truncate(at.max(1)),
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << rng.random_range(0..8);
                }
            }
        }
    }
}
