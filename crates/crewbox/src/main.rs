//! The `crewbox` binary: command line, configuration, wiring and signals.
//!
//! Owns the clock, the process and what a person reads in a terminal. Holds no rule about conversations, no SQL,
//! no HTTP and no MIME: those belong to the crates below, which meet here only.
#![forbid(unsafe_code)]

mod cli;
mod clock;
mod command;
mod data;
mod demo;
mod failure;
mod intake;
mod mail;
mod net;
mod open_files;
mod output;
mod password;
mod progress;
mod server;
mod source;
mod stopped;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::failure::Failure;

/// Mail is many small allocations on several threads; the system's allocator spends a fifth of an import on it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A usage error leaves with 2 from here, with what to do next.
    let cli = Cli::parse();
    output::start_log(&cli.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::report(Failure::failed(format!("cannot start: {error}"))),
    };
    let outcome = runtime.block_on(command::run(cli.command));
    // What still runs (a reader blocked on a pipe) must not keep a finished command alive.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output::report(failure),
    }
}
