//! Comparing an account with its server.

use crewbox_core::id::MailboxId;
use crewbox_core::mailbox::{Condition, Ledger};
use crewbox_core::permission::Permission;
use crewbox_mail::sync::ledger as compare;
use crewbox_mail::{Failure, probe};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// An account compared with its server.
#[derive(Clone, Debug)]
pub struct MailboxLedger {
    /// The account's address.
    pub email: String,
    /// The figures of each folder, by its name.
    pub folders: Vec<(String, Ledger)>,
    /// Whether the server was asked now; else these are the figures of the last comparison.
    pub is_current: bool,
}

/// Compares every folder of an account with its server. The server of an account that needs a log-in is not asked: whoever
/// asks again and again would have the account locked.
///
/// # Errors
/// [`Refusal::NotFound`] for an account that the caller does not see; [`Refusal::MailServer`] where the server refuses or
/// does not answer; the store's.
pub async fn ledger(services: &Services, caller: &Caller, id: MailboxId) -> Result<MailboxLedger, Refusal> {
    caller.require(Permission::ReadMailboxes)?;
    let mailbox = caller.mailbox(id)?;
    let (store, scope, now) = (services.store(), caller.scope(), caller.now());
    let email = mailbox.email.clone();
    if store.mailbox_status(scope, id).await?.condition == Condition::NeedsLogin {
        let known = store.folders(scope, id).await?;
        let folders = known.into_iter().map(|one| (one.name, one.ledger.unwrap_or_default())).collect();
        return Ok(MailboxLedger { email, folders, is_current: false });
    }
    let mail = services.mail()?;
    let refused = |failure: Failure| Refusal::MailServer(probe::sentence(&failure));
    let known = probe::credentials(&mail.tokens, store, scope, mailbox, now).await;
    let (imap, _) = known.map_err(refused)?;
    let found = compare::ledger(&mail.net, store, scope, mailbox, &imap, now).await;
    if matches!(found, Err(Failure::Refused(_))) {
        // The token may be one that the server no longer accepts: the next call asks for another.
        mail.tokens.forget(scope.account(), id);
    }
    let folders = found.map_err(refused)?.into_iter().map(|one| (one.folder, one.ledger)).collect();
    Ok(MailboxLedger { email, folders, is_current: true })
}
