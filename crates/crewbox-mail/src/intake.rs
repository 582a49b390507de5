//! The way in: raw mails are read on the pool and committed as batches, in the order they came. One path for a
//! mail fetched from a server, posted over HTTP or imported.
//!
//! Owns no rule: reading and threading are this crate's pure functions, and what is stored is the store's.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use crewbox_core::change::Cause;
use crewbox_core::conversation::{Arrival, is_open_history};
use crewbox_core::id::{MailboxId, QuarantineId};
use crewbox_core::message::{Direction, Mail};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailBytes, NewQuarantined};
use crewbox_store::{Batch, Ingest, Ingested, Location, Op, Outcome, Scope, Store, StoreError, SyncStep};
use tokio::sync::{Mutex, OwnedRwLockWriteGuard, RwLock};

use crate::{DirectionHint, Job, Pool, ReadContext, Unreadable, place, reader, sender};

/// A raw mail and how it came.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Its bytes, as they came.
    pub raw: MailBytes,
    /// The mailbox it came through.
    pub mailbox: MailboxId,
    /// That mailbox's addresses ([`Store::own_addresses`]): what was sent from one of them is outbound.
    pub own: Arc<OwnAddresses>,
    /// Where it was seen, when from a server.
    pub location: Option<Location>,
    /// History: raises nothing; its read state is the mailbox's own.
    pub backfill: bool,
    /// Whether it was read at its mailbox (`\\Seen`, Maildir `S`, mbox `Status: R`); none where its source keeps no read
    /// state. Of history only.
    pub seen: Option<bool>,
    /// When its mailbox was connected; of history only, else the time it is taken in.
    pub connected_at: Option<Timestamp>,
    /// When it came in, if somebody knows.
    pub received_at: Option<Timestamp>,
    /// When it came as its file tells (the separator of an mbox), for a mail that tells no time itself.
    pub fallback_at: Option<Timestamp>,
    /// Which way its folder or label says that it went; none where there is none, then its header decides.
    pub direction: Option<Direction>,
}

/// A mail that has been read, or could not be, and is not stored yet.
#[derive(Debug)]
pub struct ReadMail {
    incoming: Incoming,
    read: Result<Mail, Unreadable>,
    /// The address of its owner that a sent mail shows.
    alias: Option<String>,
    /// This reader died of it.
    killed: bool,
}

/// What it takes to read a mail again, or to leave it unread again.
struct Kept {
    incoming: Incoming,
    unread: Option<Unreadable>,
    killed: bool,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is stored, or was held already.
    Stored(Ingested),
    /// It is kept raw, and why.
    Quarantined(QuarantineId, String),
}

/// The way in to one store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Intake {
    store: Store,
    pool: Arc<Pool>,
    /// Shared by all reading, but held alone for a mail that may end the process: the deaths counted against it
    /// are then its own.
    at_work: Arc<RwLock<()>>,
    /// Held while a large mail is taken in.
    one_large: Arc<Mutex<()>>,
}

/// Mails of more bytes are taken in one at a time: reading and storing one takes 50 MB, and twice its bytes where all of them
/// are needed.
const LARGE_MAIL: usize = 8 * 1024 * 1024;

/// Nothing else is being read in this process, for as long as this is held.
#[derive(Debug)]
pub struct Alone(OwnedRwLockWriteGuard<()>);

impl Intake {
    /// A way in with one reader a processor.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(store: Store) -> io::Result<Self> {
        let readers = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            store,
            pool: Arc::new(Pool::new(readers)?),
            at_work: Arc::default(),
            one_large: Arc::default(),
        })
    }

    /// The store behind it.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes mails in: when this returns, they are durable. Outcomes are in the order of the mails.
    ///
    /// # Errors
    /// The store's; nothing of the last batch was written then. A mail the engine will not store in a batch is
    /// tried alone, and kept raw if that fails too, so that it never stops the others.
    pub async fn take(
        &self,
        scope: &Scope,
        now: Timestamp,
        mails: Vec<Incoming>,
    ) -> Result<Vec<Taken>, StoreError> {
        let is_large = mails.iter().any(|mail| mail.raw.len() > LARGE_MAIL);
        let _turn = if is_large { Some(self.one_large.lock().await) } else { None };
        self.commit(scope, now, self.read(now, mails).await?).await
    }

    /// Reads mails and stores nothing: the first half of [`Intake::take`], for pipelines.
    ///
    /// # Errors
    /// When the process is ending.
    pub async fn read(&self, now: Timestamp, mails: Vec<Incoming>) -> Result<Vec<ReadMail>, StoreError> {
        let _shared = self.at_work.read().await;
        self.read_now(now, mails).await
    }

    /// Waits until nothing is being read, and keeps everybody else from reading.
    pub async fn alone(&self) -> Alone {
        Alone(Arc::clone(&self.at_work).write_owned().await)
    }

    /// As [`Intake::read`], while nothing else is being read.
    ///
    /// # Errors
    /// As [`Intake::read`].
    pub async fn read_alone(
        &self,
        now: Timestamp,
        mails: Vec<Incoming>,
        alone: Alone,
    ) -> Result<Vec<ReadMail>, StoreError> {
        let read = self.read_now(now, mails).await;
        drop(alone.0);
        read
    }

    async fn read_now(&self, now: Timestamp, mails: Vec<Incoming>) -> Result<Vec<ReadMail>, StoreError> {
        let pool = Arc::clone(&self.pool);
        tokio::task::spawn_blocking(move || read_all(&pool, now, mails))
            .await
            .map_err(|error| StoreError::Engine(format!("mail could not be read: {error}")))?
    }

    /// Reads one mail on the pool and stores nothing.
    ///
    /// # Errors
    /// When the process is ending; within, why the mail cannot be read.
    pub async fn read_one(
        &self,
        context: ReadContext,
        raw: Bytes,
    ) -> Result<Result<Mail, Unreadable>, StoreError> {
        self.read_job(Job { raw: raw.into(), context, whole_text: false }).await
    }

    /// All of the text of a mail, also what is not stored of a long one.
    ///
    /// # Errors
    /// As [`Intake::read_one`].
    pub async fn read_whole_text(&self, raw: Bytes) -> Result<Result<String, Unreadable>, StoreError> {
        let read = self.read_job(Job { whole_text: true, ..Job::of(raw.into()) }).await?;
        Ok(read.map(|mail| mail.text))
    }

    async fn read_job(&self, job: Job) -> Result<Result<Mail, Unreadable>, StoreError> {
        let _shared = self.at_work.read().await;
        let pool = Arc::clone(&self.pool);
        let read = tokio::task::spawn_blocking(move || pool.read_all(vec![job]).pop()).await;
        let read = read.map_err(|error| StoreError::Engine(format!("mail could not be read: {error}")))?;
        read.ok_or_else(|| StoreError::Engine("a mail is missing from the results of reading".to_owned()))
    }

    /// Commits what was read, as one batch: the second half of [`Intake::take`].
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub async fn commit(
        &self,
        scope: &Scope,
        at: Timestamp,
        mails: Vec<ReadMail>,
    ) -> Result<Vec<Taken>, StoreError> {
        if mails.is_empty() {
            return Ok(Vec::new());
        }
        self.commit_around(scope, at, mails, &Around::default()).await
    }

    /// Commits what was read together with other operations: those before the mails go with every batch the
    /// mails are split into, those after them with the last.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub async fn commit_around(
        &self,
        scope: &Scope,
        at: Timestamp,
        mails: Vec<ReadMail>,
        around: &Around,
    ) -> Result<Vec<Taken>, StoreError> {
        // The bytes are shared, so keeping the mails, in case the batch has to be split, costs nothing.
        let kept: Vec<Kept> = mails.iter().map(ReadMail::kept).collect();
        match self.commit_batch(scope, at, mails, around, true).await {
            Err(StoreError::Engine(why)) if !kept.is_empty() => {
                tracing::warn!(
                    mails = kept.len(),
                    why,
                    "the store refused a batch of mail; trying each mail alone"
                );
                self.commit_alone(scope, at, kept, around).await
            }
            other => other,
        }
    }

    async fn commit_batch(
        &self,
        scope: &Scope,
        at: Timestamp,
        mails: Vec<ReadMail>,
        around: &Around,
        last: bool,
    ) -> Result<Vec<Taken>, StoreError> {
        let reasons: Vec<Option<String>> =
            mails.iter().map(|mail| mail.read.as_ref().err().map(|error| error.reason.clone())).collect();
        let before = around.before();
        let skipped = before.len();
        let learned = aliases(&mails);
        let mut ops = before;
        ops.extend(mails.into_iter().map(|mail| op(mail, at)));
        ops.extend(learned);
        if last {
            ops.extend(around.after());
        }
        let mut batch = Batch::new(*scope, at, ops);
        batch.cause = around.cause.unwrap_or(batch.cause);
        let committed = self.store.commit(batch).await?;
        committed.outcomes.into_iter().skip(skipped).zip(reasons).map(taken).collect()
    }

    async fn commit_alone(
        &self,
        scope: &Scope,
        at: Timestamp,
        mails: Vec<Kept>,
        around: &Around,
    ) -> Result<Vec<Taken>, StoreError> {
        let mut all = Vec::with_capacity(mails.len());
        let count = mails.len();
        for (number, Kept { incoming: mail, unread, killed }) in mails.into_iter().enumerate() {
            let last = number + 1 == count;
            // What was not to be read is not read here either; what was read once killed nothing.
            let read = match unread {
                Some(error) => {
                    vec![ReadMail { incoming: mail.clone(), read: Err(error), alias: None, killed }]
                }
                None => self.read_now(at, vec![mail.clone()]).await?,
            };
            let taken = match self.commit_batch(scope, at, read, around, last).await {
                Err(StoreError::Engine(_)) => {
                    let refused =
                        ReadMail::unread(mail, "The store refused this mail; its raw bytes are kept.");
                    self.commit_batch(scope, at, vec![refused], around, last).await?
                }
                other => other?,
            };
            all.extend(taken);
        }
        Ok(all)
    }
}

/// What is committed with mails, and why: a mailbox's own steps around them.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Why the mails come in; none for the scope's own cause.
    pub cause: Option<Cause>,
    /// The mailbox.
    pub mailbox: Option<MailboxId>,
    /// With every batch, before the mails.
    pub before: Vec<SyncStep>,
    /// With the last batch, after the mails.
    pub after: Vec<SyncStep>,
}

impl Around {
    fn before(&self) -> Vec<Op> {
        self.ops(&self.before)
    }

    fn after(&self) -> Vec<Op> {
        self.ops(&self.after)
    }

    fn ops(&self, steps: &[SyncStep]) -> Vec<Op> {
        let Some(mailbox) = self.mailbox else { return Vec::new() };
        steps.iter().map(|step| Op::Sync { mailbox, step: step.clone() }).collect()
    }
}

impl ReadMail {
    fn kept(&self) -> Kept {
        let unread = self.read.as_ref().err().cloned();
        Kept { incoming: self.incoming.clone(), unread, killed: self.killed }
    }

    /// A mail that is not read, to be kept raw for this reason.
    #[must_use]
    pub fn unread(incoming: Incoming, reason: &str) -> Self {
        let read = Err(Unreadable { reason: reason.to_owned(), is_temporary: false });
        Self { incoming, read, alias: None, killed: false }
    }

    /// One that ended the program while it was read, to be kept raw for this reason and not read by this reader
    /// again.
    #[must_use]
    pub fn killing(incoming: Incoming, reason: &str) -> Self {
        Self { killed: true, ..Self::unread(incoming, reason) }
    }
}

/// Reads mails. Everything that parses them is done here, away from the runtime's threads.
///
/// # Errors
/// For a mail in a file that cannot be read now.
fn read_all(pool: &Pool, now: Timestamp, mails: Vec<Incoming>) -> Result<Vec<ReadMail>, StoreError> {
    let jobs = mails
        .iter()
        .map(|mail| Job {
            raw: mail.raw.clone(),
            context: ReadContext {
                own: Arc::clone(&mail.own),
                received_at: mail.received_at,
                fallback_at: mail.fallback_at,
                now,
                direction: mail.direction.map_or(DirectionHint::None, DirectionHint::Folder),
            },
            whole_text: false,
        })
        .collect();
    let results = pool.read_all(jobs);
    let temporary = results.iter().filter_map(|read| read.as_ref().err()).find(|error| error.is_temporary);
    if let Some(error) = temporary {
        return Err(StoreError::OutOfResources(error.reason.clone()));
    }
    let read = mails.into_iter().zip(results).map(|(incoming, read)| {
        let is_sent = incoming.direction == Some(Direction::Outbound) && read.is_ok();
        let alias = match &incoming.raw {
            MailBytes::Memory(raw) if is_sent => sender::alias(raw, &incoming.own),
            // What is written to a file is posted, and nobody says which way it went.
            _ => None,
        };
        ReadMail { incoming, read, alias, killed: false }
    });
    Ok(read.collect())
}

/// What the sent mails among these show of the addresses that their owners write from, each once.
fn aliases(mails: &[ReadMail]) -> Vec<Op> {
    let mut shown: Vec<(MailboxId, String)> = Vec::new();
    for mail in mails {
        let mailbox = mail.incoming.mailbox;
        if let Some(address) = &mail.alias
            && !shown.iter().any(|known| *known == (mailbox, address.clone()))
        {
            shown.push((mailbox, address.clone()));
        }
    }
    shown.into_iter().map(|(mailbox, address)| Op::LearnAlias { mailbox, address }).collect()
}

fn op(mail: ReadMail, now: Timestamp) -> Op {
    let Incoming { raw, mailbox, location, backfill, seen, connected_at, received_at, direction, .. } =
        mail.incoming;
    match mail.read {
        Ok(mail) => {
            let open = || is_open_history(mail.at, connected_at.unwrap_or(now), seen);
            let arrival = if backfill { Arrival::History { open: open() } } else { Arrival::Live };
            Op::Ingest(Box::new(Ingest { mail, raw, mailbox, location, arrival, place }))
        }
        Err(error) => Op::Quarantine(Box::new(NewQuarantined {
            mailbox,
            location,
            raw,
            reason: error.reason,
            received_at,
            backfill,
            direction,
            reader: mail.killed.then(reader),
        })),
    }
}

fn taken((outcome, reason): (Outcome, Option<String>)) -> Result<Taken, StoreError> {
    match (outcome, reason) {
        (Outcome::Ingested(ingested), _) => Ok(Taken::Stored(ingested)),
        (Outcome::Quarantined(id), reason) => Ok(Taken::Quarantined(id, reason.unwrap_or_default())),
        (other, _) => Err(StoreError::Engine(format!("a mail was answered with {other:?}"))),
    }
}
