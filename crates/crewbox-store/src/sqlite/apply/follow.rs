//! An untracked message's way into a conversation, and which others follow it: those that answer it, and where a
//! person attached it its whole thread. History is read newest first and Inbox before Sent, so an answer often
//! comes in before what it answers.

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::{Arrival, Conversation, Edit, MessageFacts};
use crewbox_core::id::{ClientId, ConversationId, MailboxId, MessageId};
use crewbox_core::message::Address;
use crewbox_core::threading::{Participant, PlaceFn, Placement, is_about_another};
use crewbox_core::time::Timestamp;
use crewbox_core::untracked::UntrackedMail;
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::Ingest;
use crate::sqlite::codec;
use crate::sqlite::failure::Result;

/// Messages that may follow one: more than any thread has, and bounds the transaction.
const MOST_FOLLOWERS: usize = 1_000;

/// Messages that a batch may try for a place beside one of its own. Whether the rule lets one follow takes some ten
/// look-ups, and whoever names a mail in a thousand of theirs has all of them tried for it: this many take tenths of
/// a second, in which nobody else writes. Four times the longest thread, and more than a batch of history finds.
const MOST_TRIES: usize = 4_000;

/// An untracked or attached message, as far as its place asks.
pub(super) struct Loose {
    pub(super) id: MessageId,
    pub(super) conversation: Option<ConversationId>,
    pub(super) mail: UntrackedMail,
    arrival: Arrival,
    /// Those that it names if it is a delivery report.
    failed_recipients: Vec<String>,
}

/// How an untracked message comes into a conversation.
pub(super) struct Joining {
    pub(super) conversation: ConversationId,
    pub(super) reason: String,
    pub(super) participants: Vec<Participant>,
    pub(super) stats_id: Option<String>,
}

/// Which messages may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// Those that name it, as the rule says.
    Answers,
    /// Also those that it names: a person decided where the thread belongs.
    Thread,
}

impl Apply<'_> {
    pub(super) fn loose(&self, id: MessageId) -> Result<Option<Loose>> {
        Ok(self
            .statement(
                "SELECT m.message_id, m.conversation_id, m.mailbox_id, m.rfc_id, m.direction, m.class, m.from_name,
                     m.from_email, m.at, coalesce(u.refs, ''), m.to_list, m.cc_list, m.backfill,
                     coalesce(u.failed_recipients, '')
                 FROM message m
                 LEFT JOIN untracked u ON u.account_id = m.account_id AND u.message_id = m.message_id
                 WHERE m.account_id = ?1 AND m.message_id = ?2",
            )?
            .query_row(params![self.account().get(), id.get()], |row| {
                Ok(Loose {
                    id: MessageId(row.get(0)?),
                    conversation: codec::id(row, 1)?,
                    mail: UntrackedMail {
                        mailbox: codec::id(row, 2)?,
                        message_id: row.get(3)?,
                        direction: codec::named(row, 4)?,
                        class: codec::named(row, 5)?,
                        from: Address { name: row.get(6)?, email: row.get(7)? },
                        at: Timestamp(row.get(8)?),
                        references: codec::listed(row, 9)?,
                        to: codec::listed(row, 10)?,
                        cc: codec::listed(row, 11)?,
                    },
                    arrival: codec::arrival(row, 12)?,
                    failed_recipients: codec::listed(row, 13)?,
                })
            })
            .optional()?)
    }

    /// A further copy of an untracked message came through another mailbox, whose leads or sent mail may place
    /// it: where it goes then.
    pub(super) fn place_copy(&mut self, id: MessageId, ingest: &Ingest) -> Result<Option<ConversationId>> {
        let Some(message) = self.loose(id)? else { return Ok(None) };
        if message.conversation.is_some() || message.mail.mailbox == Some(ingest.mailbox) {
            return Ok(None);
        }
        let facts = self.facts(&ingest.mail, ingest.mailbox)?;
        match (ingest.place)(&ingest.mail, &facts) {
            Placement::Joins { conversation, reason, participants, stats_id } => {
                // What it means to the conversation is what the mailbox that placed it says.
                let mail = UntrackedMail { mailbox: Some(ingest.mailbox), ..message.mail };
                let failed_recipients = ingest.mail.failed_recipients.clone();
                let message = Loose { mail, arrival: ingest.arrival, failed_recipients, ..message };
                self.join(&message, &Joining { conversation, reason, participants, stats_id })?;
                self.follow(message, conversation, ingest.place, Along::Answers)?;
                Ok(Some(conversation))
            }
            Placement::Untracked { .. } => Ok(None),
        }
    }

    /// A message has just come into a conversation: what answers it, and came first, follows. One look-up by
    /// key where there is nothing.
    pub(super) fn draw(
        &mut self,
        id: MessageId,
        conversation: ConversationId,
        ingest: &Ingest,
    ) -> Result<()> {
        if !self.answers(&ingest.mail.message_id)?.is_empty()
            && let Some(message) = self.loose(id)?
        {
            self.follow(message, conversation, ingest.place, Along::Answers)?;
        }
        Ok(())
    }

    /// Moves an untracked message into a conversation, which reacts as to a message that has just come in; to
    /// history, as to history.
    pub(super) fn join(&mut self, message: &Loose, joining: &Joining) -> Result<()> {
        let account = self.account().get();
        let mut conversation = self.load(joining.conversation)?;
        let about_another = is_about_another(&message.failed_recipients, &self.lead_email(&conversation)?);
        self.execute(
            "UPDATE message SET conversation_id = ?3, reason = ?4, mailbox_id = ?5, backfill = ?6,
                 stats_id = coalesce(?7, stats_id), joined_at = ?8, about_another = ?9
             WHERE account_id = ?1 AND message_id = ?2",
            params![
                account,
                message.id.get(),
                joining.conversation.get(),
                joining.reason,
                message.mail.mailbox.map(MailboxId::get),
                codec::arrival_number(message.arrival),
                joining.stats_id,
                self.at.millis(),
                about_another
            ],
        )?;
        self.forget_untracked(message.id)?;
        self.remember(&conversation, &joining.participants)?;
        let facts = MessageFacts {
            id: message.id,
            direction: message.mail.direction,
            class: message.mail.class,
            at: message.mail.at,
            mailbox: message.mail.mailbox,
            about_another,
        };
        let detail = conversation.apply(&Edit::Message { facts, arrival: message.arrival }, self.at);
        if !detail.is_empty() {
            self.save(&conversation)?;
        }
        self.drafts.push(Draft {
            kind: ChangeKind::MessageAttached,
            conversation: Some(conversation.id),
            subject: Some(message.id.get()),
            detail,
        });
        Ok(())
    }

    pub(super) fn lead_email(&self, conversation: &Conversation) -> Result<String> {
        Ok(self
            .statement("SELECT email FROM lead WHERE account_id = ?1 AND lead_id = ?2")?
            .query_row(params![self.account().get(), conversation.lead.get()], |row| row.get(0))?)
    }

    /// Lets untracked messages follow one that is in the conversation now, as far as the rule lets them, and
    /// others follow those; how many did.
    pub(super) fn follow(
        &mut self,
        first: Loose,
        conversation: ConversationId,
        place: PlaceFn,
        along: Along,
    ) -> Result<u64> {
        let mut joined = 0;
        let first_id = first.id;
        let mut news = vec![first];
        while let Some(news_item) = news.pop() {
            for id in self.related(&news_item, along)? {
                if joined as usize >= MOST_FOLLOWERS || self.tries >= MOST_TRIES {
                    return Ok(joined);
                }
                self.tries += 1;
                let Some(message) = self.loose(id)? else { continue };
                if message.conversation.is_some() {
                    continue;
                }
                let joining = if along == Along::Thread
                    && message.mail.is_answered_by(&news_item.mail)
                    && self.reaches(message.mail.mailbox, conversation)?
                {
                    let reason =
                        "It belongs to a thread that was attached to this conversation by hand.".to_owned();
                    Some(Joining { conversation, reason, participants: Vec::new(), stats_id: None })
                } else {
                    self.placed(&message, conversation, place)?
                };
                if let Some(joining) = joining {
                    if along == Along::Thread {
                        self.keep_attached(message.id, first_id, conversation)?;
                    }
                    self.join(&message, &joining)?;
                    joined += 1;
                    news.push(message);
                }
            }
        }
        Ok(joined)
    }

    /// Untracked messages that name this Message-ID.
    fn answers(&self, rfc_id: &str) -> Result<Vec<u64>> {
        Ok(self
            .statement(
                "SELECT message_id FROM untracked_reference WHERE account_id = ?1 AND rfc_hash = ?2 LIMIT ?3",
            )?
            .query_map(
                params![self.account().get(), codec::rfc_hash(rfc_id), MOST_FOLLOWERS as u64],
                |row| row.get(0),
            )?
            .collect::<rusqlite::Result<_>>()?)
    }

    /// Untracked messages that name this one, or that it names.
    fn related(&self, message: &Loose, along: Along) -> Result<Vec<MessageId>> {
        let mut related = self.answers(&message.mail.message_id)?;
        let named: &[String] = if along == Along::Thread { &message.mail.references } else { &[] };
        for named in named {
            related.extend(self.find(
                "SELECT message_id FROM message WHERE account_id = ?1 AND rfc_hash = ?2 AND rfc_id = ?3
                     AND conversation_id IS NULL",
                params![self.account().get(), codec::rfc_hash(named), named],
            )?);
        }
        related.sort_unstable();
        related.dedup();
        Ok(related.into_iter().map(MessageId).collect())
    }

    /// What the rule says of an untracked message now, if it says this conversation.
    fn placed(
        &self,
        message: &Loose,
        conversation: ConversationId,
        place: PlaceFn,
    ) -> Result<Option<Joining>> {
        let Some(mailbox) = message.mail.mailbox else { return Ok(None) };
        let mail = message.mail.to_mail();
        // Whoever moved the first of them: a thread is the account's, and the rule keeps clients separate.
        let facts = self.gather(&mail, mailbox)?;
        Ok(match place(&mail, &facts) {
            Placement::Joins { conversation: there, reason, participants, stats_id }
                if there == conversation =>
            {
                Some(Joining { conversation, reason, participants, stats_id })
            }
            _ => None,
        })
    }

    /// A mailbox's client, if it has one.
    pub(super) fn client_of(&self, mailbox: Option<MailboxId>) -> Result<Option<ClientId>> {
        let Some(mailbox) = mailbox else { return Ok(None) };
        let client = "SELECT client_id FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2
             AND client_id IS NOT NULL";
        Ok(self.find(client, params![self.account().get(), mailbox.get()])?.map(ClientId))
    }

    /// Whether mail through this mailbox may come into the conversation without a person saying so.
    fn reaches(&self, mailbox: Option<MailboxId>, conversation: ConversationId) -> Result<bool> {
        let Some(mailbox) = mailbox else { return Ok(false) };
        let there = self.load(conversation)?.client;
        self.reaches_client(mailbox, self.client_of(Some(mailbox))?, conversation, there)
    }
}
