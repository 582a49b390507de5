//! Times as clients write them: ISO 8601 with `Z`, an offset or a fraction, or a bare date, in UTC.

use crewbox_core::time::{SECOND_MS, Timestamp};

/// Which end of a bare date is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Its first millisecond.
    Start,
    /// Its last; likewise of a second.
    End,
}

/// Reads a time; none if it is no such text.
pub(crate) fn read(text: &str, bound: Bound) -> Option<Timestamp> {
    let text = text.trim();
    // What is shown to clients has whole seconds: as an end, such a time means the end of its second.
    let rest = if bound == Bound::End && !text.contains(['.', ',']) { SECOND_MS - 1 } else { 0 };
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(at.as_millisecond() + rest));
    }
    let local = if text.len() == "2025-01-31".len() {
        let date: jiff::civil::Date = text.parse().ok()?;
        match bound {
            Bound::Start => date.at(0, 0, 0, 0),
            Bound::End => date.at(23, 59, 59, 0),
        }
    } else {
        text.parse::<jiff::civil::DateTime>().ok()?
    };
    let at = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(at.timestamp().as_millisecond() + rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_the_contract_are_read() {
        let start = |text| read(text, Bound::Start).map(Timestamp::millis);
        assert_eq!(start("2025-01-31T00:00:00Z"), Some(1_738_281_600_000));
        assert_eq!(start("2025-01-31T02:00:00.250+02:00"), Some(1_738_281_600_250));
        assert_eq!(start("2025-01-31"), Some(1_738_281_600_000));
        assert_eq!(start("2025-01-31T00:00:00"), Some(1_738_281_600_000));
        assert_eq!(read("2025-01-31", Bound::End).map(Timestamp::millis), Some(1_738_367_999_999));
        let end = |text| read(text, Bound::End).map(Timestamp::millis);
        assert_eq!(end("2025-01-31T00:00:00Z"), Some(1_738_281_600_999));
        assert_eq!(end("2025-01-31T00:00:00"), Some(1_738_281_600_999));
        assert_eq!(end("2025-01-31T02:00:00.250+02:00"), Some(1_738_281_600_250));
        for wrong in ["", "yesterday", "2025-13-01", "2025-02-30", "1738281600", "2025-01-31T25:00:00Z"] {
            assert_eq!(start(wrong), None, "{wrong}");
        }
    }
}
