//! The calls of those who work without being asked: mailbox workers, the outbox and the sweep of files.

use std::ops::RangeInclusive;

use crewbox_core::id::{ConversationId, MailboxId, OutgoingId};
use crewbox_core::mailbox::{Attempt, Connected, Folder, Place, Status};
use crewbox_core::outgoing::Outgoing;
use crewbox_core::time::Timestamp;

use super::Store;
use crate::contract::{Scope, StoreError, StoredResponse};

impl Store {
    /// Removes the files of large mails that nothing refers to any more and that are older than a day; how many. The
    /// operator's call, of all accounts. May be dropped at any time; a few files may be removed after that.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        on!(self, e => e.sweep(now).await)
    }

    /// The same, but removes only files of mail that was deleted or erased, whatever their age: those that a process left
    /// that ended before it removed them.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn sweep_deleted(&self) -> Result<u64, StoreError> {
        // No file is old at this time.
        on!(self, e => e.sweep(Timestamp(i64::MIN)).await)
    }

    /// The response that is kept to a call with an idempotency key, by its fingerprint.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn stored_response(
        &self,
        scope: &Scope,
        fingerprint: &[u8; 32],
    ) -> Result<Option<StoredResponse>, StoreError> {
        on!(self, e => e.stored_response(scope, fingerprint).await)
    }

    // --- Connected mailboxes ---

    /// The status of the scope's mailboxes, with their folders; removed ones left out.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn connected(&self, scope: &Scope) -> Result<Vec<Connected>, StoreError> {
        on!(self, e => e.connected(scope).await)
    }

    /// The status of one mailbox.
    ///
    /// # Errors
    /// `NotFound(Mailbox)`, for a removed one too.
    pub async fn mailbox_status(&self, scope: &Scope, mailbox: MailboxId) -> Result<Status, StoreError> {
        on!(self, e => e.mailbox_status(scope, mailbox).await)
    }

    /// A mailbox's folders, by name.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn folders(&self, scope: &Scope, mailbox: MailboxId) -> Result<Vec<Folder>, StoreError> {
        on!(self, e => e.folders(scope, mailbox).await)
    }

    /// Every place known in a folder under a UIDVALIDITY, ascending by UID.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn places(
        &self,
        scope: &Scope,
        mailbox: MailboxId,
        folder: &str,
        uidvalidity: u32,
    ) -> Result<Vec<Place>, StoreError> {
        on!(self, e => e.places(scope, mailbox, folder, uidvalidity).await)
    }

    /// Mails of a folder that were begun and not finished, ascending by UID.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn attempts(
        &self,
        scope: &Scope,
        mailbox: MailboxId,
        folder: &str,
        uidvalidity: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        on!(self, e => e.attempts(scope, mailbox, folder, uidvalidity).await)
    }

    // --- The outbox ---

    /// Of each mailbox the queued message whose next try is due first, where one is due at `now`; oldest due first.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn outgoing_due(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Outgoing>, StoreError> {
        on!(self, e => e.outgoing_due(scope, now).await)
    }

    /// The messages of the member who asks that failed and that no later one of their conversation replaces; newest first, at
    /// most `limit`.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn outgoing_failed(&self, scope: &Scope, limit: u32) -> Result<Vec<Outgoing>, StoreError> {
        on!(self, e => e.outgoing_failed(scope, limit).await)
    }

    /// The message of a conversation that failed, if no later one of the conversation replaces it.
    ///
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn outgoing_failed_in(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Option<Outgoing>, StoreError> {
        on!(self, e => e.outgoing_failed_in(scope, conversation).await)
    }

    /// When the next queued message falls due that is not due at `now`.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn outgoing_next(
        &self,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        on!(self, e => e.outgoing_next(scope, now).await)
    }

    /// Queued messages that are tried again only after `latest`, although no person scheduled them for later than `now`:
    /// the clock has been set back since they were queued or tried.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn outgoing_tried_too_late(
        &self,
        scope: &Scope,
        now: Timestamp,
        latest: Timestamp,
    ) -> Result<Vec<OutgoingId>, StoreError> {
        on!(self, e => e.outgoing_tried_too_late(scope, now, latest).await)
    }

    /// What a call of this fingerprint made `within` these times (none: ever), unless it has failed or was taken back: its id, its
    /// Message-ID (without brackets), and the digest of the call's body.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn outgoing_asked(
        &self,
        scope: &Scope,
        fingerprint: &[u8; 32],
        within: Option<RangeInclusive<Timestamp>>,
    ) -> Result<Option<(OutgoingId, String, [u8; 32])>, StoreError> {
        on!(self, e => e.outgoing_asked(scope, fingerprint, within).await)
    }

    /// Messages in a state that somebody must look after (`Sending` at a start, `Unknown`, and `Accepted` with
    /// their copy still wanted), oldest first.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn outgoing_unsettled(&self, scope: &Scope) -> Result<Vec<Outgoing>, StoreError> {
        on!(self, e => e.outgoing_unsettled(scope).await)
    }

    /// A message of the outbox by its Message-ID (without brackets).
    ///
    /// # Errors
    /// `NotFound(Outgoing)`.
    pub async fn outgoing(&self, scope: &Scope, message_id: &str) -> Result<Outgoing, StoreError> {
        on!(self, e => e.outgoing(scope, message_id).await)
    }

    /// The bytes of a message of the outbox, as they are sent.
    ///
    /// # Errors
    /// `NotFound(Outgoing)`.
    pub async fn outgoing_raw(&self, scope: &Scope, id: OutgoingId) -> Result<Vec<u8>, StoreError> {
        on!(self, e => e.outgoing_raw(scope, id).await)
    }
}
