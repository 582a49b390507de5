//! Which days, clients and campaigns figures are asked for.

use std::collections::HashSet;

use crewbox_core::id::{CampaignId, ClientId};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::OutreachQuery;

use super::days::Days;
use crate::caller::Caller;
use crate::refusal::Refusal;

/// Which figures. What the caller does not see matches nothing.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Which days.
    pub days: Days,
    /// Only of these clients; of all where there are none.
    pub clients: Vec<ClientId>,
    /// Only of these campaigns; of all where there are none.
    pub campaigns: Vec<CampaignId>,
}

impl Selection {
    /// The campaigns of the caller that are selected; none for all.
    pub(super) fn campaigns(&self, caller: &Caller) -> Option<HashSet<CampaignId>> {
        if self.clients.is_empty() && self.campaigns.is_empty() {
            return None;
        }
        let is_selected = |id: CampaignId, client: Option<ClientId>| {
            (self.campaigns.is_empty() || self.campaigns.contains(&id))
                && (self.clients.is_empty() || client.is_some_and(|client| self.clients.contains(&client)))
        };
        let all = caller.names().campaigns.iter();
        let selected = all.filter(|one| caller.scope().sees(one.client) && is_selected(one.id, one.client));
        Some(selected.map(|one| one.id).collect())
    }

    pub(super) fn query(&self, caller: &Caller) -> Result<OutreachQuery, Refusal> {
        let (from, to) = self.days.bounds()?;
        Ok(self.query_between(caller, from, to))
    }

    pub(super) fn query_between(&self, caller: &Caller, from: Timestamp, to: Timestamp) -> OutreachQuery {
        let campaigns = self.campaigns(caller);
        // The conversations of one campaign are fewer than what happened in all.
        let campaign = campaigns.as_ref().filter(|some| some.len() == 1).and_then(|some| some.iter().next());
        OutreachQuery { from, to, campaign: campaign.copied(), campaigns }
    }
}
