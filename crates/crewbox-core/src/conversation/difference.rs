//! What differs between two states of a conversation: the change log's content.

use super::Conversation;
use crate::change::{Delta, Field};
use crate::id::{CampaignId, CategoryId, MailboxId, MemberId, MessageId};
use crate::time::Timestamp;

impl Conversation {
    /// Before and after of every field that differs, as ids, enums and times: never text.
    pub(super) fn differences(&self, after: &Self) -> Vec<Delta> {
        let mut deltas = Vec::new();
        let mut note = |field, before: Option<i64>, after: Option<i64>| {
            if before != after {
                deltas.push(Delta { field, before, after });
            }
        };
        note(Field::Owner, id(self.owner.map(MemberId::get)), id(after.owner.map(MemberId::get)));
        note(
            Field::Category,
            id(self.category.map(CategoryId::get)),
            id(after.category.map(CategoryId::get)),
        );
        note(Field::Mailbox, id(self.mailbox.map(MailboxId::get)), id(after.mailbox.map(MailboxId::get)));
        note(
            Field::Subsequence,
            id(self.subsequence.map(CampaignId::get)),
            id(after.subsequence.map(CampaignId::get)),
        );
        let pushed = |row: &Self| row.pushed.map(|pushed| pushed.start.until.millis());
        note(Field::SubsequenceStart, pushed(self), pushed(after));
        let stops = |row: &Self| row.pushed.map(|pushed| pushed.stop_on_parent_reply.into());
        note(Field::StopOnParentReply, stops(self), stops(after));
        let resumed = |row: &Self| row.resumed.map(|resumed| resumed.until.millis());
        note(Field::ResumesAt, resumed(self), resumed(after));
        note(Field::Flags, Some(self.flags.0.into()), Some(after.flags.0.into()));
        note(
            Field::ReplyTime,
            self.reply_time.map(Timestamp::millis),
            after.reply_time.map(Timestamp::millis),
        );
        note(
            Field::HumanReplyTime,
            self.human_reply_time.map(Timestamp::millis),
            after.human_reply_time.map(Timestamp::millis),
        );
        note(
            Field::BounceTime,
            self.bounce_time.map(Timestamp::millis),
            after.bounce_time.map(Timestamp::millis),
        );
        note(Field::SentTime, self.sent_time.map(Timestamp::millis), after.sent_time.map(Timestamp::millis));
        note(
            Field::LastReply,
            id(self.last_reply.map(MessageId::get)),
            id(after.last_reply.map(MessageId::get)),
        );
        note(
            Field::LastSent,
            id(self.last_sent.map(MessageId::get)),
            id(after.last_sent.map(MessageId::get)),
        );
        note(
            Field::SnoozedUntil,
            self.snoozed_until.map(Timestamp::millis),
            after.snoozed_until.map(Timestamp::millis),
        );
        note(
            Field::ScheduledTime,
            self.scheduled_time.map(Timestamp::millis),
            after.scheduled_time.map(Timestamp::millis),
        );
        note(
            Field::ReminderTime,
            self.reminder_time.map(Timestamp::millis),
            after.reminder_time.map(Timestamp::millis),
        );
        note(Field::TaskTime, self.task_time.map(Timestamp::millis), after.task_time.map(Timestamp::millis));
        note(Field::Revenue, Some(self.revenue_cents), Some(after.revenue_cents));
        note(Field::LeadStatus, Some(self.lead_status as i64), Some(after.lead_status as i64));
        note(Field::SentCount, Some(self.sent_count.into()), Some(after.sent_count.into()));
        note(Field::RepliedCount, Some(self.replied_count.into()), Some(after.replied_count.into()));
        note(Field::OpenedCount, Some(self.opened_count.into()), Some(after.opened_count.into()));
        note(Field::ClickedCount, Some(self.clicked_count.into()), Some(after.clicked_count.into()));
        for tag in &self.tags {
            if !after.tags.contains(tag) {
                note(Field::Tag, id(Some(tag.get())), None);
            }
        }
        for tag in &after.tags {
            if !self.tags.contains(tag) {
                note(Field::Tag, None, id(Some(tag.get())));
            }
        }
        deltas
    }
}

fn id(id: Option<u64>) -> Option<i64> {
    id.and_then(|id| i64::try_from(id).ok())
}
