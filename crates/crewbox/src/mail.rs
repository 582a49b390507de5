//! The mail side, wired: mail posted over HTTP on its way in, answers on their way out, mailboxes asked and
//! watched over.
//!
//! Owns the glue between the web's ports and the mail crate, and the randomness of Message-IDs. Holds no rule.

use std::sync::Arc;

use bytes::Bytes;
use crewbox_app::{MailServices, Services};
use crewbox_core::conversation::Arrival;
use crewbox_core::id::{MailboxId, MessageId, QuarantineId};
use crewbox_core::message::Attachment;
use crewbox_core::model::Mailbox;
use crewbox_core::outgoing::Draft;
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::threading::PlaceFn;
use crewbox_core::time::Timestamp;
use crewbox_mail::compose::{forward_subject, new_message_id, new_reference, reply_subject};
use crewbox_mail::form;
use crewbox_mail::intake::{Incoming, Intake, Taken};
use crewbox_mail::net::{Net, NetPolicy};
use crewbox_mail::oauth::Tokens;
use crewbox_mail::outbox::{self, Outbox};
use crewbox_mail::sync::ledger::ledger;
use crewbox_mail::sync::supervisor::{self, Supervisor};
use crewbox_mail::{Container, DirectionHint, Marks, NotMail, ReadContext, origin, probe};
use crewbox_store::contract::{RawMail, Thing};
use crewbox_store::{Batch, Ingest, Live, Op, Outcome, Scope, Store, StoreError};
use crewbox_web::port::{
    Answering, Asking, Composed, Delivered, Delivering, DraftProblem, FolderFigures, MailIn, MailOut,
    Refused, Rereading, Tested,
};

use crate::clock;
use crate::failure::Failure;
use crate::net::NetArgs;

/// The mail side of one server.
#[derive(Clone)]
pub(crate) struct Mail {
    intake: Intake,
    live: Live,
    net: Net,
    tokens: Arc<Tokens>,
}

/// The workers of a server; those of its mailboxes only where it is connected to them.
pub(crate) struct Workers {
    supervisor: Option<Supervisor>,
    outbox: Outbox,
}

impl Workers {
    /// Ends them in good order.
    pub(crate) async fn stop(self) {
        let supervisor = async {
            if let Some(supervisor) = self.supervisor {
                supervisor.stop().await;
            }
        };
        tokio::join!(supervisor, self.outbox.stop());
    }
}

/// What may be connected to.
///
/// # Errors
/// One sentence when the operator's certificates cannot be read.
pub(crate) fn net(args: &NetArgs) -> Result<Net, Failure> {
    let policy = NetPolicy {
        allow_private_hosts: args.allow_private_hosts,
        extra_ca: args.ca_file.clone(),
        ehlo_name: args.ehlo_name.clone(),
    };
    Net::new(&policy).map_err(Failure::input)
}

impl Mail {
    pub(crate) fn new(store: Store, live: Live, net: Net) -> Result<Self, Failure> {
        let tokens = Arc::new(Tokens::new(&net));
        Ok(Self { intake: crate::intake::open(store)?, live, net, tokens })
    }

    /// The use cases' mail side.
    pub(crate) fn services(&self) -> Services {
        let mail = MailServices {
            intake: self.intake.clone(),
            net: self.net.clone(),
            tokens: Arc::clone(&self.tokens),
        };
        Services::new(self.intake.store().clone()).with_mail(mail)
    }

    /// Starts the outbox, and the workers of all mailboxes if they are `connected`.
    pub(crate) fn start(&self, connected: bool) -> Result<Workers, Failure> {
        let seed = u64::from_le_bytes(random::<8>()?);
        let clock: crewbox_mail::Clock = Arc::new(clock::now);
        let outbox = outbox::Config {
            intake: self.intake.clone(),
            clock: Arc::clone(&clock),
            net: self.net.clone(),
            tokens: Arc::clone(&self.tokens),
            seed: seed ^ 1,
        };
        let tokens = Arc::clone(&self.tokens);
        let config = supervisor::Config::new(self.intake.clone(), clock, self.net.clone(), tokens, seed);
        let supervisor = connected.then(|| Supervisor::start(config));
        Ok(Workers { supervisor, outbox: Outbox::start(outbox) })
    }

    /// Reads a quarantined mail again, and takes it in if that goes well.
    async fn read_again(
        &self,
        scope: &Scope,
        quarantine: QuarantineId,
        now: Timestamp,
    ) -> Result<Delivered, StoreError> {
        let store = self.intake.store();
        let commit = async |op| store.commit(Batch::new(*scope, now, vec![op])).await;
        let held = store.quarantined(scope, quarantine).await?;
        // Of a removed mailbox, too: its mail stays, and this is mail of it.
        let names = self.live.account(scope.account(), now).await?.names();
        let mailbox = names.catalog.mailbox(held.item.mailbox).filter(|found| scope.sees(found.client));
        let mailbox = mailbox.ok_or(StoreError::NotFound(Thing::Quarantine, quarantine.get()))?;
        commit(Op::TryQuarantined { quarantine, reader: crewbox_mail::reader() }).await?;
        let context = ReadContext {
            own: Arc::new(store.own_addresses(scope, mailbox.id).await?),
            received_at: held.mail_at,
            fallback_at: None,
            now,
            direction: held.direction.map_or(DirectionHint::None, DirectionHint::Folder),
        };
        let raw = Bytes::from(held.raw);
        // On the readers' own stack, like any mail. Should this one end the program, that was its only try.
        let read = self.intake.read_one(context, raw.clone()).await?;
        // It has not, and may be tried again, whatever becomes of what follows.
        commit(Op::SurvivedQuarantined(quarantine)).await?;
        let mail = match read {
            Ok(mail) => mail,
            Err(error) => return Ok(Delivered::Quarantined(quarantine, error.reason)),
        };
        let ingest = Ingest {
            mail,
            raw,
            mailbox: mailbox.id,
            location: held.location,
            arrival: if held.backfill { Arrival::History { open: None } } else { Arrival::Live },
            place: crewbox_mail::place,
        };
        let release = Op::ReleaseQuarantine { quarantine, ingest: Box::new(ingest) };
        match commit(release).await?.outcomes.into_iter().next() {
            Some(Outcome::Ingested(ingested)) => Ok(Delivered::Stored(ingested)),
            _ => Err(StoreError::Engine("a released mail has no outcome".into())),
        }
    }

    async fn mailbox(&self, scope: &Scope, id: MailboxId) -> Result<Mailbox, StoreError> {
        let names = self.live.account(scope.account(), clock::now()).await?.names();
        let found = names.catalog.mailbox(id);
        found
            .filter(|found| found.removed_at.is_none() && scope.sees(found.client))
            .cloned()
            .ok_or(StoreError::NotFound(Thing::Mailbox, id.get()))
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed(format!("the system gives no randomness: {error}")))?;
    Ok(bytes)
}

/// How a stored message is read again: its time and direction were decided when it came in, and reading must not decide
/// them again.
pub(crate) fn context_again(stored: &RawMail, now: Timestamp) -> ReadContext {
    ReadContext {
        own: Arc::clone(&stored.own),
        received_at: Some(stored.message.at),
        fallback_at: None,
        now,
        direction: DirectionHint::Decided(stored.message.direction),
    }
}

/// Whether a posted mail is a draft: its header says so, and it is one of our own. What others send is mail, whatever
/// their programs left in its header.
fn is_draft(raw: &[u8], own: &OwnAddresses) -> bool {
    Marks::read(raw, Container::File).not_mail == Some(NotMail::Draft)
        && own.include(&origin(raw, own, DirectionHint::None).from.email)
}

impl MailIn for Mail {
    fn deliver<'a>(
        &'a self,
        scope: &'a Scope,
        mailbox: MailboxId,
        raw: Bytes,
        received_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Delivering<'a> {
        Box::pin(async move {
            let mailbox = self.mailbox(scope, mailbox).await?.id;
            if let Err(not) = form::of_post(&raw) {
                return Ok(Delivered::NotMail(not.why));
            }
            let own = Arc::new(self.intake.store().own_addresses(scope, mailbox).await?);
            if is_draft(&raw, &own) {
                return Ok(Delivered::Draft);
            }
            let mail = Incoming {
                raw,
                mailbox,
                own,
                location: None,
                backfill: false,
                seen: None,
                connected_at: None,
                received_at,
                fallback_at: None,
                direction: None,
            };
            match self.intake.take(scope, now, vec![mail]).await?.pop() {
                Some(Taken::Stored(ingested)) => Ok(Delivered::Stored(ingested)),
                Some(Taken::Quarantined(id, reason)) => Ok(Delivered::Quarantined(id, reason)),
                None => Err(StoreError::Engine("a delivered mail has no outcome".into())),
            }
        })
    }

    fn reread<'a>(&'a self, scope: &'a Scope, message: MessageId, now: Timestamp) -> Rereading<'a> {
        Box::pin(async move {
            let before = MessageId(message.get().saturating_sub(1));
            let held = self.intake.store().raws(scope, before, 1).await?.pop();
            let held = held.filter(|held| held.message.id == message);
            let held = held.ok_or(StoreError::NotFound(Thing::Message, message.get()))?;
            let context = context_again(&held, now);
            let read = self.intake.read_one(context, Bytes::from(held.raw)).await?;
            read.map(Box::new).map_err(|error| StoreError::Engine(format!("a stored mail: {}", error.reason)))
        })
    }

    fn attachment(&self, raw: &[u8], index: u32) -> Option<(Attachment, Vec<u8>)> {
        crewbox_mail::attachment(raw, index)
    }

    fn attachments(&self, raw: &[u8], wanted: &[u32]) -> Vec<Option<(Attachment, Vec<u8>)>> {
        crewbox_mail::attachments_at(raw, wanted)
    }
}

impl MailOut for Mail {
    fn compose(&self, draft: &Draft) -> Result<Composed, DraftProblem> {
        crewbox_mail::compose(draft)
            .map(|mail| Composed {
                raw: Bytes::from(mail.raw),
                sender: mail.sender,
                recipients: mail.recipients,
            })
            .map_err(|error| DraftProblem { field: error.field, sentence: error.sentence })
    }

    fn answering(&self, raw: &[u8]) -> Answering {
        let crewbox_mail::Answering { reply_to, thread } = crewbox_mail::answering(raw);
        Answering { reply_to, thread }
    }

    fn new_ids(&self, sender: &str) -> Result<(String, String), StoreError> {
        let drawn =
            || random::<16>().map_err(|_| StoreError::Engine("the system gives no randomness".into()));
        Ok((new_message_id(drawn()?, sender), new_reference(drawn()?)))
    }

    fn reply_subject(&self, subject: &str) -> String {
        reply_subject(subject)
    }

    fn forward_subject(&self, subject: &str) -> String {
        forward_subject(subject)
    }

    fn place(&self) -> PlaceFn {
        crewbox_mail::place
    }

    fn retry<'a>(&'a self, scope: &'a Scope, quarantine: QuarantineId, now: Timestamp) -> Delivering<'a> {
        let (mail, scope) = (self.clone(), *scope);
        // On a task of its own: a caller who hangs up must not leave the mail counted as this reader's death.
        let task = tokio::spawn(async move { mail.read_again(&scope, quarantine, now).await });
        Box::pin(async move {
            task.await.map_err(|_| StoreError::Engine("a retry ended in disorder".to_owned()))?
        })
    }

    fn ledger<'a>(
        &'a self,
        scope: &'a Scope,
        mailbox: MailboxId,
        now: Timestamp,
    ) -> Asking<'a, Vec<FolderFigures>> {
        Box::pin(async move {
            let mailbox = self.mailbox(scope, mailbox).await.map_err(Refused::Store)?;
            let server = |failure| Refused::Server(probe::sentence(&failure));
            let store = self.intake.store();
            let (imap, _) =
                probe::credentials(&self.tokens, store, scope, &mailbox, now).await.map_err(server)?;
            let figures = ledger(&self.net, store, scope, &mailbox, &imap, now).await;
            if matches!(figures, Err(crewbox_mail::Failure::Refused(_))) {
                self.tokens.forget(scope.account(), mailbox.id);
            }
            let figures = figures.map_err(server)?;
            Ok(figures
                .into_iter()
                .map(|one| FolderFigures { folder: one.folder, ledger: one.ledger })
                .collect())
        })
    }

    fn test<'a>(&'a self, scope: &'a Scope, mailbox: MailboxId) -> Asking<'a, Vec<Tested>> {
        Box::pin(async move {
            let mailbox = self.mailbox(scope, mailbox).await.map_err(Refused::Store)?;
            let store = self.intake.store();
            let known = probe::credentials(&self.tokens, store, scope, &mailbox, clock::now()).await;
            let (imap, smtp) = known.map_err(|failure| Refused::Server(probe::sentence(&failure)))?;
            let tried = probe::test(&self.net, &mailbox.email, &mailbox.settings, &imap, &smtp).await;
            Ok(tried
                .into_iter()
                .map(|one| Tested { step: one.step, ok: one.ok, detail: one.detail, millis: one.millis })
                .collect())
        })
    }
}

#[cfg(test)]
mod tests;
