//! Exact medians and percentiles of durations.

/// How many durations there are, their median and their 90th percentile, in seconds. Nothing but the count where there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// The middle one; of an even number, half way between the middle two.
    pub median: Option<HalfSeconds>,
    /// The shortest that nine of ten do not exceed.
    pub p90: Option<u32>,
    /// How many there are.
    pub count: u64,
    /// All of them together, in seconds.
    pub total: u64,
}

/// A number of half seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HalfSeconds(pub u64);

impl Durations {
    /// The mean, rounded to whole seconds. None where there are no durations.
    #[must_use]
    pub fn mean(&self) -> Option<u64> {
        (self.count > 0).then(|| (self.total + self.count / 2) / self.count)
    }

    /// Of these durations, which are sorted.
    #[must_use]
    pub fn of(seconds: &mut [u32]) -> Self {
        seconds.sort_unstable();
        Self::of_sorted(seconds, seconds.iter().copied().map(u64::from).sum())
    }

    /// Of these durations, in ascending order, and their sum.
    pub(super) fn of_sorted(seconds: &[u32], total: u64) -> Self {
        let count = seconds.len();
        let Some(middle) = seconds.get(count / 2) else { return Self::default() };
        let other = if count.is_multiple_of(2) { seconds[count / 2 - 1] } else { *middle };
        let median = Some(HalfSeconds(u64::from(*middle) + u64::from(other)));
        let p90 = Some(seconds[(count * 9).div_ceil(10) - 1]);
        Self { median, p90, count: count as u64, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_nine_of_ten_do_not_exceed_p90() {
        let of = |seconds: &[u32]| {
            let found = Durations::of(&mut seconds.to_vec());
            (found.median.map(|half| half.0), found.p90, found.count)
        };
        assert_eq!(of(&[]), (None, None, 0));
        assert_eq!(of(&[7]), (Some(14), Some(7), 1));
        assert_eq!(of(&[9, 4]), (Some(13), Some(9), 2));
        assert_eq!(of(&[9, 4, 5]), (Some(10), Some(9), 3));
        let hundred: Vec<u32> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), (Some(101), Some(90), 100));
        assert_eq!(Durations::of(&mut [1, 1, 3]).mean(), Some(2));
        assert_eq!(Durations::default().mean(), None);
        assert_eq!(of(&[u32::MAX, u32::MAX]), (Some(2 * u64::from(u32::MAX)), Some(u32::MAX), 2));
    }
}
