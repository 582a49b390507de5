//! The driver: does what the machine asks for, over a real connection and the real store.
//!
//! Owns the fetched mails and the lease. The rules are the machine's; the driver only translates errors of the
//! store into failures that the machine knows.

mod copies;

use std::sync::Arc;
use std::time::Duration;

use crewbox_core::change::Cause;
use crewbox_core::id::MailboxId;
use crewbox_core::message::Direction;
use crewbox_core::model::Mailbox;
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::contract::Thing;
use crewbox_store::{Batch, Location, Op, Outcome, Scope, Store, StoreError, SyncStep};
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::connection_limits::{ConnectionLimits, ConnectionPermit};
use super::imap::{Connection, Deadlines, Fetched};
use super::machine::Machine;
use super::memory_budget::MemoryBudget;
use super::step::{About, Action, Event, Take, Why};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::intake::{Alone, Around, Incoming, Intake, ReadMail};
use crate::net::Net;
use crate::oauth::Tokens;

/// The points of [`crewbox_crash`] that syncing passes, in their order.
pub const CRASH_POINTS: &[&str] =
    &["sync.opened", "sync.fetched", "sync.begun", "sync.read", "sync.taken", "sync.appended"];

/// Why a mail is kept unread.
const POISON: &str =
    "Crewbox crashed three times while reading this mail; it is kept unread. Try it again after an update.";
/// Times a batch is fetched with sizes corrected by what came: one for the mails of one answer, and one more.
const MOST_CORRECTIONS: usize = 3;
/// Bytes of several mails at once whose sizes turned out larger than the server announced: more are asked for in
/// smaller batches.
const MOST_CORRECTED: u64 = 32 * 1024 * 1024;
/// Bytes of a mail that is fetched although the server announced less than half of it: what one batch holds. Estimates of
/// larger mails are not wrong by so much.
const MOST_UNANNOUNCED: u64 = 8 * 1024 * 1024;
/// How often a pause looks at the clock.
const PAUSE_SLICE: Duration = Duration::from_millis(250);
/// What all workers share.
#[derive(Clone)]
pub struct WorkerContext {
    /// The way in, with the store behind it.
    pub intake: Intake,
    /// Tells the time.
    pub clock: Clock,
    /// Makes connections.
    pub net: Net,
    /// How long things may take.
    pub deadlines: Deadlines,
    /// Access tokens.
    pub tokens: Arc<Tokens>,
    /// How much mail they hold in memory.
    pub memory: Arc<MemoryBudget>,
    /// How many connections they may have.
    pub limits: Arc<ConnectionLimits>,
}

/// One mailbox's worker.
pub(crate) struct Driver {
    context: WorkerContext,
    scope: Scope,
    mailbox: MailboxId,
    lease: u64,
    connection: Option<(Connection, ConnectionPermit)>,
    /// What the server reported of the mails last asked about.
    about: Vec<About>,
    hand: Vec<Fetched>,
    /// Held while mails are in memory.
    memory: Option<OwnedSemaphorePermit>,
    /// Held while a mail that may be poison is at work: nobody else's death is counted against it.
    alone: Option<Alone>,
    woken: Arc<Notify>,
    stop: watch::Receiver<bool>,
}

impl Driver {
    pub(crate) fn new(
        context: WorkerContext,
        scope: Scope,
        mailbox: MailboxId,
        woken: Arc<Notify>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            context,
            scope,
            mailbox,
            lease: 0,
            connection: None,
            about: Vec::new(),
            hand: Vec::new(),
            memory: None,
            alone: None,
            woken,
            stop,
        }
    }

    /// Drives the machine to its end.
    pub(crate) async fn run(mut self, mut machine: Machine) {
        let mut event = Event::Begin;
        let mut stopping = false;
        loop {
            let action = machine.step(event, (self.context.clock)());
            if matches!(action, Action::End) {
                return;
            }
            if stopping {
                event = self.perform(action).await;
                continue;
            }
            let mut stop = self.stop.clone();
            let asked = async move {
                // An error means that the supervisor is gone: the worker stops, too.
                let _ = stop.wait_for(|stop| *stop).await;
            };
            event = tokio::select! {
                biased;
                () = asked => {
                    // A command may be unfinished: the connection cannot be used any more.
                    (self.connection, stopping) = (None, true);
                    Event::Stop
                }
                event = self.perform(action) => event,
            };
        }
    }

    fn store(&self) -> &Store {
        self.context.intake.store()
    }

    fn now(&self) -> Timestamp {
        (self.context.clock)()
    }

    async fn perform(&mut self, action: Action) -> Event {
        let done = match action {
            Action::Load => self.load().await,
            Action::Save(steps) => self.save(steps).await,
            Action::Connect { wait } => self.connect(wait).await,
            Action::Take(take) => self.take(take).await,
            Action::Places { folder, uidvalidity } => self.places(&folder, uidvalidity).await,
            Action::Chores => self.chores().await,
            Action::Copied(outgoing) => self.copied(outgoing).await,
            Action::Pause { until } => Ok(self.pause(until).await),
            Action::Close => {
                self.close().await;
                Ok(Event::Closed)
            }
            Action::End => Ok(Event::Closed),
            other => self.converse(other).await,
        };
        done.unwrap_or_else(|failure| {
            self.drop_hand();
            if !matches!(failure, Failure::Store(_)) {
                self.connection = None;
            }
            Event::Failed(failure)
        })
    }

    /// The actions that need the connection.
    async fn converse(&mut self, action: Action) -> Result<Event, Failure> {
        let woken = self.woken.clone();
        if let Action::Find(outgoing) | Action::Append { outgoing, .. } = &action {
            return self.copy(*outgoing, &action).await;
        }
        if let Action::Fetch { uids, live } = &action {
            return self.fetch(uids, *live).await;
        }
        let connection = self.connected()?;
        Ok(match action {
            Action::List => Event::Folders(connection.folders().await?),
            Action::Open(folder) => {
                let opened = connection.examine(&folder).await?;
                crewbox_crash::point("sync.opened");
                opened.map_or(Event::Unopened, |opened| Event::Opened {
                    uidvalidity: opened.uidvalidity,
                    uid_next: opened.uid_next,
                    counts: opened.counts,
                    exists: opened.exists,
                })
            }
            Action::Refresh => Event::Refreshed { exists: connection.refresh().await? },
            Action::Uids { low, high } => Event::Uids(connection.uids(low, high).await?),
            Action::Sizes(uids) => {
                let about = connection.about(&uids).await?;
                self.about.clone_from(&about);
                Event::Sizes(about)
            }
            Action::Rest { millis, idle } => {
                Event::Rested(connection.rest(Duration::from_millis(millis), idle, &woken).await?)
            }
            _ => return Err(Failure::Protocol("internal error: not an IMAP command".to_owned())),
        })
    }

    fn connected(&mut self) -> Result<&mut Connection, Failure> {
        match &mut self.connection {
            Some((connection, _)) => Ok(connection),
            None => Err(Failure::Lost("the connection is gone".to_owned())),
        }
    }

    async fn load(&mut self) -> Result<Event, Failure> {
        let steps = vec![Op::Sync { mailbox: self.mailbox, step: SyncStep::TakeLease }];
        let batch = Batch::new(self.scope, self.now(), steps).caused_by(Cause::Mailbox);
        let committed = self.store().commit(batch).await.map_err(store_failure)?;
        if let [Outcome::Id(lease)] = committed.outcomes.as_slice() {
            self.lease = *lease;
        }
        let folders = self.store().folders(&self.scope, self.mailbox).await.map_err(store_failure)?;
        let status = self.store().mailbox_status(&self.scope, self.mailbox).await.map_err(store_failure)?;
        Ok(Event::Loaded { status, folders })
    }

    async fn save(&mut self, steps: Vec<SyncStep>) -> Result<Event, Failure> {
        let begins = steps.iter().any(|step| matches!(step, SyncStep::Begin { .. }));
        if steps.iter().any(|step| matches!(step, SyncStep::Begin { alone: true, .. })) {
            // Before its death is counted in advance, whoever else is being read has to have ended.
            self.alone = Some(self.context.intake.alone().await);
        }
        let fenced = std::iter::once(SyncStep::Fence(self.lease)).chain(steps);
        let ops = fenced.map(|step| Op::Sync { mailbox: self.mailbox, step }).collect();
        let batch = Batch::new(self.scope, self.now(), ops).caused_by(Cause::Mailbox);
        self.store().commit(batch).await.map_err(store_failure)?;
        if begins {
            crewbox_crash::point("sync.begun");
        }
        Ok(Event::Saved)
    }

    async fn connect(&mut self, wait: bool) -> Result<Event, Failure> {
        self.connection = None;
        let catalog = self.store().catalog(&self.scope).await.map_err(store_failure)?;
        let mailbox = catalog.mailbox(self.mailbox).filter(|mailbox| mailbox.removed_at.is_none());
        let mailbox: &Mailbox = mailbox.ok_or(Failure::Superseded)?;
        let (limits, host) = (&self.context.limits, &mailbox.settings.imap_host);
        let permit = match limits.try_acquire(host) {
            Some(permit) => permit,
            None if !wait => return Ok(Event::Crowded),
            None => limits.wait(host).await.ok_or(Failure::Stopped)?,
        };
        let _log_in = limits.log_in(host).await.ok_or(Failure::Stopped)?;
        let credentials = self.credentials(mailbox).await?;
        let context = &self.context;
        let opened = Connection::open(&context.net, &mailbox.settings, &credentials, context.deadlines).await;
        if let (Err(Failure::Refused(_)), Credentials::Token(..)) = (&opened, &credentials) {
            context.tokens.forget(self.scope.account(), self.mailbox);
        }
        let connection = opened?;
        let event = Event::Connected { idle: connection.idles(), copies_sent: connection.copies_sent() };
        self.connection = Some((connection, permit));
        Ok(event)
    }

    async fn credentials(&self, mailbox: &Mailbox) -> Result<Credentials, Failure> {
        let secrets = self.store().mailbox_secrets(&self.scope, self.mailbox).await.map_err(store_failure)?;
        let settings = &mailbox.settings;
        let user = settings.imap_user.clone().unwrap_or_else(|| settings.user.clone());
        if settings.oauth.is_some() {
            let token =
                self.context.tokens.access(self.store(), &self.scope, mailbox, &secrets, self.now()).await?;
            return Ok(Credentials::Token(user, token));
        }
        match secrets.imap_password.or(secrets.password) {
            Some(password) => Ok(Credentials::Password(user, password)),
            None => Err(Failure::Refused(
                "no password is stored: save the mailbox again with its password".to_owned(),
            )),
        }
    }

    async fn fetch(&mut self, uids: &[u32], live: bool) -> Result<Event, Failure> {
        let asked = self.about.iter().filter(|one| uids.contains(&one.uid));
        let mut sizes: Vec<(u32, u64)> = asked.map(|one| (one.uid, one.bytes)).collect();
        let announced = sizes.clone();
        let mut settled = false;
        for _ in 0..MOST_CORRECTIONS {
            self.reserve_memory(sizes.iter().map(|(_, size)| *size).sum(), live).await?;
            let given = self.connected()?.fetch(uids, &sizes).await?;
            if given.larger.is_empty() {
                (self.hand, settled) = (given.mails, true);
                break;
            }
            let is_lie = |(uid, real): &(u32, u64)| {
                let size = announced.iter().find(|(known, _)| known == uid).map_or(0, |(_, size)| *size);
                size > 0 && *real > MOST_UNANNOUNCED.max(size.saturating_mul(2))
            };
            if given.larger.iter().any(is_lie) {
                break;
            }
            // The server had announced less. Nothing of it was kept; now memory is reserved for the real size.
            for (uid, size) in &mut sizes {
                let larger = given.larger.iter().find(|(larger, _)| larger == uid);
                *size = larger.map_or(*size, |(_, real)| *real);
            }
            let all: u64 = sizes.iter().map(|(_, size)| *size).sum();
            if uids.len() > 1 && all > MOST_CORRECTED {
                break;
            }
        }
        if !settled {
            // Fewer at once, or alone, they may be had; they are not gone.
            return Err(Failure::Protocol("the mails are larger than the server announced".to_owned()));
        }
        if self.hand.is_empty() {
            // Nothing will be taken.
            self.memory = None;
        }
        crewbox_crash::point("sync.fetched");
        Ok(Event::Fetched(self.hand.iter().map(|mail| mail.uid).collect()))
    }

    /// Waits until there is memory for this many bytes of mail.
    async fn reserve_memory(&mut self, bytes: u64, live: bool) -> Result<(), Failure> {
        self.drop_hand();
        self.memory = self.context.memory.try_acquire(bytes, live);
        if self.memory.is_none() {
            self.memory = Some(self.context.memory.acquire(bytes, live).await.ok_or(Failure::Stopped)?);
            // The connection was idle meanwhile. If the server closed it, the mails are not the cause.
            self.connected()?.noop().await.map_err(|_| {
                Failure::Unreachable(
                    "the connection ended while other mailboxes were read: connecting again".to_owned(),
                )
            })?;
        }
        Ok(())
    }

    fn drop_hand(&mut self) {
        (self.hand, self.memory, self.alone) = (Vec::new(), None, None);
    }

    async fn take(&mut self, take: Take) -> Result<Event, Failure> {
        let now = self.now();
        let hand = std::mem::take(&mut self.hand);
        let about = std::mem::take(&mut self.about);
        // Asked for each batch: sent mail of the batch before may have shown an alias.
        let own =
            Arc::new(self.store().own_addresses(&self.scope, self.mailbox).await.map_err(store_failure)?);
        let mails = hand.into_iter().filter(|mail| take.uids.contains(&mail.uid)).map(|mail| {
            let about = about.iter().find(|one| one.uid == mail.uid);
            let sent = about.is_some_and(|about| about.sent);
            let received_at = mail.received_at.map(|at| at.min(now));
            Incoming {
                raw: mail.raw.into(),
                mailbox: self.mailbox,
                own: Arc::clone(&own),
                location: Some(Location {
                    folder: take.folder.clone(),
                    uidvalidity: take.uidvalidity,
                    uid: mail.uid,
                }),
                backfill: take.history_before.is_some_and(|since| received_at.is_none_or(|at| at < since)),
                seen: about.and_then(|about| about.seen),
                connected_at: take.history_before,
                received_at,
                fallback_at: None,
                direction: if sent { Some(Direction::Outbound) } else { take.role.direction() },
            }
        });
        let mails: Vec<Incoming> = mails.collect();
        self.about = about;
        let read: Vec<ReadMail> = if take.unread {
            mails.into_iter().map(|mail| ReadMail::killing(mail, POISON)).collect()
        } else {
            match self.alone.take() {
                Some(alone) => self.context.intake.read_alone(now, mails, alone).await,
                None => self.context.intake.read(now, mails).await,
            }
            .map_err(store_failure)?
        };
        crewbox_crash::point("sync.read");
        let (live, history) = take.cursor;
        let cursor =
            SyncStep::Cursor { folder: take.folder.clone(), uidvalidity: take.uidvalidity, live, history };
        let around = Around {
            cause: Some(Cause::Mailbox),
            mailbox: Some(self.mailbox),
            before: vec![SyncStep::Fence(self.lease)],
            after: vec![cursor],
        };
        self.context.intake.commit_around(&self.scope, now, read, &around).await.map_err(store_failure)?;
        crewbox_crash::point("sync.taken");
        self.drop_hand();
        Ok(Event::Taken)
    }

    async fn places(&mut self, folder: &str, uidvalidity: u32) -> Result<Event, Failure> {
        let (store, scope) = (self.store(), &self.scope);
        let places = store.places(scope, self.mailbox, folder, uidvalidity).await.map_err(store_failure)?;
        let attempts =
            store.attempts(scope, self.mailbox, folder, uidvalidity).await.map_err(store_failure)?;
        Ok(Event::Places { places, attempts })
    }

    async fn pause(&mut self, until: Timestamp) -> Event {
        // In slices: a machine that slept has a clock that jumped, which a single timer would not notice. A clock that is
        // set back makes no pause longer.
        let (began, longest) = (Instant::now(), until.0.saturating_sub(self.now().0).max(0).unsigned_abs());
        while let left @ 1.. = until.0.saturating_sub(self.now().0)
            && began.elapsed() < Duration::from_millis(longest)
        {
            tokio::time::sleep(PAUSE_SLICE.min(Duration::from_millis(left.unsigned_abs()))).await;
        }
        Event::Rested(Why::Time)
    }

    async fn close(&mut self) {
        self.drop_hand();
        if let Some((connection, _permit)) = self.connection.take() {
            connection.close().await;
        }
    }
}

/// An error of the store as a failure of the action.
fn store_failure(error: StoreError) -> Failure {
    match error {
        StoreError::LeaseLost(_) | StoreError::NotFound(Thing::Mailbox, _) => Failure::Superseded,
        StoreError::Stopped => Failure::Stopped,
        other => Failure::Store(other.to_string()),
    }
}
