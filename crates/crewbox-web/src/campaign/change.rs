//! Changing and deleting campaigns.

use crewbox_app::campaign::{self, ChangeCampaign};
use crewbox_core::id::{CampaignId, ClientId};
use crewbox_core::model::{CampaignSettings, CampaignStatus};
use utoipa::openapi::{RefOr, Schema};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::input;
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, array, text};
use crate::value::{Count, MAX_NAME, NonBlank, Trimmed, Value, read_text, wire_names};
use crate::wire::{Json, Place};

/// Characters of a setting's name, such as `DONT_TRACK_EMAIL_OPEN`: twice the longest that is documented.
const MAX_SETTING: usize = 60;
/// Settings of one kind: more than there are different ones.
const MOST_SETTINGS: usize = 10;
/// Characters of the text with the link to unsubscribe: a paragraph.
const MAX_UNSUBSCRIBE: usize = 2_000;

/// A status as clients ask for one: `START` is the contract's own word for active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewStatus {
    Start,
    Active,
    Paused,
    Stopped,
    Completed,
    Archived,
    Drafted,
}

wire_names!(NewStatus {
    Start = "START",
    Active = "ACTIVE",
    Paused = "PAUSED",
    Stopped = "STOPPED",
    Completed = "COMPLETED",
    Archived = "ARCHIVED",
    Drafted = "DRAFTED",
});

impl From<NewStatus> for CampaignStatus {
    fn from(new: NewStatus) -> Self {
        match new {
            NewStatus::Start | NewStatus::Active => Self::Active,
            NewStatus::Paused => Self::Paused,
            NewStatus::Stopped => Self::Stopped,
            NewStatus::Completed => Self::Completed,
            NewStatus::Archived => Self::Archived,
            NewStatus::Drafted => Self::Drafted,
        }
    }
}

input! {
    /// A campaign's status.
    pub(crate) struct ChangedStatus {
        /// What its sender does with it. Crewbox keeps and shows it.
        status: NewStatus,
    }
}

input! {
    /// Settings of a campaign; what is not given stays. Crewbox keeps and shows them.
    pub(crate) struct ChangedSettings {
        /// Its name.
        name: Option<NonBlank<MAX_NAME>>,
        /// What is not tracked, such as `DONT_TRACK_EMAIL_OPEN`.
        track_settings: Option<Settings>,
        /// When its sender stops writing to a lead, such as `REPLY_TO_AN_EMAIL`.
        stop_lead_settings: Option<NonBlank<MAX_SETTING>>,
        /// The text with the link to unsubscribe.
        unsubscribe_text: Option<Trimmed<MAX_UNSUBSCRIBE>>,
        /// Whether it is sent as plain text.
        send_as_plain_text: Option<bool>,
        /// Whether it is always sent as plain text.
        force_plain_text: Option<bool>,
        /// How many of a day's mails are follow-ups, in percent.
        follow_up_percentage: Option<Count<0, 100>>,
        /// Whether its sender matches providers.
        enable_ai_esp_matching: Option<bool>,
        /// Its client. A campaign stays with its client: another one is refused.
        client_id: Option<ClientId>,
    }
}

/// POST `/campaigns/{id}/status`.
pub(crate) async fn set_status(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(new): Body<ChangedStatus>,
) -> Result<Success<&'static str>, ApiError> {
    campaign::set_status(call.services(), &call.caller(), id, new.status.into()).await?;
    Ok(Success { message: "Campaign status updated successfully", data: "success" })
}

/// POST `/campaigns/{id}/settings`.
pub(crate) async fn set_settings(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(new): Body<ChangedSettings>,
) -> Result<Success<&'static str>, ApiError> {
    let command = ChangeCampaign {
        name: new.name.map(|name| name.0),
        client: new.client_id,
        settings: CampaignSettings {
            track_settings: new.track_settings.map(|settings| settings.0),
            stop_lead_settings: new.stop_lead_settings.map(|setting| setting.0),
            unsubscribe_text: new.unsubscribe_text.map(|text| text.0),
            send_as_plain_text: new.send_as_plain_text,
            force_plain_text: new.force_plain_text,
            follow_up_percentage: new.follow_up_percentage.map(Count::as_u32),
            enable_ai_esp_matching: new.enable_ai_esp_matching,
        },
    };
    campaign::change(call.services(), &call.caller(), id, command).await?;
    Ok(Success { message: "Campaign settings updated successfully", data: "success" })
}

/// DELETE `/campaigns/{id}`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<CampaignId>,
) -> Result<Success<&'static str>, ApiError> {
    campaign::delete(call.services(), &call.caller(), id).await?;
    Ok(Success { message: "Campaign deleted successfully", data: "success" })
}

/// Settings by their names; none of them is an answer, too.
#[derive(Debug)]
pub(crate) struct Settings(Vec<String>);

impl Describe for Settings {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        array(text(Some(MAX_SETTING)).into(), Some(MOST_SETTINGS)).into()
    }
}

impl Value for Settings {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Json::Array(items) = value else {
            place.wrong("must be an array", value, problems);
            return None;
        };
        if items.len() > MOST_SETTINGS {
            let count = Provided::Count { given: items.len(), most: MOST_SETTINGS };
            place.note(&format!("array cannot exceed {MOST_SETTINGS} items"), count, problems);
            return None;
        }
        let read =
            items.iter().map(|item| Some(read_text(&item, MAX_SETTING, place, problems)?.into_owned()));
        read.collect::<Option<_>>().map(Self)
    }
}
