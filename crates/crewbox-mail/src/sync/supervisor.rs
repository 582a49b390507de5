//! The supervisor: one worker for each mailbox that has servers, as long as it has.
//!
//! Owns which workers run. It follows each account's log, as everybody does: a mailbox saved or removed starts,
//! restarts or stops a worker, and a message that was sent wakes the one whose Sent folder wants its copy.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crewbox_core::change::{Affected, ChangeKind};
use crewbox_core::id::{AccountId, IdHasher, MailboxId, Seq};
use crewbox_core::model::Mailbox;
use crewbox_store::{Scope, Store, StoreError};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::driver::{Driver, WorkerContext};
use super::imap::Deadlines;
use super::machine::{Machine, Pace};
use crate::Clock;
use crate::intake::Intake;
use crate::net::Net;
use crate::oauth::Tokens;

/// How often each account's head is asked for. What it tells is in memory, so it may be often.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often new accounts are looked for, and workers that died are started again: this many looks.
const ACCOUNTS_EVERY: u32 = 10;
/// Changes read at once.
const CHANGES: u32 = 1_000;
/// Between the starts of two workers, so that a start-up is no storm.
const STAGGER: Duration = Duration::from_millis(5);

/// What a supervisor needs.
#[derive(Clone)]
pub struct Config {
    /// The way in, with the store behind it.
    pub intake: Intake,
    /// Tells the time.
    pub clock: Clock,
    /// Makes connections.
    pub net: Net,
    /// Access tokens: one for the whole server, so that a refresh token is used once.
    pub tokens: Arc<Tokens>,
    /// Spreads waits.
    pub seed: u64,
    /// How workers pace themselves.
    pub pace: Pace,
    /// How long things may take.
    pub deadlines: Deadlines,
}

impl Config {
    /// With everything as a server runs with.
    #[must_use]
    pub fn new(intake: Intake, clock: Clock, net: Net, tokens: Arc<Tokens>, seed: u64) -> Self {
        Self { intake, clock, net, tokens, seed, pace: Pace::default(), deadlines: Deadlines::default() }
    }
}

/// The workers of all mailboxes.
#[derive(Debug)]
pub struct Supervisor {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Starts it. Mailboxes of every account are served from now on.
    #[must_use]
    pub fn start(config: Config) -> Self {
        let (stop, stopped) = watch::channel(false);
        let shared = WorkerContext {
            intake: config.intake.clone(),
            clock: config.clock.clone(),
            net: config.net.clone(),
            deadlines: config.deadlines,
            tokens: Arc::clone(&config.tokens),
            memory: Arc::default(),
            limits: Arc::default(),
        };
        let workers = Workers { config, shared, accounts: HashMap::new(), running: HashMap::new() };
        Self { stop, task: tokio::spawn(workers.run(stopped)) }
    }

    /// Ends all workers in good order, and waits for them.
    pub async fn stop(self) {
        // Whoever does not listen any more has ended.
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// A worker that runs, or has ended by itself and waits for its mailbox to be saved again.
struct Running {
    stop: watch::Sender<bool>,
    woken: Arc<Notify>,
    task: JoinHandle<()>,
    /// It has ended by itself.
    orderly: bool,
}

struct Workers {
    config: Config,
    shared: WorkerContext,
    accounts: HashMap<AccountId, Seq>,
    running: HashMap<(AccountId, MailboxId), Running>,
}

impl Workers {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut looks = 0_u32;
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stopped.wait_for(|stop| *stop) => break,
            }
            if looks.is_multiple_of(ACCOUNTS_EVERY)
                && let Err(error) = self.find_accounts().await
            {
                tracing::warn!(%error, "mailboxes cannot be looked for yet");
            }
            looks = looks.wrapping_add(1);
            let accounts: Vec<(AccountId, Seq)> = self.accounts.iter().map(|(id, seq)| (*id, *seq)).collect();
            for (account, seq) in accounts {
                if let Err(error) = self.follow(account, seq).await {
                    tracing::warn!(%account, %error, "an account's mailboxes cannot follow its log yet");
                }
            }
        }
        for worker in self.running.values() {
            let _ = worker.stop.send(true);
        }
        for (_, worker) in self.running.drain().filter(|(_, worker)| !worker.orderly) {
            let _ = worker.task.await;
        }
    }

    fn store(&self) -> &Store {
        self.config.intake.store()
    }

    /// Accounts not known yet, with all their mailboxes; and workers that died of a panic.
    async fn find_accounts(&mut self) -> Result<(), StoreError> {
        self.revive().await;
        for account in self.store().accounts().await? {
            if self.accounts.contains_key(&account.id) {
                continue;
            }
            let scope = Scope::operator(account.id);
            let catalog = self.store().catalog(&scope).await?;
            for mailbox in catalog.mailboxes.iter().filter(|mailbox| is_connectable(mailbox)) {
                self.start(account.id, mailbox.id);
                tokio::time::sleep(STAGGER).await;
            }
            self.accounts.insert(account.id, catalog.head.seq);
        }
        Ok(())
    }

    /// Starts workers again that ended in disorder; one that ended by itself waits for its mailbox to be saved.
    async fn revive(&mut self) {
        let ended: Vec<(AccountId, MailboxId)> = self
            .running
            .iter()
            .filter(|(_, worker)| worker.task.is_finished())
            .map(|(key, _)| *key)
            .collect();
        for (account, mailbox) in ended {
            let Some(worker) = self.running.get_mut(&(account, mailbox)) else { continue };
            if worker.orderly {
                continue;
            }
            match (&mut worker.task).await {
                Ok(()) => worker.orderly = true,
                Err(_) => {
                    tracing::error!(%account, %mailbox, "a mailbox's worker panicked; starting it again");
                    self.start(account, mailbox);
                }
            }
        }
    }

    /// What has happened in an account since.
    async fn follow(&mut self, account: AccountId, seq: Seq) -> Result<(), StoreError> {
        let scope = Scope::operator(account);
        if self.store().head(&scope).await?.seq <= seq {
            return Ok(());
        }
        let page = self.store().changes(&scope, seq, CHANGES).await?;
        let (mut saved, mut sent) = (Vec::new(), false);
        for change in &page.changes {
            let affected = change.kind.affects();
            sent |= affected.contains(&Affected::SentCopies);
            match change.kind {
                ChangeKind::SecretsReset => saved.extend(self.mailboxes_of(account)),
                _ if affected.contains(&Affected::Connections) => saved.extend(change.subject),
                _ => {}
            }
        }
        saved.sort_unstable();
        saved.dedup();
        if !saved.is_empty() {
            let catalog = self.store().catalog(&scope).await?;
            for id in saved.into_iter().map(MailboxId) {
                self.end(account, id).await;
                if catalog.mailbox(id).is_some_and(is_connectable) {
                    self.start(account, id);
                }
            }
        }
        if sent {
            for outgoing in self.store().outgoing_unsettled(&scope).await? {
                if let Some(worker) = self.running.get(&(account, outgoing.mailbox)) {
                    worker.woken.notify_one();
                }
            }
        }
        // Only now: what failed on the way is followed again.
        if let Some(last) = page.changes.last() {
            self.accounts.insert(account, last.seq);
        }
        Ok(())
    }

    fn mailboxes_of(&self, account: AccountId) -> Vec<u64> {
        self.running.keys().filter(|(of, _)| *of == account).map(|(_, mailbox)| mailbox.get()).collect()
    }

    fn start(&mut self, account: AccountId, mailbox: MailboxId) {
        let (stop, stopped) = watch::channel(false);
        let woken = Arc::new(Notify::new());
        let driver =
            Driver::new(self.shared.clone(), Scope::operator(account), mailbox, Arc::clone(&woken), stopped);
        let mixed = account.get().wrapping_mul(IdHasher::FACTOR) ^ mailbox.get();
        let machine = Machine::new(self.config.pace, self.config.seed ^ mixed.wrapping_mul(IdHasher::FACTOR));
        let task = tokio::spawn(driver.run(machine));
        self.running.insert((account, mailbox), Running { stop, woken, task, orderly: false });
    }

    async fn end(&mut self, account: AccountId, mailbox: MailboxId) {
        if let Some(worker) = self.running.remove(&(account, mailbox)) {
            let _ = worker.stop.send(true);
            if !worker.orderly {
                let _ = worker.task.await;
            }
        }
    }
}

/// Whether there is a server to connect to: imported mail has a mailbox without one.
fn is_connectable(mailbox: &Mailbox) -> bool {
    mailbox.removed_at.is_none() && !mailbox.settings.imap_host.is_empty()
}
