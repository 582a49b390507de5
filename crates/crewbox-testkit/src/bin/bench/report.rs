//! The report: sections of tables, written down as they are measured.
//!
//! Owns how figures look. Rounds for reading, judges a figure against its target, and never hides a miss.

use std::fmt::Write as _;
use std::time::Duration;

/// What has been measured so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    text: String,
    /// Every figure with a target, for the summary on top.
    judged: Vec<Judged>,
}

#[derive(Debug)]
struct Judged {
    what: String,
    target: String,
    measured: String,
    met: bool,
}

impl Report {
    /// Opens a section: its title, the arguments that measure it alone, and how it is measured.
    pub(crate) fn section(&mut self, title: &str, command: &str, how: &str) {
        eprintln!("== {title}");
        let _ = write!(self.text, "\n## {title}\n\n`cargo xtask bench {command}`. {how}\n");
    }

    /// Adds a table.
    pub(crate) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let _ = write!(self.text, "\n| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
        for row in rows {
            eprintln!("   {}", row.join(" · "));
            let _ = writeln!(self.text, "| {} |", row.join(" | "));
        }
    }

    /// Adds a line of prose.
    pub(crate) fn note(&mut self, line: &str) {
        eprintln!("   {line}");
        let _ = write!(self.text, "\n{line}\n");
    }

    /// Holds a figure against its target.
    pub(crate) fn judge(
        &mut self,
        what: impl Into<String>,
        target: &str,
        measured: impl Into<String>,
        met: bool,
    ) {
        let judged = Judged { what: what.into(), target: target.to_owned(), measured: measured.into(), met };
        eprintln!(
            "   {} {}: {} (target {})",
            if met { "met   " } else { "MISSED" },
            judged.what,
            judged.measured,
            judged.target
        );
        self.judged.push(judged);
    }

    /// The whole report.
    pub(crate) fn markdown(&self) -> String {
        let mut out = String::new();
        if !self.judged.is_empty() {
            out.push_str("## Targets\n\n| figure | target | measured | |\n|---|---|---|---|\n");
            for row in &self.judged {
                let verdict = if row.met { "met" } else { "**missed**" };
                let _ = writeln!(out, "| {} | {} | {} | {verdict} |", row.what, row.target, row.measured);
            }
        }
        out + &self.text
    }
}

/// A time in the unit that suits it, with three figures.
pub(crate) fn time(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    match micros {
        m if m < 1_000.0 => format!("{} µs", figures(m)),
        m if m < 1_000_000.0 => format!("{} ms", figures(m / 1e3)),
        m => format!("{} s", figures(m / 1e6)),
    }
}

/// A count a second.
pub(crate) fn rate(count: u64, took: Duration) -> String {
    thousands((count as f64 / took.as_secs_f64().max(1e-9)) as u64)
}

/// A whole number with commas between its thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How many times one is the other.
pub(crate) fn times(ratio: f64) -> String {
    format!("{} ×", figures(ratio))
}

/// A share of one.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Bytes as mebibytes.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", thousands(bytes >> 20))
}

fn figures(number: f64) -> String {
    match number {
        n if n >= 100.0 => thousands(n.round() as u64),
        n if n >= 10.0 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(12), "12");
        assert_eq!(time(Duration::from_micros(8)), "8.00 µs");
        assert_eq!(time(Duration::from_micros(12_345)), "12.3 ms");
        assert_eq!(times(123.4), "123 ×");
        assert_eq!(percent(0.753), "75 %");
    }

    #[test]
    fn a_miss_is_named_in_the_summary() {
        let mut report = Report::default();
        report.judge("p99", "≤ 20 µs", "30 µs", false);
        assert!(report.markdown().contains("| p99 | ≤ 20 µs | 30 µs | **missed** |"));
    }
}
