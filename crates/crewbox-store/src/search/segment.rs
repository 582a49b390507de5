//! A segment: a stretch of an account's documents with the dictionary of their tokens and the positions of each.
//! Tokens are numbered through the whole segment, document by document. Written whole, never changed.

use std::collections::HashMap;

use crewbox_core::id::{AccountId, ConversationId, MessageId};
use rusqlite::{Connection, params};

use super::page::ROW_BYTES;
use super::posting::{self, List};
use super::token::{Kind, MARK, each_token};

/// A longer list has a row of its own: so few bytes are quicker skipped than another row is found.
const SHORT: usize = 256;
/// Bytes of the length before a list, at the most.
const LENGTH_BYTES: usize = 5;
/// Documents named by one row.
const DOCUMENTS_A_ROW: u32 = (ROW_BYTES / DOCUMENT_BYTES) as u32;
/// Bytes that name one document: message id, conversation id, how many positions it has.
const DOCUMENT_BYTES: usize = 20;
/// A row's key is its segment's id, shifted by so many bits, plus a number within the segment.
const SHIFT: u32 = 28;

/// A segment's row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) id: i64,
    pub(super) first_doc: u32,
    pub(super) docs: u32,
    pub(super) tokens: u32,
    pub(super) positions: u32,
}

impl Segment {
    /// The first key of its rows.
    pub(super) const fn base(&self) -> i64 {
        self.id << SHIFT
    }
}

/// An account's segments, in the order of their documents.
pub(super) fn list(db: &Connection, account: AccountId) -> Result<Vec<Segment>, rusqlite::Error> {
    db.prepare_cached(
        "SELECT id, first_doc, docs, tokens, positions FROM segment WHERE account_id = ?1 ORDER BY first_doc",
    )?
    .query_map([account.get()], |row| {
        Ok(Segment {
            id: row.get(0)?,
            first_doc: row.get(1)?,
            docs: row.get(2)?,
            tokens: row.get(3)?,
            positions: row.get(4)?,
        })
    })?
    .collect()
}

/// One document as named in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) message: MessageId,
    pub(super) conversation: ConversationId,
    /// How many positions it has.
    pub(super) positions: u32,
}

impl Document {
    /// The same place of nothing.
    pub(super) const fn erased(self) -> Self {
        Self { message: MessageId(0), conversation: ConversationId(0), positions: self.positions }
    }

    pub(super) const fn is_erased(&self) -> bool {
        self.message.get() == 0
    }

    fn to_bytes(self) -> [u8; DOCUMENT_BYTES] {
        let mut bytes = [0; DOCUMENT_BYTES];
        bytes[..8].copy_from_slice(&self.message.get().to_le_bytes());
        bytes[8..16].copy_from_slice(&self.conversation.get().to_le_bytes());
        bytes[16..].copy_from_slice(&self.positions.to_le_bytes());
        bytes
    }

    fn of(bytes: &[u8; DOCUMENT_BYTES]) -> Self {
        let id = |from: usize| {
            let bytes = bytes.get(from..).and_then(<[u8]>::first_chunk);
            bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        let positions = bytes.get(16..).and_then(<[u8]>::first_chunk);
        Self {
            message: MessageId(id(0)),
            conversation: ConversationId(id(8)),
            positions: positions.map_or(0, |bytes| u32::from_le_bytes(*bytes)),
        }
    }
}

/// Tells `sink` a segment's documents in order.
pub(super) fn documents(
    db: &Connection,
    segment: &Segment,
    mut sink: impl FnMut(Document) -> Result<(), rusqlite::Error>,
) -> Result<(), rusqlite::Error> {
    let mut rows = db.prepare_cached("SELECT ids FROM document WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let mut rows = rows.query([segment.base(), segment.base() + i64::from(segment.docs)])?;
    while let Some(row) = rows.next()? {
        let (documents, _) = row.get_ref(0)?.as_blob()?.as_chunks();
        for document in documents {
            sink(Document::of(document))?;
        }
    }
    Ok(())
}

/// Documents gathered for the next segment.
#[derive(Debug, Default)]
pub(super) struct Builder {
    docs: Vec<Document>,
    /// Different tokens, each with a number.
    tokens: [HashMap<Box<str>, u32>; 2],
    /// At each position the number of its token.
    positions: Vec<u32>,
}

impl Builder {
    /// Takes in a message with its normalised texts.
    pub(super) fn add(&mut self, message: MessageId, conversation: ConversationId, texts: &[String]) {
        let begin = self.positions.len();
        for text in texts {
            each_token(text, |kind, token| {
                let next = count(self.tokens.iter().map(HashMap::len).sum());
                let tokens = &mut self.tokens[kind as usize];
                let number = match tokens.get(token) {
                    Some(number) => *number,
                    None => *tokens.entry(token.into()).or_insert(next),
                };
                self.positions.push(number);
            });
        }
        self.docs.push(Document { message, conversation, positions: count(self.positions.len() - begin) });
    }

    /// Documents so far.
    pub(super) fn len(&self) -> u32 {
        count(self.docs.len())
    }

    /// Writes the segment.
    pub(super) fn write(
        self,
        db: &Connection,
        account: AccountId,
        first_doc: u32,
    ) -> Result<(), rusqlite::Error> {
        if self.docs.is_empty() {
            return Ok(());
        }
        let mut out = Writer::begin(db, account, first_doc)?;
        let (ends, places) = by_token(&self.positions, self.tokens.iter().map(HashMap::len).sum());
        let mut list = List::default();
        for (kind, tokens) in [Kind::Word, Kind::Other].into_iter().zip(self.tokens) {
            let mut tokens: Vec<_> = tokens.into_iter().collect();
            tokens.sort_unstable();
            for (token, number) in tokens {
                let number = number as usize;
                let start = number.checked_sub(1).map_or(0, |before| ends[before]);
                list.clear();
                places[start..ends[number]].iter().for_each(|place| list.push(*place));
                out.token(kind, token.as_bytes(), list.bytes())?;
            }
        }
        self.docs.into_iter().try_for_each(|document| out.document(document))?;
        out.finish()
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// The positions of each token together, ascending; and where each token's end there.
fn by_token(positions: &[u32], tokens: usize) -> (Vec<usize>, Vec<u32>) {
    let mut ends = vec![0; tokens];
    positions.iter().for_each(|number| ends[*number as usize] += 1);
    let mut sum = 0;
    for end in &mut ends {
        // Until the positions are in, where the token's begin.
        (*end, sum) = (sum, sum + *end);
    }
    let mut places = vec![0; positions.len()];
    for (place, number) in (0..).zip(positions) {
        let end = &mut ends[*number as usize];
        places[*end] = place;
        *end += 1;
    }
    (ends, places)
}

/// Writes one segment, tokens ascending by kind and bytes, then documents in order.
pub(super) struct Writer<'a> {
    db: &'a Connection,
    segment: Segment,
    kind: Kind,
    dictionary: Vec<u8>,
    lists: Vec<u8>,
    first_token: u32,
    documents: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn begin(
        db: &'a Connection,
        account: AccountId,
        first_doc: u32,
    ) -> Result<Self, rusqlite::Error> {
        db.prepare_cached("INSERT INTO segment (account_id, first_doc) VALUES (?1, ?2)")?
            .execute(params![account.get(), first_doc])?;
        let segment = Segment { id: db.last_insert_rowid(), first_doc, docs: 0, tokens: 0, positions: 0 };
        Ok(Self {
            db,
            segment,
            kind: Kind::Word,
            dictionary: Vec::new(),
            lists: Vec::new(),
            first_token: 0,
            documents: Vec::new(),
        })
    }

    pub(super) fn token(&mut self, kind: Kind, token: &[u8], list: &[u8]) -> Result<(), rusqlite::Error> {
        let full = self.dictionary.len() + token.len() + 2 > ROW_BYTES
            || self.lists.len() + LENGTH_BYTES + SHORT > ROW_BYTES;
        if kind != self.kind || full {
            self.end_dictionary()?;
            self.kind = kind;
        }
        if self.dictionary.is_empty() {
            self.dictionary.push(MARK);
        }
        self.dictionary.extend_from_slice(token);
        self.dictionary.push(MARK);
        match u32::try_from(list.len()) {
            Ok(length) if list.len() <= SHORT => {
                posting::put(&mut self.lists, length);
                self.lists.extend_from_slice(list);
            }
            _ => {
                // No list is empty: the length 0 says that it is elsewhere.
                posting::put(&mut self.lists, 0);
                let key = self.segment.base() + i64::from(self.segment.tokens);
                self.db
                    .prepare_cached("INSERT INTO long_list VALUES (?1, ?2)")?
                    .execute(params![key, list])?;
            }
        }
        self.segment.tokens += 1;
        Ok(())
    }

    fn end_dictionary(&mut self) -> Result<(), rusqlite::Error> {
        if !self.dictionary.is_empty() {
            let key = self.segment.base() + i64::from(self.first_token);
            self.db.prepare_cached("INSERT INTO dictionary VALUES (?1, ?2, ?3)")?.execute(params![
                key,
                self.kind as u8,
                self.dictionary
            ])?;
            self.db.prepare_cached("INSERT INTO list VALUES (?1, ?2)")?.execute(params![key, self.lists])?;
            self.dictionary.clear();
            self.lists.clear();
        }
        self.first_token = self.segment.tokens;
        Ok(())
    }

    pub(super) fn document(&mut self, document: Document) -> Result<(), rusqlite::Error> {
        self.documents.extend_from_slice(&document.to_bytes());
        self.segment.docs += 1;
        self.segment.positions += document.positions;
        if self.segment.docs.is_multiple_of(DOCUMENTS_A_ROW) {
            self.end_documents(self.segment.docs - DOCUMENTS_A_ROW)?;
        }
        Ok(())
    }

    fn end_documents(&mut self, first: u32) -> Result<(), rusqlite::Error> {
        self.db
            .prepare_cached("INSERT INTO document VALUES (?1, ?2)")?
            .execute(params![self.segment.base() + i64::from(first), self.documents])?;
        self.documents.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), rusqlite::Error> {
        self.end_dictionary()?;
        if !self.documents.is_empty() {
            self.end_documents(self.segment.docs / DOCUMENTS_A_ROW * DOCUMENTS_A_ROW)?;
        }
        self.db
            .prepare_cached("UPDATE segment SET docs = ?2, tokens = ?3, positions = ?4 WHERE id = ?1")?
            .execute(params![
                self.segment.id,
                self.segment.docs,
                self.segment.tokens,
                self.segment.positions
            ])?;
        Ok(())
    }
}

/// Removes a segment's rows.
pub(super) fn drop(db: &Connection, id: i64) -> Result<(), rusqlite::Error> {
    for table in ["dictionary", "list", "long_list", "document"] {
        db.execute(
            &format!("DELETE FROM {table} WHERE id BETWEEN ?1 AND ?2"),
            [id << SHIFT, ((id + 1) << SHIFT) - 1],
        )?;
    }
    db.execute("DELETE FROM segment WHERE id = ?1", [id])?;
    Ok(())
}
