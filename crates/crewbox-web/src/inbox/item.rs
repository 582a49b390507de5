//! One conversation with its messages and notes.

use crewbox_app::Refusal;
use crewbox_app::conversation::{self, ReadConversation};
use crewbox_core::id::ConversationId;
use crewbox_core::model::Dialect;
use crewbox_store::Row;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::{Answer, Prepared};
use crate::call::SignedCall;
use crate::declare::{Output as _, output};
use crate::error::ApiError;
use crate::handler::Path;
use crate::large::Turn;
use crate::object::{Obj, Put};
use crate::row::{self, LiveMessage, MessageEntry, Rendered, Written};
use crate::schema::{Components, Describe, Properties, array, either};

use super::notes::{self, Note};

/// Room for the envelope and what is spliced into the row.
const AROUND: usize = 256;

/// A conversation with its messages, as it is described: it is written in pieces, in the dialect of the caller's key.
pub(crate) struct Item;

impl Describe for Item {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let says =
            "An `InboxItem` for a key of the documented dialect, a `LiveItem` for one of the live dialect.";
        either(says, [ItemRow::schema(components), LiveItem::schema(components)])
    }
}

output! {
    /// What an item has after what every row has.
    struct ItemEnd<'a> {
        /// The messages, oldest first. Where the oldest did not fit into a response, `X-Page-Shortened` says how many
        /// are left out.
        message_history: Written<'a, MessageEntry<'a>>,
        /// The notes that members wrote, oldest first. No mail has them.
        notes: Written<'a, Note>,
    }
}

output! {
    /// The same in the live dialect.
    struct LiveItemEnd<'a> {
        /// The messages, oldest first. Where the oldest did not fit into a response, `X-Page-Shortened` says how many
        /// are left out.
        email_history: Written<'a, LiveMessage<'a>>,
        /// The notes that members wrote, oldest first. No mail has them.
        notes: Written<'a, Note>,
    }
}

/// An item of the documented dialect, as it is described.
struct ItemRow;

impl Describe for ItemRow {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        row::describe_only(&mut properties, components);
        ItemEnd::describe_keys(&mut properties, components);
        components.add("InboxItem", properties.done(&["A conversation with its messages."]))
    }
}

/// An item of the live dialect, as it is described.
struct LiveItemRow;

impl Describe for LiveItemRow {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        row::describe_live(&mut properties, components);
        LiveItemEnd::describe_keys(&mut properties, components);
        let says = "A conversation with its messages, in the live dialect.";
        components.add("LiveInboxItem", properties.done(&[says]))
    }
}

/// A conversation with its messages in the live dialect's envelope.
struct LiveItem;

impl Describe for LiveItem {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        let rows = array(LiveItemRow::schema(components), Some(1));
        row::describe_envelope(&mut properties, components, rows, "The conversation, as the only one.");
        components.add("LiveItem", properties.done(&["The answer to a key of the live dialect."]))
    }
}

/// GET `/master-inbox/{id}`.
pub(crate) async fn read(
    call: SignedCall,
    Path(id): Path<ConversationId>,
) -> Result<Prepared<Item>, ApiError> {
    let (dialect, names) = (call.dialect(), call.names());
    let mut turn = None;
    let row = row_of(&call, id, &mut turn).await?;
    let mut notes = Vec::new();
    notes::of_item(&call, id).await?.put(&mut notes);
    let room = row::HISTORY_BYTES.saturating_sub(notes.len());
    let history = match row::history(&call, id, room, &mut turn).await {
        Err(ApiError::NotFound(_)) => return Err(ApiError::missing_item(id)),
        other => other?,
    };
    let snoozed = row.conversation.snoozed_until.filter(|until| *until > call.now);
    let write = move || {
        let Rendered { bytes, omitted } = history;
        let fragment = row::render(&row, &names.catalog, dialect);
        let size = fragment.bytes.len() + notes.len() + AROUND;
        let body = match dialect {
            Dialect::Documented => {
                let mut out = Vec::with_capacity(size);
                let end = ItemEnd { message_history: Written::follows(), notes: Written::array(&notes) };
                row::put_whole(&mut out, &fragment, snoozed, &end);
                put_number(id, &mut out);
                row::with_arrays(out, [("message_history", bytes)])
            }
            Dialect::Live => {
                let mut out = row::open_envelope();
                out.reserve(size);
                let end = LiveItemEnd { email_history: Written::follows(), notes: Written::array(&notes) };
                out.push(b'[');
                row::put_whole_live(&mut out, &fragment, snoozed, &end);
                out.push(b']');
                row::with_arrays(Obj::resumed(out).done(), [("email_history", bytes)])
            }
        };
        Answer::json(body).tagged().shortened(0, omitted)
    };
    let answer = match turn {
        Some(turn) => {
            let (turn, answer) = turn.run(write).await?;
            turn.end(answer).await?
        }
        None => write(),
    };
    Ok(Prepared::written(answer))
}

/// The conversation's row.
async fn row_of(call: &SignedCall, id: ConversationId, turn: &mut Option<Turn>) -> Result<Row, ApiError> {
    let caller = call.caller();
    let row = async |limits| {
        let last_message = row::last_message(call.dialect(), limits);
        let command = ReadConversation { conversation: id, last_message };
        conversation::read(call.services(), &caller, command).await.map_err(|refusal| match refusal {
            Refusal::NotFound(..) => ApiError::missing_item(id),
            other => other.into(),
        })
    };
    let short = row(row::SHORT_IN_ROW).await?;
    if !row::is_cut(&short) {
        return Ok(short);
    }
    *turn = Some(call.app.0.large.turn().await?);
    row(row::SHOWN_IN_ROW).await
}

/// Puts the conversation's number in place of the message's `id`, the first key.
fn put_number(id: ConversationId, row: &mut Vec<u8>) {
    let mut start = b"{\"id\":".to_vec();
    id.put(&mut start);
    let end = row.iter().position(|byte| *byte == b',').unwrap_or(row.len());
    row.splice(..end, start);
}
