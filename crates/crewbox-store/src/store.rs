//! The store as callers see it: one enum over the engines, one method a call of the contract.
//!
//! Every call takes a [`Scope`] but opening, making and listing accounts, and signing in, which are what scopes
//! come from.

use std::sync::Arc;

use crewbox_core::change::Change;
use crewbox_core::conversation::{Conversation, Entry};
use crewbox_core::id::{CampaignId, ConversationId, LeadId, MailboxId, MessageId, QuarantineId, Seq};
use crewbox_core::message::{Mail, Message, Verdict};
use crewbox_core::model::Account;
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;
use tokio::sync::watch;

use crate::contract::{
    Batch, BlockedDomain, BlockedQuery, BodyLimits, Catalog, ChangePage, Committed, DataLocation, Excerpt,
    Found, Head, HistoryPage, MailboxSecrets, NewAccount, QuarantineItem, QuarantinedMail, Row, Scope,
    Search, SignIn, StoreError, UntrackedQuery,
};
use crate::follow::{Follower, run};
use crate::open::Open;
use crate::sqlite;

/// Calls the engine a store is of.
macro_rules! on {
    ($self:ident, $engine:ident => $call:expr) => {
        match $self {
            Self::Sqlite($engine) => $call,
        }
    };
}

// After the macro they use.
mod background;
mod bulk;
mod check;
mod leads;
mod outreach;
mod parts;
mod raw;
mod statistics;
mod team;
mod webhooks;

/// An open store. Cheap to clone; the last clone closes it.
#[derive(Clone, Debug)]
pub enum Store {
    /// The embedded engine.
    Sqlite(Arc<sqlite::Engine>),
}

impl Store {
    /// Opens a store.
    ///
    /// # Errors
    /// One sentence each: in use, no data, schema newer or older, key missing or wrong, I/O.
    pub fn open(open: &Open) -> Result<Self, StoreError> {
        match &open.location {
            DataLocation::Directory(dir) => Ok(Self::Sqlite(Arc::new(sqlite::Engine::open(dir, open)?))),
        }
    }

    /// Stops taking writes, commits what is queued, checkpoints, and waits for the threads. Idempotent.
    pub async fn close(&self) {
        on!(self, e => e.close().await)
    }

    // --- What scopes come from ---

    /// Makes an account with its owner. Needs no scope: it is the operator's call.
    ///
    /// # Errors
    /// `Exists(Account)` if the name is taken.
    pub async fn create_account(&self, new: NewAccount, at: Timestamp) -> Result<SignIn, StoreError> {
        on!(self, e => e.create_account(new, at).await)
    }

    /// Every account, ascending by id: the operator's call.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        on!(self, e => e.accounts().await)
    }

    /// Everybody who signs in with this address, in any account.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn sign_ins(&self, email: &str) -> Result<Vec<SignIn>, StoreError> {
        on!(self, e => e.sign_ins(email).await)
    }

    // --- Writing ---

    /// Commits a batch: when this returns, it is durable. Batches of concurrent callers share one sync.
    ///
    /// # Errors
    /// The first failing operation's; nothing of the batch was written then.
    pub async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        on!(self, e => e.commit(batch).await)
    }

    // --- The log ---

    /// The head of the log. On SQLite inline, without a hop to another thread.
    ///
    /// # Errors
    /// `NotFound(Account)`, engine errors.
    pub async fn head(&self, scope: &Scope) -> Result<Head, StoreError> {
        on!(self, e => e.head(scope).await)
    }

    /// Changes after `since`, at most `limit`. A scope that is restricted to a client gets that client's: `since` and the
    /// head are numbers among those ([`Change::seq_for`]).
    ///
    /// # Errors
    /// Engine errors.
    pub async fn changes(&self, scope: &Scope, since: Seq, limit: u32) -> Result<ChangePage, StoreError> {
        on!(self, e => e.changes(scope, since, limit).await)
    }

    /// The number, as the scope sees it, of the newest change that it sees up to this one of the account; 0 before the
    /// first. A scope that is not restricted to a client sees the account's own numbers.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn seq_as_seen(&self, scope: &Scope, up_to: Seq) -> Result<Seq, StoreError> {
        on!(self, e => e.seq_as_seen(scope, up_to).await)
    }

    /// The reverse: the account's number of the newest change up to the one that the scope sees under this number.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn seq_of_account(&self, scope: &Scope, seen: Seq) -> Result<Seq, StoreError> {
        on!(self, e => e.seq_of_account(scope, seen).await)
    }

    /// Changes of the account after `since` by which rows show another name, at most `limit`, whatever the scope is
    /// restricted to: the caller finds out whose rows show it.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn renames(&self, scope: &Scope, since: Seq, limit: u32) -> Result<Vec<Change>, StoreError> {
        on!(self, e => e.renames(scope, since, limit).await)
    }

    /// Names and surroundings.
    ///
    /// # Errors
    /// `NotFound(Account)`, engine errors.
    pub async fn catalog(&self, scope: &Scope) -> Result<Catalog, StoreError> {
        on!(self, e => e.catalog(scope).await)
    }

    /// Drives a follower of all accounts' logs until `stop` is true or its sender is gone.
    ///
    /// # Errors
    /// When the system gives no thread for the watcher; what the follower itself meets is tried again.
    pub async fn follow<F: Follower>(
        &self,
        follower: &mut F,
        stop: watch::Receiver<bool>,
    ) -> Result<(), StoreError> {
        on!(self, e => {
            e.watch()?;
            run(&**e, follower, stop).await;
            Ok(())
        })
    }

    // --- For the index ---

    /// Every conversation's entry, in one snapshot with the head it is of.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn all_entries(&self, scope: &Scope) -> Result<(Seq, Vec<Entry>), StoreError> {
        on!(self, e => e.all_entries(scope).await)
    }

    /// These conversations' entries; what is not there is left out.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn entries(&self, scope: &Scope, ids: &[ConversationId]) -> Result<Vec<Entry>, StoreError> {
        on!(self, e => e.entries(scope, ids).await)
    }

    // --- Conversations ---

    /// Rows to render, in the order asked; what is not there or not seen is left out. Their last messages come with
    /// texts within these limits ([`BodyLimits::total`] does not matter here), or not at all.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn rows(
        &self,
        scope: &Scope,
        ids: &[ConversationId],
        last: Option<BodyLimits>,
    ) -> Result<Vec<Row>, StoreError> {
        on!(self, e => e.rows(scope, ids, last).await)
    }

    /// One conversation.
    ///
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn conversation(&self, scope: &Scope, id: ConversationId) -> Result<Conversation, StoreError> {
        on!(self, e => e.conversation(scope, id).await)
    }

    /// The conversation of a lead in a campaign.
    ///
    /// # Errors
    /// `NotFound(Lead)`.
    pub async fn conversation_of(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        lead: LeadId,
    ) -> Result<Conversation, StoreError> {
        on!(self, e => e.conversation_of(scope, campaign, lead).await)
    }

    /// A conversation's messages, oldest first; the newest ones where the limits do not admit all.
    ///
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn history(
        &self,
        scope: &Scope,
        id: ConversationId,
        limits: BodyLimits,
    ) -> Result<HistoryPage, StoreError> {
        self.history_after(scope, id, None, limits).await
    }

    /// Like [`Store::history`], where a time is given with the messages after it only.
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn history_after(
        &self,
        scope: &Scope,
        id: ConversationId,
        after: Option<Timestamp>,
        limits: BodyLimits,
    ) -> Result<HistoryPage, StoreError> {
        on!(self, e => e.history(scope, id, after, limits).await)
    }

    /// One message. Untracked messages are not seen under a client's scope.
    ///
    /// # Errors
    /// `NotFound(Message)`.
    pub async fn message(
        &self,
        scope: &Scope,
        id: MessageId,
        limits: BodyLimits,
    ) -> Result<(Message, Excerpt), StoreError> {
        on!(self, e => e.message(scope, id, limits).await)
    }

    /// The messages that share a `stats_id`, oldest first, without texts. Untracked ones are not among them.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn messages_by_stats_id(
        &self,
        scope: &Scope,
        stats_id: &str,
    ) -> Result<Vec<Message>, StoreError> {
        on!(self, e => e.messages_by_stats_id(scope, stats_id).await)
    }

    /// What these mails, each with the mailbox it came through, would be taken for if they were read into the store
    /// again ([`Op::Reread`]): the class also depends on what the store knows. The operator's call; writes nothing.
    ///
    /// [`Op::Reread`]: crate::Op::Reread
    ///
    /// # Errors
    /// `NotFound(Mailbox)`, engine errors.
    pub async fn verdicts(
        &self,
        scope: &Scope,
        mails: &[(Option<MailboxId>, &Mail)],
    ) -> Result<Vec<Verdict>, StoreError> {
        on!(self, e => e.verdicts(scope, mails).await)
    }

    /// Which of these SHA-256 digests are of mail held (message or quarantine) already: what makes an import
    /// resumable without reading it all again.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn held(&self, scope: &Scope, contents: &[[u8; 32]]) -> Result<Vec<bool>, StoreError> {
        on!(self, e => e.held(scope, contents).await)
    }

    /// Mail in quarantine, newest first, with the total.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn quarantine(
        &self,
        scope: &Scope,
        offset: u64,
        limit: u32,
    ) -> Result<(Vec<QuarantineItem>, u64), StoreError> {
        on!(self, e => e.quarantine(scope, offset, limit).await)
    }

    /// A quarantined mail with its bytes and where it was seen.
    ///
    /// # Errors
    /// `NotFound(Quarantine)`.
    pub async fn quarantined(&self, scope: &Scope, id: QuarantineId) -> Result<QuarantinedMail, StoreError> {
        on!(self, e => e.quarantined(scope, id).await)
    }

    /// Messages that belong to no conversation, with the total; fewer where the limits do not admit all. A client's
    /// scope sees none.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn untracked(
        &self,
        scope: &Scope,
        query: &UntrackedQuery,
        limits: BodyLimits,
    ) -> Result<(Vec<(Message, Excerpt)>, u64), StoreError> {
        on!(self, e => e.untracked(scope, query, limits).await)
    }

    /// Which of these domains (lower case) are blocked.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn blocked(&self, scope: &Scope, domains: &[String]) -> Result<Vec<bool>, StoreError> {
        on!(self, e => e.blocked(scope, domains).await)
    }

    /// Blocked domains, by name, with the total.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn blocked_domains(
        &self,
        scope: &Scope,
        query: &BlockedQuery,
    ) -> Result<(Vec<BlockedDomain>, u64), StoreError> {
        on!(self, e => e.blocked_domains(scope, query).await)
    }

    /// The addresses that a mailbox's owner writes from, also of a removed one.
    ///
    /// # Errors
    /// `NotFound(Mailbox)`.
    pub async fn own_addresses(&self, scope: &Scope, mailbox: MailboxId) -> Result<OwnAddresses, StoreError> {
        on!(self, e => e.own_addresses(scope, mailbox).await)
    }

    // --- Search, secrets, health ---

    /// Conversations with this text in a lead's address, name or company, or in a message's subject or text
    /// (three characters and more).
    ///
    /// # Errors
    /// Engine errors.
    pub async fn search(&self, scope: &Scope, search: &Search) -> Result<Found, StoreError> {
        on!(self, e => e.search(scope, search).await)
    }

    /// Messages the search index has still to take in, over all accounts.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn search_behind(&self) -> Result<u64, StoreError> {
        on!(self, e => e.search_behind().await)
    }

    /// Lets the search index catch up before returning; calls `progress` with what is still behind.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn search_catch_up(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<(), StoreError> {
        on!(self, e => e.search_catch_up(progress).await)
    }

    /// A mailbox's passwords, unsealed.
    ///
    /// # Errors
    /// `NotFound(Mailbox)`, `KeyMissing`, `KeyWrong`.
    pub async fn mailbox_secrets(&self, scope: &Scope, id: MailboxId) -> Result<MailboxSecrets, StoreError> {
        on!(self, e => e.mailbox_secrets(scope, id).await)
    }

    /// A key derived from the sealing key for a purpose (signed links): stable while the key file is.
    ///
    /// # Errors
    /// `KeyMissing`, `KeyWrong`.
    pub fn derived_key(&self, purpose: &str) -> Result<[u8; 32], StoreError> {
        on!(self, e => e.derived_key(purpose))
    }

    /// Whether a server holds the data at this moment: then a command's transactions must be short.
    #[must_use]
    pub fn is_served(&self) -> bool {
        on!(self, e => e.is_served())
    }

    /// Whether a commit or a sync has failed: nothing is written any more until the process starts again.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        on!(self, e => e.has_stopped())
    }

    /// Waits until a commit or a sync has failed; for ever while writing works.
    pub async fn until_stopped(&self) {
        on!(self, e => e.until_stopped().await)
    }

    /// Whether writes are possible at the moment (for readiness): false on a full disk or after a failed write.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        on!(self, e => e.is_writable())
    }
}
