//! The end of a period, which is not part of it.

use crewbox_core::time::Timestamp;
use utoipa::openapi::{RefOr, Schema};

use crate::problem::Problems;
use crate::schema::{Components, Describe};
use crate::value::Parameter;
use crate::wire::{Bound, read_time};

/// A time before which a period ends; of a date without a time, the end of that day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeriodEnd(pub(super) Timestamp);

impl Parameter for PeriodEnd {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        if text.trim().len() == "2025-01-31".len()
            && let Some(last) = read_time(text, Bound::End)
        {
            return Some(Self(Timestamp(last.0 + 1)));
        }
        Timestamp::parse(text, name, problems).map(Self)
    }
}

impl Describe for PeriodEnd {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        Timestamp::schema(components)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_ends_with_its_day_and_a_time_is_itself() {
        let end = |text| PeriodEnd::parse(text, "to", &mut Problems::default()).map(|end| end.0.millis());
        assert_eq!(end("2025-01-31"), Some(1_738_368_000_000));
        assert_eq!(end("2025-01-31T00:00:00Z"), Some(1_738_281_600_000));
        assert_eq!(end("soon"), None);
    }
}
