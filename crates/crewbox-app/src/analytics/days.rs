//! Days of a calendar in a time zone, and the times at which they begin.

use crewbox_core::outreach::OutreachFigures;
use crewbox_core::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::refusal::{FieldError, Refusal};

/// Days that figures may be added up over. Clients that mean everything ask from the year 2000 on.
pub const MAX_DAYS: i32 = 50 * 366;
/// Days that figures are given for one by one: a year, also one with a leap day, and its first day again.
pub const MAX_DAYS_ONE_BY_ONE: i32 = 367;

/// The days from one to another, both included.
#[derive(Clone, Debug)]
pub struct Days {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
    /// Where they begin and end.
    pub zone: TimeZone,
}

/// The figures of a day.
#[derive(Clone, Copy, Debug)]
pub struct DayFigures {
    /// The day.
    pub day: Date,
    /// What happened on it.
    pub figures: OutreachFigures,
}

impl Days {
    /// The time at which the first day begins, and that at which the last one ends.
    pub(super) fn bounds(&self) -> Result<(Timestamp, Timestamp), Refusal> {
        self.check(MAX_DAYS)?;
        let end = self.last.tomorrow().ok().and_then(|next| self.start_of(next));
        Ok((self.start("start_date", self.first)?, end.ok_or_else(|| no_such_day("end_date"))?))
    }

    /// Each day with the time at which it begins, and the time at which the last one ends.
    pub(super) fn one_by_one(&self) -> Result<(Vec<(Date, Timestamp)>, Timestamp), Refusal> {
        self.check(MAX_DAYS_ONE_BY_ONE)?;
        let (_, end) = self.bounds()?;
        let days = self.first.series(jiff::ToSpan::day(1)).take_while(|day| *day <= self.last);
        let starts = days.map(|day| Ok((day, self.start("start_date", day)?)));
        Ok((starts.collect::<Result<_, Refusal>>()?, end))
    }

    fn check(&self, most: i32) -> Result<(), Refusal> {
        if self.first > self.last {
            return Err(FieldError::of("start_date", "must not be after end_date").into());
        }
        let days = self.last.duration_since(self.first).as_hours() / 24 + 1;
        if days > i64::from(most) {
            let rest = format!("must be at most {} days after start_date", most - 1);
            return Err(FieldError::of("end_date", rest).into());
        }
        Ok(())
    }

    fn start(&self, field: &str, day: Date) -> Result<Timestamp, Refusal> {
        self.start_of(day).ok_or_else(|| no_such_day(field))
    }

    /// Its midnight; where the clocks were put forward over that, the first moment after.
    fn start_of(&self, day: Date) -> Option<Timestamp> {
        let start = day.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(start.timestamp().as_millisecond()))
    }
}

fn no_such_day(field: &str) -> Refusal {
    FieldError::of(field, "is out of the range of the calendar").into()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::zone;

    fn days(first: Date, last: Date, zone: &str) -> Days {
        Days { first, last, zone: zone::find(zone).unwrap() }
    }

    #[test]
    fn days_begin_at_midnight_of_the_zone_also_where_the_clocks_change() {
        let hour = 3_600_000;
        let (starts, end) = days(date(2025, 3, 29), date(2025, 3, 31), "Europe/Berlin").one_by_one().unwrap();
        let starts: Vec<i64> = starts.iter().map(|(_, start)| start.0).chain([end.0]).collect();
        let lengths: Vec<i64> = starts.windows(2).map(|pair| (pair[1] - pair[0]) / hour).collect();
        assert_eq!(lengths, [24, 23, 24]);
        assert_eq!(starts[0], 1_743_202_800_000);
        // In Beirut the clocks go forward at midnight: the day begins at one.
        let (from, to) = days(date(2025, 3, 30), date(2025, 3, 30), "Asia/Beirut").bounds().unwrap();
        assert_eq!((to.0 - from.0) / hour, 23);
    }

    #[test]
    fn too_many_days_and_days_in_the_wrong_order_are_refused_with_the_field() {
        let field = |days: &Days| match days.one_by_one() {
            Err(Refusal::Invalid(errors)) => errors[0].field.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(field(&days(date(2025, 2, 1), date(2025, 1, 31), "UTC")), "start_date");
        assert_eq!(field(&days(date(2024, 1, 1), date(2025, 1, 2), "UTC")), "end_date");
        assert_eq!(field(&days(date(9999, 12, 30), date(9999, 12, 30), "UTC")), "end_date");
        assert!(days(date(2024, 1, 1), date(2025, 1, 1), "UTC").one_by_one().is_ok());
        assert!(days(date(2000, 1, 1), date(2026, 1, 1), "UTC").bounds().is_ok());
        assert!(days(date(1900, 1, 1), date(2026, 1, 1), "UTC").bounds().is_err());
    }
}
