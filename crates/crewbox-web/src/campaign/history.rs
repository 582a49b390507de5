//! A lead's messages in a campaign, in both dialects' forms at once, as the hosted service answers them.

use crewbox_core::id::{CampaignId, LeadId};
use crewbox_core::model::Dialect;
use crewbox_store::Thing;

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::{Obj, Raw};
use crate::request::{Bound, Problems};
use crate::row::History;

/// GET `/campaigns/{id}/leads/{lead_id}/message-history`.
pub(crate) async fn message_history(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let scope = call.scope();
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let lead = LeadId(call.path_id("lead_id")?);
    let mut problems = Problems::default();
    let after = call.query().time("event_time_gt", Bound::Start, &mut problems);
    let plain = call.query().boolean("show_plain_text_response", &mut problems).unwrap_or(false);
    problems.finish()?;
    let store = call.app.0.live.store();
    let missing = || ApiError::missing(Thing::Conversation, 0);
    let conversation = match store.conversation_of(scope, campaign, lead).await {
        Err(crewbox_store::StoreError::NotFound(..)) => return Err(missing()),
        other => other?,
    };
    let mut messages = store.history(scope, conversation.id).await?;
    messages.retain(|(message, _)| after.is_none_or(|after| message.at > after));
    let rows = store.rows(scope, &[conversation.id]).await?;
    let to = rows.first().ok_or_else(missing)?.lead.fields.email.as_str();
    let from = conversation.mailbox.and_then(|id| names.catalog.mailbox(id)).map(|mailbox| &mailbox.email);
    let history =
        History { app: &call.app, base: &call.base(), account: scope.account(), now: call.now, plain };
    Ok(Answer::value(
        &Obj::new()
            .with("history", Raw(&history.render(&messages, Dialect::Live)))
            .with("from", from)
            .with("to", to)
            .with("messages", Raw(&history.render(&messages, Dialect::Documented))),
    ))
}
