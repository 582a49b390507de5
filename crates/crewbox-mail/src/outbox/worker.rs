//! The worker: what is due, one message at a time for each mailbox, several mailboxes at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crewbox_core::id::{AccountId, MailboxId, Seq};
use crewbox_core::outgoing::{Outgoing, OutgoingState};
use crewbox_core::time::Timestamp;
use crewbox_store::{OutboxStep, Scope, Store, StoreError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::sending::{FIRST_WAIT_MS, Sending, commit};
use crate::Clock;
use crate::intake::Intake;
use crate::net::Net;
use crate::oauth::Tokens;

/// How often each account's head is asked for. What it tells is in memory, so it may be often.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often new accounts are looked for: this many looks.
const ACCOUNTS_EVERY: u32 = 20;
/// Mailboxes that send at once.
const MOST_SENDING: usize = 16;
/// Due messages read at once.
const BATCH: u32 = 64;
/// Log-ins refused in a row before a mailbox sends nothing until it is saved again: more could lock it.
const MOST_REFUSALS: u32 = 3;

/// What an outbox needs.
#[derive(Clone)]
pub struct Config {
    /// The way in for what was sent, with the store behind it.
    pub intake: Intake,
    /// Tells the time.
    pub clock: Clock,
    /// Makes connections.
    pub net: Net,
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
            tokens: Arc::new(Tokens::new(&config.net)),
            rng: ChaCha8Rng::seed_from_u64(config.seed),
            config,
            accounts: HashMap::new(),
            next: HashMap::new(),
            busy: HashSet::new(),
            refusals: HashMap::new(),
            stopped: stopped.clone(),
        };
        Self { stop, task: tokio::spawn(worker.run(stopped)) }
    }

    /// Ends it in good order: what is on its way is answered first.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// What a sending says to the loop.
struct Done {
    account: AccountId,
    mailbox: MailboxId,
    /// Whether the log-in was refused; none when it was not tried.
    refused: Option<bool>,
}

struct Worker {
    config: Config,
    tokens: Arc<Tokens>,
    rng: ChaCha8Rng,
    /// Each account, with the change up to which its outbox was looked at.
    accounts: HashMap<AccountId, Option<Seq>>,
    /// When each account's next message is due.
    next: HashMap<AccountId, Timestamp>,
    busy: HashSet<(AccountId, MailboxId)>,
    refusals: HashMap<(AccountId, MailboxId), u32>,
    stopped: watch::Receiver<bool>,
}

impl Worker {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let permits = Arc::new(Semaphore::new(MOST_SENDING));
        let mut sendings: JoinSet<Done> = JoinSet::new();
        let mut looks = 0_u32;
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                Some(done) = sendings.join_next() => {
                    if let Ok(done) = done {
                        self.done(&done);
                    }
                    continue;
                }
                _ = stopped.wait_for(|stop| *stop) => break,
            }
            if looks.is_multiple_of(ACCOUNTS_EVERY)
                && let Err(error) = self.find_accounts().await
            {
                tracing::warn!(%error, "the outbox cannot be looked at yet");
            }
            looks = looks.wrapping_add(1);
            let accounts: Vec<AccountId> = self.accounts.keys().copied().collect();
            for account in accounts {
                match self.due(account).await {
                    Ok(due) => {
                        for outgoing in due {
                            self.send(account, outgoing, &permits, &mut sendings);
                        }
                    }
                    Err(error) => tracing::warn!(%account, %error, "an account's outbox cannot be read yet"),
                }
            }
        }
        while sendings.join_next().await.is_some() {}
    }

    fn store(&self) -> &Store {
        self.config.intake.store()
    }

    /// Accounts not known yet; what a dead process was sending in them is of unknown fate.
    async fn find_accounts(&mut self) -> Result<(), StoreError> {
        for account in self.store().accounts().await? {
            if self.accounts.contains_key(&account.id) {
                continue;
            }
            let scope = Scope::operator(account.id);
            for one in self.store().outgoing_unsettled(&scope).await? {
                if one.state == OutgoingState::Sending {
                    let why = "The program ended while it was being sent. It may or may not have left.";
                    commit(
                        self.store(),
                        &scope,
                        (self.config.clock)(),
                        OutboxStep::Lose(one.id, why.to_owned()),
                    )
                    .await?;
                }
            }
            self.accounts.insert(account.id, None);
        }
        Ok(())
    }

    /// What is due in an account, at most one message a mailbox, of mailboxes that are not sending.
    async fn due(&mut self, account: AccountId) -> Result<Vec<Outgoing>, StoreError> {
        let scope = Scope::operator(account);
        let now = (self.config.clock)();
        let head = self.store().head(&scope).await?.seq;
        let moved = self.accounts.get(&account).copied().flatten() != Some(head);
        let waited = self.next.get(&account).is_some_and(|next| *next <= now);
        if !moved && !waited {
            return Ok(Vec::new());
        }
        let due = self.store().outgoing_due(&scope, now, BATCH).await?;
        let mut chosen: Vec<Outgoing> = Vec::new();
        let mut left = due.len() as u32 == BATCH;
        for one in due {
            let key = (account, one.mailbox);
            if self.busy.contains(&key) || chosen.iter().any(|other| other.mailbox == one.mailbox) {
                left = true;
            } else {
                chosen.push(one);
            }
        }
        self.accounts.insert(account, Some(head));
        match self.store().outgoing_next(&scope).await? {
            // What waits for its mailbox is looked at again when that has done; this is for the rest.
            Some(next) if next > now => self.next.insert(account, next),
            Some(_) if left => self.next.insert(account, now),
            _ => self.next.remove(&account),
        };
        Ok(chosen)
    }

    fn send(
        &mut self,
        account: AccountId,
        outgoing: Outgoing,
        permits: &Arc<Semaphore>,
        sendings: &mut JoinSet<Done>,
    ) {
        let key = (account, outgoing.mailbox);
        self.busy.insert(key);
        let held_back = self.refusals.get(&key).is_some_and(|refusals| *refusals >= MOST_REFUSALS);
        let sending = Sending {
            intake: self.config.intake.clone(),
            clock: self.config.clock.clone(),
            net: self.config.net.clone(),
            tokens: Arc::clone(&self.tokens),
            scope: Scope::operator(account),
            spread: self.rng.random_range(0..FIRST_WAIT_MS),
            stopped: self.stopped.clone(),
        };
        let permits = Arc::clone(permits);
        sendings.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let mailbox = outgoing.mailbox;
            // On a task of its own: a panic is of unknown fate at the next start, and holds up no other message.
            let refused = match tokio::spawn(sending.run(outgoing, held_back)).await {
                Ok(Ok(refused)) => refused,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a message's progress could not be written yet");
                    None
                }
                Err(_) => {
                    tracing::error!("a message's sending ended in disorder");
                    None
                }
            };
            Done { account, mailbox, refused }
        });
    }

    fn done(&mut self, done: &Done) {
        let key = (done.account, done.mailbox);
        self.busy.remove(&key);
        match done.refused {
            Some(true) => *self.refusals.entry(key).or_default() += 1,
            Some(false) => {
                self.refusals.remove(&key);
            }
            None => {}
        }
        // Others of the same mailbox may be due.
        self.accounts.insert(done.account, None);
    }
}
