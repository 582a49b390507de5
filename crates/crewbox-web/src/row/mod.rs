//! Rows of the lists: how a conversation looks in either dialect, and the rendered rows kept in memory.
//!
//! Owns the keys, their order and types, declared as they are written. A kept row never has what depends on the clock:
//! that is added where the row is sent.

mod documented;
mod envelope;
mod history;
mod html;
mod inserted;
mod limits;
mod live;
mod message;
mod parts;

use bytes::Bytes;
use crewbox_core::model::Dialect;
use crewbox_core::time::{SECOND_MS, Timestamp};
use crewbox_store::{Catalog, Row};

pub(crate) use documented::{ListRow, RowExtras, describe_only};
pub(crate) use envelope::{describe_envelope, open_envelope};
pub(crate) use history::{History, Rendered, history, html_of};
pub(crate) use inserted::with_arrays;
pub(crate) use limits::{HISTORY_BYTES, SHORT, SHORT_IN_ROW, SHOWN, SHOWN_IN_ROW, is_cut, last_message};
pub(crate) use live::{LiveListRow, LiveRowExtras, describe_start as describe_live};
pub(crate) use message::{File, LiveMessage, MessageEntry, MessageRef, Written};

use crate::declare::Output;
use crate::fragments::Fragment;
use crate::object::{At, Obj};
use crate::payload::Pieces;
use crate::value::Nullable;

/// The earliest open reminder of a row.
pub(crate) struct NextReminder {
    /// Its time.
    pub(crate) at: Timestamp,
    /// What it says; none where it was done or deleted meanwhile.
    pub(crate) message: Option<String>,
}

/// What a row ends with in one list or another.
#[derive(Default)]
pub(crate) struct Extras<'a> {
    /// `reply_age_hours` at this time, where there is a reply.
    pub(crate) age_at: Option<Timestamp>,
    /// `scheduled_time`, in the list of what is scheduled.
    pub(crate) scheduled: Option<Timestamp>,
    /// The reminder, in the list of reminders, and the present time.
    pub(crate) reminder: Option<(&'a NextReminder, Timestamp)>,
    /// The rendered array of messages, where asked for.
    pub(crate) history: Option<Bytes>,
}

/// Renders the part of a row that only changes when the conversation or a name does.
pub(crate) fn render(row: &Row, catalog: &Catalog, dialect: Dialect) -> Fragment {
    let (bytes, cut) = match dialect {
        Dialect::Documented => documented::render(row, catalog),
        Dialect::Live => live::render(row, catalog),
    };
    Fragment {
        seq: crewbox_core::id::Seq(0),
        epoch: catalog.head.names_epoch,
        cut,
        reply_time: row.conversation.reply_time,
        bytes: bytes.into_boxed_slice().into(),
    }
}

/// Appends a row of a list: the fragment with what depends on the clock and on the list.
pub(crate) fn splice(
    out: &mut Pieces,
    fragment: &Fragment,
    snoozed_until: Option<Timestamp>,
    dialect: Dialect,
    extras: &Extras<'_>,
) {
    let age = |now: Timestamp| -> Nullable<u64> {
        let hours = |at: Timestamp| (now.millis() - at.millis()) / (3_600 * SECOND_MS);
        fragment.reply_time.map(|at| u64::try_from(hours(at)).unwrap_or(0)).into()
    };
    let history = extras.history.as_ref();
    let reply_age_hours = extras.age_at.map(age);
    let scheduled_time = extras.scheduled.map(|at| At(at, dialect));
    let reminder_time = extras.reminder.map(|(reminder, _)| At(reminder.at, dialect));
    let reminder_message = extras.reminder.map(|(reminder, _)| Nullable(reminder.message.as_deref()));
    let is_overdue = extras.reminder.map(|(reminder, now)| reminder.at <= now);
    match dialect {
        Dialect::Documented => {
            let message_history = history.map(|_| Written::follows());
            let extras = RowExtras {
                reply_age_hours,
                reminder_time,
                reminder_message,
                is_overdue,
                scheduled_time,
                message_history,
            };
            put_pieces(out, fragment, &documented::snooze(snoozed_until), &extras, history);
        }
        Dialect::Live => {
            let email_history = history.map(|_| Written::follows());
            let extras = LiveRowExtras {
                reply_age_hours,
                reminder_time,
                reminder_message,
                is_overdue,
                scheduled_time,
                email_history,
            };
            put_pieces(out, fragment, &live::snooze(snoozed_until), &extras, history);
        }
    }
}

/// Appends a whole row of the documented dialect, with these keys at its end.
pub(crate) fn put_whole(
    out: &mut Vec<u8>,
    fragment: &Fragment,
    snoozed_until: Option<Timestamp>,
    extras: &impl Output,
) {
    put_all(out, fragment, &documented::snooze(snoozed_until), extras);
}

/// Appends a whole row of the live dialect, with these keys at its end.
pub(crate) fn put_whole_live(
    out: &mut Vec<u8>,
    fragment: &Fragment,
    snoozed_until: Option<Timestamp>,
    extras: &impl Output,
) {
    put_all(out, fragment, &live::snooze(snoozed_until), extras);
}

fn put_all(out: &mut Vec<u8>, fragment: &Fragment, snooze: &impl Output, extras: &impl Output) {
    let (start, end) = fragment.bytes.split_at(fragment.cut);
    out.extend_from_slice(start);
    put_keys(out, snooze);
    out.extend_from_slice(end);
    put_keys(out, extras);
    out.push(b'}');
}

/// Puts the row's pieces into the page as they are, and the history behind the key that `extras` end with.
fn put_pieces(
    out: &mut Pieces,
    fragment: &Fragment,
    snooze: &impl Output,
    extras: &impl Output,
    history: Option<&Bytes>,
) {
    let Fragment { bytes, cut, .. } = fragment;
    out.push(bytes, 0..*cut);
    put_keys(&mut out.open, snooze);
    out.push(bytes, *cut..bytes.len());
    put_keys(&mut out.open, extras);
    if let Some(history) = history {
        out.push(history, 0..history.len());
    }
    out.open.push(b'}');
}

fn put_keys(out: &mut Vec<u8>, keys: &impl Output) {
    let mut row = Obj::resumed(std::mem::take(out));
    keys.put_keys(&mut row);
    *out = row.open_end();
}
