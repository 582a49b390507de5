//! The replies of a member by day, as bars: received ones above the line in the middle, sent ones below it.
//!
//! Owns where everything is, in the units of the drawing, which the page stretches to its width; so it has no text. Colours
//! are the style sheet's.

use crewbox_app::team::{DailyReplies, MemberDays};
use crewbox_core::team::DayReplies;

use super::days::Day;

/// Width of a day, with the space after its bar.
const DAY: u64 = 10;
/// Width of a bar.
const BAR: u64 = 8;
/// Height of the longest bar.
const LONGEST: u64 = 30;
/// Height of the drawing: bars above, the line, bars below.
pub(super) const HEIGHT: u64 = 2 * LONGEST + 1;
/// Height of the shortest bar, so that one reply is seen beside hundreds.
const SHORTEST: u64 = 2;

/// The drawing of a member.
pub(super) struct Chart {
    /// The member's id: names of the page's elements are made from it.
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) received: u64,
    pub(super) sent: u64,
    /// The day with the most replies, in words.
    pub(super) busiest: String,
    pub(super) width: u64,
    pub(super) bars: Vec<Bar>,
}

/// A bar.
pub(super) struct Bar {
    pub(super) class: &'static str,
    /// The day and its number.
    pub(super) label: String,
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
}

/// A drawing of each member with replies, all to the same scale.
pub(super) fn charts(replies: &DailyReplies, days: &[Day]) -> Vec<Chart> {
    let all = replies.members.iter().flat_map(|member| &member.days);
    let most = all.map(|day| day.received.max(day.sent)).max().unwrap_or(0).max(1);
    replies.members.iter().map(|member| chart(member, days, most)).collect()
}

fn chart(member: &MemberDays, days: &[Day], most: u64) -> Chart {
    let mut bars = Vec::new();
    for (at, (replies, day)) in member.days.iter().zip(days).enumerate() {
        let x = at as u64 * DAY;
        for (class, count) in [("received", replies.received), ("sent", replies.sent)] {
            if count == 0 {
                continue;
            }
            let height = (count * LONGEST).div_ceil(most).max(SHORTEST);
            let y = if class == "received" { LONGEST - height } else { LONGEST + 1 };
            let label = format!("{}: {count} {class}", day.name);
            bars.push(Bar { class, label, x, y, width: BAR, height });
        }
    }
    let sum = |of: fn(&DayReplies) -> u64| member.days.iter().map(of).sum();
    let busiest = member.days.iter().zip(days).max_by_key(|(replies, _)| replies.received + replies.sent);
    Chart {
        id: member.id.get(),
        name: member.name.clone(),
        received: sum(|day| day.received),
        sent: sum(|day| day.sent),
        busiest: busiest.map_or_else(String::new, |(replies, day)| {
            format!("{}: {} received, {} sent", day.name, replies.received, replies.sent)
        }),
        width: days.len() as u64 * DAY,
        bars,
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::id::MemberId;

    use super::*;

    #[test]
    fn bars_of_all_members_have_one_scale_and_a_day_without_replies_has_none() {
        let days = ["1 Nov", "2 Nov", "3 Nov"].map(|name| Day { name: name.to_owned(), date: String::new() });
        let member = |counts: [(u64, u64); 3]| MemberDays {
            id: MemberId(1),
            name: "Bo".to_owned(),
            days: counts.map(|(received, sent)| DayReplies { received, sent }).to_vec(),
        };
        let busy = chart(&member([(300, 0), (0, 0), (1, 150)]), &days, 300);
        let drawn: Vec<(&str, u64, u64, u64)> =
            busy.bars.iter().map(|bar| (bar.class, bar.x, bar.y, bar.height)).collect();
        assert_eq!(drawn, [("received", 0, 0, 30), ("received", 20, 28, 2), ("sent", 20, 31, 15)]);
        assert_eq!((busy.received, busy.sent, busy.width), (301, 150, 30));
        assert_eq!(busy.busiest, "1 Nov: 300 received, 0 sent");
        assert_eq!(busy.bars[2].label, "3 Nov: 150 sent");
    }
}
