//! Mail that belongs to no conversation: kept with what it answers, and attached by hand.

use crewbox_core::id::{CampaignId, ConversationId, MessageId};
use crewbox_core::lead;
use crewbox_core::message::{Direction, Mail};
use crewbox_core::reach::{Reach, reach};
use crewbox_core::threading::{Participant, PlaceFn};
use rusqlite::params;

use super::Apply;
use super::follow::{Along, Joining, Loose};
use crate::contract::{AttachTo, Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

impl Apply<'_> {
    /// Keeps what an untracked message answers, and which recipients it reports as failed.
    pub(super) fn keep_untracked(&self, id: MessageId, mail: &Mail) -> Result<()> {
        let account = self.account().get();
        let listed = mail.direction == Direction::Inbound;
        self.execute(
            "INSERT OR REPLACE INTO untracked (account_id, message_id, at, refs, listed, failed_recipients)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                account,
                id.get(),
                mail.at.millis(),
                codec::list(&mail.references),
                listed,
                codec::list(&mail.failed_recipients)
            ],
        )?;
        self.keep_references(id, &mail.references)
    }

    /// Keeps which mails an untracked message names.
    pub(super) fn keep_references(&self, id: MessageId, references: &[String]) -> Result<()> {
        for named in references {
            self.execute(
                "INSERT OR IGNORE INTO untracked_reference (account_id, rfc_hash, message_id) VALUES (?1, ?2, ?3)",
                params![self.account().get(), codec::rfc_hash(named), id.get()],
            )?;
        }
        Ok(())
    }

    /// A message is untracked no longer.
    pub(super) fn forget_untracked(&self, id: MessageId) -> Result<()> {
        for table in ["untracked", "untracked_reference"] {
            let sql = format!("DELETE FROM {table} WHERE account_id = ?1 AND message_id = ?2");
            self.execute(&sql, params![self.account().get(), id.get()])?;
        }
        Ok(())
    }

    pub(super) fn attach(&mut self, id: MessageId, to: AttachTo, place: PlaceFn) -> Result<Outcome> {
        let message = match self.loose(id)? {
            Some(message)
                if self.scope.client().is_none() && message.mail.direction == Direction::Inbound =>
            {
                message
            }
            _ => return Err(not_found(Thing::Message, id.get())),
        };
        let (thing, client) = match to {
            AttachTo::Conversation(id) => (Thing::Conversation, self.load(id)?.client),
            AttachTo::Campaign(campaign) => (Thing::Campaign, self.seen_campaign(campaign)?),
        };
        if reach(self.client_of(message.mail.mailbox)?, client) == Reach::No {
            return Err(StoreError::OtherClient(thing).into());
        }
        let conversation = match to {
            AttachTo::Conversation(conversation) => conversation,
            AttachTo::Campaign(campaign) => self.lead_from(&message, campaign)?,
        };
        match message.conversation {
            Some(there) if there == conversation => {
                return Ok(Outcome::Attached { conversation, messages: 0 });
            }
            Some(_) => return Err(StoreError::Conflict(Thing::Message, id.get()).into()),
            None => {}
        }
        let joining = Joining {
            conversation,
            reason: "It was attached to this conversation by hand.".to_owned(),
            participants: vec![Participant { email: message.mail.from.email.clone(), confirmed: true }],
            stats_id: None,
        };
        self.end_detachment(conversation, &message.mail.from.email)?;
        self.keep_attached(message.id, message.id, conversation)?;
        self.join(&message, &joining)?;
        let messages = 1 + self.follow(message, conversation, place, Along::Thread)?;
        Ok(Outcome::Attached { conversation, messages })
    }

    /// Makes the sender a lead of the campaign and its client, or finds that they are one.
    fn lead_from(&mut self, message: &Loose, campaign: CampaignId) -> Result<ConversationId> {
        let fields = lead::of_sender(&message.mail.from);
        let fields = fields.ok_or_else(|| StoreError::NoSender(message.id.get()))?;
        match self.add_leads(campaign, &[fields])? {
            Outcome::Leads(leads) => match leads[..] {
                [Ok(lead)] => Ok(lead.conversation),
                // A sender has no custom fields, of which there could be too many.
                _ => Err(StoreError::Engine("a lead was not answered".to_owned()).into()),
            },
            _ => Err(StoreError::Engine("a lead was not answered".to_owned()).into()),
        }
    }
}
