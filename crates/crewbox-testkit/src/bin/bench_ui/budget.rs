//! What an interaction may take, what it took in each round, and the table of both.
//!
//! Owns the limits of the web inbox and the verdicts. Never hides a miss.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An interaction with its limits. They are shown in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Budget {
    Move,
    Archive,
    Snooze,
    Assign,
    Take,
    Category,
    Important,
    Unread,
    Undo,
    Palette,
    HeldKey,
    UnloadedHeader,
    UnloadedWhole,
    Typing,
    TypingLongestTask,
    Filter,
    FirstLoad,
    FirstLoadRequests,
}

/// What is felt as at once, in milliseconds.
const AT_ONCE: f64 = 50.0;
/// One frame of a usual screen, in milliseconds.
const ONE_FRAME: f64 = 16.0;

/// Limits in the budget's own unit.
struct Limits {
    p50: Option<f64>,
    p95: f64,
    /// So many round trips to the server are added.
    round_trips: u64,
    unit: &'static str,
}

const fn limits(p50: Option<f64>, p95: f64, round_trips: u64) -> Limits {
    Limits { p50, p95, round_trips, unit: " ms" }
}

impl Budget {
    const fn name(self) -> &'static str {
        match self {
            Self::Move => "`j` and `k`, with the conversation",
            Self::Archive => "archive",
            Self::Snooze => "snooze",
            Self::Assign => "assign to a colleague",
            Self::Take => "assign to me",
            Self::Category => "category",
            Self::Important => "mark important",
            Self::Unread => "mark unread",
            Self::Undo => "undo",
            Self::Palette => "palette",
            Self::HeldKey => "`j` held over all rows, 30 a second: last key to its conversation",
            Self::UnloadedHeader => "a conversation that is not loaded: header",
            Self::UnloadedWhole => "a conversation that is not loaded: whole",
            Self::Typing => "typing while rows arrive",
            Self::TypingLongestTask => "typing while rows arrive: longest task over 50 ms",
            Self::Filter => "filter with its exact count",
            Self::FirstLoad => "first load, empty cache: list readable",
            Self::FirstLoadRequests => "first load: requests before that",
        }
    }

    const fn limits(self) -> Limits {
        match self {
            Self::Move
            | Self::Archive
            | Self::Snooze
            | Self::Assign
            | Self::Take
            | Self::Category
            | Self::Important
            | Self::Unread
            | Self::Undo
            | Self::Palette => limits(Some(ONE_FRAME), AT_ONCE, 0),
            Self::HeldKey | Self::UnloadedHeader | Self::Typing | Self::TypingLongestTask => {
                limits(None, AT_ONCE, 0)
            }
            Self::UnloadedWhole | Self::Filter => limits(None, AT_ONCE, 1),
            Self::FirstLoad => limits(None, 1_000.0, 0),
            Self::FirstLoadRequests => Limits { p50: None, p95: 5.0, round_trips: 0, unit: "" },
        }
    }
}

/// A round's figures.
#[derive(Clone, Copy, Debug)]
struct Round {
    p50: f64,
    p95: f64,
    worst: f64,
}

/// The figures of all rounds, by interaction and latency.
#[derive(Debug, Default)]
pub(crate) struct Table(BTreeMap<(Budget, u64), Vec<Round>>);

impl Table {
    /// Adds a round; one without a figure counts as one that never ends.
    pub(crate) fn add(&mut self, budget: Budget, latency: u64, mut times: Vec<f64>) {
        times.sort_by(f64::total_cmp);
        let at = |part: usize| {
            let last = times.len().checked_sub(1)?;
            times.get((times.len() * part / 100).min(last)).copied()
        };
        let figure = |part| at(part).unwrap_or(f64::INFINITY);
        let round = Round { p50: figure(50), p95: figure(95), worst: figure(100) };
        eprintln!(
            "   {}: p50 {:.1}, p95 {:.1}, worst {:.1}",
            budget.name(),
            round.p50,
            round.p95,
            round.worst
        );
        self.0.entry((budget, latency)).or_default().push(round);
    }

    /// The table as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut out = "| from key press to its frame | to the server | p95 | limit | of the limit | p50 | limit | worst | median round: p95, p50 | |\n\
                       |---|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for ((budget, latency), rounds) in &self.0 {
            let Limits { p50, p95, round_trips, unit } = budget.limits();
            let p95 = p95 + (round_trips * latency) as f64;
            let mut rounds = rounds.clone();
            rounds.sort_by(|one, other| one.p95.total_cmp(&other.p95));
            let (Some(best), Some(median)) = (rounds.first(), rounds.get(rounds.len() / 2)) else { continue };
            let is_met = best.p95 <= p95 && p50.is_none_or(|limit| best.p50 <= limit);
            let show = |figure: f64| match unit {
                "" => format!("{figure:.0}"),
                unit => format!("{figure:.1}{unit}"),
            };
            let _ = writeln!(
                out,
                "| {} | {latency} ms | {} | {p95:.0}{unit} | {:.0} % | {} | {} | {} | {}, {} | {} |",
                budget.name(),
                show(best.p95),
                100.0 * best.p95 / p95,
                show(best.p50),
                p50.map_or_else(|| "–".to_owned(), |limit| format!("{limit:.0}{unit}")),
                show(best.worst),
                show(median.p95),
                show(median.p50),
                verdict(is_met)
            );
        }
        out
    }
}

/// What comes before the first page is complete, in bytes as they are sent, with its limit if it has one.
pub(crate) type Size = (&'static str, u64, Option<u64>);

/// The table of sizes as Markdown.
pub(crate) fn sizes(sizes: &[Size]) -> String {
    let mut out = "\n| compressed | bytes | limit | of the limit | |\n|---|---|---|---|---|\n".to_owned();
    for (what, bytes, limit) in sizes {
        let _ = match limit {
            Some(limit) => writeln!(
                out,
                "| {what} | {bytes} | {limit} | {} % | {} |",
                100 * bytes / limit,
                verdict(bytes <= limit)
            ),
            None => writeln!(out, "| {what} | {bytes} | – | – | – |"),
        };
    }
    out
}

/// As in the other sections.
pub(crate) const fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}
