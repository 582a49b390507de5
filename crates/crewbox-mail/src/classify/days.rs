//! Days of the calendar as numbers, and when and where a mail was written.

use crewbox_core::time::Timestamp;
use mail_parser::DateTime;

/// What is known of when and where a mail was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    /// When it was written.
    pub(super) at: Timestamp,
    /// Its clock is set for America, where the month comes first; none if unknown.
    pub(super) american: Option<bool>,
}

impl When {
    /// From the Date header and its time zone.
    pub(super) fn new(at: Timestamp, date: Option<&str>) -> Self {
        let zone = date.and_then(|date| {
            date.split_whitespace().find(|word| word.len() == 5 && word.starts_with(['+', '-']))
        });
        let american = zone.and_then(|zone| {
            let hours: u32 = zone.get(1..3)?.parse().ok()?;
            match (zone.starts_with('-'), hours) {
                (true, 3..=10) => Some(true),
                (_, 0) => None,
                _ => Some(false),
            }
        });
        Self { at, american }
    }
}

/// Day of a time as days since 1970.
pub(super) fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(86_400_000)
}

/// A calendar day as days since 1970; none if there is no such day.
pub(super) fn civil(year: u32, month: u32, day: u32) -> Option<i64> {
    let date = DateTime {
        year: u16::try_from(year).ok()?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
        ..DateTime::default()
    };
    let seconds = date.is_valid().then(|| date.to_timestamp())?;
    // 31 February would be another day.
    let real = DateTime::from_timestamp(seconds);
    (u32::from(real.day) == day && u32::from(real.month) == month).then_some(seconds.div_euclid(86_400))
}

/// Year, month and day of a day.
pub(super) fn calendar(days: i64) -> (u32, u32, u32) {
    let date = DateTime::from_timestamp(days * 86_400);
    (u32::from(date.year), u32::from(date.month), u32::from(date.day))
}
