//! The follower that takes what is committed into the search index, on a thread of its own: indexing is work for
//! the processor, and must not hold up the runtime's threads.
//!
//! Its cursors are durable: they are in `search.db`, written with what they are of.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, Seq};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Search;
use crate::contract::StoreError;
use crate::follow::{Follower, Log, Then, run};

/// How often the file is checked while nothing is committed: one that was deleted or damaged is built again.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// The search thread.
#[derive(Debug)]
pub(crate) struct Following {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Following {
    /// Ends the thread after the step it is at, and waits for it.
    pub(crate) fn stop(self) {
        self.stop.send_replace(true);
        // A thread that panicked has reported it.
        let _ = self.thread.join();
    }
}

impl Search {
    /// Starts the thread that follows the log until it is stopped.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn follow<L: Log + 'static>(self: &Arc<Self>, log: Arc<L>) -> Result<Following, StoreError> {
        let failed = |source| StoreError::Io { doing: "starting the search thread".to_owned(), source };
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
        let (search, file) = (Arc::clone(self), self.file_number());
        let follow = move || {
            let mut follower = SearchFollower { search, file, next_check: Instant::now() };
            runtime.block_on(run(&*log, &mut follower, stopped));
        };
        let thread = std::thread::Builder::new().name("search".to_owned()).spawn(follow).map_err(failed)?;
        Ok(Following { stop, thread })
    }
}

struct SearchFollower {
    search: Arc<Search>,
    /// The file that the accounts were begun in, by number.
    file: u64,
    next_check: Instant,
}

impl Follower for SearchFollower {
    const NAME: &'static str = "search";
    type Event = ();

    /// Takes a first step, which also compares what is indexed with the store: it may have been restored.
    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        self.search.take_in(account, &[])
    }

    /// Goes on from the durable cursor, as far as one transaction goes: another process may have written since.
    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        self.search.take_in(account, changes)
    }

    async fn wait(&mut self) {
        if self.search.file_number() == self.file {
            tokio::time::sleep_until(self.next_check).await;
        }
    }

    async fn act(&mut self, (): ()) -> Then {
        if let Err(error) = self.search.check_file() {
            tracing::warn!(%error, "search.db cannot be checked yet");
        }
        self.next_check = Instant::now() + CHECK_EVERY;
        let file = self.search.file_number();
        if file == self.file {
            return Then::Continue;
        }
        self.file = file;
        Then::BeginAgain
    }
}
