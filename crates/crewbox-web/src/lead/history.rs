//! A lead's messages in a campaign, in both dialects' forms at once, as the hosted service answers them.

use crewbox_app::conversation;
use crewbox_core::id::{CampaignId, LeadId};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::HistoryPage;
use crewbox_store::{BodyLimits, Row};

use crate::answer::{Answer, Prepared};
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path};
use crate::object::Put as _;
use crate::row::{HISTORY_BYTES, History, LiveMessage, MessageEntry, SHORT, SHOWN, Written, with_arrays};
use crate::value::Nullable;

query! {
    /// Which messages, and how they are shown.
    pub(crate) struct WhichMessages {
        /// Only messages after this time.
        event_time_gt: Option<Timestamp>,
        /// Give plain text instead of HTML as `email_body`.
        show_plain_text_response: bool = false,
    }
}

output! {
    /// A lead's messages in a campaign.
    pub(crate) struct LeadHistory<'a> {
        /// The messages in the form of the live dialect, oldest first.
        history: Written<'a, LiveMessage<'a>>,
        /// The address of the e-mail account that the conversation goes through; null while there is none.
        from: Nullable<String>,
        /// The lead's address.
        to: String,
        /// The same messages in the form of the documented dialect.
        messages: Written<'a, MessageEntry<'a>>,
    }
}

/// GET `/campaigns/{id}/leads/{lead_id}/message-history`.
pub(crate) async fn message_history(
    call: SignedCall,
    Path((campaign, lead)): Path<(CampaignId, LeadId)>,
    Filters(which): Filters<WhichMessages>,
) -> Result<Prepared<LeadHistory<'static>>, ApiError> {
    let (services, caller) = (call.services(), call.caller());
    let Row { conversation, lead, .. } = conversation::of_lead(services, &caller, campaign, lead).await?;
    let mailbox = conversation.mailbox.and_then(|id| caller.names().mailbox(id));
    let from = mailbox.map(|mailbox| mailbox.email.clone());
    let history = History { plain: which.show_plain_text_response, ..History::of(&call) };
    let write = move |page: HistoryPage| {
        // Each form has half of the response.
        let room = HISTORY_BYTES / 2;
        let documented = history.render(&page, Dialect::Documented, room);
        let live = history.render(&page, Dialect::Live, room);
        drop(page);
        let mut object = Vec::new();
        LeadHistory {
            history: Written::follows(),
            from: from.into(),
            to: lead.fields.email,
            messages: Written::follows(),
        }
        .put(&mut object);
        let body = with_arrays(object, [("history", live.bytes), ("messages", documented.bytes)]);
        Answer::json(body).shortened(0, live.omitted.max(documented.omitted))
    };
    let page = conversation::history(services, &caller, conversation.id, which.event_time_gt, SHORT).await?;
    if page.omitted == 0 && !page.messages.iter().any(|(_, texts)| texts.is_truncated()) {
        return Ok(Prepared::written(write(page)));
    }
    let turn = call.app.0.large.turn().await?;
    let limits = BodyLimits { total: SHOWN.total / 2, ..SHOWN };
    let page = conversation::history(services, &caller, conversation.id, which.event_time_gt, limits).await?;
    let (turn, answer) = turn.run(move || write(page)).await?;
    Ok(Prepared::written(turn.end(answer).await?))
}
