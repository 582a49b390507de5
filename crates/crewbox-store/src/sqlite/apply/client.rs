//! Which client each change of a batch belongs to: that of its conversation, campaign or mailbox. It is looked up right after
//! the operation, because a later one may delete the conversation.

use crewbox_core::change::ClientThing;
use crewbox_core::id::{ClientId, ConversationId};
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::sqlite::failure::Result;

impl Apply<'_> {
    /// Looks up the clients of the changes that were drafted since the last time.
    pub(in crate::sqlite) fn note_clients(&mut self) -> Result<()> {
        let from = self.clients.len();
        if from == self.drafts.len() || !self.has_clients()? {
            self.clients.resize(self.drafts.len(), None);
            return Ok(());
        }
        // Several changes of one conversation follow each other.
        let mut last: Option<(ConversationId, Option<ClientId>)> = self.deleted;
        for place in from..self.drafts.len() {
            let draft = &self.drafts[place];
            let client = match (draft.conversation, draft.kind.client_thing(), draft.subject) {
                (Some(id), ..) => match last.filter(|(known, _)| *known == id) {
                    Some((_, client)) => client,
                    None => {
                        let client = self.selected_client(OF_CONVERSATION, id.get())?;
                        last = Some((id, client));
                        client
                    }
                },
                (None, Some(ClientThing::Campaign), Some(id)) => self.selected_client(OF_CAMPAIGN, id)?,
                (None, Some(ClientThing::Mailbox), Some(id)) => self.selected_client(OF_MAILBOX, id)?,
                _ => None,
            };
            self.clients.push(client);
        }
        Ok(())
    }

    /// Most accounts have none, and nothing more is looked up there.
    fn has_clients(&self) -> Result<bool> {
        let sql = "SELECT 1 FROM client WHERE account_id = ?1 LIMIT 1";
        Ok(self.statement(sql)?.exists(params![self.account().get()])?)
    }

    fn selected_client(&self, sql: &str, id: u64) -> Result<Option<ClientId>> {
        let client: Option<Option<u64>> =
            self.statement(sql)?.query_row(params![self.account().get(), id], |row| row.get(0)).optional()?;
        Ok(client.flatten().map(ClientId))
    }
}

const OF_CONVERSATION: &str =
    "SELECT client_id FROM conversation WHERE account_id = ?1 AND conversation_id = ?2";
const OF_CAMPAIGN: &str = "SELECT client_id FROM campaign WHERE account_id = ?1 AND campaign_id = ?2";
const OF_MAILBOX: &str = "SELECT client_id FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2";
