//! The conversations behind a figure of what a member did.

use std::collections::HashSet;

use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{CampaignId, ClientId};
use crewbox_core::team::{Activities, ActivityFilter, Period};

use super::visible::visible;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The conversations behind a figure; none for a member whose figures the caller may not see.
pub(crate) async fn conversations_behind(
    services: &Services,
    caller: &Caller,
    filter: &ActivityFilter,
) -> Result<ConversationSet, Refusal> {
    if !visible(caller).any(|member| member.id == filter.member) {
        return Ok(ConversationSet::default());
    }
    let period = Period { from: filter.from, to: filter.to, campaigns: campaigns(caller, None, None) };
    let found = |activities: &Activities| activities.conversations(filter.member, filter.figure, &period);
    Ok(services.team().read(services.store(), caller.scope().account(), found).await?)
}

/// The campaigns that figures are of; none for all.
pub(super) fn campaigns(
    caller: &Caller,
    campaign: Option<CampaignId>,
    client: Option<ClientId>,
) -> Option<HashSet<CampaignId>> {
    let scope = caller.scope();
    if campaign.is_none() && client.is_none() && scope.client().is_none() {
        return None;
    }
    let all = caller.names().campaigns.iter();
    let matching = all.filter(|one| {
        scope.sees(one.client)
            && campaign.is_none_or(|id| one.id == id)
            && client.is_none_or(|id| one.client == Some(id))
    });
    Some(matching.map(|one| one.id).collect())
}
