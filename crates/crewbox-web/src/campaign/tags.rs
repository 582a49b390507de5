//! The tags of a campaign.

use crewbox_app::campaign;
use crewbox_core::id::{CampaignId, TagId};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::value::AnyIds;

/// Tags a call names at the most.
const MAX_IDS: usize = 1_000;

input! {
    /// The tags of a campaign.
    pub(crate) struct CampaignTags {
        /// All its tags; an empty array takes all from it.
        tag_ids: AnyIds<TagId, MAX_IDS>,
    }
}

output! {
    /// The tags that a campaign now has.
    pub(crate) struct TagsSet {
        /// The campaign.
        campaign_id: CampaignId,
        /// All its tags.
        tag_ids: Vec<TagId>,
    }
}

/// POST `/campaigns/{id}/tags`.
pub(crate) async fn set(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(new): Body<CampaignTags>,
) -> Result<Success<TagsSet>, ApiError> {
    let tags = new.tag_ids.0;
    campaign::set_tags(call.services(), &call.caller(), id, tags.clone()).await?;
    let data = TagsSet { campaign_id: id, tag_ids: tags };
    Ok(Success { message: "Campaign tags updated", data })
}
