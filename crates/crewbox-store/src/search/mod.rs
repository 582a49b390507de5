//! Full-text search: which conversations have a term in a message or in their lead's address, name, company.
//!
//! Owns `search.db` beside the store's own file: a dictionary of tokens with the places where they stand, in
//! segments, derived from the store by following its change log; it may be deleted at any time and is built
//! anew. It is in no backup and never in the path of a commit: what it has not yet is looked through by
//! reading, up to [`MAX_SCANNED`] documents, and beyond that the answer says how many were not.
//! Answers are exact, for a term of any characters: the index knows each text to the character.
//! Follows in a thread of its own in the server ([`Search::follow`]); a command calls [`Search::advance`].
//! Never writes the store, never logs a term or a text.

mod file;
mod find;
mod follow;
mod lead;
mod matching;
mod merge;
mod posting;
mod segment;
mod source;
mod sqlite;
#[cfg(test)]
mod tests;
mod token;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crewbox_core::id::ConversationId;
use rusqlite::Connection;

use crate::contract::{Found, Scope, StoreError};

pub use file::FILE;
pub use find::{MAX_SCANNED, MIN_TEXT_CHARS};
pub use source::{LeadText, Logged, Source, Text};
pub use sqlite::SqliteSource;

/// How often the follower looks at the log unasked: other processes' writes wake nobody here.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Readers kept for the next search.
const KEPT_READERS: usize = 8;

/// Makes a reader of the store.
pub type MakeSource = Box<dyn Fn() -> Result<Box<dyn Source>, StoreError> + Send + Sync>;

/// Search over one data directory.
pub struct Search {
    dir: PathBuf,
    make: MakeSource,
    /// Counts the files: one that was damaged or deleted is built anew.
    file: AtomicU64,
    readers: Mutex<Vec<Reader>>,
    follower: Mutex<Follower>,
}

struct Reader {
    db: Connection,
    source: Box<dyn Source>,
    /// Of which file.
    file: u64,
}

struct Follower {
    db: Connection,
    source: Box<dyn Source>,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Search {
    /// Opens `search.db` in `dir`, made or built anew if it must be. Starts nothing.
    ///
    /// # Errors
    /// I/O, and what `make` answers.
    pub fn open(dir: &Path, make: MakeSource) -> Result<Self, StoreError> {
        let follower = Follower { db: file::open(dir)?, source: make()? };
        let dir = dir.to_owned();
        Ok(Self {
            dir,
            make,
            file: AtomicU64::new(0),
            readers: Mutex::default(),
            follower: Mutex::new(follower),
        })
    }

    /// Finds a term. Blocks for as long as it takes.
    ///
    /// # Errors
    /// Engine errors.
    pub fn find(&self, scope: &Scope, text: &str) -> Result<Found, StoreError> {
        let mut reader = self.reader()?;
        let Reader { db, source, .. } = &mut reader;
        let mut found = find::find(db, source.as_ref(), scope.account(), text)?;
        if scope.client().is_some() {
            keep_seen(source.as_ref(), scope, &mut found.conversations)?;
        }
        self.keep(reader);
        Ok(found)
    }

    /// Messages and leads the index has still to take in, over all accounts.
    ///
    /// # Errors
    /// Engine errors.
    pub fn behind(&self) -> Result<u64, StoreError> {
        let reader = self.reader()?;
        let behind = behind(&reader.db, reader.source.as_ref())?;
        self.keep(reader);
        Ok(behind)
    }

    /// Takes in the next of what is behind, at most a second's work in one transaction for each account, and
    /// answers what is then still behind.
    ///
    /// # Errors
    /// Engine errors.
    pub fn advance(&self) -> Result<u64, StoreError> {
        let mut follower = lock(&self.follower);
        self.look_after(&mut follower)?;
        let Follower { db, source } = &mut *follower;
        for account in source.accounts()? {
            follow::step(db, source.as_ref(), account)?;
        }
        let behind = behind(db, source.as_ref())?;
        if behind == 0 {
            file::settle(db)?;
        }
        Ok(behind)
    }

    /// Starts the thread that follows the log until it is told to stop.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn follow(self: &Arc<Self>) -> Result<Following, StoreError> {
        let search = Arc::clone(self);
        let (wake, woken) = sync_channel::<Wake>(1);
        let run = move || {
            loop {
                match search.advance() {
                    Ok(0) => {}
                    Ok(_) if matches!(woken.try_recv(), Ok(Wake::Stop)) => return,
                    Ok(_) => continue,
                    Err(error) => tracing::warn!(%error, "search could not follow the log; it tries again"),
                }
                match woken.recv_timeout(LOOK_EVERY) {
                    Ok(Wake::Look) | Err(RecvTimeoutError::Timeout) => {}
                    Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        let thread = std::thread::Builder::new().name("search".to_owned()).spawn(run);
        let thread = thread
            .map_err(|source| StoreError::Io { doing: "starting the search thread".to_owned(), source })?;
        Ok(Following { wake, thread })
    }

    /// Builds the file anew if it was damaged, or deleted under us.
    fn look_after(&self, follower: &mut Follower) -> Result<(), StoreError> {
        let damaged = follower.db.query_row("SELECT count(*) FROM segment", [], |_| Ok(()));
        let damaged = damaged.is_err_and(|e| file::is_damage(&e));
        if damaged || !self.dir.join(FILE).exists() {
            file::remove(&self.dir)?;
            follower.db = file::open(&self.dir)?;
            self.file.fetch_add(1, Ordering::AcqRel);
            lock(&self.readers).clear();
        }
        Ok(())
    }

    fn reader(&self) -> Result<Reader, StoreError> {
        if let Some(reader) = lock(&self.readers).pop() {
            return Ok(reader);
        }
        let file = self.file.load(Ordering::Acquire);
        Ok(Reader { db: file::open(&self.dir)?, source: (self.make)()?, file })
    }

    fn keep(&self, reader: Reader) {
        let mut kept = lock(&self.readers);
        if kept.len() < KEPT_READERS && reader.file == self.file.load(Ordering::Acquire) {
            kept.push(reader);
        }
    }
}

fn behind(db: &Connection, source: &dyn Source) -> Result<u64, StoreError> {
    let mut behind = 0;
    for account in source.accounts()? {
        let cursor = file::state(db, account).map_err(file::engine)?.cursor;
        behind += find::behind(source, account, cursor)?;
    }
    Ok(behind)
}

/// Keeps only conversations of the scope's client.
fn keep_seen(
    source: &dyn Source,
    scope: &Scope,
    conversations: &mut Vec<ConversationId>,
) -> Result<(), StoreError> {
    let mut seen = Vec::with_capacity(conversations.len());
    for conversation in conversations.drain(..) {
        if scope.sees(source.client(scope.account(), conversation)?) {
            seen.push(conversation);
        }
    }
    *conversations = seen;
    Ok(())
}

enum Wake {
    Look,
    Stop,
}

/// The search thread.
#[derive(Debug)]
pub struct Following {
    wake: SyncSender<Wake>,
    thread: JoinHandle<()>,
}

impl Following {
    /// Something was committed: look at once. Costs nothing when it looks already.
    pub fn look(&self) {
        let _ = self.wake.try_send(Wake::Look);
    }

    /// Ends the thread after the step it is at, and waits for it.
    pub fn stop(self) {
        let _ = self.wake.send(Wake::Stop);
        let _ = self.thread.join();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
