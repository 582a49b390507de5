//! The engine's threads: how a directory is opened and closed, what runs meanwhile, and in which order it ends.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::blob::Blobs;
use super::checkpoint::{self, Gate};
use super::connect::{self, Readers};
use super::heads::Heads;
use super::health::Health;
use super::ids::Ids;
use super::record::Record;
use super::writer::{QUEUE, Writer};
use super::{Engine, Result, Shared, Threads, open};
use crate::contract::StoreError;
use crate::follow::LogHeads;
use crate::open::{Open, Role};
use crate::search::{Search, SqliteSource};

impl Engine {
    pub(crate) fn open(dir: &Path, open: &Open) -> Result<Self> {
        match open.role {
            Role::Reader if !open::is_writable(dir) => Self::read_only(dir, open),
            Role::Server | Role::Command | Role::Reader => Self::open_to_write(dir, open),
        }
    }

    /// Without threads: what there is is read, and no more.
    fn read_only(dir: &Path, open: &Open) -> Result<Self> {
        let sealer = open::read_only(dir, open)?;
        let health = Arc::<Health>::default();
        let shared = Arc::new(Shared {
            readers: Readers::read_only(dir),
            heads: Heads::new(dir),
            log_heads: Arc::default(),
            blobs: Blobs::new(dir, health.clone()),
            sealer: Arc::new(sealer),
            search: None,
            health,
            dir: dir.to_owned(),
        });
        Ok(Self { shared, threads: Mutex::new(Threads::none()) })
    }

    fn open_to_write(dir: &Path, open: &Open) -> Result<Self> {
        let opened = open::open(dir, open)?;
        let dir = dir.to_owned();
        let database = dir.join(connect::DATABASE);
        let search =
            Arc::new(Search::open(&dir, Box::new(move || Ok(Box::new(SqliteSource::open(&database)?))))?);
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (health, gate) = (Arc::<Health>::default(), Arc::<Gate>::default());
        let log_heads = Arc::<LogHeads>::default();
        let writer = Writer {
            dir: dir.clone(),
            role: open.role,
            db: opened.db,
            sealer: opened.sealer.clone(),
            health: health.clone(),
            gate: gate.clone(),
            heads: log_heads.clone(),
            record: Record::open(&dir)?,
            ids: Ids::default(),
        };
        let mut threads = Threads {
            queue: Some(queue),
            writer: Some(spawn("writer", move || writer.run(jobs))?),
            gate: gate.clone(),
            checkpointer: None,
            watcher: None,
            following: None,
            lock: opened.lock,
        };
        let (at, role, told) = (dir.clone(), open.role, health.clone());
        threads.checkpointer = Some(spawn("checkpoint", move || checkpoint::run(&at, role, &gate, &told))?);
        let shared = Arc::new(Shared {
            readers: Readers::new(&dir),
            heads: Heads::new(&dir),
            log_heads,
            blobs: Blobs::new(&dir, health.clone()),
            sealer: opened.sealer,
            search: Some(search.clone()),
            health,
            dir,
        });
        if open.role == Role::Server {
            threads.following = Some(search.follow(shared.clone())?);
        }
        let engine = Self { shared, threads: Mutex::new(threads) };
        if open.role == Role::Server {
            engine.watch()?;
        }
        Ok(engine)
    }

    pub(crate) async fn close(&self) {
        let mut threads = std::mem::replace(&mut *self.threads(), Threads::none());
        let shared = self.shared.clone();
        // Joining threads blocks; a panic of one is not made worse by hiding it here.
        let _ = tokio::task::spawn_blocking(move || {
            // What nobody can write any more, or not even read, is recovered from the log at the next start.
            let writes = threads.writer.is_some() && !shared.health.has_stopped();
            threads.end();
            shared.readers.close_idle();
            if writes {
                checkpoint::last(&shared.dir);
            }
        })
        .await;
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.threads().end();
    }
}

impl Threads {
    fn none() -> Self {
        Self {
            queue: None,
            writer: None,
            gate: Arc::default(),
            checkpointer: None,
            watcher: None,
            following: None,
            lock: None,
        }
    }

    /// Ends each, what is queued first, and gives the directory back last.
    fn end(&mut self) {
        self.queue = None;
        // A thread that panicked has reported it; the others are ended all the same.
        let _ = self.writer.take().map(JoinHandle::join);
        self.gate.end();
        let _ = self.checkpointer.take().map(JoinHandle::join);
        if let Some(watcher) = self.watcher.take() {
            watcher.stop();
        }
        if let Some(following) = self.following.take() {
            following.stop();
        }
        self.lock = None;
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    spawned.map_err(|source| StoreError::Io { doing: format!("starting the {name} thread"), source })
}
