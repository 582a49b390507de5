//! Copies of what was sent: what the outbox wants of the Sent folder, and the doing of it.

use crewbox_core::change::Cause;
use crewbox_core::id::OutgoingId;
use crewbox_core::outgoing::{OutgoingState, SentCopy};
use crewbox_store::contract::Thing;
use crewbox_store::{Batch, Op, OutboxStep, StoreError};

use super::{Driver, store_failure};
use crate::failure::Failure;
use crate::sync::step::{Action, Chore, Event};

impl Driver {
    pub(super) async fn chores(&mut self) -> Result<Event, Failure> {
        let unsettled = self.store().outgoing_unsettled(&self.scope).await.map_err(store_failure)?;
        let ours = unsettled.into_iter().filter(|one| one.mailbox == self.mailbox);
        let chores = ours.filter_map(|one| {
            let lost = one.state == OutgoingState::Unknown;
            (lost || one.copy == SentCopy::Wanted).then_some(Chore { outgoing: one.id, lost })
        });
        Ok(Event::Chores(chores.collect()))
    }

    /// Looks for a sent message, or puts its copy into a folder.
    pub(super) async fn copy(&mut self, outgoing: OutgoingId, action: &Action) -> Result<Event, Failure> {
        let unsettled = self.store().outgoing_unsettled(&self.scope).await.map_err(store_failure)?;
        let Some(one) = unsettled.into_iter().find(|one| one.id == outgoing) else {
            // Settled meanwhile.
            return Ok(if matches!(action, Action::Find(_)) { Event::Found(true) } else { Event::Saved });
        };
        let Action::Append { folder, .. } = action else {
            return Ok(Event::Found(self.connected()?.has(&one.message_id, &one.reference).await?));
        };
        let raw = match self.store().outgoing_raw(&self.scope, outgoing).await {
            Err(StoreError::NotFound(Thing::Outgoing, _)) => return Ok(Event::Saved),
            raw => raw.map_err(store_failure)?,
        };
        self.connected()?.append(folder, &raw).await?;
        crewbox_crash::point("sync.appended");
        self.copied(outgoing).await
    }

    pub(super) async fn copied(&mut self, outgoing: OutgoingId) -> Result<Event, Failure> {
        let ops = vec![Op::Outbox(OutboxStep::Copied(outgoing))];
        let batch = Batch::new(self.scope, self.now(), ops).caused_by(Cause::Mailbox);
        match self.store().commit(batch).await {
            // It was deleted meanwhile, with all that was wanted of it.
            Ok(_) | Err(StoreError::NotFound(Thing::Outgoing, _)) => Ok(Event::Saved),
            Err(error) => Err(store_failure(error)),
        }
    }
}
