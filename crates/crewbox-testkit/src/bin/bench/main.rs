//! `bench`: measures what Crewbox promises, and prints a Markdown report.
//!
//! Run by `cargo xtask bench`. Progress goes to stderr, the report to stdout. What is compared is measured in
//! one run, in alternating slices, so that a busy machine slows both sides alike; ratios come first, since
//! they travel from machine to machine better than microseconds do. Owns no threshold but the ones in its
//! tables, and never fails because a figure misses its target: it says so in the table.

mod ask;
mod bulk;
mod fill;
mod http;
mod import;
mod index;
mod latency;
mod load;
mod mail;
mod measure;
mod memory;
mod report;
mod scan;
mod search;
mod server;
mod sqlite;
mod start;
mod team;
mod text;
mod writes;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use crewbox_store::Role;
use crewbox_testkit::call::{self, Failure};
use report::Report;
use server::Server;

/// The server's allocator, so that what is measured is what is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    /// The index alone against a scan.
    Index,
    /// Loading the index from a filled store.
    Load,
    /// The whole HTTP call against a fixed body.
    Http,
    /// The whole HTTP call against page and count in SQLite.
    Sqlite,
    /// Durable writes, and lists during a storm of them.
    Writes,
    /// A bulk action and its undo, and what other writes wait meanwhile.
    Bulk,
    /// Search.
    Search,
    /// What members did.
    Team,
    /// `crewbox import mail`.
    Import,
}

impl Section {
    const ALL: [Self; 9] = [
        Self::Index,
        Self::Load,
        Self::Http,
        Self::Sqlite,
        Self::Team,
        Self::Writes,
        Self::Bulk,
        Self::Search,
        Self::Import,
    ];

    /// Whether it is measured over the filled store.
    const fn needs_store(self) -> bool {
        !matches!(self, Self::Index | Self::Import)
    }
}

/// Measures Crewbox and prints a Markdown report.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Options {
    /// Measure only this; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Section>,
    /// Conversations in the filled store and in the index.
    #[arg(long, default_value_t = 1_000_000)]
    conversations: u64,
    /// Mails to import.
    #[arg(long, default_value_t = 100_000)]
    mails: u64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the filled store here, and use it again if it is there; else a temporary directory.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Measure the index at 10,000,000 conversations too (4 GB of memory).
    #[arg(long)]
    full: bool,
    /// Minutes to move rows at the most before the index is asked: ten moves of each of 10,000,000 take most of an
    /// hour. The report says how many it came to.
    #[arg(long, default_value_t = 5)]
    moving_minutes: u64,
    /// Reads a plan from stdin and puts load on a server: the other process of the HTTP measurements.
    #[arg(long, hide = true)]
    generate_load: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = if options.generate_load { load::generate() } else { measure(&options) };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), Failure> {
    let mut report = Report::default();
    let sections = if options.only.is_empty() { &Section::ALL[..] } else { &options.only };
    let wants = |section| sections.contains(&section);
    if wants(Section::Index) {
        index::measure(options, &mut report)?;
    }
    if Section::ALL.into_iter().filter(|section| section.needs_store()).any(wants) {
        let scratch = tempfile::tempdir()?;
        let dir = options.dir.clone().unwrap_or_else(|| scratch.path().to_path_buf());
        // As many threads as the server itself would have.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let filled = runtime.block_on(fill::open(&dir, options, &mut report))?;
        if wants(Section::Load) {
            runtime.block_on(start::measure(&filled, &mut report))?;
        }
        if wants(Section::Http) || wants(Section::Sqlite) {
            // As a command, so that nothing works in the background.
            let mut server = Server::start(&runtime, &filled, Role::Command)?;
            if wants(Section::Http) {
                http::measure(&mut server, &filled, options.seed, &mut report)?;
            }
            if wants(Section::Sqlite) {
                sqlite::measure(&runtime, &mut server, &filled, options.seed, &mut report)?;
            }
            server.stop()?;
        }
        if wants(Section::Team) {
            team::measure(&runtime, &filled, options, &mut report)?;
        }
        if [Section::Search, Section::Writes, Section::Bulk].into_iter().any(wants) {
            let mut server = Server::start(&runtime, &filled, Role::Server)?;
            search::catch_up(&runtime, &server, &filled, &mut report)?;
            if wants(Section::Search) {
                search::measure(&runtime, &server, &filled, options.seed, &mut report)?;
            }
            // Last, since it changes what the others read.
            if wants(Section::Writes) {
                writes::measure(&runtime, &mut server, &filled, options.seed, &mut report)?;
            }
            if wants(Section::Bulk) {
                bulk::measure(&server, &filled, options.seed, &mut report)?;
            }
            server.stop()?;
        }
    }
    if wants(Section::Import) {
        import::measure(options, &mut report)?;
    }
    std::io::stdout().lock().write_all(report.markdown().as_bytes())?;
    Ok(())
}
