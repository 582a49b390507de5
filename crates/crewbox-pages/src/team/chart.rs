//! The replies of each member as bars: two for each, the upper one received, the lower one sent.
//!
//! Owns where everything is, in the units of the drawing, which the page scales to its width. Colours are the style sheet's.

use crewbox_app::team::MemberPerformance;

/// Width of the drawing.
const WIDTH: u64 = 560;
/// Height of a member: two bars and the space below them.
const ROW: u64 = 36;
/// Height of a bar.
const BAR: u64 = 12;
/// Where bars begin: before it is the name.
const NAME: u64 = 150;
/// Width of the longest bar: after it is the number.
const LONGEST: u64 = 350;
/// Space between a bar and its number.
const GAP: u64 = 6;
/// How far the line of a text is below the top of its bar.
const BASELINE: u64 = 10;
/// Characters of a name that fit before the bars. The table has the whole name.
const MAX_NAME: usize = 20;

/// The drawing.
pub(super) struct Chart {
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) members: Vec<Bars>,
}

/// The bars of a member.
pub(super) struct Bars {
    pub(super) name: String,
    /// The line of the name.
    pub(super) name_y: u64,
    pub(super) bars: [Bar; 2],
}

/// A bar with its number.
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) count: u64,
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) text_x: u64,
    pub(super) text_y: u64,
}

impl Chart {
    /// Of these members; none where there is nothing to draw.
    pub(super) fn of(members: &[MemberPerformance]) -> Option<Self> {
        let counts = |member: &MemberPerformance| {
            [("received", member.figures.replies_received), ("sent", member.figures.replies_sent)]
        };
        let most = members.iter().flat_map(counts).map(|(_, count)| count).max().filter(|most| *most > 0)?;
        let mut top = 0;
        let mut drawn = Vec::with_capacity(members.len());
        for member in members {
            let [received, sent] = counts(member);
            drawn.push(Bars {
                name: short(&member.name),
                name_y: top + BAR / 2 + BASELINE,
                bars: [bar(received, top, most), bar(sent, top + BAR, most)],
            });
            top += ROW;
        }
        Some(Self { width: WIDTH, height: top, members: drawn })
    }
}

fn bar((class, count): (&'static str, u64), y: u64, most: u64) -> Bar {
    let width = count.saturating_mul(LONGEST).div_ceil(most);
    Bar { class, count, x: NAME, y, width, height: BAR, text_x: NAME + width + GAP, text_y: y + BASELINE }
}

fn short(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let kept: String = name.chars().take(MAX_NAME - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use crewbox_core::id::MemberId;
    use crewbox_core::team::MemberFigures;

    use super::*;

    #[test]
    fn the_longest_bar_of_the_team_has_the_whole_width_and_nothing_is_not_drawn() {
        let member = |name: &str, replies_received, replies_sent| MemberPerformance {
            id: MemberId(1),
            name: name.to_owned(),
            figures: MemberFigures { replies_received, replies_sent, ..MemberFigures::default() },
        };
        assert!(Chart::of(&[]).is_none() && Chart::of(&[member("Ann", 0, 0)]).is_none());
        let chart = Chart::of(&[member("Ann", 8, 4), member(&"Ø".repeat(40), 0, 1)]).unwrap();
        let widths: Vec<u64> = chart.members.iter().flat_map(|one| &one.bars).map(|bar| bar.width).collect();
        assert_eq!(widths, [350, 175, 0, 44]);
        assert_eq!((chart.height, chart.members[1].name.chars().count()), (2 * ROW, MAX_NAME));
    }
}
