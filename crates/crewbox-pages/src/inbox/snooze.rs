//! Until when a conversation can be snoozed by one press, on the member's clock.

use crewbox_core::time::Timestamp;
use jiff::civil::Weekday;
use jiff::{ToSpan as _, Zoned};

/// The hour at which a snooze until a day ends.
const MORNING: i8 = 9;

/// A time until which a conversation can be snoozed by one press.
#[derive(Debug)]
pub(super) struct Snooze {
    /// The form's value.
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    until: fn(&Zoned) -> Option<Zoned>,
}

const fn snooze(value: &'static str, label: &'static str, until: fn(&Zoned) -> Option<Zoned>) -> Snooze {
    Snooze { value, label, until }
}

pub(super) const SNOOZES: [Snooze; 4] = [
    snooze("3h", "In 3 hours", |now| now.checked_add(3.hours()).ok()),
    snooze("tomorrow", "Tomorrow, 09:00", |now| morning(&now.tomorrow().ok()?)),
    snooze("monday", "Monday, 09:00", |now| morning(&now.nth_weekday(1, Weekday::Monday).ok()?)),
    snooze("2w", "In 2 weeks", |now| morning(&now.checked_add(2.weeks()).ok()?)),
];

/// A snooze without a choice of its end, as by a swipe.
#[derive(Debug)]
pub(super) struct UsualSnooze {
    /// The form's value, one of [`SNOOZES`].
    pub(super) value: &'static str,
    /// Its end, after "until".
    pub(super) until: &'static str,
}

/// Until the next morning: a conversation that returns on the same day is not done with, and a longer snooze is a choice.
pub(super) static USUAL: UsualSnooze = UsualSnooze { value: "tomorrow", until: "tomorrow, 09:00" };

fn morning(day: &Zoned) -> Option<Zoned> {
    day.date().at(MORNING, 0, 0, 0).to_zoned(day.time_zone().clone()).ok()
}

/// The time of a form's value; none for a value that no form has.
pub(super) fn until(value: &str, now: &Zoned) -> Option<Timestamp> {
    let snooze = SNOOZES.iter().find(|snooze| snooze.value == value)?;
    Some(Timestamp((snooze.until)(now)?.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snooze_ends_in_the_morning_of_its_day() {
        // 26 November 2026, 16:42 UTC, a Thursday.
        let now =
            jiff::Timestamp::from_millisecond(1_795_711_320_000).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let text = |value| {
            let at = until(value, &now).unwrap();
            jiff::Timestamp::from_millisecond(at.millis()).unwrap().to_string()
        };
        assert_eq!(text("3h"), "2026-11-26T19:42:00Z");
        assert_eq!(text("tomorrow"), "2026-11-27T09:00:00Z");
        assert_eq!(text("monday"), "2026-11-30T09:00:00Z");
        assert_eq!(text("2w"), "2026-12-10T09:00:00Z");
        assert_eq!(until("whenever", &now), None);
    }

    #[test]
    fn the_usual_snooze_is_one_of_the_menu_and_has_its_name() {
        let snooze = SNOOZES.iter().find(|snooze| snooze.value == USUAL.value).unwrap();
        assert_eq!(snooze.label.to_lowercase(), USUAL.until);
    }
}
