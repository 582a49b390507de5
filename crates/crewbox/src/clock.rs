//! The one place that reads the system's clock. Everything else is given `now`.

use std::time::{SystemTime, UNIX_EPOCH};

use crewbox_core::time::Timestamp;

/// The time now. A clock set before 1970 gives negative times rather than a failure.
#[expect(clippy::disallowed_methods, reason = "this is the binary's clock")]
pub(crate) fn now() -> Timestamp {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    };
    Timestamp(millis)
}

/// A time as people and programs read it: ISO 8601, UTC, whole seconds.
pub(crate) fn iso(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.millis().div_euclid(1_000))
        .map_or_else(|_| "?".into(), |at| at.to_string())
}

/// Reads a time, or a date, which means its first moment in UTC.
pub(crate) fn read(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no time; one looks like 2027-01-31 or 2027-01-31T12:00:00Z");
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(at.as_millisecond()));
    }
    let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let at = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?;
    Ok(Timestamp(at.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_or_a_date_is_read() {
        assert_eq!(read("2023-11-14T22:13:20Z"), Ok(Timestamp(1_700_000_000_000)));
        assert_eq!(read("1970-01-02"), Ok(Timestamp(86_400_000)));
        for wrong in ["", "tomorrow", "2023-13-01", "1700000000"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_read_as_whole_seconds_of_utc() {
        assert_eq!(iso(Timestamp(0)), "1970-01-01T00:00:00Z");
        assert_eq!(iso(Timestamp(1_700_000_000_999)), "2023-11-14T22:13:20Z");
        assert_eq!(iso(Timestamp(-1)), "1969-12-31T23:59:59Z");
    }
}
