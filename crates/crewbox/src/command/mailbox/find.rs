//! Finds the mailbox that a command names.

use crewbox_core::model::Mailbox;
use crewbox_store::Catalog;

use crate::failure::Failure;

/// The mailbox with this address, in any case.
pub(super) fn find<'c>(catalog: &'c Catalog, email: &str) -> Result<&'c Mailbox, Failure> {
    let email = email.trim().to_lowercase();
    let kept = catalog.mailboxes.iter().filter(|mailbox| mailbox.removed_at.is_none());
    kept.into_iter().find(|mailbox| mailbox.email == email).ok_or_else(|| {
        Failure::input(format!(
            "there is no mailbox `{email}`: `crewbox mailbox list` shows them, `mailbox add` connects one"
        ))
    })
}
