//! Undoing that a campaign's status was set.

use crewbox_core::change::{Change, ChangeKind, Field};
use crewbox_core::id::CampaignId;
use crewbox_core::model::CampaignStatus;
use crewbox_core::permission::Permission;
use crewbox_store::Op;

use super::later::{Undone, as_it_was, last_change, missing, not_kept, overtaken, undone};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;

/// Gives the campaign the status that it had before, unless somebody has set it again since.
pub(super) async fn undo(
    services: &Services,
    caller: &Caller,
    change: &Change,
) -> Result<Changed<Undone>, Refusal> {
    let id = CampaignId(change.subject.unwrap_or_default());
    let campaign = caller.campaign_or_deleted(id).map_err(|_| missing(caller, change))?;
    caller.require(Permission::ManageCampaigns)?;
    let delta = change.detail.iter().find(|delta| delta.field == Field::CampaignStatus);
    let status = |number: Option<i64>| number.and_then(CampaignStatus::from_number);
    let (Some(before), Some(after)) =
        (delta.and_then(|delta| status(delta.before)), delta.and_then(|delta| status(delta.after)))
    else {
        return Err(not_kept(caller, change));
    };
    if campaign.status == before {
        return Ok(as_it_was(None));
    }
    if campaign.status != after {
        let sets_it = |later: &Change| {
            later.kind == ChangeKind::CampaignStatusChanged && later.subject == change.subject
        };
        let later = last_change(services, caller, change, sets_it).await?;
        return Err(overtaken(caller, later.as_ref(), &format!("changed the status of campaign {id}")));
    }
    let set = caller.change(services, Op::SetCampaignStatus { campaign: id, status: before }).await?;
    Ok(undone(None, set.changes))
}
