//! Shares of a hundred, with two digits after the point.

use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

use crate::object::Put;
use crate::schema::{Components, Describe, plain, text};

/// How much a part is of a whole, as a text: `5.03%`. Of nothing it is `0.00%`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Percent {
    part: u64,
    whole: u64,
}

/// The same as a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PercentNumber(pub(super) Percent);

impl Percent {
    pub(super) const fn of(part: u64, whole: u64) -> Self {
        Self { part, whole }
    }

    /// Hundredths of a hundredth, rounded to the nearest.
    fn hundredths(self) -> u64 {
        let (part, whole) = (u128::from(self.part), u128::from(self.whole));
        let rounded = (part * 10_000 + whole / 2).checked_div(whole).unwrap_or(0);
        u64::try_from(rounded).unwrap_or(u64::MAX)
    }

    fn shown(self) -> String {
        let hundredths = self.hundredths();
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

impl Put for Percent {
    fn put(&self, out: &mut Vec<u8>) {
        format!("{}%", self.shown()).put(out);
    }
}

impl Describe for Percent {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

impl Put for PercentNumber {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.shown().as_bytes());
    }
}

impl Describe for PercentNumber {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        plain(Type::Number).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_the_nearest_hundredth() {
        let shown = |part, whole| {
            let mut out = Vec::new();
            Percent::of(part, whole).put(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(1_880, 37_364), "\"5.03%\"");
        assert_eq!(shown(40, 37_364), "\"0.11%\"");
        assert_eq!(shown(2, 3), "\"66.67%\"");
        assert_eq!(shown(3, 3), "\"100.00%\"");
        assert_eq!(shown(0, 0), "\"0.00%\"");
        assert_eq!(shown(5, 0), "\"0.00%\"");
    }
}
