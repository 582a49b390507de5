//! The accounts that a caller sees, with the state of their connections.

use crewbox_core::id::MailboxId;
use crewbox_core::mailbox::{Condition, Connected};
use crewbox_core::model::Mailbox;
use crewbox_core::permission::Permission;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// An account and the state of its connection.
#[derive(Clone, Debug)]
pub struct MailboxState {
    /// The account.
    pub mailbox: Mailbox,
    /// What is known of its connection; none before a worker has looked at it.
    pub connected: Option<Connected>,
}

impl MailboxState {
    /// The state of the connection.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.connected.as_ref().map(|connected| connected.status.condition).unwrap_or_default()
    }

    /// Mails held, of all its folders.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.connected.as_ref().map_or(0, |connected| connected.held)
    }

    /// Mails on the server, as far as is known: at least those held.
    #[must_use]
    pub fn on_server(&self) -> u64 {
        let folders = self.connected.iter().flat_map(|connected| &connected.folders);
        let ledgers = folders.filter_map(|folder| folder.ledger);
        ledgers.map(|ledger| ledger.server).sum::<u64>().max(self.held())
    }
}

/// All accounts that the caller sees and that are not removed.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<MailboxState>, Refusal> {
    caller.require(Permission::ReadMailboxes)?;
    let scope = caller.scope();
    let mut connected = services.store().connected(scope).await?;
    let seen = caller.names().mailboxes.iter();
    let seen = seen.filter(|mailbox| mailbox.removed_at.is_none() && scope.sees(mailbox.client));
    let mut state = |mailbox: &Mailbox| {
        let place = connected.iter().position(|one| one.mailbox == mailbox.id);
        MailboxState { mailbox: mailbox.clone(), connected: place.map(|place| connected.swap_remove(place)) }
    };
    Ok(seen.map(&mut state).collect())
}

/// One account.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn get(services: &Services, caller: &Caller, id: MailboxId) -> Result<MailboxState, Refusal> {
    caller.require(Permission::ReadMailboxes)?;
    let mailbox = caller.mailbox(id)?.clone();
    let connected = services.store().connected(caller.scope()).await?;
    Ok(MailboxState { connected: connected.into_iter().find(|one| one.mailbox == id), mailbox })
}
