//! Putting a message into a conversation by hand.

use crewbox_app::untracked;
use crewbox_core::id::{CampaignId, ConversationId, MessageId};
use crewbox_store::AttachTo;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{Input, input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::object::Quoted;
use crate::problem::{Problems, Provided};
use crate::request::Object;
use crate::schema::{Components, Describe, Properties};

input! {
    /// Where to put a message: one of these.
    pub(crate) struct AttachBody {
        /// The conversation it belongs to.
        email_lead_map_id: Option<ConversationId>,
        /// The campaign that its sender becomes a lead of.
        campaign_id: Option<CampaignId>,
    }
}

/// Where to put a message, read from an [`AttachBody`].
#[derive(Debug)]
pub(crate) struct Destination(AttachTo);

impl Input for Destination {
    const KEYS: &'static [&'static str] = AttachBody::KEYS;
    const REQUIRED: bool = true;
    const SECRET: bool = AttachBody::SECRET;

    fn read_object(object: &Object<'_>, problems: &mut Problems) -> Option<Self> {
        let body = AttachBody::read_object(object, problems)?;
        match (body.email_lead_map_id, body.campaign_id) {
            (Some(id), None) => Some(Self(AttachTo::Conversation(id))),
            (None, Some(id)) => Some(Self(AttachTo::Campaign(id))),
            (None, None) => {
                problems.missing("email_lead_map_id");
                None
            }
            (Some(_), Some(_)) => {
                let text = "give email_lead_map_id or campaign_id, not both";
                problems.note("campaign_id", text, Provided::Nothing);
                None
            }
        }
    }

    fn describe_keys(properties: &mut Properties, components: &mut Components) {
        AttachBody::describe_keys(properties, components);
    }
}

impl Describe for Destination {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        AttachBody::schema(components)
    }
}

output! {
    /// Messages that were put into a conversation.
    pub(crate) struct AttachedReply {
        /// The conversation.
        email_lead_map_id: Quoted,
        /// Messages that were put into it: the message and its thread; 0 where it was there already.
        attached: u64,
    }
}

/// POST `/master-inbox/untracked-replies/{id}/attach`.
pub(crate) async fn attach(
    call: SignedCall,
    Path(message): Path<MessageId>,
    Body(Destination(to)): Body<Destination>,
) -> Result<Numbered<Success<AttachedReply>>, ApiError> {
    let attached = untracked::attach(call.services(), &call.caller(), message, to).await?;
    let email_lead_map_id = Quoted(attached.conversation.get());
    let data = AttachedReply { email_lead_map_id, attached: attached.messages };
    Ok(call.numbered(attached.changes, Success { message: "Reply attached", data }))
}
