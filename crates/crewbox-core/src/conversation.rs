//! A conversation (one lead in one campaign) and the rules by which it changes.
//!
//! Owns every state transition: an [`Edit`] goes in, the new state comes out, and the difference is what
//! the change log records. Engines load, call [`Conversation::apply`], and save; they hold no rule.

use serde::{Deserialize, Serialize};

use crate::change::Delta;
use crate::id::{
    CampaignId, CategoryId, ClientId, ConversationId, LeadId, MailboxId, MemberId, MessageId, TagId,
};
use crate::message::{Class, CountsAs, Direction};
use crate::model::OUT_OF_OFFICE;
use crate::time::Timestamp;

mod arrival;
mod difference;
mod flags;
pub mod inverse;
mod lead_state;
mod lead_undo;
pub mod replay;
mod tags;
#[cfg(test)]
mod tests;
mod tracked;
mod undo;

pub use arrival::{Arrival, MessageFacts, OPEN_HISTORY_MS, is_open_history};
pub use flags::Flags;
pub use lead_state::{Delayed, LeadState, LeadStatus, Pushed, is_of_lead};
pub use tracked::Tracked;

/// Own tags of a conversation: more than a row can show.
pub const MAX_TAGS: usize = 50;

/// The whole state of a conversation. Its texts and names live elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// `campaign_lead_map_id`.
    pub id: ConversationId,
    /// Who is written to.
    pub lead: LeadId,
    /// In which campaign.
    pub campaign: CampaignId,
    /// The campaign's client; fixed for life.
    pub client: Option<ClientId>,
    /// The mailbox of the newest message.
    pub mailbox: Option<MailboxId>,
    /// Whose it is.
    pub owner: Option<MemberId>,
    /// Since when it is theirs.
    pub assigned_at: Option<Timestamp>,
    /// Its category.
    pub category: Option<CategoryId>,
    /// The sub-sequence it was pushed to.
    pub subsequence: Option<CampaignId>,
    /// When the sub-sequence starts, if it was pushed to one.
    pub pushed: Option<Pushed>,
    /// When the lead goes on in the campaign, if somebody resumed it.
    pub resumed: Option<Delayed>,
    /// Facts.
    pub flags: Flags,
    /// Time of the latest reply.
    pub reply_time: Option<Timestamp>,
    /// Time of the latest reply by a person; an answer to a bounce is that it came after it.
    pub human_reply_time: Option<Timestamp>,
    /// Time of the latest delivery failure of the lead's own address.
    pub bounce_time: Option<Timestamp>,
    /// Time of the latest message sent.
    pub sent_time: Option<Timestamp>,
    /// The latest reply; on equal times the higher id.
    pub last_reply: Option<MessageId>,
    /// The latest message sent; likewise.
    pub last_sent: Option<MessageId>,
    /// Snoozed while later than now; a past value means no more than none.
    pub snoozed_until: Option<Timestamp>,
    /// The earliest time a message waiting to be sent is scheduled for, if a person scheduled one.
    pub scheduled_time: Option<Timestamp>,
    /// The earliest time of its open reminders.
    pub reminder_time: Option<Timestamp>,
    /// The earliest due time of its open tasks.
    pub task_time: Option<Timestamp>,
    /// Revenue in hundredths.
    pub revenue_cents: i64,
    /// Its own tags, ascending. Its campaign's come on top when shown.
    pub tags: Vec<TagId>,
    /// The lead's state in its campaign.
    pub lead_status: LeadStatus,
    /// Messages sent.
    pub sent_count: u32,
    /// Tracked openings.
    pub opened_count: u32,
    /// Tracked clicks.
    pub clicked_count: u32,
    /// Human replies.
    pub replied_count: u32,
    /// When the lead was added to the campaign.
    pub created_at: Timestamp,
    /// Last change of this row.
    pub updated_at: Timestamp,
}

/// One change to one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Marks read or unread; unread has no effect where there is no reply.
    Read(bool),
    /// Sets or clears the category.
    Category(Option<CategoryId>),
    /// Assigns, or unassigns.
    Owner(Option<MemberId>),
    /// Archives or brings back.
    Archived(bool),
    /// Marks important or not.
    Important(bool),
    /// Snoozes until then, or wakes.
    Snooze(Option<Timestamp>),
    /// Clears a snooze that has ended by now; the due-time worker's edit.
    WakeIfDue,
    /// Replaces the conversation's own tags.
    Tags(Vec<TagId>),
    /// Adds a tag to the conversation's own. Without effect where it has [`MAX_TAGS`] already.
    AddTag(TagId),
    /// Sets the revenue, in hundredths.
    Revenue(i64),
    /// Sets the lead's state in its campaign (blocked, paused, …).
    Lead(LeadStatus),
    /// Pauses the lead in its campaign. Without effect where it may not be written to.
    Pause,
    /// Lets the lead go on in its campaign after a delay in seconds. Without effect where it may not be written to, and
    /// where it goes on already after the same delay.
    Resume(i64),
    /// Unsubscribes the lead from its campaign, and stops it there.
    Unsubscribe,
    /// Pushes the lead to a sub-sequence. The same again has no effect.
    Push {
        /// Which one.
        subsequence: CampaignId,
        /// When it starts, in seconds from now.
        delay: i64,
        /// Whether a reply in the campaign stops it.
        stop_on_parent_reply: bool,
    },
    /// Gives the lead an earlier state back.
    RestoreLead(LeadState),
    /// Counts what the reader of a sent message did with it.
    Tracked(Tracked),
    /// Sets the earliest scheduled time of what waits to be sent: the store's own edit.
    Scheduled(Option<Timestamp>),
    /// Sets the earliest time of the open reminders: the store's own edit.
    Reminded(Option<Timestamp>),
    /// Sets the earliest due time of the open tasks: the store's own edit.
    TaskDue(Option<Timestamp>),
    /// A message joined.
    Message {
        /// What it means.
        facts: MessageFacts,
        /// How it came in.
        arrival: Arrival,
    },
    /// Derives times, counts and derived flags again from all messages; leaves what people decided.
    Rederive(Vec<MessageFacts>),
}

impl Conversation {
    /// A lead just added to a campaign: no message yet, nobody's.
    #[must_use]
    pub fn new(
        id: ConversationId,
        lead: LeadId,
        campaign: CampaignId,
        client: Option<ClientId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            lead,
            campaign,
            client,
            mailbox: None,
            owner: None,
            assigned_at: None,
            category: None,
            subsequence: None,
            pushed: None,
            resumed: None,
            flags: Flags::NONE,
            reply_time: None,
            human_reply_time: None,
            bounce_time: None,
            sent_time: None,
            last_reply: None,
            last_sent: None,
            snoozed_until: None,
            scheduled_time: None,
            reminder_time: None,
            task_time: None,
            revenue_cents: 0,
            tags: Vec::new(),
            lead_status: LeadStatus::Started,
            sent_count: 0,
            opened_count: 0,
            clicked_count: 0,
            replied_count: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Applies one edit. Returns what changed, empty when the edit had no effect (then the row, its
    /// `updated_at` too, is as it was, and no change may be logged).
    pub fn apply(&mut self, edit: &Edit, now: Timestamp) -> Vec<Delta> {
        let before = self.clone();
        match edit {
            Edit::Read(read) => {
                self.flags.set(Flags::UNREAD, !read && self.flags.has(Flags::HAS_REPLY));
            }
            Edit::Category(category) => self.category = *category,
            Edit::Owner(owner) if *owner != self.owner => {
                self.owner = *owner;
                self.assigned_at = owner.map(|_| now);
            }
            Edit::Owner(_) => {}
            Edit::Archived(on) => self.flags.set(Flags::ARCHIVED, *on),
            Edit::Important(on) => self.flags.set(Flags::IMPORTANT, *on),
            Edit::Snooze(until) => self.snoozed_until = *until,
            Edit::WakeIfDue => self.snoozed_until = self.snoozed_until.filter(|until| *until > now),
            Edit::Tags(tags) => {
                self.tags.clone_from(tags);
                self.tags.sort_unstable();
                self.tags.dedup();
            }
            Edit::AddTag(tag) => self.add_tag(*tag),
            Edit::Revenue(cents) => self.revenue_cents = *cents,
            Edit::Lead(status) => self.lead_status = *status,
            Edit::Pause if self.may_be_written_to() => {
                self.lead_status = LeadStatus::Paused;
                self.resumed = None;
            }
            Edit::Resume(delay) if self.may_be_written_to() => self.resume(*delay, now),
            Edit::Pause | Edit::Resume(_) => {}
            Edit::Unsubscribe => {
                self.flags.set(Flags::UNSUBSCRIBED.with(Flags::UNSUBSCRIBED_BY_HAND), true);
                if self.lead_status != LeadStatus::Blocked {
                    self.lead_status = LeadStatus::Stopped;
                }
                self.resumed = None;
            }
            Edit::Push { subsequence, delay, stop_on_parent_reply } => {
                let held = self
                    .pushed
                    .filter(|held| self.subsequence == Some(*subsequence) && held.start.is_of(*delay));
                let start = held.map_or_else(|| Delayed::from_now(now, *delay), |held| held.start);
                self.subsequence = Some(*subsequence);
                self.pushed = Some(Pushed { start, stop_on_parent_reply: *stop_on_parent_reply });
            }
            Edit::RestoreLead(state) => self.restore_lead(state),
            Edit::Tracked(tracked) => {
                self.flags.set(tracked.flag(), true);
                let count = match tracked {
                    Tracked::Opened => &mut self.opened_count,
                    Tracked::Clicked => &mut self.clicked_count,
                };
                *count = count.saturating_add(1);
            }
            Edit::Scheduled(time) => self.scheduled_time = *time,
            Edit::Reminded(time) => self.reminder_time = *time,
            Edit::TaskDue(time) => self.task_time = *time,
            Edit::Message { facts, arrival } => {
                self.absorb(facts);
                self.react(facts, *arrival);
            }
            Edit::Rederive(messages) => self.rederive(messages),
        }
        let deltas = before.differences(self);
        if deltas.is_empty() {
            *self = before;
        } else {
            self.updated_at = now;
        }
        deltas
    }

    /// Whether mail to the lead is wanted: it neither is blocked nor asked to be left alone.
    fn may_be_written_to(&self) -> bool {
        self.lead_status != LeadStatus::Blocked && !self.flags.has(Flags::UNSUBSCRIBED)
    }

    /// What a message adds to the derived part: times, counts, facts. Order of arrival does not matter.
    fn absorb(&mut self, message: &MessageFacts) {
        self.flags.set(Flags::HAS_MESSAGE, true);
        let newest = self.reply_time.max(self.sent_time);
        if message.mailbox.is_some() && (self.mailbox.is_none() || Some(message.at) >= newest) {
            self.mailbox = message.mailbox;
        }
        match CountsAs::of(message.direction, message.class) {
            Some(CountsAs::Sent) => self.sent_count += 1,
            Some(CountsAs::Reply) => self.replied_count += 1,
            None => {}
        }
        let key = (Some(message.at), Some(message.id));
        match message.direction {
            Direction::Outbound => {
                self.flags.set(Flags::SENT, true);
                if self.lead_status == LeadStatus::Started {
                    self.lead_status = LeadStatus::InProgress;
                }
                if key > (self.sent_time, self.last_sent) {
                    (self.sent_time, self.last_sent) = key;
                }
            }
            Direction::Inbound => {
                if message.class.is_reply() {
                    self.flags.set(Flags::HAS_REPLY, true);
                    if key > (self.reply_time, self.last_reply) {
                        (self.reply_time, self.last_reply) = key;
                    }
                }
                match message.class {
                    Class::Human => {
                        self.flags.set(Flags::REPLIED, true);
                        self.human_reply_time = self.human_reply_time.max(Some(message.at));
                    }
                    Class::Bounce if !message.about_another => {
                        self.bounce_time = self.bounce_time.max(Some(message.at));
                    }
                    Class::Unsubscribe | Class::Feedback => self.flags.set(Flags::UNSUBSCRIBED, true),
                    Class::Bounce | Class::Automatic | Class::Calendar | Class::Delayed | Class::Receipt => {}
                }
                // Whoever answers has the mail: a later reply by a person ends the bounce.
                self.flags.set(Flags::BOUNCED, self.bounce_time > self.human_reply_time);
            }
        }
        self.flags.set(Flags::UNANSWERED, self.is_unanswered());
    }

    /// Whether the newest message, of those sent and of the replies, is a reply by a person. Of replies of one time, one by a
    /// person counts: nobody who waits is left out.
    fn is_unanswered(&self) -> bool {
        self.human_reply_time.is_some()
            && self.human_reply_time == self.reply_time
            && (self.reply_time, self.last_reply) > (self.sent_time, self.last_sent)
    }

    /// What a message that just came in does to the part people work with.
    fn react(&mut self, message: &MessageFacts, arrival: Arrival) {
        let human = message.direction == Direction::Inbound && message.class == Class::Human;
        match arrival {
            Arrival::Live if human => {
                self.flags.set(Flags::UNREAD, true);
                self.flags.set(Flags::ARCHIVED, false);
                self.snoozed_until = None;
            }
            // A source without read states does not say that anybody has read what is unread here.
            Arrival::History { open: None } if message.direction == Direction::Inbound => {}
            // History comes in any order: the newest message decides, whichever came first.
            Arrival::History { open } if self.is_newest(message) => {
                self.flags.set(Flags::UNREAD, human && open == Some(true));
            }
            Arrival::Live | Arrival::History { .. } => {}
        }
        // A category somebody chose outlives the lead's holiday.
        if message.direction == Direction::Inbound
            && message.class == Class::Automatic
            && self.category.is_none()
        {
            self.category = Some(OUT_OF_OFFICE);
        }
    }

    /// Whether no message sent and no reply is later.
    fn is_newest(&self, message: &MessageFacts) -> bool {
        let counts = message.direction == Direction::Outbound || message.class.is_reply();
        let newest = (self.reply_time, self.last_reply).max((self.sent_time, self.last_sent));
        counts && (Some(message.at), Some(message.id)) >= newest
    }

    fn rederive(&mut self, messages: &[MessageFacts]) {
        let kept = Flags::OPENED
            .with(Flags::CLICKED)
            .with(Flags::UNREAD)
            .with(Flags::IMPORTANT)
            .with(Flags::ARCHIVED)
            .with(Flags::UNSUBSCRIBED_BY_HAND);
        self.flags = Flags(self.flags.0 & kept.0);
        self.flags.set(Flags::UNSUBSCRIBED, self.flags.has(Flags::UNSUBSCRIBED_BY_HAND));
        (self.reply_time, self.last_reply) = (None, None);
        (self.human_reply_time, self.bounce_time) = (None, None);
        (self.sent_time, self.last_sent) = (None, None);
        (self.sent_count, self.replied_count) = (0, 0);
        self.mailbox = None;
        for message in messages {
            self.absorb(message);
        }
        if !self.flags.has(Flags::HAS_REPLY) {
            self.flags.set(Flags::UNREAD, false);
        }
    }

    /// What the index holds of this row.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry {
            id: self.id,
            owner: self.owner,
            campaign: self.campaign,
            client: self.client,
            mailbox: self.mailbox,
            category: self.category,
            subsequence: self.subsequence,
            flags: self.flags,
            reply_time: self.reply_time,
            sent_time: self.sent_time,
            snoozed_until: self.snoozed_until,
            scheduled_time: self.scheduled_time,
            reminder_time: self.reminder_time,
            task_time: self.task_time,
            tags: self.tags.clone(),
        }
    }
}

/// The part of a conversation that lists filter, sort and count by: a pure function of its row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the conversation's own")]
pub struct Entry {
    pub id: ConversationId,
    pub owner: Option<MemberId>,
    pub campaign: CampaignId,
    pub client: Option<ClientId>,
    pub mailbox: Option<MailboxId>,
    pub category: Option<CategoryId>,
    pub subsequence: Option<CampaignId>,
    pub flags: Flags,
    pub reply_time: Option<Timestamp>,
    pub sent_time: Option<Timestamp>,
    pub snoozed_until: Option<Timestamp>,
    pub scheduled_time: Option<Timestamp>,
    pub reminder_time: Option<Timestamp>,
    pub task_time: Option<Timestamp>,
    /// Ascending, without repeats.
    pub tags: Vec<TagId>,
}
