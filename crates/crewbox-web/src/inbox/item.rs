//! One conversation with its messages.

use crewbox_core::id::ConversationId;
use crewbox_core::model::Dialect;
use crewbox_store::StoreError;

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::Put;
use crate::row::{self, BodyLimit, Extras, History};

/// GET `/master-inbox/{id}`.
pub(crate) async fn item(call: SignedCall) -> Result<Answer, ApiError> {
    let scope = call.scope();
    let id = ConversationId(call.path_id("id")?);
    let gone = || ApiError::NotFound(format!("Inbox item not found with ID {id}"));
    let rows = call.app.0.live.store().rows(scope, &[id]).await?;
    let row = rows.first().ok_or_else(gone)?;
    let messages = match call.app.0.live.store().history(scope, id).await {
        Err(StoreError::NotFound(..)) => return Err(gone()),
        other => other?,
    };
    let dialect = call.dialect();
    let history =
        History { app: &call.app, base: &call.base(), account: scope.account(), now: call.now, plain: false };
    let extras = Extras { history: Some(history.render(&messages, dialect)), ..Extras::default() };
    let fragment = row::render(row, &call.names().catalog, dialect, BodyLimit::Whole);
    let snoozed = row.conversation.snoozed_until.filter(|until| *until > call.now);
    let mut out = Vec::with_capacity(fragment.bytes.len() * 2);
    row::splice(&mut out, &fragment, snoozed, dialect, &extras);
    Ok(Answer::json(match dialect {
        Dialect::Documented => with_number(id, &out),
        Dialect::Live => [b"{\"ok\":true,\"data\":[".as_slice(), &out, b"]}"].concat(),
    })
    .tagged())
}

/// The row with the conversation's number as its `id`, the first key, in place of the message's.
fn with_number(id: ConversationId, row: &[u8]) -> Vec<u8> {
    let rest = row.iter().position(|byte| *byte == b',').unwrap_or(row.len());
    let mut out = Vec::with_capacity(row.len());
    out.extend_from_slice(b"{\"id\":");
    id.put(&mut out);
    out.extend_from_slice(&row[rest..]);
    out
}
