//! Moving messages between conversations because a person says so: merging, splitting, and undoing either.
//!
//! A message that was moved stays where it is: reading it again never gives it another place, and an answer to it goes where it is.
//! The log has one change of the conversation that messages leave, followed by one of each message; that is what undoing
//! goes by. Both conversations become what they would be if the messages had always been where they are now.

use std::collections::HashSet;

use crewbox_core::address::comparison_key;
use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::conversation::replay::Joined;
use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::id::{CampaignId, ConversationId, MessageId, Seq};
use crewbox_core::lead;
use crewbox_core::message::{Address, Class, Direction};
use crewbox_core::threading::Participant;
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

/// Conversations that were merged into each other one after the other, followed at the most: people make no such chains.
const MOST_MERGES: usize = 16;

/// Messages on their way from one conversation to another.
struct Moving<'a> {
    from: ConversationId,
    to: ConversationId,
    messages: &'a [MessageId],
    /// Whether each is unread afterwards, as far as a person has written in it.
    unread: (bool, bool),
    kind: ChangeKind,
    reason: &'a str,
}

impl Apply<'_> {
    pub(super) fn merge(&mut self, from: ConversationId, into: ConversationId) -> Result<Outcome> {
        let (source, target) = (self.seen(from)?, self.seen(into)?);
        if source.client != target.client {
            return Err(StoreError::OtherClient(Thing::Conversation).into());
        }
        let messages: Vec<MessageId> = self.joined(from)?.iter().map(|joined| joined.facts.id).collect();
        let merged = self.merged_into(from)?;
        if from == into || (messages.is_empty() && merged == Some(into)) {
            return Ok(Outcome::Moved { conversation: into, messages: 0 });
        }
        self.require_nothing_leaves(from)?;
        let mut people: Vec<Participant> = self
            .statement(
                "SELECT email, confirmed FROM participant
                 WHERE account_id = ?1 AND conversation_id = ?2 AND detached_at IS NULL",
            )?
            .query_map(params![self.account().get(), from.get()], |row| {
                Ok(Participant { email: row.get(0)?, confirmed: row.get(1)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        people.push(Participant { email: self.lead_email(&source)?, confirmed: true });
        self.remember(&target, &people)?;
        // Who was detached there must not come in here, by answering a message that is here now.
        self.execute(
            "INSERT OR IGNORE INTO participant (account_id, conversation_id, email, confirmed, since, detached_at)
             SELECT account_id, ?3, email, confirmed, ?4, ?4 FROM participant
             WHERE account_id = ?1 AND conversation_id = ?2 AND detached_at IS NOT NULL AND email != ?5",
            params![
                self.account().get(),
                from.get(),
                into.get(),
                self.at.millis(),
                comparison_key(&self.lead_email(&target)?)
            ],
        )?;
        self.set_merged(from, Some(into))?;
        // Else mail would go round in a circle.
        self.set_merged(into, None)?;
        let is_unread = |conversation: &Conversation| conversation.flags.has(Flags::UNREAD);
        self.move_messages(&Moving {
            from,
            to: into,
            messages: &messages,
            unread: (false, is_unread(&source) || is_unread(&target)),
            kind: ChangeKind::ConversationMerged,
            reason: "Its conversation was merged into this one by hand.",
        })
    }

    pub(super) fn split(
        &mut self,
        from: ConversationId,
        message: MessageId,
        campaign: Option<CampaignId>,
    ) -> Result<Outcome> {
        let source = self.seen(from)?;
        let found = self.loose(message)?.filter(|found| found.conversation == Some(from));
        let first = found.ok_or_else(|| not_found(Thing::Message, message.get()))?.mail;
        let person = match first.direction {
            Direction::Inbound => Some(first.from),
            Direction::Outbound => first.to.into_iter().next(),
        };
        let fields = person.as_ref().and_then(lead::of_sender);
        let fields = fields.ok_or_else(|| StoreError::NoSender(message.get()))?;
        let campaign = campaign.unwrap_or(source.campaign);
        if self.seen_campaign(campaign)? != source.client {
            return Err(StoreError::OtherClient(Thing::Campaign).into());
        }
        let person = comparison_key(&fields.email);
        let to = match self.add_leads(campaign, &[fields])? {
            Outcome::Leads(leads) => leads.into_iter().next().and_then(std::result::Result::ok),
            _ => None,
        };
        let to = to.ok_or_else(|| StoreError::Engine("a lead was not answered".to_owned()))?.conversation;
        if to == from {
            return Err(StoreError::Exists(Thing::Conversation, to.get()).into());
        }
        let messages = self.exchanged(from, &person, (first.at, message))?;
        let moved: HashSet<MessageId> = messages.iter().copied().collect();
        let takes_newest = newest_reply(&self.joined(from)?).is_none_or(|newest| moved.contains(&newest));
        let (unread, target_unread) =
            (source.flags.has(Flags::UNREAD), self.load(to)?.flags.has(Flags::UNREAD));
        self.execute(
            "DELETE FROM participant WHERE account_id = ?1 AND conversation_id = ?2 AND email = ?3",
            params![self.account().get(), from.get(), person],
        )?;
        self.move_messages(&Moving {
            from,
            to,
            messages: &messages,
            unread: (unread && !takes_newest, target_unread || unread && takes_newest),
            kind: ChangeKind::ConversationSplit,
            reason: "It was split off another conversation by hand.",
        })
    }

    pub(super) fn move_back(&mut self, change: Seq) -> Result<Outcome> {
        let account = self.account().get();
        let missing = || not_found(Thing::Change, change.0);
        let (at, from, to, detail): (i64, ConversationId, ConversationId, Vec<Delta>) = self
            .statement(
                "SELECT at, conversation_id, subject_id, detail FROM change_log WHERE account_id = ?1 AND seq = ?2
                     AND kind IN ('conversation_merged', 'conversation_split')",
            )?
            .query_row(params![account, change.0], |row| {
                let conversation = |column| row.get(column).map(ConversationId);
                Ok((row.get(0)?, conversation(1)?, conversation(2)?, codec::read_deltas(row, 3)?))
            })
            .optional()?
            .ok_or_else(missing)?;
        let moved =
            detail.iter().find(|delta| delta.field == Field::MovedMessages).and_then(|delta| delta.after);
        let (source, target) = (self.seen(from)?, self.seen(to)?);
        let messages: Vec<(MessageId, Vec<Delta>)> = self
            .statement(
                "SELECT subject_id, detail FROM change_log WHERE account_id = ?1 AND seq > ?2 AND seq <= ?2 + ?3
                     AND kind = 'message_moved' ORDER BY seq",
            )?
            .query_map(params![account, change.0, moved.unwrap_or(0)], |row| {
                Ok((MessageId(row.get(0)?), codec::read_deltas(row, 1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let target_detail: Vec<Delta> =
            messages.iter().flat_map(|(_, detail)| detail.iter().copied()).collect();
        let messages: Vec<MessageId> = messages.into_iter().map(|(message, _)| message).collect();
        let back: HashSet<MessageId> = messages.iter().copied().collect();
        // A reply since then is unread whatever was before.
        let has_newer = self.joined(to)?.iter().any(|joined| {
            joined.at > Timestamp(at) && is_human_reply(joined) && !back.contains(&joined.facts.id)
        });
        let target_unread = target.flags.has(Flags::UNREAD);
        let unread = (
            was_unread(&detail).unwrap_or_else(|| source.flags.has(Flags::UNREAD)),
            if has_newer {
                target_unread
            } else {
                target_unread && was_unread(&target_detail).unwrap_or(true)
            },
        );
        self.set_merged(from, None)?;
        // Whoever has become a participant by the merge.
        self.execute(
            "DELETE FROM participant WHERE account_id = ?1 AND conversation_id = ?2 AND since = ?3",
            params![account, to.get(), at],
        )?;
        self.move_messages(&Moving {
            from: to,
            to: from,
            messages: &messages,
            unread: (unread.1, unread.0),
            kind: ChangeKind::MessagesMovedBack,
            reason: "Moving it by hand was undone.",
        })
    }

    /// Where mail for a conversation comes in: into the one that it was merged into, while that is there.
    pub(super) fn merged(&self, conversation: ConversationId) -> Result<ConversationId> {
        let mut here = conversation;
        for _ in 0..MOST_MERGES {
            match self.merged_into(here)? {
                Some(next) if next != conversation => here = next,
                _ => break,
            }
        }
        Ok(here)
    }

    fn merged_into(&self, conversation: ConversationId) -> Result<Option<ConversationId>> {
        Ok(self
            .find(
                "SELECT t.conversation_id FROM conversation c
                 JOIN conversation t ON t.account_id = c.account_id AND t.conversation_id = c.merged_into
                 WHERE c.account_id = ?1 AND c.conversation_id = ?2",
                params![self.account().get(), conversation.get()],
            )?
            .map(ConversationId))
    }

    fn set_merged(&self, conversation: ConversationId, into: Option<ConversationId>) -> Result<()> {
        self.execute(
            "UPDATE conversation SET merged_into = ?3 WHERE account_id = ?1 AND conversation_id = ?2",
            params![self.account().get(), conversation.get(), into.map(ConversationId::get)],
        )?;
        Ok(())
    }

    /// A conversation that the scope sees.
    pub(super) fn seen(&self, id: ConversationId) -> Result<Conversation> {
        let found = self.load(id)?;
        if self.scope.sees(found.client) { Ok(found) } else { Err(not_found(Thing::Conversation, id.get())) }
    }

    /// What is on its way belongs to the conversation that it was written in.
    fn require_nothing_leaves(&self, conversation: ConversationId) -> Result<()> {
        let leaving = self.find(
            "SELECT outgoing_id FROM outgoing WHERE account_id = ?1 AND conversation_id = ?2
                 AND state IN ('queued', 'sending', 'unknown')",
            params![self.account().get(), conversation.get()],
        )?;
        match leaving {
            Some(leaving) => Err(StoreError::Conflict(Thing::Outgoing, leaving).into()),
            None => Ok(()),
        }
    }

    /// The messages of a conversation from this one on that came from a person or went to them.
    fn exchanged(
        &self,
        conversation: ConversationId,
        person: &str,
        from: (Timestamp, MessageId),
    ) -> Result<Vec<MessageId>> {
        let mut statement = self.statement(
            "SELECT message_id, at, direction, from_email, to_list FROM message
             WHERE account_id = ?1 AND conversation_id = ?2 ORDER BY at, message_id",
        )?;
        let mut rows = statement.query(params![self.account().get(), conversation.get()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let id = MessageId(row.get(0)?);
            let is_theirs = match codec::named(row, 2)? {
                Direction::Inbound => {
                    comparison_key(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?) == person
                }
                Direction::Outbound => {
                    let to: Vec<Address> = codec::listed(row, 4)?;
                    to.iter().any(|one| comparison_key(&one.email) == person)
                }
            };
            if is_theirs && (Timestamp(row.get(1)?), id) >= from {
                found.push(id);
            }
        }
        Ok(found)
    }

    fn move_messages(&mut self, moving: &Moving<'_>) -> Result<Outcome> {
        let Moving { from, to, messages, unread, kind, reason } = *moving;
        let account = self.account().get();
        let (before_from, before_to) = (self.joined(from)?, self.joined(to)?);
        for message in messages {
            let moved = self.execute(
                "UPDATE message SET conversation_id = ?4, reason = ?5
                 WHERE account_id = ?1 AND message_id = ?2 AND conversation_id = ?3",
                params![account, message.get(), from.get(), to.get(), reason],
            )?;
            if moved == 0 {
                return Err(not_found(Thing::Message, message.get()));
            }
        }
        // What we sent is with its message.
        self.execute(
            "UPDATE outgoing SET conversation_id = ?3 WHERE account_id = ?1 AND conversation_id = ?2
                 AND message_id IN (SELECT message_id FROM message WHERE account_id = ?1 AND conversation_id = ?3)",
            params![account, from.get(), to.get()],
        )?;
        let count = messages.len() as u64;
        let number = i64::try_from(count).ok();
        let mut detail = vec![Delta { field: Field::MovedMessages, before: Some(0), after: number }];
        detail.extend(self.regroup(from, &before_from, unread.0)?);
        self.drafts.push(Draft { kind, conversation: Some(from), subject: Some(to.get()), detail });
        let mut detail = self.regroup(to, &before_to, unread.1)?;
        for message in messages {
            self.drafts.push(Draft {
                kind: ChangeKind::MessageMoved,
                conversation: Some(to),
                subject: Some(message.get()),
                detail: std::mem::take(&mut detail),
            });
        }
        Ok(Outcome::Moved { conversation: to, messages: count })
    }

    /// Derives a conversation again after messages came or went; what changed.
    pub(super) fn regroup(&self, id: ConversationId, before: &[Joined], unread: bool) -> Result<Vec<Delta>> {
        let (after, edits) = (self.joined(id)?, self.edits(id)?);
        let mut conversation = self.load(id)?;
        let detail = conversation.regroup(before, &after, &edits, unread, self.at);
        if !detail.is_empty() {
            self.save(&conversation)?;
        }
        Ok(detail)
    }
}

pub(super) fn is_human_reply(joined: &Joined) -> bool {
    (joined.facts.direction, joined.facts.class) == (Direction::Inbound, Class::Human)
}

fn newest_reply(joined: &[Joined]) -> Option<MessageId> {
    let replies = joined.iter().filter(|joined| is_human_reply(joined));
    replies.max_by_key(|joined| (joined.facts.at, joined.facts.id)).map(|joined| joined.facts.id)
}

/// Whether a conversation was unread before a change with this detail; none where the change left that as it was.
pub(super) fn was_unread(detail: &[Delta]) -> Option<bool> {
    let flags = detail.iter().find(|delta| delta.field == Field::Flags)?;
    let has = |bits: Option<i64>| {
        bits.and_then(|bits| u16::try_from(bits).ok()).map(|bits| Flags(bits).has(Flags::UNREAD))
    };
    let (before, after) = (has(flags.before)?, has(flags.after)?);
    (before != after).then_some(before)
}
