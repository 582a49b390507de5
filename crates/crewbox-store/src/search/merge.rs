//! Makes one segment of a few neighbours of similar size, so that there are few, and each token is rewritten only a
//! few times.

use std::ops::Range;

use crewbox_core::id::AccountId;
use rusqlite::Connection;

use super::posting::{self, List};
use super::segment::{self, Document, Segment, Writer};
use super::token::{Kind, MARK};

/// So many neighbours of one size make one of the next.
const MERGE: usize = 8;
/// No segment grows beyond: merging it once more would cost more than looking through one more does.
const MAX_DOCS: u32 = 1 << 17;
/// Nor beyond this, which bounds what a search holds in memory: a bit for each, a few times over.
const MAX_POSITIONS: u32 = 1 << 27;

/// The newest segments that should become one, if any.
pub(super) fn due(segments: &[Segment]) -> Option<&[Segment]> {
    let level = |docs: u32| docs.max(1).ilog(8);
    let top = level(segments.last()?.docs);
    for wanted in top..=level(MAX_DOCS) {
        let from = segments.iter().rposition(|found| level(found.docs) > wanted).map_or(0, |at| at + 1);
        let run = &segments[from..];
        let sum = |of: fn(&Segment) -> u32| run.iter().map(|found| u64::from(of(found))).sum::<u64>();
        if sum(|found| found.docs) > MAX_DOCS.into() || sum(|found| found.positions) > MAX_POSITIONS.into() {
            return None;
        }
        if run.len() >= MERGE {
            return Some(run);
        }
    }
    None
}

/// Makes one segment of neighbours, and drops them.
pub(super) fn merge(db: &Connection, account: AccountId, parts: &[Segment]) -> Result<(), rusqlite::Error> {
    let Some(first) = parts.first() else { return Ok(()) };
    let mut out = Writer::begin(db, account, first.first_doc)?;
    let mut queries = parts.iter().map(|_| Statements::prepare(db)).collect::<Result<Vec<_>, _>>()?;
    let mut shift = 0;
    let mut cursors = Vec::with_capacity(parts.len());
    for (query, part) in queries.iter_mut().zip(parts) {
        cursors.push(Cursor::open(query, part, shift)?);
        shift += part.positions;
    }
    let (mut token, mut list) = (Vec::new(), List::default());
    while let Some(least) = cursors.iter().filter(|cursor| !cursor.done).map(Cursor::token).min() {
        let kind = least.0;
        token.clear();
        token.extend_from_slice(least.1);
        list.clear();
        for cursor in &mut cursors {
            if !cursor.done && cursor.token() == (kind, &token) {
                list.append(cursor.list(), cursor.shift);
                cursor.step()?;
            }
        }
        out.token(kind, &token, list.bytes())?;
    }
    std::mem::drop(cursors);
    std::mem::drop(queries);
    for part in parts {
        segment::documents(db, part, |document| out.document(document))?;
    }
    out.finish()?;
    parts.iter().try_for_each(|part| segment::drop(db, part.id))
}

/// Writes a segment again without these positions, which ascend and are those of the documents that `is_erased` names.
pub(super) fn without(
    db: &Connection,
    account: AccountId,
    part: &Segment,
    erased: &[Range<u32>],
    is_erased: impl Fn(&Document) -> bool,
) -> Result<(), rusqlite::Error> {
    let mut out = Writer::begin(db, account, part.first_doc)?;
    let mut query = Statements::prepare(db)?;
    let mut cursor = Cursor::open(&mut query, part, 0)?;
    let mut list = List::default();
    while !cursor.done {
        list.clear();
        let mut ranges = erased.iter().peekable();
        posting::each(cursor.list(), |position| {
            while ranges.next_if(|range| range.end <= position).is_some() {}
            if ranges.peek().is_none_or(|range| position < range.start) {
                list.push(position);
            }
        });
        // A word that is left nowhere leaves the dictionary.
        if !list.bytes().is_empty() {
            let (kind, token) = cursor.token();
            out.token(kind, token, list.bytes())?;
        }
        cursor.step()?;
    }
    std::mem::drop(cursor);
    std::mem::drop(query);
    segment::documents(db, part, |document| {
        let document = if is_erased(&document) { document.erased() } else { document };
        out.document(document)
    })?;
    out.finish()?;
    segment::drop(db, part.id)
}

struct Statements<'a> {
    dictionary: rusqlite::Statement<'a>,
    long: rusqlite::Statement<'a>,
}

impl<'a> Statements<'a> {
    fn prepare(db: &'a Connection) -> Result<Self, rusqlite::Error> {
        let dictionary = "SELECT kind, tokens, lists FROM dictionary JOIN list USING (id)
                          WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
        let long = "SELECT list FROM long_list WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
        Ok(Self { dictionary: db.prepare(dictionary)?, long: db.prepare(long)? })
    }
}

/// Walks one segment's tokens with their lists.
struct Cursor<'a> {
    rows: rusqlite::Rows<'a>,
    long: rusqlite::Rows<'a>,
    shift: u32,
    done: bool,
    kind: Kind,
    dictionary: Vec<u8>,
    token: Range<usize>,
    lists: Vec<u8>,
    list: Range<usize>,
    long_list: Option<Vec<u8>>,
}

impl<'a> Cursor<'a> {
    fn open(query: &'a mut Statements<'_>, part: &Segment, shift: u32) -> Result<Self, rusqlite::Error> {
        let keys = [part.base(), part.base() + i64::from(part.tokens)];
        let mut cursor = Self {
            rows: query.dictionary.query(keys)?,
            long: query.long.query(keys)?,
            shift,
            done: false,
            kind: Kind::Word,
            dictionary: Vec::new(),
            token: 0..0,
            lists: Vec::new(),
            list: 0..0,
            long_list: None,
        };
        cursor.step()?;
        Ok(cursor)
    }

    fn token(&self) -> (Kind, &[u8]) {
        (self.kind, &self.dictionary[self.token.clone()])
    }

    fn list(&self) -> &[u8] {
        self.long_list.as_deref().unwrap_or(&self.lists[self.list.clone()])
    }

    fn step(&mut self) -> Result<(), rusqlite::Error> {
        if self.token.end + 1 >= self.dictionary.len() {
            let Some(row) = self.rows.next()? else {
                self.done = true;
                return Ok(());
            };
            self.kind = if row.get::<_, u8>(0)? == Kind::Word as u8 { Kind::Word } else { Kind::Other };
            self.dictionary = row.get(1)?;
            self.lists = row.get(2)?;
            (self.token, self.list) = (0..0, 0..0);
        }
        let start = self.token.end + 1;
        let rest = self.dictionary.get(start..).unwrap_or_default();
        self.token = start..start + memchr::memchr(MARK, rest).unwrap_or(rest.len());
        let mut rest = &self.lists[self.list.end..];
        let length = posting::take(&mut rest) as usize;
        let start = self.lists.len() - rest.len();
        self.list = start..(start + length).min(self.lists.len());
        self.long_list = None;
        if length == 0 {
            self.long_list = self.long.next()?.map(|row| row.get(0)).transpose()?;
        }
        Ok(())
    }
}
