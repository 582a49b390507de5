//! Progress of long work, on stderr; nothing where stderr is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often a bar moves by itself, so that a slow disk does not look like a stop.
const TICK: Duration = Duration::from_millis(120);

/// A bar with a known end, counted in `unit`.
pub(crate) fn bar(total: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    style(
        &bar,
        &format!(
            "{{msg}} {{bar:32.cyan/dim}} {{human_pos}}/{{human_len}} {unit} · {{per_sec}} · {{eta}} left"
        ),
    );
    bar
}

/// Bytes with a known end; `{msg}` tells what else is counted.
pub(crate) fn bytes(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    style(&bar, "{bar:32.cyan/dim} {bytes}/{total_bytes} · {msg} · {eta} left");
    bar
}

/// Work of unknown length.
pub(crate) fn spinner(message: String) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    style(&bar, "{spinner:.cyan} {msg}");
    bar.set_message(message);
    bar
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
}
