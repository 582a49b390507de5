//! Reading a quarantined mail again.

use std::sync::Arc;

use bytes::Bytes;
use crewbox_core::conversation::Arrival;
use crewbox_core::id::QuarantineId;
use crewbox_core::permission::Permission;
use crewbox_mail::{DirectionHint, ReadContext};
use crewbox_store::{Ingest, Ingested, Op, Outcome, Thing};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// What became of a quarantined mail that was read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It is stored, in its conversation or untracked.
    Stored(Ingested),
    /// It still cannot be read safely, for this reason, in words.
    Quarantined(String),
}

/// Reads a quarantined mail again, and takes it in if that goes well. Once begun it goes on, also when the caller does not
/// wait for it.
///
/// # Errors
/// [`Refusal::NotFound`] for a mail that the caller does not see; [`Refusal::Conflict`] for one that ended a process with
/// this version before; the store's.
pub async fn retry(services: &Services, caller: &Caller, id: QuarantineId) -> Result<Retried, Refusal> {
    caller.require(Permission::RetryQuarantine)?;
    let (services, caller) = (services.clone(), caller.clone());
    // On a task of its own: a caller who hangs up must not leave the mail counted as this reader's death.
    let task = tokio::spawn(async move { read_again(&services, &caller, id).await });
    task.await.map_err(|error| Refusal::Internal(format!("a retry did not end: {error}")))?
}

async fn read_again(services: &Services, caller: &Caller, id: QuarantineId) -> Result<Retried, Refusal> {
    let (store, scope, intake) = (services.store(), caller.scope(), &services.mail()?.intake);
    let held = store.quarantined(scope, id).await?;
    // Of a removed mailbox, too: its mail stays, and this is mail of it.
    let mailbox = caller.names().mailbox(held.item.mailbox).filter(|found| scope.sees(found.client));
    let mailbox = mailbox.ok_or(Refusal::NotFound(Thing::Quarantine, id.get()))?.id;
    caller
        .commit_one(services, Op::TryQuarantined { quarantine: id, reader: crewbox_mail::reader() })
        .await?;
    let context = ReadContext {
        own: Arc::new(store.own_addresses(scope, mailbox).await?),
        received_at: held.mail_at,
        fallback_at: None,
        now: caller.now(),
        direction: held.direction.map_or(DirectionHint::None, DirectionHint::Folder),
    };
    let raw = Bytes::from(held.raw);
    // On the readers' own stack, like any mail. Should this one end the program, that was its only try.
    let read = intake.read_one(context, raw.clone()).await?;
    // It has not, and may be tried again, whatever becomes of what follows.
    caller.commit_one(services, Op::SurvivedQuarantined(id)).await?;
    let mail = match read {
        Ok(mail) => mail,
        Err(error) => return Ok(Retried::Quarantined(error.reason)),
    };
    let ingest = Ingest {
        mail,
        raw: raw.into(),
        mailbox,
        location: held.location,
        arrival: if held.backfill { Arrival::History { open: None } } else { Arrival::Live },
        place: crewbox_mail::place,
    };
    let release = Op::ReleaseQuarantine { quarantine: id, ingest: Box::new(ingest) };
    match caller.commit_one(services, release).await? {
        Outcome::Ingested(ingested) => Ok(Retried::Stored(ingested)),
        other => Err(Refusal::Internal(format!("a released mail gave {other:?}"))),
    }
}
