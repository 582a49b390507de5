//! How much of a mail rows and histories show, and how much of it is read first, which is enough for most.

use crewbox_core::model::Dialect;
use crewbox_store::{BodyLimits, Row};

use crate::large::RESPONSE_BYTES;

/// In lists, items, histories and untracked mail a text ends after this many bytes, so that a page costs a few
/// megabytes at the worst. `GET /messages/{id}` shows all of it.
const BODY_BYTES: usize = 256 * 1024;
/// Texts up to this length are read and rendered at once. Nearly all mail is shorter; a page with a longer text is read
/// again in a turn of its own.
const SHORT_BYTES: usize = 16 * 1024;

/// The history of a single row is at most this long. The rest of a response is for the row: JSON writes a byte of its
/// text in at most six.
pub(crate) const HISTORY_BYTES: usize = RESPONSE_BYTES - 8 * BODY_BYTES;
/// What a history shows of its messages.
pub(crate) const SHOWN: BodyLimits = BodyLimits { text: BODY_BYTES, html: BODY_BYTES, total: RESPONSE_BYTES };
/// What is read of a history first: all of it where its mails are ordinary.
pub(crate) const SHORT: BodyLimits =
    BodyLimits { text: SHORT_BYTES, html: SHORT_BYTES, total: 8 * SHORT_BYTES };
/// What a list row shows of its last message; the live dialect shows none of it.
pub(crate) const SHOWN_IN_ROW: BodyLimits = BodyLimits::text(BODY_BYTES);
/// What is read of it first.
pub(crate) const SHORT_IN_ROW: BodyLimits = BodyLimits::text(SHORT_BYTES);

/// The last message's limits in rows of this dialect.
pub(crate) const fn last_message(dialect: Dialect, limits: BodyLimits) -> Option<BodyLimits> {
    match dialect {
        Dialect::Documented => Some(limits),
        Dialect::Live => None,
    }
}

/// Whether the row's text is longer than what was read of it.
pub(crate) fn is_cut(row: &Row) -> bool {
    row.last_message.as_ref().is_some_and(|(_, texts)| texts.is_truncated())
}
