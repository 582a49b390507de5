//! The one thread that writes: takes what is queued, applies each batch in a savepoint of its own, commits all
//! with one sync, then answers.
//!
//! Owns the numbers of changes, which it takes last, so that the order of commits is the order of numbers.
//! After a failed commit or sync, or with a lock that the system did not release, it never writes again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crewbox_core::change::Cause;
use crewbox_core::id::{AccountId, Seq, SeqRange};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::{mpsc, oneshot};

use super::apply::{Apply, Draft, Origin};
use super::checkpoint::Gate;
use super::connect;
use super::failure::{Failure, Result, Severity, no_account};
use super::health::Health;
use super::ids::Ids;
use super::number;
use super::prepare::{ReadyBatch, Step};
use super::record::Record;
use super::sweep::{self, Leftover};
use crate::contract::{Committed, NewAccount, Outcome, Scope, SignIn, StoreError};
use crate::follow::LogHeads;
use crate::open::Role;
use crate::seal::Sealer;
use crate::stuck_lock::{self, Lock};

/// Batches waiting for the writer before callers wait: a few groups' worth.
pub(super) const QUEUE: usize = 1_024;
/// Most batches in a group: bounds what one failure takes with it.
const GROUP_BATCHES: usize = 1_024;
/// A group takes no further batch after this: what waits behind it, in this process or another, waits no longer.
const GROUP_TIME: Duration = Duration::from_millis(15);
/// Between two full groups a command pauses this long, so that the server, which tries every millisecond, gets in.
const COMMAND_PAUSE: Duration = Duration::from_millis(2);

/// Something to write.
#[derive(Debug)]
pub(super) enum Work {
    /// A batch.
    Batch(ReadyBatch),
    /// A new account.
    Account(NewAccount, Timestamp),
    /// Files to remove unless a row names them by now.
    Sweep(Vec<Leftover>),
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Written {
    /// Of a batch.
    Batch(Committed),
    /// Of an account.
    Account(SignIn),
    /// How many files were removed.
    Swept(u64),
}

/// Work with the place to answer.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<std::result::Result<Written, StoreError>>,
}

/// The thread's state.
pub(super) struct Writer {
    pub(super) dir: PathBuf,
    pub(super) role: Role,
    pub(super) db: Connection,
    pub(super) sealer: Arc<Sealer>,
    pub(super) health: Arc<Health>,
    pub(super) gate: Arc<Gate>,
    pub(super) heads: Arc<LogHeads>,
    pub(super) record: Record,
    pub(super) ids: Ids,
}

/// A group in the making.
#[derive(Default)]
struct Group {
    /// Jobs applied, to be answered after the commit.
    done: Vec<(Job, Applied)>,
    /// Jobs that failed alone; what they are told if the group as a whole is not lost.
    failed: Vec<(Job, StoreError)>,
    logs: HashMap<AccountId, Log>,
    /// Keys of batches in it that must happen once.
    once: HashSet<(AccountId, String)>,
    /// Some batch brings a mail in or lets one out: what crash tests want to die at.
    carries_mail: bool,
}

/// What a group adds to one account's log.
#[derive(Default)]
struct Log {
    changes: Vec<(Origin, Draft)>,
    renames: u64,
}

/// What a job did, before its number is known.
enum Applied {
    Batch {
        account: AccountId,
        /// How many changes the group has in this account's log with it.
        changes: usize,
        /// How many of them are its own.
        count: usize,
        outcomes: Vec<Outcome>,
        once: Option<(String, Timestamp)>,
    },
    /// A batch that had happened before.
    Before(Committed),
    Account(SignIn),
    Swept(u64),
}

impl Writer {
    /// The thread's life: until every sender is gone and all they sent is answered.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut waiting: VecDeque<Job> = VecDeque::new();
        while let Some(job) = waiting.pop_front().or_else(|| queue.blocking_recv()) {
            waiting.push_front(job);
            if self.health.has_stopped() {
                waiting.drain(..).for_each(|job| tell(job, Err(StoreError::Stopped)));
                continue;
            }
            self.gate.pass();
            let began = Instant::now();
            #[cfg(test)]
            let before = super::hold::so_far(&self.db);
            self.group(&mut waiting, &mut queue, began);
            self.gate.leave();
            #[cfg(test)]
            self.health.longest.note(before, &self.db);
            if self.role != Role::Server && began.elapsed() >= GROUP_TIME {
                std::thread::park_timeout(COMMAND_PAUSE);
            }
        }
        self.record.sync();
    }

    fn group(&mut self, waiting: &mut VecDeque<Job>, queue: &mut mpsc::Receiver<Job>, began: Instant) {
        let mut group = Group::default();
        let committed = self.fill(&mut group, waiting, queue, began).and_then(|()| self.commit(&mut group));
        match committed {
            Ok(seqs) => {
                self.ids.committed();
                self.health.full.store(false, Ordering::Release);
                let head = |(account, log): (&AccountId, &Log)| {
                    (*account, seq_of(&seqs, *account, log.changes.len()))
                };
                self.heads.publish(group.logs.iter().map(head));
                group.logs.iter().map(head).for_each(|(account, seq)| self.record.note(account, seq));
                for (job, applied) in group.done {
                    let written = applied.written(&seqs);
                    tell(job, Ok(written));
                }
                group.failed.into_iter().for_each(|(job, error)| tell(job, Err(error)));
            }
            Err(failure) => self.lose(group, failure),
        }
    }

    /// Applies batches until none waits, or the group has had its time.
    fn fill(
        &mut self,
        group: &mut Group,
        waiting: &mut VecDeque<Job>,
        queue: &mut mpsc::Receiver<Job>,
        began: Instant,
    ) -> Result<()> {
        if let Err(failure) = self.execute("BEGIN IMMEDIATE") {
            // Nobody's batch was tried; the first one carries the news, the others try again.
            if let Some(job) = waiting.pop_front() {
                group.failed.push((job, StoreError::Stopped));
            }
            let is_held = |lock| stuck_lock::is_held(&connect::index(&self.dir), lock);
            let is_stuck = failure.is_locked_out() && [Lock::Write, Lock::Mark].into_iter().any(is_held);
            return Err(if is_stuck { Failure::stuck_lock() } else { failure.at_begin() });
        }
        let mut batches = 0;
        while let Some(job) = waiting.pop_front().or_else(|| queue.try_recv().ok()) {
            if group.repeats(&job.work) {
                // Its twin is not committed yet: the next group answers it from what the twin left.
                waiting.push_front(job);
                break;
            }
            match self.apply(group, &job.work) {
                Ok(applied) => group.done.push((job, applied)),
                Err(failure) if self.survives(&failure) => group.failed.push((job, failure.into_answer())),
                Err(failure) => {
                    group.failed.push((job, StoreError::Stopped));
                    return Err(failure);
                }
            }
            batches += 1;
            if batches == GROUP_BATCHES || began.elapsed() >= GROUP_TIME {
                break;
            }
        }
        Ok(())
    }

    /// Whether the group goes on without the batch that failed.
    fn survives(&self, failure: &Failure) -> bool {
        failure.severity() == Severity::Batch && !self.db.is_autocommit()
    }

    /// Applies one job in a savepoint; after a failure the group is as if it had never been tried.
    fn apply(&mut self, group: &mut Group, work: &Work) -> Result<Applied> {
        let mark = self.ids.mark();
        self.execute("SAVEPOINT batch")?;
        let applied = match work {
            Work::Batch(batch) => self.apply_batch(group, batch),
            Work::Account(new, at) => self.apply_account(group, new, *at),
            Work::Sweep(leftovers) => sweep::remove_unreferenced(&self.db, leftovers).map(Applied::Swept),
        };
        if applied.is_ok() {
            self.execute("RELEASE batch")?;
        } else {
            self.ids.forget_since(mark);
            if !self.db.is_autocommit() {
                self.execute("ROLLBACK TO batch")?;
                self.execute("RELEASE batch")?;
            }
        }
        applied
    }

    fn apply_batch(&mut self, group: &mut Group, batch: &ReadyBatch) -> Result<Applied> {
        let account = batch.scope.account();
        let known = self
            .db
            .prepare_cached("SELECT 1 FROM account WHERE account_id = ?1")?
            .exists(params![account.get()])?;
        if !known {
            return Err(no_account(account).into());
        }
        if let Some(before) = self.happened(account, batch.once.as_deref())? {
            return Ok(Applied::Before(before));
        }
        let mut apply = self.applying(batch.scope, batch.at);
        let pending = group.logs.get(&account).map_or(&[][..], |log| &log.changes);
        batch.expectations.iter().try_for_each(|expectation| apply.expect(expectation, pending))?;
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(batch.steps.len());
        for step in &batch.steps {
            outcomes.push(apply.run(step)?);
            apply.note_clients()?;
        }
        let actor = apply.author.or(batch.scope.actor());
        let (drafts, clients, renamed) = (apply.drafts, apply.clients, apply.renamed);
        let count = drafts.len();
        let origin = |client| Origin { at: batch.at, actor, cause: batch.cause, client };
        let drafts = clients.into_iter().map(origin).zip(drafts);
        let changes = group.log(account, drafts, renamed);
        group.carries_mail |= batch.steps.iter().any(Step::carries_mail);
        let once = batch.once.clone().map(|key| (key, batch.at));
        if let Some((key, _)) = &once {
            group.once.insert((account, key.clone()));
        }
        Ok(Applied::Batch { account, changes, count, outcomes, once })
    }

    fn apply_account(&mut self, group: &mut Group, new: &NewAccount, at: Timestamp) -> Result<Applied> {
        let mut apply = self.applying(Scope::operator(AccountId(0)), at);
        let made = apply.create_account(new)?;
        let (scope, drafts) = (apply.scope, apply.drafts);
        let origin = Origin { at, actor: None, cause: Cause::System, client: None };
        group.log(scope.account(), drafts.into_iter().map(|draft| (origin, draft)), false);
        Ok(Applied::Account(made))
    }

    fn applying(&mut self, scope: Scope, at: Timestamp) -> Apply<'_> {
        Apply {
            db: &self.db,
            ids: &mut self.ids,
            sealer: &self.sealer,
            scope,
            at,
            drafts: Vec::new(),
            clients: Vec::new(),
            deleted: None,
            author: None,
            renamed: false,
            tries: 0,
        }
    }

    /// What a batch of this key answered, if it has happened.
    fn happened(&self, account: AccountId, once: Option<&str>) -> Result<Option<Committed>> {
        let Some(once) = once else { return Ok(None) };
        let row: Option<(u64, String)> = self
            .db
            .prepare_cached("SELECT seq, outcomes FROM batch_once WHERE account_id = ?1 AND once_key = ?2")?
            .query_row(params![account.get(), once], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let read = |(seq, outcomes): (u64, String)| {
            let outcomes = serde_json::from_str(&outcomes).map_err(|e| StoreError::Engine(e.to_string()))?;
            Ok(Committed { seq: Seq(seq), changes: SeqRange::default(), outcomes })
        };
        row.map(read).transpose()
    }

    /// Numbers the group's changes, writes them, and commits. Answers each account's head before the group.
    fn commit(&self, group: &mut Group) -> Result<HashMap<AccountId, u64>> {
        let mut bases = HashMap::new();
        for (account, log) in &group.logs {
            let base = number::write(&self.db, *account, &log.changes, log.renames)?;
            bases.insert(*account, base);
        }
        for (_, applied) in &group.done {
            self.keep_once(applied, &bases)?;
        }
        if group.carries_mail {
            crewbox_crash::point("store.before-commit");
        }
        self.execute("COMMIT")?;
        if group.carries_mail {
            crewbox_crash::point("store.committed");
        }
        Ok(bases)
    }

    fn keep_once(&self, applied: &Applied, bases: &HashMap<AccountId, u64>) -> Result<()> {
        let Applied::Batch { account, changes, outcomes, once: Some((key, at)), .. } = applied else {
            return Ok(());
        };
        let outcomes = serde_json::to_string(outcomes).map_err(|e| StoreError::Engine(e.to_string()))?;
        self.db
            .prepare_cached(
                "INSERT INTO batch_once (account_id, once_key, seq, at, outcomes) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![account.get(), key, seq_of(bases, *account, *changes).0, at.millis(), outcomes])?;
        Ok(())
    }

    /// The group is lost: rolls back and tells all of it why.
    fn lose(&mut self, group: Group, failure: Failure) {
        let rolled_back = self.db.is_autocommit() || self.execute("ROLLBACK").is_ok();
        self.ids.rolled_back();
        let severity = if rolled_back { failure.severity() } else { Severity::Fatal };
        let error = match severity {
            Severity::Fatal => {
                self.health.stop(&failure.into_answer());
                None
            }
            Severity::Full => {
                self.health.full.store(true, Ordering::Release);
                None
            }
            Severity::Batch | Severity::Group => Some(failure.into_answer()),
        };
        let jobs =
            group.done.into_iter().map(|(job, _)| job).chain(group.failed.into_iter().map(|(job, _)| job));
        for job in jobs {
            let error = match (&error, severity) {
                (Some(StoreError::OutOfResources(what)), _) => StoreError::OutOfResources(what.clone()),
                (Some(other), _) => StoreError::Engine(other.to_string()),
                (None, Severity::Full) => StoreError::DiskFull(self.dir.as_path().into()),
                (None, _) => StoreError::Stopped,
            };
            tell(job, Err(error));
        }
    }

    fn execute(&self, sql: &str) -> Result<()> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

impl Group {
    /// Whether this is a second batch, in one group, of those that must happen once.
    fn repeats(&self, work: &Work) -> bool {
        match work {
            Work::Batch(ReadyBatch { scope, once: Some(key), .. }) => {
                self.once.contains(&(scope.account(), key.clone()))
            }
            _ => false,
        }
    }

    /// Adds a batch's changes to its account's log. Answers how many the group has there by now.
    fn log(
        &mut self,
        account: AccountId,
        drafts: impl Iterator<Item = (Origin, Draft)>,
        renamed: bool,
    ) -> usize {
        let log = self.logs.entry(account).or_default();
        log.changes.extend(drafts);
        log.renames += u64::from(renamed);
        log.changes.len()
    }
}

impl Applied {
    fn written(self, bases: &HashMap<AccountId, u64>) -> Written {
        match self {
            Self::Batch { account, changes, count, outcomes, .. } => {
                let seq = seq_of(bases, account, changes);
                let changes = SeqRange::ending(seq, count as u64);
                Written::Batch(Committed { seq, changes, outcomes })
            }
            Self::Before(committed) => Written::Batch(committed),
            Self::Account(made) => Written::Account(made),
            Self::Swept(count) => Written::Swept(count),
        }
    }
}

/// The account's head after its first `changes` of the group.
fn seq_of(bases: &HashMap<AccountId, u64>, account: AccountId, changes: usize) -> Seq {
    Seq(bases.get(&account).copied().unwrap_or_default() + changes as u64)
}

/// Answers; a caller that no longer listens is no trouble, its write is done all the same.
fn tell(job: Job, written: std::result::Result<Written, StoreError>) {
    let _ = job.answer.send(written);
}
