//! The past of a conversation, and the activities that it has.

use super::activity::{Activity, ActivityKind};
use crate::id::{CategoryId, MemberId, MessageId};
use crate::message::{Class, Direction};
use crate::time::{SECOND_MS, Timestamp};

/// What is known of a conversation's past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Its messages, in any order.
    pub messages: Vec<PastMessage>,
    /// How its owner changed, in the order of the log.
    pub owners: Vec<OwnerChange>,
    /// Its owner now.
    pub owner: Option<MemberId>,
    /// What members decided.
    pub decisions: Vec<Decision>,
}

/// A message of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastMessage {
    /// Which.
    pub id: MessageId,
    /// When.
    pub at: Timestamp,
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub class: Class,
    /// The member who sent it from here; none where it came in or was sent from another program.
    pub sender: Option<MemberId>,
}

/// A change of a conversation's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerChange {
    /// When.
    pub at: Timestamp,
    /// Whose it was.
    pub before: Option<MemberId>,
    /// Whose it is from then on.
    pub after: Option<MemberId>,
}

/// Something that a member decided about a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub by: MemberId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub decided: Decided,
}

/// What a member decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// To archive it.
    Archived,
    /// To give it this category.
    Category(CategoryId),
}

impl Past {
    /// Its activities, in order of time.
    #[must_use]
    pub fn activities(&self) -> Vec<Activity> {
        let mut activities = self.of_messages();
        activities.extend(self.decisions.iter().map(|decision| Activity {
            member: decision.by,
            at: decision.at,
            kind: match decision.decided {
                Decided::Archived => ActivityKind::Archived,
                Decided::Category(category) => ActivityKind::Categorised(category),
            },
        }));
        activities.sort_by_key(|activity| activity.at);
        activities
    }

    fn of_messages(&self) -> Vec<Activity> {
        let mut messages = self.messages.clone();
        messages.sort_unstable_by_key(|message| (message.at, message.id));
        let (mut activities, mut has_reply, mut has_response) = (Vec::new(), false, false);
        // The time of the oldest reply that nobody has answered.
        let mut waits_since: Option<Timestamp> = None;
        for message in &messages {
            let kind = match message.direction {
                Direction::Inbound if message.class != Class::Human => continue,
                Direction::Inbound => {
                    has_reply = true;
                    waits_since.get_or_insert(message.at);
                    ActivityKind::Received
                }
                Direction::Outbound if !has_reply => continue,
                Direction::Outbound => match waits_since.take().map(|since| seconds(since, message.at)) {
                    None => ActivityKind::Sent,
                    Some(seconds) if has_response => ActivityKind::Responded(seconds),
                    Some(seconds) => {
                        has_response = true;
                        ActivityKind::FirstResponded(seconds)
                    }
                },
            };
            if let Some(member) = message.sender.or_else(|| self.owner_at(message.at)) {
                activities.push(Activity { member, at: message.at, kind });
            }
        }
        activities
    }

    /// The owner at a time; of a change at that very moment, the new one.
    fn owner_at(&self, at: Timestamp) -> Option<MemberId> {
        match self.owners.iter().rev().find(|change| change.at <= at) {
            Some(change) => change.after,
            None => self.owners.first().map_or(self.owner, |first| first.before),
        }
    }
}

/// Whole seconds from one time to a later one; at the most what fits, which is 136 years.
fn seconds(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.0.saturating_sub(from.0).max(0) / SECOND_MS).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId(1);
    const BO: MemberId = MemberId(2);

    fn message(id: u64, seconds: i64, direction: Direction, sender: Option<MemberId>) -> PastMessage {
        let at = Timestamp(seconds * SECOND_MS);
        PastMessage { id: MessageId(id), at, direction, class: Class::Human, sender }
    }

    fn assigned(seconds: i64, before: Option<MemberId>, after: Option<MemberId>) -> OwnerChange {
        OwnerChange { at: Timestamp(seconds * SECOND_MS), before, after }
    }

    fn shown(past: &Past) -> Vec<(u64, i64, ActivityKind)> {
        let each = past.activities().into_iter();
        each.map(|activity| (activity.member.0, activity.at.0 / SECOND_MS, activity.kind)).collect()
    }

    #[test]
    fn a_response_runs_from_the_oldest_unanswered_reply_and_counts_for_who_sent_it() {
        use ActivityKind::{FirstResponded, Received, Responded, Sent};
        use Direction::{Inbound, Outbound};
        let past = Past {
            messages: vec![
                message(1, 0, Outbound, None),
                message(2, 10, Inbound, None),
                message(3, 20, Inbound, None),
                message(4, 50, Outbound, Some(BO)),
                message(5, 60, Outbound, Some(BO)),
                message(6, 70, Inbound, None),
                message(7, 75, Outbound, None),
            ],
            owners: vec![assigned(15, None, Some(ANN)), assigned(75, Some(ANN), Some(BO))],
            owner: Some(BO),
            decisions: Vec::new(),
        };
        // The first mail answers nothing, and the reply at 10 was nobody's.
        let expected = [
            (1, 20, Received),
            (2, 50, FirstResponded(40)),
            (2, 60, Sent),
            (1, 70, Received),
            (2, 75, Responded(5)),
        ];
        assert_eq!(shown(&past), expected);
        let mut mixed = past.clone();
        mixed.messages.reverse();
        assert_eq!(mixed.activities(), past.activities(), "in whichever order they came in");
    }

    #[test]
    fn automatic_replies_wait_for_no_answer() {
        let mut automatic = message(1, 0, Direction::Inbound, None);
        automatic.class = Class::Automatic;
        let messages = vec![automatic, message(2, 9, Direction::Outbound, Some(ANN))];
        let past = Past { messages, owner: Some(ANN), ..Past::default() };
        assert_eq!(past.activities(), []);
    }

    #[test]
    fn who_has_a_conversation_from_the_start_is_its_owner_before_the_first_change() {
        let messages = vec![message(1, 5, Direction::Inbound, None)];
        let past = Past { messages, owner: Some(ANN), ..Past::default() };
        assert_eq!(shown(&past), [(1, 5, ActivityKind::Received)]);
        let past = Past { owners: vec![assigned(9, Some(BO), Some(ANN))], ..past };
        assert_eq!(shown(&past), [(2, 5, ActivityKind::Received)]);
    }
}
