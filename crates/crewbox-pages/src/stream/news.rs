//! News of a stream as JSON: ids, and for rows that left a list a sentence that says who did what.

use crewbox_app::Caller;
use crewbox_app::events::{Part, RowMoved, Update};
use crewbox_core::change::{Change, ChangeKind};
use serde_json::{Map, Value, json};

use super::asked::Asked;

/// Subscriptions between the lists and the conversations: the counts, and the failed messages. A page reads its list again
/// for either.
const AFTER_LISTS: usize = 2;

/// `{"seq":7,"lists":{"mine":{"changed":[3],"left":{"4":"Bo archived this"}}},"open":[3],"counts":true}`; a list that is
/// `null` has to be read again.
pub(super) fn news(update: &Update, asked: &Asked, caller: &Caller) -> String {
    let mut lists = Map::new();
    let mut open: Vec<u64> = Vec::new();
    let mut counts = false;
    for (at, part) in &update.parts {
        if let Some(list) = asked.lists.get(*at) {
            lists.insert(list.clone(), of_list(part, caller));
        } else if at - asked.lists.len() < AFTER_LISTS {
            counts = true;
        } else {
            open.extend(asked.open.get(at - asked.lists.len() - AFTER_LISTS).map(|id| id.get()));
        }
    }
    json!({ "seq": update.seq.0, "lists": lists, "open": open, "counts": counts }).to_string()
}

fn of_list(part: &Part, caller: &Caller) -> Value {
    let Part::Rows(rows, _) = part else { return Value::Null };
    let (mut changed, mut left) = (Vec::new(), Map::new());
    for row in rows {
        match row.moved {
            RowMoved::Left => {
                left.insert(row.conversation.to_string(), reason(&row.change, caller).into());
            }
            RowMoved::Entered | RowMoved::Changed => changed.push(row.conversation.get()),
        }
    }
    json!({ "changed": changed, "left": left })
}

/// Who did what, for the row that it takes away.
fn reason(change: &Change, caller: &Caller) -> String {
    let names = caller.names();
    let who = match change.actor {
        actor if actor.is_some() && actor == caller.scope().actor() => "You",
        Some(member) => names.member(member).map_or("A member", |one| one.name.as_str()),
        None => "The server",
    };
    let what = match change.kind {
        ChangeKind::ArchivedChanged => "archived this",
        ChangeKind::SnoozeChanged => "snoozed this",
        ChangeKind::OwnerChanged => "assigned this",
        ChangeKind::CategoryChanged => "changed the category",
        ChangeKind::ImportantChanged => "changed the mark",
        ChangeKind::ReadChanged => "read this",
        ChangeKind::TagsChanged => "changed the tags",
        ChangeKind::ConversationDeleted => "deleted this",
        _ => "changed this",
    };
    format!("{who} {what}")
}
