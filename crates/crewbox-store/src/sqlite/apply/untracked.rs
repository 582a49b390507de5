//! Mail that belongs to no conversation: kept with what it answers, attached by hand, and what then follows.
//! Also the domains nobody wants to hear from.

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::{Conversation, Edit, LeadStatus, MessageFacts};
use crewbox_core::id::{ConversationId, MailboxId, MessageId};
use crewbox_core::message::{Class, Direction, Mail};
use crewbox_core::model::LeadFields;
use crewbox_core::threading::{Participant, PlaceFn, Placement};
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{AttachTo, Outcome, StoreError, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, not_found};

/// Messages that may follow one attached by hand: more than any thread has, and bounds the transaction.
const MOST_FOLLOWERS: usize = 1_000;

/// An untracked or attached message, as far as its place asks.
struct Loose {
    id: MessageId,
    conversation: Option<ConversationId>,
    mailbox: Option<MailboxId>,
    rfc_id: String,
    direction: Direction,
    class: Class,
    from_name: String,
    from: String,
    at: Timestamp,
    refs: Vec<String>,
}

impl Apply<'_> {
    /// Keeps what an untracked message answers.
    pub(super) fn keep_untracked(&self, id: MessageId, mail: &Mail) -> Result<()> {
        if mail.direction == Direction::Outbound {
            return Ok(());
        }
        let account = self.account().get();
        self.execute(
            "INSERT OR REPLACE INTO untracked (account_id, message_id, at, refs) VALUES (?1, ?2, ?3, ?4)",
            params![account, id.get(), mail.at.millis(), codec::list(&mail.references)],
        )?;
        for named in &mail.references {
            self.execute(
                "INSERT OR IGNORE INTO untracked_reference (account_id, rfc_hash, message_id) VALUES (?1, ?2, ?3)",
                params![account, codec::rfc_hash(named), id.get()],
            )?;
        }
        Ok(())
    }

    pub(super) fn attach(&mut self, id: MessageId, to: AttachTo, place: PlaceFn) -> Result<Outcome> {
        let message = match self.loose(id)? {
            Some(message) if self.scope.client().is_none() && message.direction == Direction::Inbound => {
                message
            }
            _ => return Err(not_found(Thing::Message, id.get())),
        };
        let conversation = match to {
            AttachTo::Conversation(conversation) => self.load(conversation)?.id,
            AttachTo::Campaign(campaign) => self.lead_from(&message, campaign)?,
        };
        match message.conversation {
            Some(there) if there == conversation => {
                return Ok(Outcome::Attached { conversation, messages: 0 });
            }
            Some(_) => return Err(StoreError::Conflict(Thing::Message, id.get()).into()),
            None => {}
        }
        let sender = Participant { email: message.from.to_lowercase(), confirmed: true };
        self.join(&message, conversation, "It was attached by hand.", Some(&sender))?;
        let messages = 1 + self.follow(message, conversation, place)?;
        Ok(Outcome::Attached { conversation, messages })
    }

    /// Makes the sender a lead of the campaign, or finds that they are one.
    fn lead_from(
        &mut self,
        message: &Loose,
        campaign: crewbox_core::id::CampaignId,
    ) -> Result<ConversationId> {
        let (first, last) = match message.from_name.trim().rsplit_once(' ') {
            Some((first, last)) => (Some(first.trim().to_owned()), Some(last.to_owned())),
            None if message.from_name.trim().is_empty() => (None, None),
            None => (Some(message.from_name.trim().to_owned()), None),
        };
        let fields = LeadFields {
            email: message.from.clone(),
            first_name: first,
            last_name: last,
            ..LeadFields::default()
        };
        match self.add_leads(campaign, &[fields])? {
            Outcome::Leads(leads) if leads.len() == 1 => Ok(leads[0].conversation),
            _ => Err(StoreError::Engine("a lead was not answered".to_owned()).into()),
        }
    }

    fn loose(&self, id: MessageId) -> Result<Option<Loose>> {
        Ok(self
            .statement(
                "SELECT m.message_id, m.conversation_id, m.mailbox_id, m.rfc_id, m.direction, m.class, m.from_name,
                     m.from_email, m.at, coalesce(u.refs, '')
                 FROM message m
                 LEFT JOIN untracked u ON u.account_id = m.account_id AND u.message_id = m.message_id
                 WHERE m.account_id = ?1 AND m.message_id = ?2",
            )?
            .query_row(params![self.account().get(), id.get()], |row| {
                Ok(Loose {
                    id: MessageId(row.get(0)?),
                    conversation: codec::id(row, 1)?,
                    mailbox: codec::id(row, 2)?,
                    rfc_id: row.get(3)?,
                    direction: codec::named(row, 4)?,
                    class: codec::named(row, 5)?,
                    from_name: row.get(6)?,
                    from: row.get(7)?,
                    at: Timestamp(row.get(8)?),
                    refs: codec::listed(row, 9)?,
                })
            })
            .optional()?)
    }

    /// Moves an untracked message into a conversation, which reacts as to a message that has just come in.
    fn join(
        &mut self,
        message: &Loose,
        conversation: ConversationId,
        reason: &str,
        participant: Option<&Participant>,
    ) -> Result<()> {
        let account = self.account().get();
        self.execute(
            "UPDATE message SET conversation_id = ?3, reason = ?4 WHERE account_id = ?1 AND message_id = ?2",
            params![account, message.id.get(), conversation.get(), reason],
        )?;
        for table in ["untracked", "untracked_reference"] {
            let sql = format!("DELETE FROM {table} WHERE account_id = ?1 AND message_id = ?2");
            self.execute(&sql, params![account, message.id.get()])?;
        }
        let mut conversation = self.load(conversation)?;
        if let Some(participant) = participant
            && !participant.email.is_empty()
            && participant.email != self.lead_email(&conversation)?
        {
            self.remember(conversation.id, participant)?;
        }
        let facts = MessageFacts {
            id: message.id,
            direction: message.direction,
            class: message.class,
            at: message.at,
            mailbox: message.mailbox,
        };
        let detail = conversation.apply(&Edit::Message { facts, backfill: false }, self.at);
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

    fn lead_email(&self, conversation: &Conversation) -> Result<String> {
        Ok(self
            .statement("SELECT email FROM lead WHERE account_id = ?1 AND lead_id = ?2")?
            .query_row(params![self.account().get(), conversation.lead.get()], |row| row.get(0))?)
    }

    /// Lets untracked messages of the same thread follow, as far as the rule lets them; how many did.
    fn follow(&mut self, first: Loose, conversation: ConversationId, place: PlaceFn) -> Result<u64> {
        let mut joined = 0;
        let mut news = vec![first];
        while let Some(news_item) = news.pop() {
            for id in self.kin(&news_item)? {
                if joined as usize >= MOST_FOLLOWERS {
                    return Ok(joined);
                }
                let Some(message) = self.loose(id)? else { continue };
                if message.conversation.is_some() || message.direction == Direction::Outbound {
                    continue;
                }
                // What the attached message answers is its own thread, if the same person wrote it.
                let answered = news_item.refs.contains(&message.rfc_id)
                    && message.from.eq_ignore_ascii_case(&news_item.from);
                let placed = if answered {
                    Some(("It belongs to a thread that was attached by hand.".to_owned(), None))
                } else {
                    self.placed(&message, conversation, place)?
                };
                if let Some((reason, participant)) = placed {
                    self.join(&message, conversation, &reason, participant.as_ref())?;
                    joined += 1;
                    news.push(message);
                }
            }
        }
        Ok(joined)
    }

    /// Untracked messages that name this one, or that it names.
    fn kin(&self, message: &Loose) -> Result<Vec<MessageId>> {
        let account = self.account().get();
        let mut kin: Vec<u64> = self
            .statement("SELECT message_id FROM untracked_reference WHERE account_id = ?1 AND rfc_hash = ?2")?
            .query_map(params![account, codec::rfc_hash(&message.rfc_id)], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for named in &message.refs {
            kin.extend(self.find(
                "SELECT message_id FROM message WHERE account_id = ?1 AND rfc_hash = ?2 AND rfc_id = ?3
                     AND conversation_id IS NULL",
                params![account, codec::rfc_hash(named), named],
            )?);
        }
        kin.sort_unstable();
        kin.dedup();
        Ok(kin.into_iter().map(MessageId).collect())
    }

    /// What the rule says of an untracked message now, if it says this conversation.
    fn placed(
        &self,
        message: &Loose,
        conversation: ConversationId,
        place: PlaceFn,
    ) -> Result<Option<(String, Option<Participant>)>> {
        let Some(mailbox) = message.mailbox else { return Ok(None) };
        let mail = Mail {
            message_id: message.rfc_id.clone(),
            references: message.refs.clone(),
            direction: message.direction,
            class: message.class,
            from: crewbox_core::message::Address {
                name: message.from_name.clone(),
                email: message.from.clone(),
            },
            at: message.at,
            ..blank()
        };
        let facts = self.facts(&mail, mailbox)?;
        Ok(match place(&mail, &facts) {
            Placement::Joins { conversation: there, reason, participant, .. } if there == conversation => {
                Some((reason, participant))
            }
            _ => None,
        })
    }

    pub(super) fn block_domains(&mut self, domains: &[String], source: &str) -> Result<Outcome> {
        let account = self.account().get();
        let mut new = 0;
        for domain in domains {
            let domain = domain.to_lowercase();
            let added = self.execute(
                "INSERT OR IGNORE INTO blocked_domain (account_id, domain, source, at) VALUES (?1, ?2, ?3, ?4)",
                params![account, domain, source, self.at.millis()],
            )?;
            if added == 0 {
                continue;
            }
            new += 1;
            let conversations: Vec<u64> = self
                .statement(
                    "SELECT c.conversation_id FROM lead l
                     JOIN conversation c ON c.account_id = l.account_id AND c.lead_id = l.lead_id
                     WHERE l.account_id = ?1 AND substr(l.email, instr(l.email, '@') + 1) = ?2 AND c.lead_status != ?3",
                )?
                .query_map(params![account, domain, LeadStatus::Blocked.name()], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for conversation in conversations {
                self.edit(ConversationId(conversation), &Edit::Lead(LeadStatus::Blocked))?;
            }
        }
        if new > 0 {
            self.note(ChangeKind::DomainsBlocked, new);
        }
        Ok(Outcome::Count(new))
    }
}

/// A mail of which nothing is known.
fn blank() -> Mail {
    Mail {
        content: [0; 32],
        message_id: String::new(),
        own_message_id: true,
        digest: [0; 32],
        references: Vec::new(),
        direction: Direction::Inbound,
        class: Class::Human,
        evidence: String::new(),
        returns_at: None,
        from: crewbox_core::message::Address::default(),
        to: Vec::new(),
        cc: Vec::new(),
        subject: String::new(),
        at: Timestamp(0),
        text: String::new(),
        html: None,
        sanitiser: 0,
        folds: Vec::new(),
        attachments: Vec::new(),
        decoded_lossy: false,
        notice: None,
        bounced_ids: Vec::new(),
        failed_recipients: Vec::new(),
        crewbox_ref: None,
        size: 0,
    }
}
