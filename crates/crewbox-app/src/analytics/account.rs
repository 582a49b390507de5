//! Figures of all campaigns that a caller sees, together or in groups.

use std::collections::BTreeMap;

use crewbox_core::id::{CampaignId, CategoryId, ClientId};
use crewbox_core::model::Client;
use crewbox_core::outreach::{FirstReply, OutreachFigures};
use crewbox_core::permission::Permission;
use crewbox_core::team::Durations;
use crewbox_core::time::Timestamp;

use super::days::DayFigures;
use super::selection::Selection;
use super::sums::{sum, sums};
use super::turn::turn;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// What happened on the days together.
///
/// # Errors
/// [`Refusal::Invalid`] for too many days; the store's.
pub async fn overall(
    services: &Services,
    caller: &Caller,
    selection: &Selection,
) -> Result<OutreachFigures, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    sum(services, caller, selection.query(caller)?).await
}

/// What happened on each day, also where nothing did.
///
/// # Errors
/// As [`overall`].
pub async fn by_day(
    services: &Services,
    caller: &Caller,
    selection: &Selection,
) -> Result<Vec<DayFigures>, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let (days, end) = selection.days.one_by_one()?;
    let starts: Vec<Timestamp> = days.iter().map(|(_, start)| *start).collect();
    let from = starts.first().copied().unwrap_or(end);
    let query = selection.query_between(caller, from, end);
    let day_of = move |at: Timestamp| starts.partition_point(|start| *start <= at).checked_sub(1);
    let found = sums(services, caller, query, move |event| day_of(event.at)).await?;
    let figures = |place: usize| found.get(&place).copied().unwrap_or_default();
    Ok(days
        .iter()
        .enumerate()
        .map(|(place, (day, _))| DayFigures { day: *day, figures: figures(place) })
        .collect())
}

/// Figures of a campaign.
#[derive(Clone, Debug)]
pub struct CampaignFiguresOf {
    /// The campaign.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// What happened in it.
    pub figures: OutreachFigures,
}

/// What happened in each campaign in which anything did, deleted ones included; ascending by id.
///
/// # Errors
/// As [`overall`].
pub async fn by_campaign(
    services: &Services,
    caller: &Caller,
    selection: &Selection,
) -> Result<Vec<CampaignFiguresOf>, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let found = sums(services, caller, selection.query(caller)?, |event| Some(event.lead.campaign)).await?;
    let named = found.into_iter().filter_map(|(id, figures)| {
        let name = caller.campaign_or_deleted(id).ok()?.name.clone();
        Some(CampaignFiguresOf { id, name, figures })
    });
    Ok(named.collect())
}

/// Figures of a client.
#[derive(Clone, Debug)]
pub struct ClientFigures {
    /// The client.
    pub client: Client,
    /// Its campaigns that are selected and not deleted.
    pub campaigns: u64,
    /// What happened in all of its campaigns that are selected.
    pub figures: OutreachFigures,
}

/// What happened for each client that the caller sees, also where nothing did; ascending by id.
///
/// # Errors
/// As [`overall`].
pub async fn by_client(
    services: &Services,
    caller: &Caller,
    selection: &Selection,
) -> Result<Vec<ClientFigures>, Refusal> {
    caller.require(Permission::ReadClients)?;
    let found = sums(services, caller, selection.query(caller)?, |event| event.lead.client).await?;
    let selected = selection.campaigns(caller);
    let mut campaigns: BTreeMap<ClientId, u64> = BTreeMap::new();
    for campaign in caller.campaigns() {
        let is_selected = selected.as_ref().is_none_or(|some| some.contains(&campaign.id));
        if let Some(client) = campaign.client.filter(|_| is_selected) {
            *campaigns.entry(client).or_default() += 1;
        }
    }
    let clients = caller.names().clients.iter().filter(|client| {
        caller.scope().sees(Some(client.id))
            && (selection.clients.is_empty() || selection.clients.contains(&client.id))
    });
    let row = |client: &Client| ClientFigures {
        client: client.clone(),
        campaigns: campaigns.get(&client.id).copied().unwrap_or_default(),
        figures: found.get(&client.id).copied().unwrap_or_default(),
    };
    Ok(clients.map(row).collect())
}

/// Replies by people, by the category that the lead has now.
///
/// # Errors
/// As [`overall`].
pub async fn by_category(
    services: &Services,
    caller: &Caller,
    selection: &Selection,
) -> Result<BTreeMap<Option<CategoryId>, u64>, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let found = sums(services, caller, selection.query(caller)?, |event| Some(event.lead.category)).await?;
    let replied = found.into_iter().map(|(category, figures)| (category, figures.replied));
    Ok(replied.filter(|(_, replies)| *replies > 0).collect())
}

/// How long leads whose first reply came on the days took for it, from the first mail to them.
///
/// # Errors
/// As [`overall`].
pub async fn reply_time(
    services: &Services,
    caller: &Caller,
    selection: &Selection,
) -> Result<Durations, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let query = selection.query(caller)?;
    let _turn = turn().await?;
    let replies = services.store().first_replies(caller.scope(), query).await?;
    let mut seconds: Vec<u32> = replies.iter().filter_map(FirstReply::seconds).collect();
    Ok(Durations::of(&mut seconds))
}
