//! How many mailboxes are connected and used.

use crewbox_core::id::ClientId;
use crewbox_core::mailbox::Condition;
use crewbox_core::permission::Permission;

use crate::caller::Caller;
use crate::mailbox;
use crate::refusal::Refusal;
use crate::services::Services;

/// How many mailboxes there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxCounts {
    /// Those that are connected, also while their server asks to wait.
    pub connected: u64,
    /// Those that a campaign sends from.
    pub in_use: u64,
    /// Those whose server cannot be reached, or refuses the login.
    pub disconnected: u64,
}

/// Counts the mailboxes that the caller sees; only those of some clients where any are given.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn mailboxes(
    services: &Services,
    caller: &Caller,
    clients: &[ClientId],
) -> Result<MailboxCounts, Refusal> {
    caller.require(Permission::ReadMailboxes)?;
    let mut counts = MailboxCounts::default();
    for state in mailbox::list(services, caller).await? {
        let client = state.mailbox.client;
        if !clients.is_empty() && !client.is_some_and(|client| clients.contains(&client)) {
            continue;
        }
        counts.in_use += u64::from(!state.campaigns.is_empty());
        match state.condition() {
            Condition::Live | Condition::Syncing | Condition::Throttled => counts.connected += 1,
            Condition::Unreachable | Condition::NeedsLogin => counts.disconnected += 1,
            Condition::New | Condition::Connecting => {}
        }
    }
    Ok(counts)
}
