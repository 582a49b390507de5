//! The engine's reads for background work: connected mailboxes, the outbox, untracked mail.

use crewbox_core::id::{ConversationId, MailboxId, OutgoingId, QuarantineId};
use crewbox_core::mailbox::{Attempt, Connected, Folder, Place};
use crewbox_core::message::{Bodies, Message};
use crewbox_core::outgoing::Outgoing;
use crewbox_core::time::Timestamp;

use super::{Engine, Result};
use crate::contract::{QuarantinedMail, Scope, StoreError, UntrackedQuery};

fn unbuilt<T>() -> Result<T> {
    Err(StoreError::Engine("not built yet".to_owned()))
}

impl Engine {
    pub(crate) async fn quarantined(&self, _: &Scope, _: QuarantineId) -> Result<QuarantinedMail> {
        unbuilt()
    }
    pub(crate) async fn untracked(
        &self,
        _: &Scope,
        _: &UntrackedQuery,
    ) -> Result<(Vec<(Message, Bodies)>, u64)> {
        unbuilt()
    }
    pub(crate) async fn blocked(&self, _: &Scope, _: &[String]) -> Result<Vec<bool>> {
        unbuilt()
    }
    pub(crate) async fn connected(&self, _: &Scope) -> Result<Vec<Connected>> {
        unbuilt()
    }
    pub(crate) async fn folders(&self, _: &Scope, _: MailboxId) -> Result<Vec<Folder>> {
        unbuilt()
    }
    pub(crate) async fn places(&self, _: &Scope, _: MailboxId, _: &str, _: u32) -> Result<Vec<Place>> {
        unbuilt()
    }
    pub(crate) async fn attempts(&self, _: &Scope, _: MailboxId, _: &str, _: u32) -> Result<Vec<Attempt>> {
        unbuilt()
    }
    pub(crate) async fn outgoing_due(&self, _: &Scope, _: Timestamp, _: u32) -> Result<Vec<Outgoing>> {
        unbuilt()
    }
    pub(crate) async fn outgoing_next(&self, _: &Scope) -> Result<Option<Timestamp>> {
        unbuilt()
    }
    pub(crate) async fn outgoing_unsettled(&self, _: &Scope) -> Result<Vec<Outgoing>> {
        unbuilt()
    }
    pub(crate) async fn outgoing_of(&self, _: &Scope, _: ConversationId) -> Result<Vec<Outgoing>> {
        unbuilt()
    }
    pub(crate) async fn outgoing(&self, _: &Scope, _: &str) -> Result<Outgoing> {
        unbuilt()
    }
    pub(crate) async fn outgoing_raw(&self, _: &Scope, _: OutgoingId) -> Result<Vec<u8>> {
        unbuilt()
    }
}
