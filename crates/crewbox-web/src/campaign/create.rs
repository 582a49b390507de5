//! Making campaigns and sub-sequences.

use crewbox_app::campaign;
use crewbox_core::id::{CampaignId, ClientId};

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::At;
use crate::value::{MAX_NAME, NonBlank};

/// The name of a campaign that is made without one: the contract's own.
const UNTITLED: &str = "Untitled Campaign";
/// The same of a sub-sequence.
const UNTITLED_SUBSEQUENCE: &str = "Untitled sub-sequence";

input! {
    /// A campaign to make.
    pub(crate) struct NewCampaign {
        /// Its name; `Untitled Campaign` unless given.
        name: Option<NonBlank<MAX_NAME>>,
        /// The client it belongs to; that of the key unless given.
        client_id: Option<ClientId>,
    }
}

output! {
    /// A campaign that was made.
    pub(crate) struct CampaignCreated {
        /// Always true.
        ok: bool,
        /// Its id.
        id: CampaignId,
        /// Its name.
        name: String,
        /// When it was made.
        created_at: At,
    }
}

input! {
    /// A sub-sequence to make.
    pub(crate) struct NewSubsequence {
        /// The campaign it belongs to.
        parent_campaign_id: CampaignId,
        /// Its name; `Untitled sub-sequence` unless given.
        subsequence_name: Option<NonBlank<MAX_NAME>>,
    }
}

output! {
    /// A sub-sequence that was made.
    pub(crate) struct SubsequenceCreated {
        /// Always true.
        ok: bool,
        /// Always true.
        success: bool,
        /// Its id.
        id: CampaignId,
        /// The same.
        subsequence_id: CampaignId,
        /// Its name.
        name: String,
        /// When it was made.
        created_at: At,
    }
}

/// POST `/campaigns/create`.
pub(crate) async fn create(
    call: SignedCall,
    Body(new): Body<NewCampaign>,
) -> Result<Json<CampaignCreated>, ApiError> {
    let name = new.name.map_or_else(|| UNTITLED.to_owned(), |name| name.0);
    let id = campaign::create(call.services(), &call.caller(), name.clone(), new.client_id).await?;
    Ok(Json(CampaignCreated { ok: true, id, name, created_at: call.at(call.now) }))
}

/// POST `/campaigns/create-subsequence`.
pub(crate) async fn create_subsequence(
    call: SignedCall,
    Body(new): Body<NewSubsequence>,
) -> Result<Json<SubsequenceCreated>, ApiError> {
    let name = new.subsequence_name.map_or_else(|| UNTITLED_SUBSEQUENCE.to_owned(), |name| name.0);
    let (services, caller) = (call.services(), call.caller());
    let id = campaign::create_subsequence(services, &caller, new.parent_campaign_id, name.clone()).await?;
    let created_at = call.at(call.now);
    Ok(Json(SubsequenceCreated { ok: true, success: true, id, subsequence_id: id, name, created_at }))
}
