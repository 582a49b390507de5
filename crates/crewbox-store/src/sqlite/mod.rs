//! The embedded engine: SQLite, one writer thread with group commit, readers on whatever thread asks.
//!
//! Owns the data directory: the database, the large mails' files, the lock, and the threads that write and
//! checkpoint. Short reads run inline on the caller's thread; long ones leave the runtime's threads alone.

mod apply;
mod arriving;
mod background;
mod blob;
mod bulk;
mod check;
mod check_files;
mod checkpoint;
mod codec;
mod connect;
mod failure;
mod follow;
mod heads;
mod health;
#[cfg(test)]
mod hold;
mod ids;
mod leads;
mod lock;
mod log_file;
#[cfg(test)]
mod migration_tests;
mod number;
mod open;
mod outreach;
mod page_sums;
mod prepare;
mod raw;
mod read;
mod record;
mod schema;
mod secret;
mod start;
mod statistics;
mod stuck_copy;
mod sweep;
mod team;
#[cfg(test)]
mod tests;
mod texts;
mod watch;
mod webhooks;
mod writer;

pub use arriving::ArrivingMail;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crewbox_core::change::Change;
use crewbox_core::conversation::{Conversation, Entry};
use crewbox_core::id::{CampaignId, ConversationId, LeadId, MailboxId, Seq};
use crewbox_core::message::{Mail, Verdict};
use crewbox_core::model::Account;
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::contract::{
    Batch, Catalog, ChangePage, Committed, Fault, Found, Head, MailboxSecrets, NewAccount, QuarantineItem,
    Scope, Search as Asked, SignIn, StoreError,
};
use crate::follow::LogHeads;
use crate::seal::Sealer;
use crate::search::Search;
use crate::search::thread::Following;

use blob::Blobs;
use checkpoint::Gate;
use connect::Readers;
use heads::Heads;
use health::Health;
use lock::ServerLock;
use watch::Watcher;
use writer::{Job, Work, Written};

type Result<T> = std::result::Result<T, StoreError>;

/// The engine.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    threads: Mutex<Threads>,
}

/// What reads need, on any thread.
#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    readers: Readers,
    heads: Heads,
    log_heads: Arc<LogHeads>,
    blobs: Blobs,
    sealer: Arc<Sealer>,
    /// None where the directory is only read.
    search: Option<Arc<Search>>,
    health: Arc<Health>,
}

/// What ends with the engine.
#[derive(Debug)]
struct Threads {
    queue: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    gate: Arc<Gate>,
    checkpointer: Option<JoinHandle<()>>,
    watcher: Option<Watcher>,
    following: Option<Following>,
    lock: Option<ServerLock>,
}

impl Engine {
    // --- What scopes come from ---

    pub(crate) async fn create_account(&self, new: NewAccount, at: Timestamp) -> Result<SignIn> {
        match self.write(Work::Account(new, at)).await? {
            Written::Account(made) => Ok(made),
            Written::Batch(_) | Written::Swept(_) => Err(crossed()),
        }
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<Account>> {
        self.shared.readers.with(read::catalog::accounts)
    }

    pub(crate) async fn sign_ins(&self, email: &str) -> Result<Vec<SignIn>> {
        self.shared.readers.with(|db| read::catalog::sign_ins(db, email))
    }

    // --- Writing ---

    pub(crate) async fn commit(&self, batch: Batch) -> Result<Committed> {
        let ready = if prepare::is_heavy(&batch) {
            self.run_blocking(move |shared| prepare::prepare(&shared.blobs, batch)).await?
        } else {
            prepare::prepare(&self.shared.blobs, batch)?
        };
        if ready.is_bulk() {
            let gate = Arc::clone(&self.threads().gate);
            gate.let_bulk_pass().await;
        }
        match self.write(Work::Batch(ready)).await? {
            Written::Batch(committed) => Ok(committed),
            Written::Account(_) | Written::Swept(_) => Err(crossed()),
        }
    }

    async fn write(&self, work: Work) -> Result<Written> {
        let queue = self.threads().queue.clone().ok_or(StoreError::Stopped)?;
        let (answer, written) = oneshot::channel();
        queue.send(Job { work, answer }).await.map_err(|_| StoreError::Stopped)?;
        drop(queue);
        // Without an answer the thread is gone, and what became of the batch is not known.
        written.await.map_err(|_| StoreError::Stopped)?
    }

    // --- The log ---

    pub(crate) async fn head(&self, scope: &Scope) -> Result<Head> {
        let Shared { heads, readers, .. } = &*self.shared;
        heads.get(scope.account(), || readers.with(|db| read::log::head(db, scope)))
    }

    pub(crate) async fn changes(&self, scope: &Scope, since: Seq, limit: u32) -> Result<ChangePage> {
        self.shared.readers.snapshot(|db| read::log::changes(db, scope, since, limit))
    }

    pub(crate) async fn seq_as_seen(&self, scope: &Scope, up_to: Seq) -> Result<Seq> {
        self.shared.readers.with(|db| read::client_log::seq_as_seen(db, scope, up_to))
    }

    pub(crate) async fn seq_of_account(&self, scope: &Scope, seen: Seq) -> Result<Seq> {
        self.shared.readers.with(|db| read::client_log::seq_of_account(db, scope, seen))
    }

    pub(crate) async fn renames(&self, scope: &Scope, since: Seq, limit: u32) -> Result<Vec<Change>> {
        self.shared.readers.with(|db| read::client_log::renames(db, scope.account(), since, limit))
    }

    /// Waits until a commit or a sync has failed: nothing is written any more then.
    pub(crate) async fn until_stopped(&self) {
        self.shared.health.until_stopped().await;
    }

    pub(crate) async fn catalog(&self, scope: &Scope) -> Result<Catalog> {
        self.shared.readers.snapshot(|db| read::catalog::catalog(db, scope))
    }

    // --- For the index ---

    pub(crate) async fn all_entries(&self, scope: &Scope) -> Result<(Seq, Vec<Entry>)> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::conversations::all_entries(db, &scope))
        })
        .await
    }

    pub(crate) async fn entries(&self, scope: &Scope, ids: &[ConversationId]) -> Result<Vec<Entry>> {
        self.shared.readers.snapshot(|db| read::conversations::entries(db, scope, ids))
    }

    // --- Conversations ---

    pub(crate) async fn conversation(&self, scope: &Scope, id: ConversationId) -> Result<Conversation> {
        self.shared.readers.with(|db| read::conversation::conversation(db, scope, id))
    }

    pub(crate) async fn conversation_of(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        lead: LeadId,
    ) -> Result<Conversation> {
        self.shared.readers.with(|db| read::conversations::conversation_of(db, scope, campaign, lead))
    }

    pub(crate) async fn verdicts(
        &self,
        scope: &Scope,
        mails: &[(Option<MailboxId>, &Mail)],
    ) -> Result<Vec<Verdict>> {
        self.shared.readers.snapshot(|db| apply::reread::verdicts(db, &self.shared.sealer, *scope, mails))
    }

    pub(crate) async fn held(&self, scope: &Scope, contents: &[[u8; 32]]) -> Result<Vec<bool>> {
        self.shared.readers.snapshot(|db| read::messages::held(db, scope, contents))
    }

    pub(crate) async fn quarantine(
        &self,
        scope: &Scope,
        offset: u64,
        limit: u32,
    ) -> Result<(Vec<QuarantineItem>, u64)> {
        self.shared.readers.snapshot(|db| read::messages::quarantine(db, scope, offset, limit))
    }

    pub(crate) async fn own_addresses(&self, scope: &Scope, mailbox: MailboxId) -> Result<OwnAddresses> {
        self.shared.readers.snapshot(|db| read::mailboxes::own_addresses(db, scope, mailbox))
    }

    // --- Search, secrets, health ---

    pub(crate) async fn search(&self, scope: &Scope, asked: &Asked) -> Result<Found> {
        let (scope, text) = (*scope, asked.text.clone());
        self.run_blocking(move |shared| shared.search()?.find(&scope, &text)).await
    }

    pub(crate) async fn search_behind(&self) -> Result<u64> {
        self.run_blocking(|shared| shared.search()?.behind()).await
    }

    pub(crate) async fn search_catch_up(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<()> {
        loop {
            match self.run_blocking(|shared| shared.search()?.advance()).await? {
                0 => return Ok(()),
                behind => progress(behind),
            }
        }
    }

    pub(crate) async fn mailbox_secrets(&self, scope: &Scope, id: MailboxId) -> Result<MailboxSecrets> {
        self.shared.readers.snapshot(|db| secret::read(db, &self.shared.sealer, scope, id))
    }

    pub(crate) fn derived_key(&self, purpose: &str) -> Result<[u8; 32]> {
        self.shared.sealer.derive(purpose)
    }

    pub(crate) async fn check(&self, scope: &Scope) -> Result<Vec<Fault>> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| check::check(db, &shared.blobs, &shared.sealer, &scope))
        })
        .await
    }

    pub(crate) async fn check_files(&self) -> Result<Vec<Fault>> {
        self.run_blocking(|shared| {
            let changed = check_files::changed_pages(&shared.dir)?;
            let recorded = record::read(&shared.dir);
            shared.readers.snapshot(|db| Ok(check_files::check(db, &changed, recorded)))
        })
        .await
    }

    /// The pages that changed in a database that cannot be opened.
    pub(crate) fn check_pages(dir: &Path) -> Result<Vec<Fault>> {
        Ok(check_files::pages(&check_files::changed_pages(dir)?, &HashMap::new()))
    }

    pub(crate) fn is_served(&self) -> bool {
        lock::is_taken(&self.shared.dir)
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.shared.health.has_stopped()
    }

    pub(crate) fn is_writable(&self) -> bool {
        let health = &self.shared.health;
        let open = self.threads().queue.is_some();
        open && !health.has_stopped() && !health.full.load(Ordering::Acquire)
    }

    /// Runs a long operation on a blocking thread, so that the runtime's own threads stay free.
    async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || work(&shared))
            .await
            .map_err(|e| StoreError::Engine(e.to_string()))?
    }

    fn threads(&self) -> std::sync::MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn search(&self) -> Result<&Search> {
        let none = || StoreError::Engine("there is no search in a directory that is only read".to_owned());
        self.search.as_deref().ok_or_else(none)
    }
}

/// An answer of another kind than was asked for: cannot be, and is not worth a panic.
fn crossed() -> StoreError {
    StoreError::Engine("the writer answered another question".to_owned())
}
