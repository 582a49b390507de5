//! What a conversation's entry was before some changes, from what the log says of them.

use super::{Entry, Flags};
use crate::change::{Delta, Field};
use crate::id::{CampaignId, CategoryId, MailboxId, MemberId, TagId};
use crate::time::Timestamp;

impl Entry {
    /// Takes back what a logged change did to one field. Taking back every change after a number, the newest first, gives
    /// the entry as it was at that number, however many of these changes the entry had seen: each field that they name gets
    /// the value that the first of them found.
    pub fn undo(&mut self, delta: &Delta) {
        let id = |value: Option<i64>| value.and_then(|id| u64::try_from(id).ok());
        let (before, time) = (id(delta.before), delta.before.map(Timestamp));
        match delta.field {
            Field::Owner => self.owner = before.map(MemberId),
            Field::Category => self.category = before.map(CategoryId),
            Field::Mailbox => self.mailbox = before.map(MailboxId),
            Field::Subsequence => self.subsequence = before.map(CampaignId),
            Field::Flags => self.flags = Flags(before.and_then(|bits| u16::try_from(bits).ok()).unwrap_or(0)),
            Field::ReplyTime => self.reply_time = time,
            Field::SentTime => self.sent_time = time,
            Field::SnoozedUntil => self.snoozed_until = time,
            Field::ScheduledTime => self.scheduled_time = time,
            Field::ReminderTime => self.reminder_time = time,
            Field::TaskTime => self.task_time = time,
            Field::Tag => {
                let added = id(delta.after).map(TagId);
                self.tags.retain(|tag| Some(*tag) != added);
                if let Some(removed) = before.map(TagId)
                    && let Err(place) = self.tags.binary_search(&removed)
                {
                    self.tags.insert(place, removed);
                }
            }
            // No list filters or sorts by these.
            Field::HumanReplyTime
            | Field::BounceTime
            | Field::LastReply
            | Field::LastSent
            | Field::SubsequenceStart
            | Field::StopOnParentReply
            | Field::ResumesAt
            | Field::Revenue
            | Field::LeadStatus
            | Field::SentCount
            | Field::RepliedCount
            | Field::OpenedCount
            | Field::ClickedCount
            | Field::OutgoingState
            | Field::CampaignStatus
            | Field::MovedMessages
            | Field::ShownNames
            | Field::PartChange
            | Field::DomainChange
            | Field::Class => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Arrival, Conversation, Edit, MessageFacts};
    use crate::id::{ConversationId, LeadId, MessageId};
    use crate::message::{Class, Direction};

    #[test]
    fn an_entry_is_as_it_was_before_changes_whichever_of_them_it_has_seen() {
        let message = |id, direction, at| Edit::Message {
            facts: MessageFacts {
                id: MessageId(id),
                direction,
                class: Class::Human,
                at: Timestamp(at),
                mailbox: Some(MailboxId(id)),
                about_another: false,
            },
            arrival: Arrival::Live,
        };
        let tags = |ids: &[u64]| Edit::Tags(ids.iter().copied().map(TagId).collect());
        let edits = [
            message(1, Direction::Outbound, 10),
            Edit::Owner(Some(MemberId(1))),
            tags(&[3, 5]),
            message(2, Direction::Inbound, 20),
            Edit::Snooze(Some(Timestamp(99))),
            Edit::Category(Some(CategoryId(2))),
            tags(&[1, 5]),
            Edit::Archived(true),
            Edit::Scheduled(Some(Timestamp(70))),
            Edit::Reminded(Some(Timestamp(60))),
            Edit::TaskDue(Some(Timestamp(70))),
            message(3, Direction::Inbound, 30),
            tags(&[]),
            Edit::Owner(None),
            Edit::Important(true),
            tags(&[3]),
        ];
        let mut conversation =
            Conversation::new(ConversationId(1), LeadId(1), CampaignId(1), None, Timestamp(0));
        let mut entries = vec![conversation.entry()];
        let mut deltas = Vec::new();
        for edit in &edits {
            deltas.push(conversation.apply(edit, Timestamp(40)));
            entries.push(conversation.entry());
        }
        for from in 0..entries.len() {
            for seen in from..entries.len() {
                let mut entry = entries[seen].clone();
                deltas[from..]
                    .iter()
                    .rev()
                    .flat_map(|deltas| deltas.iter().rev())
                    .for_each(|d| entry.undo(d));
                assert_eq!(entry, entries[from], "from {from}, seen {seen}");
            }
        }
    }
}
