//! A lead's messages in a campaign, in both dialects' forms at once, as the hosted service answers them.

use crewbox_app::conversation;
use crewbox_core::id::{CampaignId, LeadId};
use crewbox_core::model::Dialect;
use crewbox_store::contract::HistoryPage;
use crewbox_store::{BodyLimits, Row};

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::{Obj, Raw};
use crate::request::{Bound, Problems};
use crate::row::{HISTORY_BYTES, History, SHORT, SHOWN};

/// GET `/campaigns/{id}/leads/{lead_id}/message-history`.
pub(crate) async fn message_history(call: SignedCall) -> Result<Answer, ApiError> {
    let campaign = CampaignId(call.path_id("id")?);
    let lead = LeadId(call.path_id("lead_id")?);
    let mut problems = Problems::default();
    let after = call.query().time("event_time_gt", Bound::Start, &mut problems);
    let plain = call.query().boolean("show_plain_text_response", &mut problems).unwrap_or(false);
    problems.finish()?;
    let (services, caller) = (call.services(), call.caller());
    let Row { conversation, lead, .. } = conversation::of_lead(services, &caller, campaign, lead).await?;
    let to = lead.fields.email;
    let from = conversation.mailbox.and_then(|id| caller.names().mailbox(id));
    let from = from.map(|mailbox| mailbox.email.clone());
    let history = History { plain, ..History::of(&call) };
    let write = move |mut page: HistoryPage| {
        page.messages.retain(|(message, _)| after.is_none_or(|after| message.at > after));
        // Each form has half of the response.
        let room = HISTORY_BYTES / 2;
        let documented = history.render(page.clone(), Dialect::Documented, room);
        let live = history.render(page, Dialect::Live, room);
        let object = Obj::new()
            .with("history", Raw(&live.bytes))
            .with("from", from)
            .with("to", to)
            .with("messages", Raw(&documented.bytes));
        Answer::json(object.done()).shortened(0, live.omitted.max(documented.omitted))
    };
    let page = conversation::history(services, &caller, conversation.id, SHORT).await?;
    if page.omitted == 0 && !page.messages.iter().any(|(_, texts)| texts.truncated) {
        return Ok(write(page));
    }
    let turn = call.app.0.large.turn().await?;
    let limits = BodyLimits { total: SHOWN.total / 2, ..SHOWN };
    let page = conversation::history(services, &caller, conversation.id, limits).await?;
    let (turn, answer) = turn.run(move || write(page)).await?;
    Ok(turn.end(answer))
}
