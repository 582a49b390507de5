//! The rows of an update, as their list shows them.
//!
//! Owns how much of them an update has: a row that is left out is read with its list's own call.

use std::collections::HashMap;

use bytes::Bytes;
use crewbox_app::events::{Part, RowChange, RowMoved, Update};
use crewbox_app::{Caller, conversation};
use crewbox_core::id::ConversationId;
use crewbox_core::index::Hit;
use crewbox_core::time::Timestamp;
use crewbox_core::view::{NextTime, View};
use crewbox_store::live::Signed;
use utoipa::openapi::{RefOr, Schema};

use crate::app::App;
use crate::error::ApiError;
use crate::list::{RowReader, list_of};
use crate::object::Put;
use crate::payload::Pieces;
use crate::row::{self, Extras, ListRow, LiveListRow, NextReminder};
use crate::schema::{Components, Describe, either};

/// Rows of an update at the most: five pages. More of them change at once by a bulk action only, and whoever shows a page
/// then reads it again.
const MOST_ROWS: usize = 100;
/// Bytes of the rows of an update at the most: a slow reader holds no more of them.
const MOST_BYTES: usize = 256 * 1024;

/// A row as its list shows it.
pub(super) struct ShownRow(Bytes);

impl Put for ShownRow {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Describe for ShownRow {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let says = "A `Row` for a key of the documented dialect, a `LiveRow` for one of the live dialect.";
        either(says, [ListRow::schema(components), LiveListRow::schema(components)])
    }
}

/// The rows of an update, by the place of their subscription and their conversation.
#[derive(Default)]
pub(super) struct ShownRows(HashMap<(usize, ConversationId), Bytes>);

impl ShownRows {
    /// A row, unless it is left out.
    pub(super) fn of(&self, place: usize, conversation: ConversationId) -> Option<ShownRow> {
        self.0.get(&(place, conversation)).cloned().map(ShownRow)
    }

    /// Reads the rows that entered or changed. `views` has the list of each subscription that wants rows.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn read(
        app: &App,
        signed: &Signed,
        update: &Update,
        views: &[Option<View>],
    ) -> Result<Self, ApiError> {
        let now = app.now();
        let mut shown = Self::default();
        let (mut room, mut left) = (MOST_BYTES, MOST_ROWS);
        for (place, part) in &update.parts {
            let (Part::Rows(rows, _), Some(Some(view))) = (part, views.get(*place)) else { continue };
            let caller = Caller::signed_in(signed.scope, &signed.account, now);
            let hits = hits(signed, rows, *view, now, left);
            left -= hits.len();
            let dialect = signed.key.dialect;
            let (fragments, _) = RowReader::new(app, &signed.account, &caller, dialect).short(&hits).await?;
            let reminders = reminders(app, &caller, *view, &hits, now).await?;
            for (number, (hit, fragment)) in hits.iter().zip(fragments).enumerate() {
                let Some(fragment) = fragment else { continue };
                let extras = Extras {
                    age_at: list_of(*view).ages.then_some(now),
                    scheduled: hit.next_time.filter(|_| view.base().has == Some(NextTime::Scheduled)),
                    reminder: reminders.get(number).map(|reminder| (reminder, now)),
                    history: None,
                };
                let mut out = Pieces::resumed(Vec::new());
                row::splice(&mut out, &fragment, hit.snoozed_until, dialect, &extras);
                let bytes = out.finish().into_bytes();
                let Some(rest) = room.checked_sub(bytes.len()) else { return Ok(shown) };
                room = rest;
                shown.0.insert((*place, hit.conversation), bytes);
            }
        }
        Ok(shown)
    }
}

/// The rows as they are now, at most so many.
fn hits(signed: &Signed, rows: &[RowChange], view: View, now: Timestamp, most: usize) -> Vec<Hit> {
    let index = signed.account.read();
    let present = rows.iter().filter(|row| row.moved != RowMoved::Left).filter_map(|row| {
        let entry = index.get(row.conversation)?;
        Some(Hit {
            conversation: row.conversation,
            changed: row.change.seq,
            snoozed_until: entry.snoozed_until.filter(|until| *until > now),
            next_time: match view.base().has {
                Some(NextTime::Scheduled) => entry.scheduled_time,
                Some(NextTime::Reminder) => entry.reminder_time,
                _ => None,
            },
        })
    });
    present.take(most).collect()
}

/// The reminder that each row is in the list of reminders for; none in other lists.
async fn reminders(
    app: &App,
    caller: &Caller,
    view: View,
    hits: &[Hit],
    now: Timestamp,
) -> Result<Vec<NextReminder>, ApiError> {
    if view.base().has != Some(NextTime::Reminder) {
        return Ok(Vec::new());
    }
    let ids: Vec<ConversationId> = hits.iter().map(|hit| hit.conversation).collect();
    let held = conversation::next_reminders(&app.0.services, caller, &ids).await?;
    let shown = hits.iter().zip(held).map(|(hit, held)| match held {
        Some(held) => NextReminder { at: held.reminder.at, message: Some(held.reminder.message) },
        None => NextReminder { at: hit.next_time.unwrap_or(now), message: None },
    });
    Ok(shown.collect())
}
