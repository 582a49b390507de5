//! What the store knows that may decide a mail's place: a few look-ups by key, no scan.

use crewbox_core::address::spellings;
use crewbox_core::id::{ClientId, ConversationId, MailboxId};
use crewbox_core::message::{Direction, Mail};
use crewbox_core::reach::{self, CampaignMailboxes, Reach};
use crewbox_core::threading::{Candidate, Facts, Named, lead_addresses};
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::Apply;
use crate::contract::Thing;
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

/// A held message as the look-up finds it.
struct Held {
    direction: Direction,
    at: Timestamp,
    mailbox: Option<MailboxId>,
    stats_id: String,
    conversation: Option<ConversationId>,
}

/// Of a row with direction, mailbox, `stats_id`, conversation and time.
fn held(row: &Row<'_>) -> rusqlite::Result<Held> {
    Ok(Held {
        direction: codec::named(row, 0)?,
        at: Timestamp(row.get(4)?),
        mailbox: codec::id(row, 1)?,
        stats_id: row.get(2)?,
        conversation: codec::id(row, 3)?,
    })
}

impl Apply<'_> {
    /// Everything the rule may ask about this mail.
    pub(super) fn facts(&self, mail: &Mail, mailbox: MailboxId) -> Result<Facts> {
        self.seen_mailbox(mailbox)?;
        self.gather(mail, mailbox)
    }

    /// The same, whoever asks.
    pub(super) fn gather(&self, mail: &Mail, mailbox: MailboxId) -> Result<Facts> {
        let mailbox_client: Option<ClientId> = self
            .statement("SELECT client_id FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2")?
            .query_row(params![self.account().get(), mailbox.get()], |row| codec::id(row, 0))
            .optional()?
            .ok_or_else(|| not_found(Thing::Mailbox, mailbox.get()))?;
        let mut named = self.held_messages(&mail.references)?;
        let mut returned = self.held_messages(&mail.bounced_ids)?;
        // Another client's conversation is as if it were not there: the rule learns nothing of it.
        for held in named.iter_mut().chain(&mut returned) {
            if let Some(candidate) = &held.conversation
                && !self.reaches_client(mailbox, mailbox_client, candidate.conversation, candidate.client)?
            {
                held.conversation = None;
            }
        }
        Ok(Facts {
            sent: None,
            mailbox: Some(mailbox),
            mailbox_client,
            named,
            returned,
            leads: self.lead_conversations(&lead_addresses(mail), mailbox, mailbox_client)?,
        })
    }

    /// Whether mail through a mailbox that is no client's own may reach a conversation: its campaign uses the mailbox, or
    /// [`reach::serves`] says so.
    pub(super) fn serves(
        &self,
        mailbox: MailboxId,
        conversation: ConversationId,
        client: ClientId,
    ) -> Result<bool> {
        // By key, and nearly always the answer.
        let campaign_uses_it = self
            .statement(
                "SELECT 1 FROM conversation c
                 JOIN campaign_mailbox u ON u.account_id = c.account_id AND u.campaign_id = c.campaign_id
                 WHERE c.account_id = ?1 AND c.conversation_id = ?2 AND u.mailbox_id = ?3",
            )?
            .exists(params![self.account().get(), conversation.get(), mailbox.get()])?;
        if campaign_uses_it {
            return Ok(true);
        }
        let clients: Vec<ClientId> = self
            .statement(
                "SELECT DISTINCT p.client_id FROM campaign_mailbox u
                 JOIN campaign p ON p.account_id = u.account_id AND p.campaign_id = u.campaign_id
                 WHERE u.account_id = ?1 AND u.mailbox_id = ?2 AND p.client_id IS NOT NULL",
            )?
            .query_map(params![self.account().get(), mailbox.get()], |row| Ok(ClientId(row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(reach::serves(&clients, client))
    }

    /// Messages held under these Message-IDs, in their order; also those on their way out of which nobody knows
    /// yet, or ever will, whether they left. An answer says that they did.
    fn held_messages(&self, rfc_ids: &[String]) -> Result<Vec<Named>> {
        let mut named = Vec::new();
        for rfc_id in rfc_ids {
            let held: Vec<Held> = self
                .statement(
                    "SELECT direction, mailbox_id, stats_id, conversation_id, at FROM message
                     WHERE account_id = ?1 AND rfc_hash = ?2 AND rfc_id = ?3 ORDER BY message_id",
                )?
                .query_map(params![self.account().get(), codec::rfc_hash(rfc_id), rfc_id], held)?
                .collect::<rusqlite::Result<_>>()?;
            let held = if held.is_empty() { self.leaving(rfc_id)?.into_iter().collect() } else { held };
            let held = if held.is_empty() { self.relayed(rfc_id)?.into_iter().collect() } else { held };
            for held in held {
                let conversation = held.conversation.map(|id| self.candidate(id)).transpose()?;
                named.push(Named {
                    direction: held.direction,
                    at: held.at,
                    mailbox: held.mailbox,
                    stats_id: held.stats_id,
                    conversation: conversation.flatten(),
                });
            }
        }
        Ok(named)
    }

    /// A message on its way out that may have left.
    fn leaving(&self, rfc_id: &str) -> Result<Option<Held>> {
        Ok(self
            .statement(
                "SELECT mailbox_id, stats_id, conversation_id, updated_at FROM outgoing
                 WHERE account_id = ?1 AND rfc_hash = ?2 AND rfc_id = ?3 AND state IN ('sending', 'unknown')
                 ORDER BY outgoing_id LIMIT 1",
            )?
            .query_row(params![self.account().get(), codec::rfc_hash(rfc_id), rfc_id], |row| {
                Ok(Held {
                    direction: Direction::Outbound,
                    at: Timestamp(row.get(3)?),
                    mailbox: codec::id(row, 0)?,
                    stats_id: row.get(1)?,
                    conversation: codec::id(row, 2)?,
                })
            })
            .optional()?)
    }

    /// A message that we sent, by an id that its relay gave it: the whole id, or the part before the domain, which
    /// depends on where the relay sends from. What a relay says of several messages (a name of its server) is the id of
    /// none.
    fn relayed(&self, rfc_id: &str) -> Result<Option<Held>> {
        let local = rfc_id.rsplit_once('@').map_or(rfc_id, |(local, _)| local);
        for relay_id in [rfc_id, local] {
            let mut found: Vec<Held> = self
                .statement(
                    "SELECT m.direction, m.mailbox_id, m.stats_id, m.conversation_id, m.at FROM relay_id r
                     JOIN outgoing o ON o.account_id = r.account_id AND o.outgoing_id = r.outgoing_id
                     JOIN message m ON m.account_id = o.account_id AND m.message_id = o.message_id
                     WHERE r.account_id = ?1 AND r.id_hash = ?2 AND r.relay_id = ?3
                     LIMIT 2",
                )?
                .query_map(params![self.account().get(), codec::rfc_hash(relay_id), relay_id], held)?
                .collect::<rusqlite::Result<_>>()?;
            if found.len() == 1 {
                return Ok(found.pop());
            }
        }
        Ok(None)
    }

    /// Whether mail through a mailbox of `mailbox_client`'s may reach a conversation of `client`'s.
    pub(super) fn reaches_client(
        &self,
        mailbox: MailboxId,
        mailbox_client: Option<ClientId>,
        conversation: ConversationId,
        client: Option<ClientId>,
    ) -> Result<bool> {
        match reach::reach(mailbox_client, client) {
            Reach::Yes => Ok(true),
            Reach::No => Ok(false),
            Reach::IfServed(client) => self.serves(mailbox, conversation, client),
        }
    }

    /// Conversations of these addresses' leads, in campaigns that use the mailbox, most recently mailed first.
    fn lead_conversations(
        &self,
        addresses: &[String],
        mailbox: MailboxId,
        client: Option<ClientId>,
    ) -> Result<Vec<Candidate>> {
        let account = self.account().get();
        let mut candidates = Vec::new();
        for address in addresses.iter().flat_map(|address| spellings(address)) {
            // From the lead on, whatever the planner thinks: nearly no address is a lead's.
            let conversations: Vec<(ConversationId, Option<ClientId>, CampaignMailboxes)> = self
                .statement(
                    "SELECT c.conversation_id, c.client_id,
                         EXISTS (SELECT 1 FROM campaign_mailbox u WHERE u.account_id = c.account_id
                             AND u.campaign_id = c.campaign_id AND u.mailbox_id = ?3),
                         EXISTS (SELECT 1 FROM campaign_mailbox u
                             WHERE u.account_id = c.account_id AND u.campaign_id = c.campaign_id)
                     FROM lead l
                     CROSS JOIN conversation c ON c.account_id = l.account_id AND c.lead_id = l.lead_id
                     WHERE l.account_id = ?1 AND l.email = ?2",
                )?
                .query_map(params![account, address, mailbox.get()], |row| {
                    let names = match (row.get(2)?, row.get(3)?) {
                        (true, _) => CampaignMailboxes::This,
                        (false, true) => CampaignMailboxes::Others,
                        (false, false) => CampaignMailboxes::None,
                    };
                    Ok((ConversationId(row.get(0)?), codec::id(row, 1)?, names))
                })?
                .collect::<rusqlite::Result<_>>()?;
            for (conversation, campaign_client, names) in conversations {
                if reach::sends_through(campaign_client, names, client) {
                    let here = self.merged(conversation)?;
                    let found = self.candidate(here)?;
                    // The lead of a merged conversation is looked for there by an address that is not that lead's.
                    candidates.extend(found.map(|found| {
                        if here == conversation {
                            found
                        } else {
                            Candidate { lead_email: address.clone(), ..found }
                        }
                    }));
                }
            }
        }
        candidates.sort_by_key(|candidate| {
            std::cmp::Reverse((candidate.last_sent.unwrap_or(Timestamp::MIN), candidate.conversation))
        });
        // Of a lead whose conversations were merged.
        candidates.dedup_by_key(|candidate| candidate.conversation);
        Ok(candidates)
    }

    /// What the rule gets to know of a conversation.
    fn candidate(&self, id: ConversationId) -> Result<Option<Candidate>> {
        let account = self.account().get();
        let found = self
            .statement(
                "SELECT c.client_id, l.email, c.sent_time, m.stats_id FROM conversation c
                 JOIN lead l ON l.account_id = c.account_id AND l.lead_id = c.lead_id
                 LEFT JOIN message m ON m.account_id = c.account_id AND m.message_id = c.last_sent_id
                 WHERE c.account_id = ?1 AND c.conversation_id = ?2",
            )?
            .query_row(params![account, id.get()], |row| {
                Ok(Candidate {
                    conversation: id,
                    client: codec::id(row, 0)?,
                    lead_email: row.get(1)?,
                    participants: Vec::new(),
                    detached: Vec::new(),
                    last_sent: codec::time(row, 2)?,
                    last_stats_id: row.get(3)?,
                })
            })
            .optional()?;
        let Some(mut candidate) = found else { return Ok(None) };
        let mut statement = self.statement(
            "SELECT email, detached_at IS NOT NULL FROM participant
             WHERE account_id = ?1 AND conversation_id = ?2",
        )?;
        let mut rows = statement.query(params![account, id.get()])?;
        while let Some(row) = rows.next()? {
            let people = if row.get(1)? { &mut candidate.detached } else { &mut candidate.participants };
            people.push(row.get(0)?);
        }
        drop(rows);
        Ok(Some(candidate))
    }
}
