//! The engine's calls for background work: connected mailboxes, the outbox, untracked mail, the sweep of files; and
//! its reads of the parts of a conversation.

use std::ops::RangeInclusive;

use crewbox_core::id::{ConversationId, MailboxId, OutgoingId, QuarantineId, SavedViewId, Seq, TemplateId};
use crewbox_core::mailbox::{Attempt, Connected, Folder, Place, Status};
use crewbox_core::message::Message;
use crewbox_core::outgoing::Outgoing;
use crewbox_core::saved_view::SavedView;
use crewbox_core::template::Template;
use crewbox_core::time::Timestamp;

use super::read::part::{Added, Part};
use super::writer::{Work, Written};
use super::{Engine, Result, Shared, crossed, read, sweep};
use crate::contract::{
    BlockedDomain, BlockedQuery, BodyLimits, DomainUndo, DueReminders, Excerpt, HeldDraft, HeldParticipant,
    HeldReminder, PartUndo, QuarantinedMail, ReadsPart, ReadsParts, Scope, StoredResponse, UntrackedQuery,
};

impl Engine {
    /// Removes files of large mails that no row names; how many. Ends soon after it is dropped.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<u64> {
        let mut swept = 0;
        for shelf in self.run_blocking(|shared| Ok(sweep::shelves(&shared.blobs))).await? {
            let find = move |shared: &Shared| shared.readers.with(|db| sweep::leftovers(db, &shelf, now));
            let mut leftovers = self.run_blocking(find).await?.into_iter();
            loop {
                let some: Vec<_> = leftovers.by_ref().take(sweep::FILES_AT_ONCE).collect();
                if some.is_empty() {
                    break;
                }
                match self.write(Work::Sweep(some)).await? {
                    Written::Swept(count) => swept += count,
                    Written::Account(_) | Written::Batch(_) => return Err(crossed()),
                }
            }
        }
        Ok(swept)
    }

    pub(crate) async fn part_undo(&self, scope: &Scope, change: Seq) -> Result<PartUndo> {
        self.shared.readers.snapshot(|db| read::part_undo::part_undo(db, scope, change))
    }

    pub(crate) async fn domain_undo(&self, scope: &Scope, change: Seq) -> Result<DomainUndo> {
        self.shared.readers.snapshot(|db| read::domain_undo::domain_undo(db, scope, change))
    }

    pub(crate) async fn stored_response(
        &self,
        scope: &Scope,
        fingerprint: &[u8; 32],
    ) -> Result<Option<StoredResponse>> {
        let sealer = &self.shared.sealer;
        self.shared.readers.with(|db| read::stored_response::one(db, sealer, scope, fingerprint))
    }

    pub(crate) async fn quarantined(&self, scope: &Scope, id: QuarantineId) -> Result<QuarantinedMail> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::messages::quarantined(db, &shared.blobs, &scope, id))
        })
        .await
    }

    pub(crate) async fn messages_by_stats_id(&self, scope: &Scope, stats_id: &str) -> Result<Vec<Message>> {
        self.shared.readers.with(|db| read::messages::by_stats_id(db, scope, stats_id))
    }

    pub(crate) async fn messages_by_rfc_id(&self, scope: &Scope, rfc_id: &str) -> Result<Vec<Message>> {
        self.shared.readers.with(|db| read::messages::by_rfc_id(db, scope, rfc_id))
    }

    pub(crate) async fn untracked(
        &self,
        scope: &Scope,
        query: &UntrackedQuery,
        limits: BodyLimits,
    ) -> Result<(Vec<(Message, Excerpt)>, u64)> {
        let (scope, query) = (*scope, query.clone());
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::untracked::untracked(db, &scope, &query, limits))
        })
        .await
    }

    pub(crate) async fn blocked_domains(
        &self,
        scope: &Scope,
        query: &BlockedQuery,
    ) -> Result<(Vec<BlockedDomain>, u64)> {
        self.shared.readers.snapshot(|db| read::untracked::blocked_domains(db, scope, query))
    }

    pub(crate) async fn blocked(&self, scope: &Scope, domains: &[String]) -> Result<Vec<bool>> {
        self.shared.readers.with(|db| read::untracked::blocked(db, scope, domains))
    }

    pub(crate) async fn connected(&self, scope: &Scope) -> Result<Vec<Connected>> {
        let scope = *scope;
        self.run_blocking(move |shared| shared.readers.snapshot(|db| read::mailboxes::connected(db, &scope)))
            .await
    }

    pub(crate) async fn mailbox_status(&self, scope: &Scope, mailbox: MailboxId) -> Result<Status> {
        self.shared.readers.with(|db| read::mailboxes::status(db, scope, mailbox))
    }

    pub(crate) async fn folders(&self, scope: &Scope, mailbox: MailboxId) -> Result<Vec<Folder>> {
        self.shared.readers.with(|db| read::mailboxes::folders(db, scope, mailbox))
    }

    pub(crate) async fn places(
        &self,
        scope: &Scope,
        mailbox: MailboxId,
        folder: &str,
        uidvalidity: u32,
    ) -> Result<Vec<Place>> {
        let (scope, folder) = (*scope, folder.to_owned());
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::mailboxes::places(db, &scope, mailbox, &folder, uidvalidity))
        })
        .await
    }

    pub(crate) async fn attempts(
        &self,
        scope: &Scope,
        mailbox: MailboxId,
        folder: &str,
        uidvalidity: u32,
    ) -> Result<Vec<Attempt>> {
        self.shared.readers.with(|db| read::mailboxes::attempts(db, scope, mailbox, folder, uidvalidity))
    }

    pub(crate) async fn outgoing_due(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Outgoing>> {
        self.shared.readers.with(|db| read::outbox::due(db, scope, now))
    }

    pub(crate) async fn outgoing_failed(&self, scope: &Scope, limit: u32) -> Result<Vec<Outgoing>> {
        self.shared.readers.with(|db| read::outbox::failed(db, scope, limit))
    }

    pub(crate) async fn outgoing_failed_in(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Option<Outgoing>> {
        self.shared.readers.with(|db| read::outbox::failed_in(db, scope, conversation))
    }

    pub(crate) async fn outgoing_next(&self, scope: &Scope, now: Timestamp) -> Result<Option<Timestamp>> {
        self.shared.readers.with(|db| read::outbox::next(db, scope, now))
    }

    pub(crate) async fn outgoing_tried_too_late(
        &self,
        scope: &Scope,
        now: Timestamp,
        latest: Timestamp,
    ) -> Result<Vec<OutgoingId>> {
        self.shared.readers.with(|db| read::outbox::tried_too_late(db, scope, now, latest))
    }

    pub(crate) async fn outgoing_asked(
        &self,
        scope: &Scope,
        fingerprint: &[u8; 32],
        within: Option<RangeInclusive<Timestamp>>,
    ) -> Result<Option<(OutgoingId, String, [u8; 32])>> {
        self.shared.readers.with(|db| read::outbox::asked_before(db, scope, fingerprint, within.as_ref()))
    }

    pub(crate) async fn outgoing_unsettled(&self, scope: &Scope) -> Result<Vec<Outgoing>> {
        self.shared.readers.with(|db| read::outbox::unsettled(db, scope))
    }

    pub(crate) async fn outgoing(&self, scope: &Scope, message_id: &str) -> Result<Outgoing> {
        self.shared.readers.with(|db| read::outbox::by_message_id(db, scope, message_id))
    }

    pub(crate) async fn outgoing_raw(&self, scope: &Scope, id: OutgoingId) -> Result<Vec<u8>> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.with(|db| read::outbox::raw(db, &shared.blobs, &scope, id))
        })
        .await
    }

    pub(crate) async fn due_reminders(
        &self,
        scope: &Scope,
        now: Timestamp,
        limit: u32,
    ) -> Result<DueReminders> {
        self.shared.readers.with(|db| read::reminder::due(db, scope, now, limit))
    }

    pub(crate) async fn draft(&self, scope: &Scope, id: ConversationId) -> Result<HeldDraft> {
        self.shared.readers.snapshot(|db| read::reply_draft::draft(db, scope, id))
    }

    pub(crate) async fn participants(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Vec<HeldParticipant>> {
        self.shared.readers.snapshot(|db| read::participant::participants(db, scope, id))
    }

    pub(crate) async fn drafts(
        &self,
        scope: &Scope,
        ids: &[ConversationId],
    ) -> Result<Vec<(ConversationId, HeldDraft)>> {
        self.shared.readers.snapshot(|db| read::reply_draft::drafts(db, scope, ids))
    }

    pub(crate) async fn templates(&self, scope: &Scope, with_texts: bool) -> Result<Vec<Template>> {
        self.shared.readers.with(|db| read::template::all(db, scope, with_texts))
    }

    pub(crate) async fn template(&self, scope: &Scope, id: TemplateId) -> Result<Template> {
        self.shared.readers.with(|db| read::template::one(db, scope, id))
    }

    pub(crate) async fn saved_views(&self, scope: &Scope) -> Result<Vec<SavedView>> {
        self.shared.readers.with(|db| read::saved_view::all(db, scope))
    }

    pub(crate) async fn saved_view(&self, scope: &Scope, id: SavedViewId) -> Result<SavedView> {
        self.shared.readers.with(|db| read::saved_view::one(db, scope, id))
    }

    pub(crate) async fn next_reminders(
        &self,
        scope: &Scope,
        conversations: &[ConversationId],
    ) -> Result<Vec<Option<HeldReminder>>> {
        self.shared.readers.snapshot(|db| read::reminder::next(db, scope, conversations))
    }
}

impl<T: Part> ReadsParts<T> for Engine {
    fn parts(&self, scope: &Scope, conversation: ConversationId) -> Result<Vec<T>> {
        self.shared.readers.snapshot(|db| read::part::parts(db, scope, conversation))
    }
}

impl<T: Added> ReadsPart<T> for Engine {
    fn part(&self, scope: &Scope, id: u64) -> Result<T> {
        self.shared.readers.with(|db| read::part::by_id(db, scope, id))
    }
}
