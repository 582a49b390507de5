//! What a person reads goes to stderr, results go to stdout: one JSON line where a command makes something.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// How the log is written.
#[derive(Args, Debug)]
pub(crate) struct LogArgs {
    /// What to log, as `level` or `target=level,…`
    #[arg(
        long = "log",
        env = "CREWBOX_LOG",
        default_value = "warn",
        value_name = "FILTER",
        global = true,
        help_heading = "Log"
    )]
    filter: String,
    /// How a log line looks
    #[arg(
        long = "log-format",
        env = "CREWBOX_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT",
        global = true,
        help_heading = "Log"
    )]
    format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Starts the log, on stderr.
pub(crate) fn start_log(args: &LogArgs) {
    let filter = EnvFilter::try_new(&args.filter).unwrap_or_else(|_| {
        say(format_args!("--log {} is no filter; using `warn`", args.filter));
        EnvFilter::new("warn")
    });
    // The SDK of the Model Context Protocol logs whole messages, with the mail in them, at its lower levels.
    let filter = match "rmcp=error".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match args.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    if let Err(error) = started {
        say(format_args!("no log: {error}"));
    }
}

/// A line for people, on stderr. A closed stderr is no reason to stop.
pub(crate) fn say(words: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// Prints why a command failed, on stderr, and gives its exit code.
pub(crate) fn report(failure: Failure) -> ExitCode {
    ExitCode::from(print(failure))
}

/// The same, with the code as a number.
pub(crate) fn print(failure: Failure) -> u8 {
    let (what, code) = match failure {
        Failure::Input(what) => (what, 2),
        Failure::Failed(what) => (what, 1),
        Failure::Stopped(what) => (what, 70),
    };
    say(format_args!("error: {what}"));
    code
}

/// A line of result, on stdout, at once.
///
/// # Errors
/// When nobody takes it: a result that is lost must not look like success.
pub(crate) fn line(result: fmt::Arguments<'_>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{result}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("cannot write the result to stdout: {error}")))
}

/// A result as one JSON line.
///
/// # Errors
/// As [`line()`].
pub(crate) fn json(result: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(result).map_err(|error| Failure::failed(format!("result: {error}")))?;
    line(format_args!("{text}"))
}
