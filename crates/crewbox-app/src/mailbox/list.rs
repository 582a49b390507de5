//! The accounts that a caller sees, with the state of their connections.

use std::collections::HashMap;

use crewbox_core::id::{CampaignId, ClientId, MailboxId};
use crewbox_core::mailbox::{Condition, Connected};
use crewbox_core::model::Mailbox;
use crewbox_core::permission::Permission;

use super::provider::Provider;
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
    /// The campaigns that send from it, ascending; those that the caller sees.
    pub campaigns: Vec<CampaignId>,
}

/// Which accounts. Without anything, all.
#[derive(Clone, Debug, Default)]
pub struct MailboxFilter {
    /// The user name or the address holds this, in any case.
    pub username: Option<String>,
    /// Of this client.
    pub client: Option<ClientId>,
    /// Of this provider.
    pub provider: Option<Provider>,
    /// Whether a campaign sends from it.
    pub in_use: Option<bool>,
    /// Whether sending works.
    pub sends: Option<bool>,
    /// Used by this campaign.
    pub campaign: Option<CampaignId>,
}

impl MailboxFilter {
    fn admits(&self, state: &MailboxState) -> bool {
        let mailbox = &state.mailbox;
        let holds = |text: &String| {
            let text = text.to_lowercase();
            mailbox.settings.user.to_lowercase().contains(&text) || mailbox.email.contains(&text)
        };
        self.username.as_ref().is_none_or(holds)
            && self.client.is_none_or(|client| mailbox.client == Some(client))
            && self.provider.is_none_or(|provider| provider == Provider::of(&mailbox.settings))
            && self.in_use.is_none_or(|in_use| in_use != state.campaigns.is_empty())
            && self.sends.is_none_or(|sends| sends == state.sends())
            && self.campaign.is_none_or(|campaign| state.campaigns.contains(&campaign))
    }
}

impl MailboxState {
    /// The state of the connection.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.connected.as_ref().map(|connected| connected.status.condition).unwrap_or_default()
    }

    /// Whether nothing is known to be wrong with sending; false before the first connection.
    #[must_use]
    pub fn sends(&self) -> bool {
        let has_failed = |connected: &Connected| connected.status.smtp_error.is_some();
        self.condition() != Condition::New && !self.connected.as_ref().is_some_and(has_failed)
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
    let connected = services.store().connected(scope).await?;
    let mut connected: HashMap<_, _> = connected.into_iter().map(|one| (one.mailbox, one)).collect();
    let mut campaigns: HashMap<MailboxId, Vec<CampaignId>> = HashMap::new();
    for campaign in caller.campaigns() {
        for mailbox in &campaign.mailboxes {
            campaigns.entry(*mailbox).or_default().push(campaign.id);
        }
    }
    let seen = caller.names().mailboxes.iter();
    let seen = seen.filter(|mailbox| mailbox.removed_at.is_none() && scope.sees(mailbox.client));
    let state = |mailbox: &Mailbox| MailboxState {
        mailbox: mailbox.clone(),
        connected: connected.remove(&mailbox.id),
        campaigns: campaigns.remove(&mailbox.id).unwrap_or_default(),
    };
    Ok(seen.map(state).collect())
}

/// A page of the accounts that pass a filter, ascending by id: a client that asks for pages until one is short sees each
/// account once.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign in the filter that the caller does not see; [`Refusal::Forbidden`]; the store's.
pub async fn page(
    services: &Services,
    caller: &Caller,
    filter: &MailboxFilter,
    offset: u64,
    limit: usize,
) -> Result<Vec<MailboxState>, Refusal> {
    caller.require(Permission::ReadMailboxes)?;
    if let Some(campaign) = filter.campaign {
        caller.campaign(campaign)?;
    }
    let all = list(services, caller).await?.into_iter().filter(|state| filter.admits(state));
    Ok(all.skip(usize::try_from(offset).unwrap_or(usize::MAX)).take(limit).collect())
}

/// One account.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn get(services: &Services, caller: &Caller, id: MailboxId) -> Result<MailboxState, Refusal> {
    caller.require(Permission::ReadMailboxes)?;
    let mailbox = caller.mailbox(id)?.clone();
    let connected = services.store().connected(caller.scope()).await?;
    let users = caller.campaigns().filter(|campaign| campaign.mailboxes.contains(&id));
    Ok(MailboxState {
        connected: connected.into_iter().find(|one| one.mailbox == id),
        campaigns: users.map(|campaign| campaign.id).collect(),
        mailbox,
    })
}
