//! Finds the mailbox that a command names.

use crewbox_core::id::MailboxId;
use crewbox_store::Catalog;

use crate::failure::Failure;

/// The mailbox with this address, in any case.
pub(super) fn find(catalog: &Catalog, email: &str) -> Result<MailboxId, Failure> {
    let email = email.trim().to_lowercase();
    let mut kept = catalog.mailboxes.iter().filter(|mailbox| mailbox.removed_at.is_none());
    kept.find(|mailbox| mailbox.email == email).map(|mailbox| mailbox.id).ok_or_else(|| {
        Failure::input(format!(
            "there is no mailbox `{email}`: `crewbox mailbox list` shows them, `mailbox add` connects one"
        ))
    })
}
