//! Who writes in a conversation besides its lead. Never the account's own addresses: what its members write is not a
//! reply.

use crewbox_core::address::{comparison_key, spellings};
use crewbox_core::conversation::Conversation;
use crewbox_core::id::ClientId;
use crewbox_core::own_addresses::without_detail;
use crewbox_core::reach::{Reach, reach};
use crewbox_core::threading::Participant;
use rusqlite::params;

use super::Apply;
use crate::sqlite::codec;
use crate::sqlite::failure::Result;

impl Apply<'_> {
    /// Remembers them, the lead and our own addresses left out. Once confirmed, confirmed for good.
    pub(super) fn remember(&self, conversation: &Conversation, people: &[Participant]) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        let lead = comparison_key(&self.lead_email(conversation)?);
        for participant in people {
            let email = comparison_key(&participant.email);
            if email.is_empty() || email == lead || self.is_ours(&email, conversation.client)? {
                continue;
            }
            self.execute(
                "INSERT INTO participant (account_id, conversation_id, email, confirmed, since)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (account_id, conversation_id, email)
                 DO UPDATE SET confirmed = max(confirmed, excluded.confirmed)",
                params![
                    self.account().get(),
                    conversation.id.get(),
                    email,
                    participant.confirmed,
                    self.at.millis()
                ],
            )?;
        }
        Ok(())
    }

    /// Whether an address is one of the account's mailboxes, an alias, or a plus-form of one. Another client's do not
    /// count: what one client has shows in no other's conversations.
    pub(super) fn is_ours(&self, email: &str, client: Option<ClientId>) -> Result<bool> {
        let forms = std::iter::once(email.to_owned()).chain(without_detail(email));
        for spelling in forms.flat_map(|form| spellings(&form)) {
            let mailboxes_of: Vec<Option<ClientId>> = self
                .statement(
                    "SELECT client_id FROM mailbox WHERE account_id = ?1 AND email = ?2
                     UNION ALL SELECT x.client_id FROM mailbox_alias a
                     JOIN mailbox x ON x.account_id = a.account_id AND x.mailbox_id = a.mailbox_id
                     WHERE a.account_id = ?1 AND a.email = ?2",
                )?
                .query_map(params![self.account().get(), spelling], |row| codec::id(row, 0))?
                .collect::<rusqlite::Result<_>>()?;
            if mailboxes_of.into_iter().any(|mailbox| reach(mailbox, client) != Reach::No) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
