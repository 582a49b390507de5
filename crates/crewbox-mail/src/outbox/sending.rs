//! One message's way out: its mailbox, its log-in, its envelope, and the write before and after each step that
//! cannot be undone.
//!
//! Owns what a failure means for the message: later, never, or of unknown fate. Never sends what may have left.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use crewbox_core::change::Cause;
use crewbox_core::conversation::Arrival;
use crewbox_core::id::{MailboxId, OutgoingId};
use crewbox_core::message::Direction;
use crewbox_core::model::Mailbox;
use crewbox_core::outgoing::Outgoing;
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::contract::MailboxSecrets;
use crewbox_store::{Batch, Ingest, Op, OutboxStep, Scope, Store, StoreError, SyncStep};
use tokio::sync::watch;

use super::smtp::{Refusal, Sent, Submission};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::intake::Intake;
use crate::net::Net;
use crate::oauth::Tokens;
use crate::{DirectionHint, address};

/// The wait after a first failed try, in milliseconds; doubled with each.
pub(super) const FIRST_WAIT_MS: i64 = 60 * 1_000;
/// The longest wait between two tries.
pub(super) const LONGEST_WAIT_MS: i64 = 60 * 60 * 1_000;
/// A message that could not be sent for so long is given up (RFC 5321, section 4.5.4.1, asks for four to five
/// days; an answer to a lead is worth nothing after two).
const GIVE_UP_MS: i64 = 2 * 24 * 60 * 60 * 1_000;
/// How soon it is tried again to write what became of a message; doubled to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LONGEST_RETRY: Duration = Duration::from_secs(10);
/// Hosts that put a copy of what is sent through them into Sent by themselves: two copies would be one too many.
const COPY_THEMSELVES: &[&str] =
    &["smtp.gmail.com", "smtp-relay.gmail.com", "smtp.office365.com", "smtp-mail.outlook.com"];

/// Whether the mailbox's SMTP host puts a copy into Sent by itself.
fn copies_itself(mailbox: &Mailbox) -> bool {
    COPY_THEMSELVES.contains(&mailbox.settings.smtp_host.to_lowercase().as_str())
}

/// What can still be learnt of a message of unknown fate: a copy in Sent says that it left, where somebody else than
/// we puts one there.
fn how_to_find_out(mailbox: &Mailbox) -> &'static str {
    if copies_itself(mailbox) && !mailbox.settings.imap_host.is_empty() {
        "Crewbox searches Sent for it."
    } else {
        "This provider may not put copies into Sent: ask the recipient before you send it again."
    }
}

/// What a sending says to the loop.
#[derive(Debug)]
pub(super) struct Ran {
    /// Whether the log-in was refused; none when it was not tried.
    pub(super) refused: Option<bool>,
    /// Why it was refused, where that could not be written.
    pub(super) unsaved: Option<String>,
    /// What the store would not write.
    pub(super) result: Result<(), StoreError>,
}

impl Ran {
    /// One that was not begun.
    pub(super) const fn idle() -> Self {
        Self { refused: None, unsaved: None, result: Ok(()) }
    }
}

/// Sends one message, in a task of its own.
#[derive(Clone)]
pub(super) struct Sending {
    pub(super) intake: Intake,
    pub(super) clock: Clock,
    pub(super) net: Net,
    pub(super) tokens: Arc<Tokens>,
    pub(super) scope: Scope,
    /// Drawn in advance, to spread the next try.
    pub(super) spread: i64,
    /// The mailbox was refused too often to be tried again as it is.
    pub(super) held_back: bool,
    pub(super) stopped: watch::Receiver<bool>,
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

    /// Sends one message, or says why not. `unsaved` is what an earlier one could not write.
    pub(super) async fn run(self, one: Outgoing, unsaved: Option<String>) -> Ran {
        let mut ran = Ran { unsaved, ..Ran::idle() };
        ran.result = self.try_to_send(&one, &mut ran).await;
        ran
    }

    async fn try_to_send(&self, one: &Outgoing, ran: &mut Ran) -> Result<(), StoreError> {
        let catalog = self.store().catalog(&self.scope).await?;
        let Some(mailbox) = catalog.mailbox(one.mailbox).filter(|mailbox| mailbox.removed_at.is_none())
        else {
            let why = "The mailbox that it was to be sent from has been removed.";
            return self.step(OutboxStep::Fail(one.id, why.to_owned())).await;
        };
        if mailbox.settings.smtp_host.is_empty() {
            let why = "The mailbox has no SMTP server: save it with one, then send again.";
            return self.step(OutboxStep::Fail(one.id, why.to_owned())).await;
        }
        if self.is_blocked(one).await? {
            let why = "A recipient's domain was blocked after the message was written, so it was not sent.";
            return self.step(OutboxStep::Fail(one.id, why.to_owned())).await;
        }
        if let Some(why) = ran.unsaved.clone() {
            self.tell(mailbox.id, Some(why)).await?;
            ran.unsaved = None;
        }
        // Saved again since the last refusal: worth a try.
        let status = self.store().mailbox_status(&self.scope, mailbox.id).await?;
        if let Some(why) = status.smtp_error.as_ref().filter(|_| self.held_back) {
            return self.step(self.later(one, why)).await;
        }
        let mut submission = match self.open(mailbox).await {
            Ok(submission) => submission,
            Err(refusal) => {
                ran.refused = Some(false);
                if let Refusal::LogIn(why) = &refusal {
                    // Counted before it is written: a store that writes nothing must not cost the mailbox its account.
                    (ran.refused, ran.unsaved) = (Some(true), Some(why.clone()));
                    self.tell(mailbox.id, Some(why.clone())).await?;
                    ran.unsaved = None;
                }
                return self.step(self.refused(one, &refusal)).await;
            }
        };
        ran.refused = Some(false);
        if status.smtp_error.is_some() {
            self.tell(mailbox.id, None).await?;
        }
        let outcome = self.give(mailbox, one, &mut submission).await;
        submission.close().await;
        outcome
    }

    /// Whether the domain of a recipient is not written to, in whichever way it was written when it was blocked.
    async fn is_blocked(&self, one: &Outgoing) -> Result<bool, StoreError> {
        let domains: Vec<String> = one
            .recipients
            .iter()
            .map(|recipient| address::domain(recipient))
            .flat_map(|domain| [domain.to_owned(), idna::domain_to_unicode(domain).0])
            .collect();
        Ok(self.store().blocked(&self.scope, &domains).await?.contains(&true))
    }

    async fn open(&self, mailbox: &Mailbox) -> Result<Submission, Refusal> {
        let secrets = self.store().mailbox_secrets(&self.scope, mailbox.id).await;
        let secrets = secrets.map_err(|error| Refusal::Later(error.to_string()))?;
        let credentials = self.credentials(mailbox, secrets).await?;
        let opened = Submission::open(&self.net, &mailbox.settings, &mailbox.email, &credentials).await;
        if let (Err(Refusal::LogIn(_)), Credentials::Token(..)) = (&opened, &credentials) {
            // Ended before its time, perhaps: the next try asks for another.
            self.tokens.forget(self.scope.account(), mailbox.id);
        }
        opened
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
                Err(_) => Err(Refusal::Later("the sign-in server gives no token at the moment".to_owned())),
            };
        }
        match secrets.password {
            Some(password) => Ok(Credentials::Password(user, password)),
            None => Err(Refusal::LogIn(
                "no password is stored: save the mailbox again with its password".to_owned(),
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
            return self.step(self.refused(one, &refusal)).await;
        }
        crewbox_crash::point("outbox.announced");
        // From here on it may have left. Whoever took it back a moment ago is asked for the last time.
        match self.step(OutboxStep::Start(one.id)).await {
            Err(StoreError::Conflict(..)) => return Ok(()),
            other => other?,
        }
        crewbox_crash::point("outbox.started");
        let sent = submission.send(&raw).await;
        crewbox_crash::point("outbox.answered");
        match sent {
            Sent::Accepted(answer, relay_ids) => {
                self.accepted(mailbox, one.id, raw, answer, relay_ids).await?;
                crewbox_crash::point("outbox.accepted");
                Ok(())
            }
            Sent::Refused(refusal) => self.insist(|| self.refused(one, &refusal)).await,
            Sent::Unknown(why) => {
                let why = format!("The message may have been sent: {why}. {}", how_to_find_out(mailbox));
                self.insist(|| OutboxStep::Lose(one.id, why.clone())).await
            }
        }
    }

    async fn accepted(
        &self,
        mailbox: &Mailbox,
        id: OutgoingId,
        raw: Bytes,
        answer: String,
        relay_ids: Vec<String>,
    ) -> Result<(), StoreError> {
        let context = crate::ReadContext {
            own: Arc::new(OwnAddresses::new([&mailbox.email])),
            received_at: Some(self.now()),
            fallback_at: None,
            now: self.now(),
            direction: DirectionHint::Decided(Direction::Outbound),
        };
        // On the readers' own stack, like any mail: what was attached or quoted is a stranger's.
        let Ok(Ok(mail)) = self.intake.read_one(context, raw.clone()).await else {
            tracing::error!("a message was accepted, but its stored copy cannot be read");
            let why = format!(
                "The server accepted the message, but Crewbox cannot read its own copy. {}",
                how_to_find_out(mailbox)
            );
            return self.insist(|| OutboxStep::Lose(id, why.clone())).await;
        };
        let ingest = Ingest {
            mail,
            raw: raw.into(),
            mailbox: mailbox.id,
            location: None,
            arrival: Arrival::Live,
            place: crate::place,
        };
        let copy = !copies_itself(mailbox) && !mailbox.settings.imap_host.is_empty();
        self.insist(|| OutboxStep::Accept {
            id,
            ingest: Box::new(ingest.clone()),
            answer: answer.clone(),
            relay_ids: relay_ids.clone(),
            copy,
        })
        .await
    }

    /// Writes what became of a message whose bytes were on the way: whatever is wrong with the store, it is tried until it is
    /// written, or known otherwise.
    async fn insist(&self, step: impl Fn() -> OutboxStep) -> Result<(), StoreError> {
        let mut wait = FIRST_RETRY;
        loop {
            match self.step(step()).await {
                // A copy in Sent was quicker.
                Err(StoreError::Conflict(..)) => return Ok(()),
                Err(error) if !self.store().has_stopped() => {
                    tracing::warn!(%error, "the result of sending a message cannot be stored yet");
                }
                done => return done,
            }
            let mut stopped = self.stopped.clone();
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_RETRY),
                // Unknown at the next start, and looked up in Sent: better than never ending.
                _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            }
        }
    }

    fn refused(&self, one: &Outgoing, refusal: &Refusal) -> OutboxStep {
        match refusal {
            Refusal::Never(why) => OutboxStep::Fail(one.id, why.clone()),
            Refusal::Later(why) | Refusal::LogIn(why) => self.later(one, why),
        }
    }

    /// Once more later, or given up.
    fn later(&self, one: &Outgoing, why: &str) -> OutboxStep {
        let now = self.now();
        if now.0.saturating_sub(one.not_before.0) > GIVE_UP_MS {
            return OutboxStep::Fail(one.id, format!("Gave up after two days: {why}"));
        }
        let wait = FIRST_WAIT_MS.saturating_mul(1 << one.attempts.min(10)).min(LONGEST_WAIT_MS);
        let next_try = Timestamp(now.0.saturating_add(wait).saturating_add(self.spread / 4));
        OutboxStep::Later { id: one.id, next_try, answer: why.to_owned() }
    }

    async fn tell(&self, mailbox: MailboxId, error: Option<String>) -> Result<(), StoreError> {
        let ops = vec![Op::Sync { mailbox, step: SyncStep::SmtpError(error) }];
        let batch = Batch::new(self.scope, self.now(), ops).caused_by(Cause::Mailbox);
        self.store().commit(batch).await.map(drop)
    }
}

pub(super) async fn commit(
    store: &Store,
    scope: &Scope,
    at: Timestamp,
    step: OutboxStep,
) -> Result<(), StoreError> {
    let batch = Batch::new(*scope, at, vec![Op::Outbox(step)]).caused_by(Cause::Mailbox);
    store.commit(batch).await.map(drop)
}
