//! The worker: what is due, one message at a time for each mailbox, several mailboxes at once.
//!
//! A follower of the change log: it looks at an account's outbox when a message was queued or made progress, when
//! the next one falls due, and when a mailbox has finished sending. Never asks in between.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crewbox_core::change::{Affected, Change};
use crewbox_core::id::{AccountId, OutgoingId, Seq};
use crewbox_core::outgoing::{Outgoing, OutgoingState};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::follow::{Follower, Then, reached_or_set_back};
use crewbox_store::{OutboxStep, Scope, Store, StoreError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use super::sending::{FIRST_WAIT_MS, LONGEST_WAIT_MS, Ran, Sending, commit};
use super::sendings::{Ended, Key, Sendings};
use crate::intake::Intake;
use crate::net::Net;
use crate::oauth::Tokens;

/// How long after an outbox could not be read at a due time it is read again, in ms.
const RETRY_MS: i64 = 1_000;
/// Mailboxes that send at once.
const MOST_SENDING: usize = 16;
/// Log-ins refused in a row before a mailbox sends nothing until it is saved again: more could lock it.
const MOST_REFUSALS: u32 = 3;
/// How long a mailbox sends nothing after the store would not write how a sending went; doubled each time up to the
/// longest. Without it each look would log in again.
const FIRST_HOLD_MS: i64 = 1_000;
const LONGEST_HOLD_MS: i64 = 5 * 60 * 1_000;

/// What an outbox needs.
#[derive(Clone)]
pub struct Config {
    /// The way in for what was sent, with the store behind it.
    pub intake: Intake,
    /// Tells the time.
    pub clock: Clock,
    /// Makes connections.
    pub net: Net,
    /// Access tokens: one for the whole server, so that a refresh token is used once.
    pub tokens: Arc<Tokens>,
    /// Spreads waits.
    pub seed: u64,
}

/// The outbox at work.
#[derive(Debug)]
pub struct Outbox {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Outbox {
    /// Starts it. What a process that died was sending is now of unknown fate: only one process at a time has
    /// the store, so nobody can be sending it.
    #[must_use]
    pub fn start(config: Config) -> Self {
        let (stop, stopped) = watch::channel(false);
        let worker = Worker {
            tokens: Arc::clone(&config.tokens),
            rng: ChaCha8Rng::seed_from_u64(config.seed),
            config,
            permits: Arc::new(Semaphore::new(MOST_SENDING)),
            sendings: Sendings::default(),
            recovered: HashSet::new(),
            next: HashMap::new(),
            troubles: HashMap::new(),
            seen: Timestamp::MIN,
            stopped: stopped.clone(),
        };
        Self { stop, task: tokio::spawn(worker.run(stopped)) }
    }

    /// Ends it: what is on its way is answered first.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// How sending through a mailbox went wrong, while it does.
#[derive(Debug, Default, PartialEq, Eq)]
struct Trouble {
    /// Log-ins refused in a row.
    refusals: u32,
    /// Why the last one was, where that could not be written.
    unsaved: Option<String>,
    /// Sendings in a row that the store did not write down, and until when no other is begun.
    failures: u32,
    until: Option<Timestamp>,
}

impl Trouble {
    fn learn(&mut self, ran: Ran, now: Timestamp) {
        match ran.refused {
            Some(true) => self.refusals += 1,
            Some(false) => self.refusals = 0,
            None => {}
        }
        self.unsaved = ran.unsaved;
        if ran.result.is_ok() {
            (self.failures, self.until) = (0, None);
            return;
        }
        let wait = (FIRST_HOLD_MS << self.failures.min(16)).min(LONGEST_HOLD_MS);
        self.failures = self.failures.saturating_add(1);
        self.until = Some(Timestamp(now.0.saturating_add(wait)));
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until > now)
    }
}

struct Worker {
    config: Config,
    tokens: Arc<Tokens>,
    rng: ChaCha8Rng,
    permits: Arc<Semaphore>,
    sendings: Sendings,
    /// Accounts in which what a dead process was sending is settled.
    recovered: HashSet<AccountId>,
    /// When each account's next message is due.
    next: HashMap<AccountId, Timestamp>,
    troubles: HashMap<Key, Trouble>,
    /// The latest time that the clock showed.
    seen: Timestamp,
    stopped: watch::Receiver<bool>,
}

impl Worker {
    async fn run(mut self, stopped: watch::Receiver<bool>) {
        let store = self.store().clone();
        if let Err(error) = store.follow(&mut self, stopped).await {
            tracing::error!(%error, "the outbox cannot be watched");
        }
        while self.sendings.next().await.is_some() {}
    }

    fn store(&self) -> &Store {
        self.config.intake.store()
    }

    /// What a dead process was sending is of unknown fate. Once in an account: from then on it may be this one.
    async fn recover(&mut self, account: AccountId) -> Result<(), StoreError> {
        if self.recovered.contains(&account) {
            return Ok(());
        }
        let scope = Scope::operator(account);
        for one in self.store().outgoing_unsettled(&scope).await? {
            if one.state == OutgoingState::Sending {
                let why = "Crewbox stopped while sending; the message may have been sent.";
                let lost = OutboxStep::Lose(one.id, why.to_owned());
                commit(self.store(), &scope, (self.config.clock)(), lost).await?;
            }
        }
        self.recovered.insert(account);
        Ok(())
    }

    /// Makes due what waits for a time that nobody chose and that no try leads to: the clock was wrong when that time was
    /// decided. Without it such a message waits for years, although nothing is wrong any more.
    async fn correct(&self, account: AccountId) -> Result<(), StoreError> {
        let (scope, now) = (Scope::operator(account), (self.config.clock)());
        let latest = Timestamp(now.0.saturating_add(LONGEST_WAIT_MS + FIRST_WAIT_MS));
        for id in self.store().outgoing_tried_too_late(&scope, now, latest).await? {
            commit(self.store(), &scope, now, OutboxStep::TryNow(id)).await?;
        }
        Ok(())
    }

    /// Sends what is due in an account, and notes when the next message is.
    async fn look(&mut self, account: AccountId) -> Result<(), StoreError> {
        for outgoing in self.due(account).await? {
            self.send(account, outgoing);
        }
        Ok(())
    }

    /// What is due in an account, at most one message a mailbox, of mailboxes that are neither sending nor held back.
    async fn due(&mut self, account: AccountId) -> Result<Vec<Outgoing>, StoreError> {
        let scope = Scope::operator(account);
        let now = (self.config.clock)();
        let mut chosen = self.store().outgoing_due(&scope, now).await?;
        let held = |mailbox| self.troubles.get(&(account, mailbox)).is_some_and(|trouble| trouble.holds(now));
        chosen.retain(|one| !self.sendings.is_busy((account, one.mailbox)) && !held(one.mailbox));
        // What waits for a mailbox that is sending is looked at again when that has done; this is for the rest.
        let ends = self.troubles.iter().filter(|((of, _), _)| *of == account);
        let ends = ends.filter_map(|(_, trouble)| trouble.until.filter(|until| *until > now));
        let next = self.store().outgoing_next(&scope, now).await?.into_iter().chain(ends).min();
        match next {
            Some(next) => self.next.insert(account, next),
            None => self.next.remove(&account),
        };
        Ok(chosen)
    }

    /// As [`Self::look`], for who has nobody to tell of a failure: it is tried again soon.
    async fn look_or_retry(&mut self, account: AccountId) {
        if let Err(error) = self.look(account).await {
            tracing::warn!(%account, %error, "an account's outbox cannot be read yet");
            self.next.insert(account, Timestamp((self.config.clock)().0.saturating_add(RETRY_MS)));
        }
    }

    fn send(&mut self, account: AccountId, outgoing: Outgoing) {
        let (id, key) = (outgoing.id, (account, outgoing.mailbox));
        let trouble = self.troubles.get(&key);
        let unsaved = trouble.and_then(|trouble| trouble.unsaved.clone());
        let sending = Sending {
            intake: self.config.intake.clone(),
            clock: self.config.clock.clone(),
            net: self.config.net.clone(),
            tokens: Arc::clone(&self.tokens),
            scope: Scope::operator(account),
            spread: self.rng.random_range(0..FIRST_WAIT_MS),
            held_back: trouble.is_some_and(|trouble| trouble.refusals >= MOST_REFUSALS),
            stopped: self.stopped.clone(),
        };
        let permits = Arc::clone(&self.permits);
        self.sendings.start(key, id, async move {
            let _permit = permits.acquire_owned().await;
            // A stop may have come while it waited: then nothing is begun any more.
            if *sending.stopped.borrow() {
                return Ran::idle();
            }
            // On a task of its own: a panic holds up no other message.
            let ran = match tokio::spawn(sending.clone().run(outgoing, unsaved)).await {
                Ok(ran) => ran,
                Err(_) => lose(sending.intake.store(), &sending.scope, (sending.clock)(), id).await,
            };
            if let Err(error) = &ran.result {
                tracing::warn!(%error, "a message's progress could not be written yet");
            }
            ran
        });
    }

    async fn ended(&mut self, Ended { key, outgoing, ran }: Ended) {
        let ran = match ran {
            Some(ran) => ran,
            None => lose(self.store(), &Scope::operator(key.0), (self.config.clock)(), outgoing).await,
        };
        let trouble = self.troubles.entry(key).or_default();
        trouble.learn(ran, (self.config.clock)());
        if *trouble == Trouble::default() {
            self.troubles.remove(&key);
        }
    }
}

/// Notes that a message whose sending panicked may have been sent.
async fn lose(store: &Store, scope: &Scope, now: Timestamp, id: OutgoingId) -> Ran {
    tracing::error!("sending a message panicked");
    let why = "Sending failed unexpectedly; the message may have been sent.";
    // Refused where nothing had been begun: then it is still queued, and its mailbox held back.
    let _ = commit(store, scope, now, OutboxStep::Lose(id, why.to_owned())).await;
    Ran { result: Err(StoreError::Engine("a sending panicked".to_owned())), ..Ran::idle() }
}

/// What the outbox waits for besides the log.
enum Event {
    /// A sending has ended.
    Sent(Ended),
    /// A message has fallen due.
    Due,
    /// The clock was set back.
    SetBack,
}

impl Follower for Worker {
    const NAME: &'static str = "outbox";
    type Event = Event;

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        // Before anything is read: what is queued meanwhile is followed.
        let head = self.store().head(&Scope::operator(account)).await?.seq;
        self.recover(account).await?;
        self.correct(account).await?;
        self.look(account).await?;
        Ok(head)
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        if changes.iter().any(|change| change.kind.affects().contains(&Affected::Outbox)) {
            self.look(account).await?;
        }
        Ok(changes.last().map(|change| change.seq).unwrap_or_default())
    }

    async fn wait(&mut self) -> Event {
        let next = self.next.values().min().copied();
        tokio::select! {
            Some(ended) = self.sendings.next() => Event::Sent(ended),
            set_back = reached_or_set_back(next, &mut self.seen, &*self.config.clock) => {
                if set_back { Event::SetBack } else { Event::Due }
            }
        }
    }

    async fn act(&mut self, event: Event) -> Then {
        match event {
            Event::Sent(ended) => {
                let account = ended.key.0;
                self.ended(ended).await;
                // Others of the same mailbox may be due.
                self.look_or_retry(account).await;
            }
            Event::Due => {
                let now = (self.config.clock)();
                let due = self.next.iter().filter(|(_, next)| **next <= now).map(|(account, _)| *account);
                for account in due.collect::<Vec<_>>() {
                    self.look_or_retry(account).await;
                }
            }
            Event::SetBack => {
                // The pauses of mailboxes were decided by that clock, too.
                self.troubles.values_mut().for_each(|trouble| trouble.until = None);
                for account in self.recovered.clone() {
                    if let Err(error) = self.correct(account).await {
                        tracing::warn!(%account, %error, "times that a wrong clock led to are not corrected yet");
                    }
                    self.look_or_retry(account).await;
                }
            }
        }
        Then::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(refused: Option<bool>, written: bool) -> Ran {
        let result = if written { Ok(()) } else { Err(StoreError::Stopped) };
        Ran { refused, unsaved: None, result }
    }

    #[test]
    fn a_store_that_does_not_write_holds_the_mailbox_back_ever_longer() {
        let mut trouble = Trouble::default();
        let mut now = Timestamp(0);
        let mut waits = Vec::new();
        for _ in 0..12 {
            trouble.learn(ran(None, false), now);
            let until = trouble.until.unwrap();
            assert!(trouble.holds(now) && !trouble.holds(until));
            waits.push(until.0 - now.0);
            now = until;
        }
        assert_eq!(waits[..4], [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(waits[11], LONGEST_HOLD_MS);
        trouble.learn(ran(None, true), now);
        assert_eq!(trouble, Trouble::default());
    }

    #[test]
    fn a_refused_log_in_counts_whether_or_not_it_could_be_written() {
        let mut trouble = Trouble::default();
        for count in 1..=MOST_REFUSALS {
            trouble.learn(ran(Some(true), count == 2), Timestamp(0));
            assert_eq!(trouble.refusals, count);
        }
        trouble.learn(ran(Some(false), true), Timestamp(0));
        assert_eq!(trouble, Trouble::default());
    }
}
