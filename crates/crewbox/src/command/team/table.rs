//! Figures as a table for people or as JSON lines for programs.

use std::io::IsTerminal as _;

use serde::Serialize;

use crate::failure::Failure;
use crate::output;

/// A line of a table.
pub(super) trait Line: Serialize {
    /// The columns' names.
    const COLUMNS: &'static [&'static str];

    /// What the columns show, in their order.
    fn cells(&self) -> Vec<String>;
}

/// Prints lines: a table on a terminal, otherwise JSON.
///
/// # Errors
/// When nobody takes the output.
pub(super) fn print<L: Line>(lines: &[L]) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() {
        return table(lines).iter().try_for_each(|line| output::line(format_args!("{line}")));
    }
    lines.iter().try_for_each(output::json)
}

/// The lines of the table, its head first. The first column is text, the others are numbers and end at the same place.
fn table<L: Line>(lines: &[L]) -> Vec<String> {
    let head = L::COLUMNS.iter().map(|&name| name.to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(lines.iter().map(Line::cells)).collect();
    let widest = |column: usize| {
        let widths = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..L::COLUMNS.len()).map(widest).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(line).collect()
}

/// A cell, or a dash where there is nothing.
pub(super) fn or_dash(cell: Option<impl ToString>) -> String {
    cell.map_or_else(|| "-".to_owned(), |cell| cell.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Row(&'static str, u32);

    impl Line for Row {
        const COLUMNS: &'static [&'static str] = &["member", "open"];

        fn cells(&self) -> Vec<String> {
            vec![self.0.to_owned(), self.1.to_string()]
        }
    }

    #[test]
    fn numbers_end_at_the_same_place() {
        let lines = table(&[Row("Zoë Ng", 12_345), Row("Bo", 7)]);
        assert_eq!(lines, ["member   open", "Zoë Ng  12345", "Bo          7"]);
    }
}
