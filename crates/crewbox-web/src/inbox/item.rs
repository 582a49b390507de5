//! One conversation with its messages.

use crewbox_core::id::ConversationId;
use crewbox_core::model::Dialect;
use crewbox_store::Row;

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::large::Turn;
use crate::object::Put;
use crate::row::{self, Extras, Rendered};

/// GET `/master-inbox/{id}`.
pub(crate) async fn item(call: SignedCall) -> Result<Answer, ApiError> {
    let id = ConversationId(call.path_id("id")?);
    let gone = || ApiError::missing_item(id);
    let (dialect, names) = (call.dialect(), call.names());
    let mut turn = None;
    let row = row_of(&call, id, &mut turn).await?.ok_or_else(gone)?;
    let history = match row::history(&call, id, row::HISTORY_BYTES, &mut turn).await {
        Err(ApiError::NotFound(_)) => return Err(gone()),
        other => other?,
    };
    let snoozed = row.conversation.snoozed_until.filter(|until| *until > call.now);
    let write = move || {
        let Rendered { bytes, omitted } = history;
        let fragment = row::render(&row, &names.catalog, dialect);
        let mut out = Vec::with_capacity(fragment.bytes.len() + bytes.len() + 256);
        let extras = Extras { history: Some(bytes), ..Extras::default() };
        match dialect {
            Dialect::Documented => {
                row::splice(&mut out, &fragment, snoozed, dialect, &extras);
                number(id, &mut out);
            }
            Dialect::Live => {
                out.extend_from_slice(b"{\"ok\":true,\"data\":[");
                row::splice(&mut out, &fragment, snoozed, dialect, &extras);
                out.extend_from_slice(b"]}");
            }
        }
        Answer::json(out).tagged().shortened(0, omitted)
    };
    match turn {
        Some(turn) => turn.run(write).await.map(|(turn, answer)| turn.end(answer)),
        None => Ok(write()),
    }
}

/// The conversation's row, if the caller sees it.
async fn row_of(
    call: &SignedCall,
    id: ConversationId,
    turn: &mut Option<Turn>,
) -> Result<Option<Row>, ApiError> {
    let (scope, store, dialect) = (call.scope(), call.app.0.live.store(), call.dialect());
    let read = async |limits| store.rows(scope, &[id], row::last_message(dialect, limits)).await;
    let mut rows = read(row::SHORT_IN_ROW).await?;
    if rows.iter().any(row::is_cut) {
        *turn = Some(call.app.0.large.turn().await?);
        rows = read(row::SHOWN_IN_ROW).await?;
    }
    Ok(rows.pop())
}

/// Puts the conversation's number in place of the message's `id`, the first key.
fn number(id: ConversationId, row: &mut Vec<u8>) {
    let mut start = b"{\"id\":".to_vec();
    id.put(&mut start);
    let end = row.iter().position(|byte| *byte == b',').unwrap_or(row.len());
    row.splice(..end, start);
}
