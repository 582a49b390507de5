//! What the reader of a sent message did with it: counted at the message and at its conversation.

use crewbox_core::conversation::{Edit, Tracked};
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::message::Direction;
use crewbox_core::time::Timestamp;
use rusqlite::params;

use super::edit::kind;
use super::{Apply, Draft};
use crate::contract::{Outcome, Thing};
use crate::sqlite::codec::Named as _;
use crate::sqlite::failure::{Result, not_found};

impl Apply<'_> {
    pub(super) fn track(
        &mut self,
        id: ConversationId,
        message: Option<MessageId>,
        tracked: Tracked,
        at: Timestamp,
    ) -> Result<Outcome> {
        let mut conversation = self.load(id)?;
        if !self.scope.sees(conversation.client) {
            return Err(not_found(Thing::Conversation, id.get()));
        }
        if let Some(message) = message {
            let set = match tracked {
                Tracked::Opened => {
                    "UPDATE message SET open_count = open_count + 1, opened_at = min(coalesce(opened_at, ?5), ?5)
                     WHERE account_id = ?1 AND message_id = ?2 AND conversation_id = ?3 AND direction = ?4"
                }
                Tracked::Clicked => {
                    "UPDATE message SET click_count = click_count + 1, clicked_at = min(coalesce(clicked_at, ?5), ?5)
                     WHERE account_id = ?1 AND message_id = ?2 AND conversation_id = ?3 AND direction = ?4"
                }
            };
            let sent = Direction::Outbound.name();
            let params = params![self.account().get(), message.get(), id.get(), sent, at.millis()];
            if self.execute(set, params)? == 0 {
                return Err(not_found(Thing::Message, message.get()));
            }
        }
        let edit = Edit::Tracked(tracked);
        let detail = conversation.apply(&edit, self.at);
        self.save(&conversation)?;
        let subject = message.map(MessageId::get);
        self.drafts.push(Draft { kind: kind(&edit).0, conversation: Some(id), subject, detail });
        Ok(Outcome::Done)
    }
}
