//! The supervisor: one worker for each mailbox that has servers, as long as it has.
//!
//! Owns which workers run. It is a follower of the change log: a mailbox saved or removed starts, restarts or
//! stops a worker, and a message that was sent wakes the one whose Sent folder needs its copy.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crewbox_core::change::{Affected, Change, ChangeKind};
use crewbox_core::id::{AccountId, IdHasher, MailboxId, Seq};
use crewbox_core::model::Mailbox;
use crewbox_core::time::Clock;
use crewbox_store::follow::{Follower, Then};
use crewbox_store::{Scope, Store, StoreError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::driver::{Driver, WorkerContext};
use super::imap::Deadlines;
use super::machine::{Machine, Pace};
use crate::intake::Intake;
use crate::net::Net;
use crate::oauth::Tokens;

/// A worker that panicked starts again after this, so that one that always does cannot keep a processor busy.
const AFTER_PANIC: Duration = Duration::from_secs(2);
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
        let workers = Workers::new(config, shared);
        Self { stop, task: tokio::spawn(workers.run(stopped)) }
    }

    /// Ends all workers, and waits for them.
    pub async fn stop(self) {
        // Whoever does not listen any more has ended.
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// A worker that runs, or has ended by itself and waits for its mailbox to be saved again.
struct Running {
    /// Which one it is of all that were ever started.
    number: u64,
    stop: watch::Sender<bool>,
    woken: Arc<Notify>,
    task: JoinHandle<()>,
    /// It has ended by itself.
    has_ended: bool,
}

/// A mailbox of an account.
type Key = (AccountId, MailboxId);

/// Reports that a worker's task has ended, even by a panic.
struct Ended {
    key: Key,
    number: u64,
    report: mpsc::UnboundedSender<(Key, u64)>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        // Nobody listens any more once the supervisor stops.
        let _ = self.report.send((self.key, self.number));
    }
}

struct Workers {
    config: Config,
    shared: WorkerContext,
    running: HashMap<Key, Running>,
    /// Workers started so far.
    started: u64,
    /// When the next worker may start.
    next_start: Instant,
    report: mpsc::UnboundedSender<(Key, u64)>,
    ended: mpsc::UnboundedReceiver<(Key, u64)>,
}

impl Workers {
    fn new(config: Config, shared: WorkerContext) -> Self {
        let (report, ended) = mpsc::unbounded_channel();
        Self {
            config,
            shared,
            running: HashMap::new(),
            started: 0,
            next_start: Instant::now(),
            report,
            ended,
        }
    }

    async fn run(mut self, stopped: watch::Receiver<bool>) {
        let store = self.store().clone();
        if let Err(error) = store.follow(&mut self, stopped).await {
            tracing::error!(%error, "mailboxes cannot be watched");
        }
        for worker in self.running.values() {
            let _ = worker.stop.send(true);
        }
        for (_, worker) in self.running.drain().filter(|(_, worker)| !worker.has_ended) {
            let _ = worker.task.await;
        }
    }

    fn store(&self) -> &Store {
        self.config.intake.store()
    }

    fn mailboxes_of(&self, account: AccountId) -> Vec<u64> {
        self.running.keys().filter(|(of, _)| *of == account).map(|(_, mailbox)| mailbox.get()).collect()
    }

    /// Starts a worker `after` its turn has come; turns follow each other after [`STAGGER`].
    fn start(&mut self, account: AccountId, mailbox: MailboxId, after: Duration) {
        let (stop, stopped) = watch::channel(false);
        let woken = Arc::new(Notify::new());
        let mut asked = stopped.clone();
        let driver =
            Driver::new(self.shared.clone(), Scope::operator(account), mailbox, Arc::clone(&woken), stopped);
        let mixed = account.get().wrapping_mul(IdHasher::FACTOR) ^ mailbox.get();
        let machine = Machine::new(self.config.pace, self.config.seed ^ mixed.wrapping_mul(IdHasher::FACTOR));
        self.started += 1;
        let (key, number) = ((account, mailbox), self.started);
        let ended = Ended { key, number, report: self.report.clone() };
        let turn = self.next_start.max(Instant::now());
        self.next_start = turn + STAGGER;
        let at = turn + after;
        let task = tokio::spawn(async move {
            let _ended = ended;
            tokio::select! {
                () = tokio::time::sleep_until(at) => {}
                // The driver then ends at once.
                _ = asked.wait_for(|stop| *stop) => {}
            }
            driver.run(machine).await;
        });
        self.running.insert(key, Running { number, stop, woken, task, has_ended: false });
    }

    async fn end(&mut self, account: AccountId, mailbox: MailboxId) {
        if let Some(worker) = self.running.remove(&(account, mailbox)) {
            let _ = worker.stop.send(true);
            if !worker.has_ended {
                let _ = worker.task.await;
            }
        }
    }
}

impl Follower for Workers {
    const NAME: &'static str = "mailbox workers";
    type Event = (Key, u64);

    /// Starts the workers of an account's mailboxes.
    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        let catalog = self.store().catalog(&Scope::operator(account)).await?;
        for mailbox in catalog.mailboxes.iter().filter(|mailbox| is_connectable(mailbox)) {
            self.start(account, mailbox.id, Duration::ZERO);
        }
        Ok(catalog.head.seq)
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        let scope = Scope::operator(account);
        let (mut saved, mut sent) = (Vec::new(), false);
        for change in changes {
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
                    self.start(account, id, Duration::ZERO);
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
        Ok(changes.last().map(|change| change.seq).unwrap_or_default())
    }

    async fn wait(&mut self) -> Self::Event {
        match self.ended.recv().await {
            Some(ended) => ended,
            // Cannot be: a sender is kept here.
            None => std::future::pending().await,
        }
    }

    /// Starts a worker again that panicked; one that ended by itself waits for its mailbox to be saved.
    async fn act(&mut self, ((account, mailbox), number): Self::Event) -> Then {
        let running = self.running.get_mut(&(account, mailbox));
        // Another may run in its place by now.
        let Some(worker) = running.filter(|worker| worker.number == number) else { return Then::Continue };
        match (&mut worker.task).await {
            Ok(()) => worker.has_ended = true,
            Err(_) => {
                tracing::error!(%account, %mailbox, "a mailbox's worker panicked; starting it again");
                self.start(account, mailbox, AFTER_PANIC);
            }
        }
        Then::Continue
    }
}

/// Whether there is a server to connect to: imported mail has a mailbox without one.
fn is_connectable(mailbox: &Mailbox) -> bool {
    mailbox.removed_at.is_none() && !mailbox.settings.imap_host.is_empty()
}
