//! Full-text search: which conversations have a term in a message or in their lead's address, name, company.
//!
//! Owns `search.db` beside the store's own file: a dictionary of tokens with their positions, in
//! segments, derived from the store by following its change log; it may be deleted at any time and is built
//! again. It is in no backup and never in the path of a commit: what it has not yet is looked through by
//! reading, up to [`MAX_SCANNED`] documents, and beyond that the answer says how many were not.
//! Answers are exact, for a term of any characters: the index knows each text to the character.
//! Follows the log on a thread of its own in the server (`thread.rs`); a command calls
//! [`Search::advance`].
//! Never writes the store, never logs a term or a text.

mod erase;
mod file;
mod find;
mod follow;
mod in_parallel;
mod lead;
mod matching;
mod merge;
mod page;
mod posting;
mod readers;
mod segment;
mod source;
mod sqlite;
#[cfg(test)]
mod tests;
pub(crate) mod thread;
mod token;

use std::path::Path;
use std::sync::Mutex;

use crewbox_core::change::Change;
use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{AccountId, ClientId, Seq};
use rusqlite::Connection;

use self::in_parallel::Threads;
use self::readers::{Readers, closed_error, lock};
use crate::contract::{Found, Scope, StoreError};

pub use file::FILE;
pub use find::{MAX_SCANNED, MIN_TEXT_CHARS};
pub use readers::MakeSource;
pub use source::{LeadText, Logged, Source, Text};
pub use sqlite::SqliteSource;

/// Search over one data directory.
pub struct Search {
    readers: Readers,
    threads: Threads,
    indexer: Mutex<Indexer>,
}

/// What indexing needs, by one thread at a time.
struct Indexer {
    /// None after its lock was not released, until the file is open again.
    db: Option<Connection>,
    source: Box<dyn Source>,
    /// The last step could not write, or not empty the log: a lock may be why.
    failed: bool,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").field("dir", &self.readers.dir).finish_non_exhaustive()
    }
}

impl Search {
    /// Opens `search.db` in `dir`, made or built again if it must be. Starts nothing.
    ///
    /// # Errors
    /// I/O, and what `make` answers.
    pub fn open(dir: &Path, make: MakeSource) -> Result<Self, StoreError> {
        let indexer = Indexer { db: Some(file::open(dir)?), source: make()?, failed: false };
        Ok(Self {
            readers: Readers::new(dir.to_owned(), make),
            threads: Threads::of_this_machine(),
            indexer: Mutex::new(indexer),
        })
    }

    /// Finds a term. Blocks for as long as it takes.
    ///
    /// # Errors
    /// Engine errors.
    pub fn find(&self, scope: &Scope, text: &str) -> Result<Found, StoreError> {
        let mut reader = self.readers.reader()?;
        let mut found = find::find(&self.readers, &self.threads, &mut reader, scope.account(), text)?;
        if let Some(client) = scope.client() {
            keep_seen(reader.source.as_ref(), scope.account(), client, &mut found.conversations)?;
            // It counts every client's messages: a client learns only whether its answer may lack some.
            found.behind = found.behind.min(1);
        }
        self.readers.keep(reader);
        Ok(found)
    }

    /// Messages and leads the index has still to take in, over all accounts.
    ///
    /// # Errors
    /// Engine errors.
    pub fn behind(&self) -> Result<u64, StoreError> {
        let reader = self.readers.reader()?;
        let behind = behind(&reader.db, reader.source.as_ref())?;
        self.readers.keep(reader);
        Ok(behind)
    }

    /// Takes in the next of what is behind, at most a second's work in one transaction for each account, and
    /// answers what is then still behind.
    ///
    /// # Errors
    /// Engine errors.
    pub fn advance(&self) -> Result<u64, StoreError> {
        let mut indexer = lock(&self.indexer);
        self.with_file(&mut indexer, |db, source| {
            for account in source.accounts()? {
                follow::step(db, source, account, &[])?;
            }
            let behind = behind(db, source)?;
            let settled = behind > 0 || file::settle(db)?;
            Ok((behind, settled))
        })
    }

    /// Takes in what one transaction can hold of what the index does not have of an account, and answers the
    /// change up to which it then has everything. `read` is what was read of the log already.
    fn take_in(&self, account: AccountId, read: &[Change]) -> Result<Seq, StoreError> {
        let mut indexer = lock(&self.indexer);
        self.with_file(&mut indexer, |db, source| {
            follow::step(db, source, account, read)?;
            Ok((file::state(db, account).map_err(file::engine)?.cursor, true))
        })
    }

    /// Takes in what the index does not have of an account up to a change, in at most so many transactions; whether it has
    /// all of it then.
    pub(crate) fn follow_to(&self, account: AccountId, to: Seq, steps: u32) -> Result<bool, StoreError> {
        for _ in 0..steps {
            if self.take_in(account, &[])? >= to {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Builds the file again if it was damaged or deleted, and empties a large write-ahead log.
    fn check_file(&self) -> Result<(), StoreError> {
        let mut indexer = lock(&self.indexer);
        self.with_file(&mut indexer, |db, _| Ok(((), file::settle(db)?)))
    }

    /// Looks after the file, then does this with it. `work` answers what came of it, and whether the log is as small as it
    /// should be.
    fn with_file<T>(
        &self,
        indexer: &mut Indexer,
        work: impl FnOnce(&mut Connection, &dyn Source) -> Result<(T, bool), StoreError>,
    ) -> Result<T, StoreError> {
        self.release_locks(indexer);
        let Indexer { db, source, failed } = indexer;
        let db = match db {
            Some(db) => db,
            // Somebody still reads with a connection of before.
            None if file::is_locked(&self.readers.dir) => return Err(closed_error()),
            None => {
                let opened = file::open(&self.readers.dir)?;
                self.readers.open();
                db.insert(opened)
            }
        };
        self.look_after(db)?;
        let done = work(db, source.as_ref());
        *failed = !matches!(done, Ok((_, true)));
        done.map(|(done, _)| done)
    }

    /// Closes all connections to the file if the system did not release a lock on it: with the last one it is gone. None is
    /// opened before those in use have ended.
    fn release_locks(&self, indexer: &mut Indexer) {
        if std::mem::take(&mut indexer.failed) && file::is_locked(&self.readers.dir) {
            tracing::warn!("the system did not release a lock of search.db; it is closed and opened again");
            indexer.db = None;
            self.readers.close();
        }
    }

    /// Which file it is: each one that is built again has a higher number.
    fn file_number(&self) -> u64 {
        self.readers.file_number()
    }

    /// Builds the file again if it was damaged, or deleted under us.
    fn look_after(&self, db: &mut Connection) -> Result<(), StoreError> {
        let damaged = db.query_row("SELECT count(*) FROM segment", [], |_| Ok(()));
        let damaged = damaged.is_err_and(|e| file::is_damage(&e));
        let dir = &self.readers.dir;
        if damaged || !dir.join(FILE).exists() {
            file::remove(dir)?;
            *db = file::open(dir)?;
            self.readers.file_was_built_again();
        }
        Ok(())
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

/// So many conversations are asked for their client one by one; for more, all of the client's are read.
const FEW: usize = 1_000;

/// Keeps only conversations of a client.
fn keep_seen(
    source: &dyn Source,
    account: AccountId,
    client: ClientId,
    conversations: &mut ConversationSet,
) -> Result<(), StoreError> {
    if conversations.len() > FEW {
        conversations.keep(&source.of_client(account, client)?);
        return Ok(());
    }
    let mut seen = ConversationSet::default();
    for conversation in conversations.iter() {
        if source.client(account, conversation)? == Some(client) {
            seen.insert(conversation);
        }
    }
    *conversations = seen;
    Ok(())
}
