//! Changing one conversation: load, apply the core's rule, save what differs.

use crewbox_core::change::{ChangeKind, Delta};
use crewbox_core::conversation::{Conversation, Edit, Tracked};
use crewbox_core::id::ConversationId;
use crewbox_core::message::Direction;
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Outcome, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, not_found};

impl Apply<'_> {
    pub(super) fn edit(&mut self, id: ConversationId, edit: &Edit) -> Result<Outcome> {
        let mut conversation = self.load(id)?;
        if !self.scope.sees(conversation.client) {
            return Err(not_found(Thing::Conversation, id.get()));
        }
        self.require_named(edit)?;
        let detail = conversation.apply(edit, self.at);
        let changed = !detail.is_empty();
        if changed {
            self.save(&conversation)?;
            let (kind, subject) = kind(edit);
            self.drafts.push(Draft { kind, conversation: Some(id), subject, detail });
        }
        Ok(Outcome::Edited { conversation: Box::new(conversation), changed })
    }

    /// What the edit names exists in the account.
    pub(super) fn require_named(&self, edit: &Edit) -> Result<()> {
        match edit {
            Edit::Owner(Some(member)) => self.require(
                Thing::Member,
                "SELECT 1 FROM member WHERE account_id = ?1 AND member_id = ?2",
                member.get(),
            ),
            Edit::Category(Some(category)) => self.require(
                Thing::Category,
                "SELECT 1 FROM category WHERE account_id = ?1 AND category_id = ?2",
                category.get(),
            ),
            Edit::Tags(tags) => self.require_tags(tags),
            Edit::AddTag(tag) => self.require_tags(&[*tag]),
            Edit::Push { subsequence, .. } => self.require(
                Thing::Campaign,
                "SELECT 1 FROM campaign WHERE account_id = ?1 AND campaign_id = ?2",
                subsequence.get(),
            ),
            _ => Ok(()),
        }
    }

    pub(super) fn load(&self, id: ConversationId) -> Result<Conversation> {
        let sql = format!(
            "SELECT {} FROM conversation c WHERE c.account_id = ?1 AND c.conversation_id = ?2",
            codec::CONVERSATION
        );
        let found = self
            .statement(&sql)?
            .query_row(params![self.account().get(), id.get()], codec::conversation)
            .optional()?;
        found.ok_or_else(|| not_found(Thing::Conversation, id.get()))
    }

    /// Writes what can change of a conversation.
    pub(super) fn save(&self, c: &Conversation) -> Result<()> {
        self.execute(
            "UPDATE conversation SET mailbox_id = ?3, owner_id = ?4, assigned_at = ?5, category_id = ?6,
                 subsequence_id = ?7, flags = ?8, reply_time = ?9, sent_time = ?10, last_reply_id = ?11,
                 last_sent_id = ?12, snoozed_until = ?13, revenue_cents = ?14, tags = ?15, lead_status = ?16,
                 sent_count = ?17, opened_count = ?18, clicked_count = ?19, replied_count = ?20,
                 updated_at = ?21, scheduled_time = ?22, human_reply_time = ?23, bounce_time = ?24,
                 reminder_time = ?25, pushed_at = ?26, starts_at = ?27, stop_on_parent_reply = ?28,
                 resumed_at = ?29, resumes_at = ?30, task_time = ?31
             WHERE account_id = ?1 AND conversation_id = ?2",
            params![
                self.account().get(),
                c.id.get(),
                c.mailbox.map(|id| id.get()),
                c.owner.map(|id| id.get()),
                c.assigned_at.map(Timestamp::millis),
                c.category.map(|id| id.get()),
                c.subsequence.map(|id| id.get()),
                c.flags.0,
                c.reply_time.map(Timestamp::millis),
                c.sent_time.map(Timestamp::millis),
                c.last_reply.map(|id| id.get()),
                c.last_sent.map(|id| id.get()),
                c.snoozed_until.map(Timestamp::millis),
                c.revenue_cents,
                codec::tags(&c.tags),
                c.lead_status.name(),
                c.sent_count,
                c.opened_count,
                c.clicked_count,
                c.replied_count,
                c.updated_at.millis(),
                c.scheduled_time.map(Timestamp::millis),
                c.human_reply_time.map(Timestamp::millis),
                c.bounce_time.map(Timestamp::millis),
                c.reminder_time.map(Timestamp::millis),
                c.pushed.map(|pushed| pushed.start.since.millis()),
                c.pushed.map(|pushed| pushed.start.until.millis()),
                c.pushed.map(|pushed| pushed.stop_on_parent_reply),
                c.resumed.map(|resumed| resumed.since.millis()),
                c.resumed.map(|resumed| resumed.until.millis()),
                c.task_time.map(Timestamp::millis)
            ],
        )?;
        Ok(())
    }

    /// Lets the conversation react to a message that joined it. The message's own change is drafted even where
    /// the conversation stays as it was: the message is there.
    pub(super) fn react(&mut self, conversation: &mut Conversation, edit: &Edit) -> Result<()> {
        let detail: Vec<Delta> = conversation.apply(edit, self.at);
        if !detail.is_empty() {
            self.save(conversation)?;
        }
        let (kind, subject) = kind(edit);
        self.drafts.push(Draft { kind, conversation: Some(conversation.id), subject, detail });
        Ok(())
    }
}

/// How the log calls an edit, and what it names besides the conversation.
pub(super) fn kind(edit: &Edit) -> (ChangeKind, Option<u64>) {
    match edit {
        Edit::Read(_) => (ChangeKind::ReadChanged, None),
        Edit::Category(_) => (ChangeKind::CategoryChanged, None),
        Edit::Owner(_) => (ChangeKind::OwnerChanged, None),
        Edit::Archived(_) => (ChangeKind::ArchivedChanged, None),
        Edit::Important(_) => (ChangeKind::ImportantChanged, None),
        Edit::Snooze(_) | Edit::WakeIfDue => (ChangeKind::SnoozeChanged, None),
        Edit::Tags(_) | Edit::AddTag(_) => (ChangeKind::TagsChanged, None),
        Edit::Lead(_) => (ChangeKind::LeadChanged, None),
        Edit::Scheduled(_) => (ChangeKind::MessageQueued, None),
        Edit::Tracked(Tracked::Opened) => (ChangeKind::MessageOpened, None),
        Edit::Tracked(Tracked::Clicked) => (ChangeKind::MessageClicked, None),
        Edit::Pause => (ChangeKind::LeadPaused, None),
        Edit::Resume(_) => (ChangeKind::LeadResumed, None),
        Edit::Unsubscribe => (ChangeKind::LeadUnsubscribed, None),
        Edit::Push { subsequence, .. } => (ChangeKind::LeadPushed, Some(subsequence.get())),
        Edit::RestoreLead(_) => (ChangeKind::LeadStateRestored, None),
        Edit::Reminded(_) => (ChangeKind::ReminderChanged, None),
        Edit::TaskDue(_) => (ChangeKind::TaskChanged, None),
        Edit::Revenue(_) => (ChangeKind::RevenueChanged, None),
        Edit::Message { facts, .. } => match facts.direction {
            Direction::Inbound => (ChangeKind::MessageReceived, Some(facts.id.get())),
            Direction::Outbound => (ChangeKind::MessageSent, Some(facts.id.get())),
        },
        Edit::Rederive(_) => (ChangeKind::Rederived, None),
    }
}
