//! Figures of one campaign.

use crewbox_core::id::{CampaignId, MailboxId};
use crewbox_core::model::Mailbox;
use crewbox_core::outreach::OutreachFigures;
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{CampaignFigures, OutreachQuery};

use super::days::Days;
use super::sums::{sum, sums};
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Figures of a campaign in a period.
#[derive(Clone, Copy, Debug)]
pub struct CampaignPeriod {
    /// What happened in the period.
    pub figures: OutreachFigures,
    /// The campaign as it is now.
    pub now: CampaignFigures,
}

/// What happened in a campaign on some days.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; [`Refusal::Invalid`] for too many days; the store's.
pub async fn campaign_period(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    days: &Days,
) -> Result<CampaignPeriod, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let campaign = caller.campaign(campaign)?.id;
    let query = query(campaign, Some(days))?;
    let figures = sum(services, caller, query).await?;
    let now = services.store().campaign_figures(caller.scope(), campaign).await?;
    Ok(CampaignPeriod { figures, now })
}

/// Figures of a mailbox in a campaign.
#[derive(Clone, Debug)]
pub struct MailboxFigures {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// What happened with its mail.
    pub figures: OutreachFigures,
}

/// Figures of each mailbox that a campaign sends from, or that its mail went through on these days; on all days without
/// any. Those that the caller sees, ascending by id.
///
/// # Errors
/// As [`campaign_period`].
pub async fn campaign_mailboxes(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    days: Option<&Days>,
) -> Result<Vec<MailboxFigures>, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let campaign = caller.campaign(campaign)?;
    let query = query(campaign.id, days)?;
    let mut found = sums(services, caller, query, |event| event.mailbox).await?;
    for mailbox in &campaign.mailboxes {
        found.entry(*mailbox).or_default();
    }
    let names = caller.names();
    let seen = |id: MailboxId| names.mailbox(id).filter(|mailbox| caller.scope().sees(mailbox.client));
    let rows = found.into_iter().filter_map(|(id, figures)| Some((seen(id)?.clone(), figures)));
    Ok(rows.map(|(mailbox, figures)| MailboxFigures { mailbox, figures }).collect())
}

fn query(campaign: CampaignId, days: Option<&Days>) -> Result<OutreachQuery, Refusal> {
    let (from, to) = match days {
        Some(days) => days.bounds()?,
        None => (Timestamp::MIN, Timestamp::MAX),
    };
    Ok(OutreachQuery { from, to, campaign: Some(campaign), campaigns: None })
}
