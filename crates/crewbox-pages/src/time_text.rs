//! Times as people read them: in a list an age while it is fresh, a day, a date; always in the member's time zone.

use crewbox_core::time::Timestamp;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Now, where the member is.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

impl Local {
    /// A time on the member's clock.
    pub(crate) fn at(&self, at: Timestamp) -> Zoned {
        instant(at).to_zoned(self.zone.clone())
    }

    /// The present on the member's clock.
    pub(crate) fn now(&self) -> Zoned {
        self.at(self.now)
    }

    /// A day and a time of day: "18 Nov, 14:02".
    pub(crate) fn day_and_time(&self, at: Timestamp) -> String {
        self.at(at).strftime("%-d %b, %H:%M").to_string()
    }

    /// When something is due, in the fewest words: "Today", "Fri", "12 Nov"; and whether that is over.
    pub(crate) fn due(&self, at: Timestamp) -> Due {
        let (due, now) = (self.at(at), self.now());
        let days = i64::from((due.date() - now.date()).get_days());
        let text = match days {
            0 => "Today".to_owned(),
            1 => "Tomorrow".to_owned(),
            -1 => "Yesterday".to_owned(),
            2..7 => due.strftime("%a").to_string(),
            _ if due.year() == now.year() => due.strftime("%-d %b").to_string(),
            _ => due.strftime("%-d %b %Y").to_string(),
        };
        Due { text, is_late: days <= 0, exact: instant(at).to_string(), whole: self.day_and_time(at) }
    }

    /// When a day begins.
    pub(crate) fn start_of(&self, date: Date) -> Option<Timestamp> {
        Some(Timestamp(date.to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond()))
    }

    /// A day: "12 Nov", with its year where that is another one: "12 Nov 2024".
    pub(crate) fn day(&self, date: Date) -> String {
        let format = if date.year() == self.now().year() { "%-d %b" } else { "%-d %b %Y" };
        date.strftime(format).to_string()
    }

    fn date(&self, at: Timestamp) -> Date {
        self.at(at).date()
    }
}

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) text: String,
    /// It is due today or was before.
    pub(crate) is_late: bool,
    /// ISO 8601.
    pub(crate) exact: String,
    /// Day and time.
    pub(crate) whole: String,
}

/// A time for a person and, after it, for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeText {
    /// "4m", "2h", "Wed", "12 Nov", "12 Nov 2024".
    pub(crate) short: String,
    /// ISO 8601.
    pub(crate) exact: String,
}

impl TimeText {
    pub(crate) fn of(at: Timestamp, local: &Local) -> Self {
        let age = local.now.millis().saturating_sub(at.millis());
        let short = if age < MINUTE {
            "now".to_owned()
        } else if age < HOUR {
            format!("{}m", age / MINUTE)
        } else if age < DAY {
            format!("{}h", age / HOUR)
        } else if age < 6 * DAY {
            local.date(at).strftime("%a").to_string()
        } else if local.date(at).year() == local.date(local.now).year() {
            local.date(at).strftime("%-d %b").to_string()
        } else {
            local.date(at).strftime("%-d %b %Y").to_string()
        };
        Self { short, exact: instant(at).to_string() }
    }
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_becomes_a_day_and_then_a_date() {
        // 26 November 2026, 16:42 UTC, a Thursday.
        let now = Timestamp(1_795_711_320_000);
        let local = Local { now, zone: TimeZone::UTC };
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
            assert_eq!(TimeText::of(Timestamp(now.millis() - age), &local).short, text, "{age}");
        }
        assert_eq!(TimeText::of(now, &local).exact, "2026-11-26T16:42:00Z");
        assert_eq!(local.day_and_time(now), "26 Nov, 16:42");
    }

    #[test]
    fn a_member_reads_times_on_their_own_clock() {
        let now = Timestamp(1_795_711_320_000);
        let local = Local { now, zone: TimeZone::fixed(jiff::tz::offset(9)) };
        assert_eq!(local.day_and_time(now), "27 Nov, 01:42");
        let due = |hours| {
            let due = local.due(Timestamp(now.millis() + hours * HOUR));
            (due.text, due.is_late)
        };
        assert_eq!(due(1), ("Today".to_owned(), true));
        assert_eq!(due(-2), ("Yesterday".to_owned(), true));
        assert_eq!(due(24), ("Tomorrow".to_owned(), false));
        assert_eq!(due(72), ("Mon".to_owned(), false));
        assert_eq!(due(24 * 60), ("26 Jan 2027".to_owned(), false));
    }
}
