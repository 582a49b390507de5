//! How many UIDs are asked about at once.
//!
//! Owns the width of the next range. UIDs are sparse where mail was deleted or moved, and a server may number its mails
//! as it likes up to 4,294,967,295: an empty range is followed by one twice as wide, so that a gap of any size costs a few
//! commands.

/// UIDs in the answer to one command, at most: one line of 5.5 MB.
const MOST_UIDS: u32 = 500_000;
/// The widest range in a folder that has, or claims, more mails: 64 of these are all UIDs there can be.
const WIDEST: u32 = 1 << 26;

/// UIDs of one folder that are compared, at most: more than the largest mailboxes have. Comparing them takes 40 MB.
pub(super) const MOST_COMPARED: usize = 2_000_000;

/// The width of the range after one of `width` in which `found` UIDs are, in a folder of `exists` mails; `usual` is the
/// width where UIDs are dense.
pub(super) fn next_width(width: u32, usual: u32, found: usize, exists: u32) -> u32 {
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    if found > usual / 2 {
        return usual;
    }
    if found > usual / 8 {
        return width.max(usual);
    }
    // A range of any width has at most as many UIDs as the folder has mails.
    let widest = if exists <= MOST_UIDS { u32::MAX } else { WIDEST.max(usual) };
    width.max(usual).saturating_mul(2).min(widest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commands that find these UIDs below `end`, and the most UIDs that one of them names.
    fn commands(uids: &[u32], end: u32, exists: u32) -> (u32, usize) {
        let (mut low, mut width, mut count, mut most) = (1_u32, 5_000, 0, 0);
        while low < end {
            let high = low.saturating_add(width - 1);
            let found = uids.iter().filter(|uid| (low..=high).contains(uid)).count();
            width = next_width(width, 5_000, found, exists);
            (count, most, low) = (count + 1, most.max(found), high.saturating_add(1));
            if high == u32::MAX {
                break;
            }
        }
        (count, most)
    }

    #[test]
    fn gaps_of_any_size_cost_a_few_commands() {
        let three = [1, 2_000_000_000, 3_999_999_999];
        assert_eq!(commands(&three, 4_000_000_000, 60_000).0, 20);
        let dense: Vec<u32> = (1..=60_000).collect();
        let (count, most) = commands(&dense, 60_001, 60_000);
        assert!(count <= 13 && most == 5_000, "{count} {most}");
        let spread: Vec<u32> = (1..60_000).map(|n| n * 66_000).collect();
        let (count, most) = commands(&spread, 4_000_000_000, 60_000);
        assert!(count < 120 && most < 5_000, "{count} {most}");
    }

    #[test]
    fn a_gap_costs_a_few_commands_whatever_the_folder_claims_to_hold() {
        assert_eq!(next_width(60_000_000, 5_000, 0, u32::MAX), WIDEST);
        assert!(commands(&[], 4_000_000_000, u32::MAX).0 < 80);
    }
}
