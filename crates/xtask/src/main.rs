//! `cargo xtask`: the checks, the long runs and the measurements of this repository.
//!
//! Owns what a contributor or a CI machine calls. Has no dependency, so that it builds in seconds from nothing,
//! and never changes a tracked file but the reports it is asked to write (`docs/soak.md`,
//! `docs/benchmarks.md`).

mod bench;
mod clients;
mod failure;
mod install;
mod machine;
mod soak;
mod step;
mod tidy;
mod verify;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

Commands:
  test    Everything a change must pass: rustfmt, tidy, clippy, rustdoc, all tests. Stops at the first
          failure. This is what CI runs. Uses cargo-nextest where it is installed, else cargo test.
          Installs what the tests run against (Dovecot, Exim, strace, faketime, Node, Chromium) where it is
          missing, and clients of other makers into target/clients.
  tidy    The repository's own rules, in a second: file sizes, module docs, which crate may use which,
          import cycles between files, where SQL and the clock may appear, dependencies and documents that must agree.
          Each fault says where it is and what to do.
  soak    The test suite in the release profile with the full figures (more kills, more steps, more
          mutations). Takes long; writes docs/soak.md. Any CREWBOX_* figure already set is kept:
          CREWBOX_KILLS=500 cargo xtask soak
          With a filter of nextest only those tests, without the report:
          cargo xtask soak 'test(browser::)'
  attack  The attacks on the built server alone, in the release profile with the full figures:
          clocks, mail bombs, power loss, failing system calls, odd requests and more. Prints what they found.
          A word more takes those whose name contains it: cargo xtask attack power
  bench   Measures, and writes docs/benchmarks.md. --print writes to stdout instead; every other
          argument goes to the benchmark itself: cargo xtask bench -- --help
          `bench ui` measures the web inbox in a browser, and writes its section; a number gives the conversations.
  help    This text.

Exit status: 0 passed, 1 something failed, 2 wrong usage.
";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let root = repository();
    let outcome = match (command.as_str(), rest.as_slice()) {
        ("test", []) => verify::run(&root),
        ("tidy", []) => tidy::run(&root),
        ("soak", []) => soak::run(&root, ""),
        ("soak", [filter]) if !filter.starts_with('-') => soak::run(&root, filter),
        ("attack", []) => soak::attack(&root, ""),
        ("attack", [name]) if !name.starts_with('-') => soak::attack(&root, name),
        ("bench", arguments) => bench::run(&root, arguments),
        ("help" | "--help" | "-h", _) => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask {command}: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The repository this was built from, so that it does not matter in which folder it is called.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
