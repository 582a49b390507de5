//! What people have before them in a conversation (read state, archived, snoozed, category), computed again from its
//! past. A message whose class turns out to be another one needs this: each of these depends on the messages and on
//! what people did between them.
//!
//! Owns the order of the past, and what a logged change was. Has no rule of its own: it applies the edits of the past
//! to a blank conversation.

use super::{Arrival, Conversation, Edit, Flags, MessageFacts};
use crate::change::{ChangeKind, Delta, Field};
use crate::id::CategoryId;
use crate::time::Timestamp;

/// The kinds of change that [`edit_of`] reads: what people do to the part that the class of a message can affect.
pub const REPLAYED: &[ChangeKind] = &[
    ChangeKind::ReadChanged,
    ChangeKind::CategoryChanged,
    ChangeKind::ArchivedChanged,
    ChangeKind::SnoozeChanged,
];

/// A message's part in the past of its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// What it means.
    pub facts: MessageFacts,
    /// How it came in.
    pub arrival: Arrival,
    /// When it came into the conversation.
    pub at: Timestamp,
}

/// An edit of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// When it was made.
    pub at: Timestamp,
    /// What it was.
    pub edit: Edit,
}

/// The edit that a logged change of one of the [`REPLAYED`] kinds records; none of other kinds.
#[must_use]
pub fn edit_of(kind: ChangeKind, at: Timestamp, detail: &[Delta]) -> Option<Edit> {
    let delta = |field| detail.iter().find(|delta| delta.field == field);
    let after = |field| delta(field).map(|delta| delta.after);
    let flags = || after(Field::Flags)?.and_then(|bits| u16::try_from(bits).ok()).map(Flags);
    match kind {
        ChangeKind::ReadChanged => Some(Edit::Read(!flags()?.has(Flags::UNREAD))),
        ChangeKind::ArchivedChanged => Some(Edit::Archived(flags()?.has(Flags::ARCHIVED))),
        ChangeKind::CategoryChanged => {
            let id = after(Field::Category)?.map(u64::try_from).transpose().ok()?;
            Some(Edit::Category(id.map(CategoryId)))
        }
        ChangeKind::SnoozeChanged => {
            let delta = delta(Field::SnoozedUntil)?;
            // A snooze that has ended is cleared by itself, and only if it has ended in this past, too.
            Some(match (delta.before, delta.after) {
                (Some(until), None) if until <= at.0 => Edit::WakeIfDue,
                (_, until) => Edit::Snooze(until.map(Timestamp)),
            })
        }
        _ => None,
    }
}

impl Conversation {
    /// Puts the conversation into the state it would have if its messages had always been `after` and not `before`,
    /// and people had done the same. Returns what changed, as [`Conversation::apply`] does.
    ///
    /// Messages and edits are in the order in which they came. What the messages do not affect stays as it is.
    pub fn revise(
        &mut self,
        before: &[Joined],
        after: &[Joined],
        edits: &[Edited],
        now: Timestamp,
    ) -> Vec<Delta> {
        let held = self.clone();
        self.rederive(&after.iter().map(|message| message.facts).collect::<Vec<_>>());
        let (was, is) = (self.replayed(before, edits), self.replayed(after, edits));
        for flag in [Flags::UNREAD, Flags::ARCHIVED] {
            if was.flags.has(flag) != is.flags.has(flag) {
                self.flags.set(flag, is.flags.has(flag));
            }
        }
        if was.category != is.category {
            self.category = is.category;
        }
        if was.snoozed_until != is.snoozed_until {
            self.snoozed_until = is.snoozed_until.filter(|until| *until > now);
        }
        let deltas = held.differences(self);
        if deltas.is_empty() {
            *self = held;
        } else {
            self.updated_at = now;
        }
        deltas
    }

    /// The same where messages came from another conversation or went to one. Whether it is unread is not replayed, because
    /// what people did to the other conversation is not in this one's past: `unread` says it.
    pub fn regroup(
        &mut self,
        before: &[Joined],
        after: &[Joined],
        edits: &[Edited],
        unread: bool,
        now: Timestamp,
    ) -> Vec<Delta> {
        let held = self.clone();
        self.revise(before, after, edits, now);
        let unread = unread && self.flags.has(Flags::REPLIED);
        self.flags.set(Flags::UNREAD, unread);
        let deltas = held.differences(self);
        if deltas.is_empty() {
            *self = held;
        } else {
            self.updated_at = now;
        }
        deltas
    }

    /// A blank conversation after this past. At equal times the message comes first: people act on what they see.
    fn replayed(&self, messages: &[Joined], edits: &[Edited]) -> Self {
        let mut blank = Self::new(self.id, self.lead, self.campaign, self.client, self.created_at);
        let mut edits = edits.iter().peekable();
        for message in messages {
            while let Some(edited) = edits.next_if(|edited| edited.at < message.at) {
                blank.apply(&edited.edit, edited.at);
            }
            let joined = Edit::Message { facts: message.facts, arrival: message.arrival };
            blank.apply(&joined, message.at);
        }
        for edited in edits {
            blank.apply(&edited.edit, edited.at);
        }
        blank
    }
}
