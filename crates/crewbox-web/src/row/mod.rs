//! Rows of the lists: how a conversation looks in either dialect, and the rendered rows kept in memory.
//!
//! Owns the keys, their order and types. A kept row never holds what depends on the clock: that is spliced in
//! where the row is sent.

mod documented;
mod history;
mod html;
mod limits;
mod live;
mod parts;

use crewbox_core::model::Dialect;
use crewbox_core::time::{SECOND_MS, Timestamp};
use crewbox_store::{Catalog, Row};

pub(crate) use history::{History, Rendered, history};
pub(crate) use limits::{HISTORY_BYTES, SHORT, SHORT_IN_ROW, SHOWN, SHOWN_IN_ROW, is_cut, last_message};
pub(crate) use live::status as lead_status;

use crate::fragments::Fragment;
use crate::object::{Put, iso};

/// What a row is followed by in one list or another.
#[derive(Default)]
pub(crate) struct Extras {
    /// `reply_age_hours` at this time, where there is a reply.
    pub(crate) age_at: Option<Timestamp>,
    /// `scheduled_time`, in the list of what is scheduled.
    pub(crate) scheduled: Option<Timestamp>,
    /// The rendered array of messages, where asked for.
    pub(crate) history: Option<Vec<u8>>,
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
        bytes: bytes.into_boxed_slice(),
    }
}

/// Appends a whole row: the fragment with what depends on the clock spliced in.
pub(crate) fn splice(
    out: &mut Vec<u8>,
    fragment: &Fragment,
    snoozed_until: Option<Timestamp>,
    dialect: Dialect,
    extras: &Extras,
) {
    let (before, after) = fragment.bytes.split_at(fragment.cut);
    out.extend_from_slice(before);
    match (dialect, snoozed_until) {
        (Dialect::Documented, None) => {
            out.extend_from_slice(b",\"is_snoozed\":false,\"snoozed_until\":null");
        }
        (Dialect::Documented, Some(until)) => {
            out.extend_from_slice(b",\"is_snoozed\":true,\"snoozed_until\":\"");
            iso(out, until, false);
            out.push(b'"');
        }
        (Dialect::Live, None) => out.extend_from_slice(b",\"is_snoozed\":false"),
        (Dialect::Live, Some(_)) => out.extend_from_slice(b",\"is_snoozed\":true"),
    }
    out.extend_from_slice(after);
    if let Some(now) = extras.age_at {
        out.extend_from_slice(b",\"reply_age_hours\":");
        let hours = fragment.reply_time.map(|at| (now.millis() - at.millis()).max(0) / (3_600 * SECOND_MS));
        hours.put(out);
    }
    if let Some(at) = extras.scheduled {
        out.extend_from_slice(b",\"scheduled_time\":\"");
        iso(out, at, dialect == Dialect::Live);
        out.push(b'"');
    }
    if let Some(history) = &extras.history {
        let key: &[u8] = match dialect {
            Dialect::Documented => b",\"message_history\":",
            Dialect::Live => b",\"email_history\":",
        };
        out.extend_from_slice(key);
        out.extend_from_slice(history);
    }
    out.push(b'}');
}
