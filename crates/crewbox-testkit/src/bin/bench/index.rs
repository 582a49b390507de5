//! The index alone: pages with exact totals against the row scan, after ten moves a conversation.
//!
//! Owns that section's tables and targets; the core's own `measure` module measures.

use std::time::{Duration, Instant};

use crate::measure::{self, Figures, Run, Times};

use crate::report::{self, Report};
use crate::{Failure, Options};

/// Moves a conversation before anything is asked.
const MOVES: usize = 10;
/// What `--full` measures beside.
const FULL_ROWS: u64 = 10_000_000;
/// The slowest of a hundred pages, up to a million conversations.
const P99_MILLION: Duration = Duration::from_micros(20);
/// The same at ten million.
const P99_TEN_MILLION: Duration = Duration::from_micros(150);
/// A page at offset 50,000 against the first.
const DEEP_RATIO: f64 = 1.5;
/// Bytes of index a conversation, every partition and both orders.
const BYTES: f64 = 256.0;

/// Measures.
pub(crate) fn measure(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let full = options.full.then_some(FULL_ROWS);
    for rows in [options.conversations].into_iter().chain(full) {
        let flag = if rows == FULL_ROWS { " --full" } else { "" };
        report.section(
            &format!("Index, {} conversations", report::thousands(rows)),
            &format!("--only index{flag}"),
            "A page of 20 and the exact total, owners drawn by load, after the moves named below; beside it \
             the plain row scan over the same rows.",
        );
        let started = Instant::now();
        let watch = || started.elapsed().as_nanos() as u64;
        let progress = |stage: &str| eprintln!("   {stage}");
        let moving = Duration::from_secs(60 * options.moving_minutes);
        let run = Run {
            rows: usize::try_from(rows)?,
            moves: MOVES,
            moving: u64::try_from(moving.as_nanos())?,
            seed: options.seed,
        };
        print(&measure::run(run, &watch, &progress), rows, report);
    }
    Ok(())
}

fn print(figures: &Figures, rows: u64, report: &mut Report) {
    let at = |times: &Times, share| Duration::from_nanos(times.quantile(share));
    let lines: Vec<Vec<String>> = figures
        .shapes
        .iter()
        .map(|shape| {
            let (index, scan) = (at(&shape.index, 0.5), at(&shape.scan, 0.5));
            let scanned = !scan.is_zero();
            vec![
                shape.shape.name().to_owned(),
                if scanned {
                    report::times(scan.as_secs_f64() / index.as_secs_f64())
                } else {
                    "–".to_owned()
                },
                report::time(index),
                report::time(at(&shape.index, 0.99)),
                if scanned { report::time(scan) } else { "–".to_owned() },
            ]
        })
        .collect();
    report.table(&["list", "faster than the scan", "p50", "p99", "scan p50"], &lines);
    let (target, words) =
        if rows > 1_000_000 { (P99_TEN_MILLION, "≤ 150 µs") } else { (P99_MILLION, "≤ 20 µs") };
    for shape in
        figures.shapes.iter().filter(|shape| crewbox_testkit::sample::Shape::OWN.contains(&shape.shape))
    {
        let p99 = at(&shape.index, 0.99);
        let what = format!("index p99, {} conversations, {}", report::thousands(rows), shape.shape.name());
        report.judge(what, words, report::time(p99), p99 <= target);
    }
    let deep = at(&figures.deep_page, 0.5).as_secs_f64() / at(&figures.first_page, 0.5).as_secs_f64();
    let what = format!(
        "offset {} against 0, {} conversations",
        report::thousands(figures.deep_offset),
        report::thousands(rows)
    );
    report.judge(what, "≤ 1.5 ×", report::times(deep), deep <= DEEP_RATIO);
    let what =
        format!("index bytes a conversation after the moves, {} conversations", report::thousands(rows));
    report.judge(what, "≤ 256", format!("{:.0}", figures.bytes_moved), figures.bytes_moved <= BYTES);
    report.note(&format!(
        "{:.1} moves a conversation. A move (a new reply, both orders): p50 {}, \
         p99 {}. Built from rows in {}; {:.0} bytes a conversation \
         before the moves. Own lists pooled: p99 {}.",
        figures.moved,
        report::time(at(&figures.moves, 0.5)),
        report::time(at(&figures.moves, 0.99)),
        report::time(Duration::from_nanos(figures.load)),
        figures.bytes_loaded,
        report::time(at(&figures.pooled, 0.99)),
    ));
}
