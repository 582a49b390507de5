//! Lengths of time in words.

/// Seconds of each unit, the longest first.
const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];

/// A length of time in its two longest units, rounded down: "3 d 4 h", "2 h 10 min", "45 s".
pub(super) fn words(seconds: u64) -> String {
    let Some(at) = UNITS.iter().position(|(length, _)| seconds >= *length) else {
        return format!("{seconds} s");
    };
    let (length, unit) = UNITS[at];
    let longest = format!("{} {unit}", seconds / length);
    match UNITS.get(at + 1).map(|(shorter, unit)| (seconds % length / shorter, unit)) {
        None | Some((0, _)) => longest,
        Some((rest, unit)) => format!("{longest} {rest} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_at_most_two_units() {
        let spans = [0, 59, 60, 3_599, 3_600, 7_800, 86_399, 86_400, 90_000, 864_059];
        let expected =
            ["0 s", "59 s", "1 min", "59 min", "1 h", "2 h 10 min", "23 h 59 min", "1 d", "1 d 1 h", "10 d"];
        assert_eq!(spans.map(words), expected);
    }
}
