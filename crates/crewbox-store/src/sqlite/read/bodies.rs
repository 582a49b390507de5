//! Messages with their texts, whole or their beginnings.
//!
//! Owns how part of a long text is read without the rest: SQLite gives a column whole or not at all, so a text over
//! its limit is left out of the query and its beginning is read as a stream of bytes; so is all of a very long one.

use std::io::Read as _;

use crewbox_core::message::{Message, may_be_cut};
use rusqlite::{Connection, MAIN_DB, Row};

use crate::contract::{BodyLimits, Excerpt, StoreError};
use crate::sqlite::codec::{self, MESSAGE, MESSAGE_COLUMNS};
use crate::sqlite::failure::{Failure, Result};

/// How many columns [`columns`] are: where a joined row's own begin.
pub(super) const COLUMNS: usize = MESSAGE_COLUMNS + 6;

/// Where [`columns`] come from: `message` as `m` with its `message_body` as `b`.
pub(super) const FROM: &str =
    "message m JOIN message_body b ON b.account_id = m.account_id AND b.message_id = m.message_id";

/// A longer text is read as a stream of bytes: SQLite would put a column together in memory of its own first, so that
/// the text would be there twice.
const COLUMN_BYTES: usize = 64 * 1024;

/// Bytes that the read of a message returns of its texts, as SQL.
pub(super) fn size(limits: BodyLimits) -> String {
    let (text, html) = (sql_number(limits.text), sql_number(limits.html));
    format!("min(octet_length(b.body_text), {text}) + min(coalesce(octet_length(b.body_html), 0), {html})")
}

/// What [`message`] reads, in its order.
pub(super) fn columns(limits: BodyLimits) -> String {
    format!("{MESSAGE}, {}", texts_columns(limits))
}

/// A message with its texts out of [`columns`] of the same limits.
pub(super) fn message(db: &Connection, row: &Row<'_>, limits: BodyLimits) -> Result<(Message, Excerpt)> {
    Ok((codec::message(row)?, texts(db, row, MESSAGE_COLUMNS, limits)?))
}

/// What [`texts`] reads, in its order. Length and type of a column are in the row's head: SQLite reads none of the column
/// for `octet_length` and `typeof`, but all of it for `IS NULL`.
fn texts_columns(limits: BodyLimits) -> String {
    let within = |column: &str, limit: usize| {
        let most = sql_number(limit.min(COLUMN_BYTES));
        format!("octet_length({column}), CASE WHEN octet_length({column}) <= {most} THEN {column} END")
    };
    format!(
        "b.rowid, {}, {}, typeof(b.body_html) = 'text'",
        within("b.body_text", limits.text),
        within("b.body_html", limits.html),
    )
}

/// The texts out of [`texts_columns`], which begin at column `from`.
fn texts(db: &Connection, row: &Row<'_>, from: usize, limits: BodyLimits) -> Result<Excerpt> {
    let rowid = row.get(from)?;
    let within = |place, column, length: u64, limit: usize| -> Result<Option<String>> {
        if limit == 0 {
            return Ok(None);
        }
        match row.get(place)? {
            Some(whole) => Ok(Some(whole)),
            None => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                beginning(db, column, rowid, limit.min(length)).map(Some)
            }
        }
    };
    let is_over = |length: u64, limit: usize| limit > 0 && length > limit as u64;
    let text_length: u64 = row.get(from + 1)?;
    let html_length = row.get::<_, Option<u64>>(from + 3)?.unwrap_or(0);
    let has_html = row.get(from + 5)?;
    Ok(Excerpt {
        text: within(from + 2, "body_text", text_length, limits.text)?.unwrap_or_default(),
        html: if has_html { within(from + 4, "body_html", html_length, limits.html)? } else { None },
        text_truncated: is_over(text_length, limits.text)
            || limits.text > 0 && usize::try_from(text_length).is_ok_and(may_be_cut),
        html_truncated: is_over(html_length, limits.html),
        stored: text_length + html_length,
    })
}

/// The first `limit` bytes of a text, up to the last whole character.
fn beginning(db: &Connection, column: &'static str, rowid: i64, limit: usize) -> Result<String> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::Answer(StoreError::Engine(format!("reading a text: {error}")))
    };
    let stored = db.blob_open(MAIN_DB, "message_body", column, rowid, true)?;
    let mut bytes = Vec::with_capacity(limit);
    stored.take(limit as u64).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if let Err(error) = std::str::from_utf8(&bytes) {
        if error.error_len().is_some() {
            return Err(unreadable(&error));
        }
        bytes.truncate(error.valid_up_to());
    }
    String::from_utf8(bytes).map_err(|error| unreadable(&error))
}

/// A limit as a number of SQL, whose numbers end at `i64::MAX`.
fn sql_number(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts over several pages of the database.
    const LONG: usize = 10 * 1024 * 1024;

    fn with_texts(dir: &std::path::Path, text: &str, html: Option<&str>) {
        let db = Connection::open(dir.join("db")).unwrap();
        db.execute_batch("CREATE TABLE message_body (body_text TEXT NOT NULL, body_html TEXT)").unwrap();
        db.execute("INSERT INTO message_body VALUES (?1, ?2)", (text, html)).unwrap();
    }

    fn read(dir: &std::path::Path, limits: BodyLimits) -> Excerpt {
        let db = Connection::open(dir.join("db")).unwrap();
        let sql = format!("SELECT {} FROM message_body b", texts_columns(limits));
        let mut statement = db.prepare(&sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        texts(&db, rows.next().unwrap().unwrap(), 0, limits).unwrap()
    }

    #[test]
    fn a_text_over_its_limit_ends_at_a_character() {
        let dir = tempfile::tempdir().unwrap();
        with_texts(dir.path(), "aüüü", Some("<p>üü</p>"));
        let cut = |text, html| {
            let excerpt = read(dir.path(), BodyLimits { text, html, total: usize::MAX });
            (excerpt.text, excerpt.html, [excerpt.text_truncated, excerpt.html_truncated])
        };
        let html = |html: &str| Some(html.to_owned());
        assert_eq!(cut(7, 11), ("aüüü".to_owned(), html("<p>üü</p>"), [false, false]));
        assert_eq!(cut(6, 11), ("aüü".to_owned(), html("<p>üü</p>"), [true, false]));
        assert_eq!(cut(7, 4), ("aüüü".to_owned(), html("<p>"), [false, true]));
        assert_eq!(cut(1, 0), ("a".to_owned(), None, [true, false]));
        assert_eq!(
            cut(0, 0),
            (String::new(), None, [false, false]),
            "nothing is wanted, so nothing is missing"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_more_of_a_text_is_read_than_is_returned() {
        /// What a first read of a database reads besides: its head, its schema, the path to the row.
        const AROUND: u64 = 64 * 1024;
        /// Bytes that this thread has read from files.
        fn read_so_far() -> u64 {
            let counters = std::fs::read_to_string("/proc/thread-self/io").unwrap();
            counters.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
        }
        let dir = tempfile::tempdir().unwrap();
        with_texts(dir.path(), &"x".repeat(LONG), Some(&"y".repeat(LONG)));
        for (limits, most) in [
            (BodyLimits::NONE, 0),
            (BodyLimits::text(256 * 1024), 256 * 1024),
            (BodyLimits::text(16 * 1024), 16 * 1024),
        ] {
            let before = read_so_far();
            let excerpt = read(dir.path(), limits);
            let bytes = read_so_far() - before;
            assert_eq!(excerpt.text.len(), limits.text);
            assert!(bytes <= most + AROUND, "{limits:?}: {bytes} bytes");
        }
        let before = read_so_far();
        let whole = read(dir.path(), BodyLimits::WHOLE);
        assert_eq!((whole.text.len(), whole.stored), (LONG, 2 * LONG as u64));
        assert!(whole.html.is_some_and(|html| html.len() == LONG) && !whole.text_truncated);
        assert!(read_so_far() - before >= 2 * LONG as u64, "the counter counts");
    }
}
