//! Times as people read them in a list: an age while it is fresh, a day, a date.

use crewbox_core::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A time for a person and, after it, for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeText {
    /// "4m", "2h", "Wed", "12 Nov", "12 Nov 2024".
    pub(crate) short: String,
    /// ISO 8601.
    pub(crate) exact: String,
}

impl TimeText {
    pub(crate) fn of(at: Timestamp, now: Timestamp) -> Self {
        let age = now.millis().saturating_sub(at.millis());
        let short = if age < MINUTE {
            "now".to_owned()
        } else if age < HOUR {
            format!("{}m", age / MINUTE)
        } else if age < DAY {
            format!("{}h", age / HOUR)
        } else if age < 6 * DAY {
            date(at).strftime("%a").to_string()
        } else if date(at).year() == date(now).year() {
            date(at).strftime("%-d %b").to_string()
        } else {
            date(at).strftime("%-d %b %Y").to_string()
        };
        Self { short, exact: instant(at).to_string() }
    }
}

/// A day and a time of day: "18 Nov, 14:02".
pub(crate) fn day_and_time(at: Timestamp) -> String {
    instant(at).to_zoned(TimeZone::UTC).strftime("%-d %b, %H:%M").to_string()
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default()
}

fn date(at: Timestamp) -> Date {
    instant(at).to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_becomes_a_day_and_then_a_date() {
        // 26 November 2026, 16:42 UTC, a Thursday.
        let now = Timestamp(1_795_711_320_000);
        for (age, text) in [
            (-5_000, "now"),
            (30_000, "now"),
            (4 * MINUTE, "4m"),
            (59 * MINUTE, "59m"),
            (2 * HOUR, "2h"),
            (23 * HOUR, "23h"),
            (DAY, "Wed"),
            (5 * DAY, "Sat"),
            (7 * DAY, "19 Nov"),
            (400 * DAY, "22 Oct 2025"),
        ] {
            assert_eq!(TimeText::of(Timestamp(now.millis() - age), now).short, text, "{age}");
        }
        assert_eq!(TimeText::of(now, now).exact, "2026-11-26T16:42:00Z");
        assert_eq!(day_and_time(now), "26 Nov, 16:42");
    }
}
