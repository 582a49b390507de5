//! Measures the web inbox in a real Chromium, against a demo that it starts, with the server near and 150 ms away.
//! `cargo xtask bench ui` runs it.
//!
//! Prints a section of the report to stdout and progress to stderr. Owns the order of what is measured: every round is a new
//! browser, and the latencies take turns, so that a machine that becomes slower slows both. A figure is the best of
//! [`ROUNDS`], since what else the machine does makes a round slower and never faster, with the median round beside it.

mod budget;
mod demo;
mod first_load;
mod keys;
mod page;
mod pages_open;
mod typing;
mod unloaded;

use std::process::ExitCode;

use crewbox_testkit::browser::Browser;
use crewbox_testkit::call::Failure;

use self::budget::Table;
use self::demo::Demo;

/// Milliseconds to the server.
const LATENCIES: [u64; 2] = [0, 150];
const ROUNDS: usize = 3;
/// A usual screen, in CSS pixels.
const SIZE: (u32, u32) = (1440, 900);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(program), Some(conversations)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: bench_ui PROGRAM CONVERSATIONS");
        return ExitCode::from(2);
    };
    match measure(&program, &conversations) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench_ui: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(program: &str, conversations: &str) -> Result<(), Failure> {
    eprintln!("== A demo of {conversations} conversations");
    let demo = Demo::start(program, conversations)?;
    let mut table = Table::default();
    let mut sizes = Vec::new();
    for round in 1..=ROUNDS {
        for latency in LATENCIES {
            eprintln!("== Round {round} of {ROUNDS}, {latency} ms to the server");
            let browser = Browser::start(SIZE.0, SIZE.1);
            page::sign_in(&browser, &demo);
            browser.network(latency, false);
            first_load::measure(&browser, latency, &mut table);
            sizes = first_load::sizes(&browser)?;
            page::start_clock(&browser);
            keys::moves(&browser, latency, &mut table);
            keys::held(&browser, latency, &mut table);
            keys::palette(&browser, latency, &mut table);
            typing::measure(&browser, &demo, latency, &mut table)?;
            keys::triage(&browser, latency, &mut table);
            unloaded::begin(&browser);
            unloaded::conversations(&browser, latency, &mut table);
            unloaded::filters(&browser, latency, &mut table);
        }
    }
    let with_pages = pages_open::measure(&demo)?;
    println!(
        "In Chromium without a graphics processor, a window of {} × {}, against `crewbox demo` with {conversations} \
         conversations. A time runs from the key press to the end of the first frame that shows what it did, measured in the \
         page, on the browser's clock. The latency is added to every request by the browser. Best of {ROUNDS} rounds, each a new \
         browser with an empty cache; the median round beside it.\n",
        SIZE.0, SIZE.1
    );
    print!("{}{}{with_pages}", table.markdown(), budget::sizes(&sizes));
    Ok(())
}
