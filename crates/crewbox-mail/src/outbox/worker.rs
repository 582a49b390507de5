//! The worker: what is due, one message at a time for each mailbox, several mailboxes at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use crewbox_core::id::{AccountId, MailboxId, OutgoingId, Seq};
use crewbox_core::message::Direction;
use crewbox_core::model::Mailbox;
use crewbox_core::outgoing::{Outgoing, OutgoingState};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::MailboxSecrets;
use crewbox_store::crash;
use crewbox_store::{Batch, Ingest, Op, OutboxStep, Scope, Store, StoreError, SyncStep};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::smtp::{Refusal, Sent, Submission};
use crate::Clock;
use crate::intake::Intake;
use crate::net::Net;
use crate::oauth::Tokens;
use crate::sync::imap::Credentials;
use crate::sync::step::Failure;

/// How often each account's head is asked for. What it tells is in memory, so it may be often.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often new accounts are looked for: this many looks.
const ACCOUNTS_EVERY: u32 = 20;
/// Mailboxes that send at once.
const MOST_SENDING: usize = 16;
/// Due messages read at once.
const BATCH: u32 = 64;
/// The wait after a first failed try, in milliseconds; doubled with each.
const FIRST_WAIT_MS: i64 = 60 * 1_000;
/// The longest wait between two tries.
const LONGEST_WAIT_MS: i64 = 60 * 60 * 1_000;
/// A message that could not be sent for so long is given up (RFC 5321, section 4.5.4.1, asks for four to five
/// days; an answer to a lead is worth nothing after two).
const GIVE_UP_MS: i64 = 2 * 24 * 60 * 60 * 1_000;
/// Log-ins refused in a row before a mailbox sends nothing until it is saved again: more could lock it.
const MOST_REFUSALS: u32 = 3;

/// Hosts that put a copy of what is sent through them into Sent by themselves: two copies would be one too many.
const COPY_THEMSELVES: &[&str] =
    &["smtp.gmail.com", "smtp-relay.gmail.com", "smtp.office365.com", "smtp-mail.outlook.com"];

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
        };
        Self { stop, task: tokio::spawn(worker.run(stopped)) }
    }

    /// Ends it in good order: what is on its way is answered first.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// One message's sending, apart from the loop.
#[derive(Clone)]
struct Sending {
    intake: Intake,
    clock: Clock,
    net: Net,
    tokens: Arc<Tokens>,
    scope: Scope,
    /// Drawn in advance, to spread the next try.
    spread: i64,
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
                    } else {
                        // A panic: what it was sending is of unknown fate at the next start, and not before.
                        tracing::error!("a message's sending ended in disorder");
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
        };
        let permits = Arc::clone(permits);
        sendings.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let mailbox = outgoing.mailbox;
            let refused = sending.run(outgoing, held_back).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "a message's progress could not be written yet");
                None
            });
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

impl Sending {
    fn store(&self) -> &Store {
        self.intake.store()
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn step(&self, step: OutboxStep) -> Result<(), StoreError> {
        commit(self.store(), &self.scope, self.now(), step).await
    }

    /// Sends one message, or says why not. Answers whether the log-in was refused.
    async fn run(&self, one: Outgoing, held_back: bool) -> Result<Option<bool>, StoreError> {
        let catalog = self.store().catalog(&self.scope).await?;
        let Some(mailbox) = catalog.mailbox(one.mailbox).filter(|mailbox| mailbox.removed_at.is_none())
        else {
            let why = "The mailbox it was to leave through has been removed.";
            return self.step(OutboxStep::Fail(one.id, why.to_owned())).await.map(|()| None);
        };
        if mailbox.settings.smtp_host.is_empty() {
            let why = "The mailbox has no SMTP server: save it with one, then send again.";
            return self.step(OutboxStep::Fail(one.id, why.to_owned())).await.map(|()| None);
        }
        // Saved again since the last refusal: worth a try.
        let status = self.store().mailbox_status(&self.scope, mailbox.id).await?;
        if held_back && status.smtp_error.is_some() {
            let why = status.smtp_error.unwrap_or_default();
            return self.later(&one, &why).await.map(|()| None);
        }
        let mut submission = match self.open(mailbox).await {
            Ok(submission) => submission,
            Err(refusal) => {
                let refused = matches!(refusal, Refusal::LogIn(_));
                if let Refusal::LogIn(why) = &refusal {
                    self.tell(mailbox.id, Some(why.clone())).await?;
                    self.later(&one, why).await?;
                } else {
                    self.refused(&one, &refusal).await?;
                }
                return Ok(Some(refused));
            }
        };
        if status.smtp_error.is_some() {
            self.tell(mailbox.id, None).await?;
        }
        let outcome = self.give(mailbox, &one, &mut submission).await;
        submission.close().await;
        outcome.map(|()| Some(false))
    }

    async fn open(&self, mailbox: &Mailbox) -> Result<Submission, Refusal> {
        let secrets = self.store().mailbox_secrets(&self.scope, mailbox.id).await;
        let secrets = secrets.map_err(|error| Refusal::Later(error.to_string()))?;
        let credentials = self.credentials(mailbox, secrets).await?;
        Submission::open(&self.net, &mailbox.settings, &credentials).await
    }

    async fn credentials(&self, mailbox: &Mailbox, secrets: MailboxSecrets) -> Result<Credentials, Refusal> {
        let user = mailbox.settings.user.clone();
        if mailbox.settings.oauth.is_some() {
            let token = self.tokens.access(self.store(), &self.scope, mailbox, &secrets, self.now()).await;
            return match token {
                Ok(token) => Ok(Credentials::Token(user, token)),
                Err(Failure::Refused(why)) => Err(Refusal::LogIn(why)),
                Err(Failure::Unreachable(why) | Failure::Throttled(why, _) | Failure::Store(why)) => {
                    Err(Refusal::Later(why))
                }
                Err(_) => Err(Refusal::Later("no token can be had at the moment".to_owned())),
            };
        }
        match secrets.password {
            Some(password) => Ok(Credentials::Password(user, password)),
            None => Err(Refusal::LogIn(
                "no password is kept: save the mailbox again with its password".to_owned(),
            )),
        }
    }

    /// The talk about one message, from its envelope to its end.
    async fn give(
        &self,
        mailbox: &Mailbox,
        one: &Outgoing,
        submission: &mut Submission,
    ) -> Result<(), StoreError> {
        let raw = Bytes::from(self.store().outgoing_raw(&self.scope, one.id).await?);
        if let Err(refusal) = submission.announce(&one.sender, &one.recipients).await {
            return self.refused(one, &refusal).await;
        }
        crash::point("outbox.announced");
        // From here on it may have left. Whoever took it back a moment ago is asked for the last time.
        match self.step(OutboxStep::Start(one.id)).await {
            Err(StoreError::Conflict(..)) => return Ok(()),
            other => other?,
        }
        crash::point("outbox.started");
        let sent = submission.send(&raw).await;
        crash::point("outbox.answered");
        match sent {
            Sent::Accepted(answer) => {
                self.accepted(mailbox, one.id, raw, answer).await?;
                crash::point("outbox.accepted");
                Ok(())
            }
            Sent::Refused(refusal) => self.refused(one, &refusal).await,
            Sent::Unknown(why) => {
                let why = format!("It may or may not have left: {why}. It is looked for in Sent.");
                self.step(OutboxStep::Lose(one.id, why)).await
            }
        }
    }

    async fn accepted(
        &self,
        mailbox: &Mailbox,
        id: OutgoingId,
        raw: Bytes,
        answer: String,
    ) -> Result<(), StoreError> {
        let context = crate::ReadContext {
            mailbox_email: mailbox.email.clone(),
            received_at: Some(self.now()),
            now: self.now(),
            direction: Some(Direction::Outbound),
        };
        let mail = crate::read(&raw, &context)
            .map_err(|error| StoreError::Engine(format!("a message of ours cannot be read: {error}")))?;
        let ingest =
            Ingest { mail, raw, mailbox: mailbox.id, location: None, backfill: false, place: crate::place };
        let host = mailbox.settings.smtp_host.to_lowercase();
        let copy = !COPY_THEMSELVES.contains(&host.as_str()) && !mailbox.settings.imap_host.is_empty();
        self.step(OutboxStep::Accept { id, ingest: Box::new(ingest), answer, copy }).await
    }

    async fn refused(&self, one: &Outgoing, refusal: &Refusal) -> Result<(), StoreError> {
        match refusal {
            Refusal::Never(why) => self.step(OutboxStep::Fail(one.id, why.clone())).await,
            Refusal::Later(why) | Refusal::LogIn(why) => self.later(one, why).await,
        }
    }

    /// Once more later, or given up.
    async fn later(&self, one: &Outgoing, why: &str) -> Result<(), StoreError> {
        let now = self.now();
        if now.0.saturating_sub(one.not_before.0) > GIVE_UP_MS {
            let why = format!("Given up after two days: {why}");
            return self.step(OutboxStep::Fail(one.id, why)).await;
        }
        let wait = FIRST_WAIT_MS.saturating_mul(1 << one.attempts.min(10)).min(LONGEST_WAIT_MS);
        let next_try = Timestamp(now.0.saturating_add(wait).saturating_add(self.spread / 4));
        self.step(OutboxStep::Later { id: one.id, next_try, answer: why.to_owned() }).await
    }

    async fn tell(&self, mailbox: MailboxId, error: Option<String>) -> Result<(), StoreError> {
        let ops = vec![Op::Sync { mailbox, step: SyncStep::SmtpError(error) }];
        let batch = Batch { scope: self.scope, at: self.now(), ops, once: None };
        self.store().commit(batch).await.map(drop)
    }
}

async fn commit(store: &Store, scope: &Scope, at: Timestamp, step: OutboxStep) -> Result<(), StoreError> {
    let batch = Batch { scope: *scope, at, ops: vec![Op::Outbox(step)], once: None };
    store.commit(batch).await.map(drop)
}
