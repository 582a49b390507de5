//! A segment: a stretch of an account's documents with the dictionary of their tokens. Written whole, never
//! changed; a few neighbours of like size are merged into one, so there are few, and each token is rewritten
//! only a handful of times in its life.

use std::collections::HashMap;

use crewbox_core::id::{AccountId, ConversationId, MessageId};
use rusqlite::{Connection, params};

use super::file::SHIFT;
use super::posting;
use super::token::{Kind, MARK, each_token};

/// Bytes of one dictionary row: big enough that a search mostly scans, small enough to be cheap to hold.
const DICTIONARY_BYTES: usize = 32 << 10;
/// Documents named by one row.
pub(super) const DOCUMENTS_A_ROW: u32 = 2_048;
/// Bytes that name one document: message id, conversation id.
pub(super) const DOCUMENT_BYTES: usize = 16;
/// So many neighbours of one size make one of the next.
const MERGE: usize = 8;
/// No segment grows beyond: merging it once more would cost more than looking through one more does.
const MAX_DOCS: u32 = 1 << 18;

/// A segment's row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) id: i64,
    pub(super) first_doc: u32,
    pub(super) docs: u32,
    pub(super) tokens: u32,
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
        "SELECT id, first_doc, docs, tokens FROM segment WHERE account_id = ?1 ORDER BY first_doc",
    )?
    .query_map([account.get()], |row| {
        Ok(Segment { id: row.get(0)?, first_doc: row.get(1)?, docs: row.get(2)?, tokens: row.get(3)? })
    })?
    .collect()
}

/// Documents gathered for the next segment.
#[derive(Debug, Default)]
pub(super) struct Builder {
    docs: Vec<(MessageId, ConversationId)>,
    tokens: [HashMap<Box<str>, Vec<u32>>; 2],
}

impl Builder {
    /// Takes in a message with its normalised texts.
    pub(super) fn add(&mut self, message: MessageId, conversation: ConversationId, texts: &[String]) {
        let doc = self.len();
        self.docs.push((message, conversation));
        for text in texts {
            each_token(text, |kind, token| {
                let tokens = &mut self.tokens[kind as usize];
                match tokens.get_mut(token) {
                    Some(docs) if docs.last() == Some(&doc) => {}
                    Some(docs) => docs.push(doc),
                    None => {
                        tokens.insert(token.into(), vec![doc]);
                    }
                }
            });
        }
    }

    /// Documents so far.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.docs.len()).unwrap_or(u32::MAX)
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
        for (kind, tokens) in [Kind::Run, Kind::Joint].into_iter().zip(self.tokens) {
            let mut tokens: Vec<_> = tokens.into_iter().collect();
            tokens.sort_unstable();
            for (token, docs) in tokens {
                out.token(kind, token.as_bytes(), &posting::encode(&docs))?;
            }
        }
        for (message, conversation) in self.docs {
            out.document(&document(message, conversation))?;
        }
        out.finish()
    }
}

fn document(message: MessageId, conversation: ConversationId) -> [u8; DOCUMENT_BYTES] {
    let mut bytes = [0; DOCUMENT_BYTES];
    bytes[..8].copy_from_slice(&message.get().to_le_bytes());
    bytes[8..].copy_from_slice(&conversation.get().to_le_bytes());
    bytes
}

/// Writes one segment, tokens ascending by kind and bytes, then documents in order.
struct Writer<'a> {
    db: &'a Connection,
    segment: Segment,
    kind: Kind,
    dictionary: Vec<u8>,
    first_token: u32,
    documents: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn begin(db: &'a Connection, account: AccountId, first_doc: u32) -> Result<Self, rusqlite::Error> {
        db.prepare_cached("INSERT INTO segment (account_id, first_doc, docs, tokens) VALUES (?1, ?2, 0, 0)")?
            .execute(params![account.get(), first_doc])?;
        let segment = Segment { id: db.last_insert_rowid(), first_doc, docs: 0, tokens: 0 };
        Ok(Self {
            db,
            segment,
            kind: Kind::Run,
            dictionary: Vec::new(),
            first_token: 0,
            documents: Vec::new(),
        })
    }

    fn token(&mut self, kind: Kind, token: &[u8], docs: &[u8]) -> Result<(), rusqlite::Error> {
        if kind != self.kind || self.dictionary.len() >= DICTIONARY_BYTES {
            self.end_dictionary()?;
            self.kind = kind;
        }
        if self.dictionary.is_empty() {
            self.dictionary.push(MARK);
        }
        self.dictionary.extend_from_slice(token);
        self.dictionary.push(MARK);
        self.db
            .prepare_cached("INSERT INTO posting VALUES (?1, ?2)")?
            .execute(params![self.segment.base() + i64::from(self.segment.tokens), docs])?;
        self.segment.tokens += 1;
        Ok(())
    }

    fn end_dictionary(&mut self) -> Result<(), rusqlite::Error> {
        if !self.dictionary.is_empty() {
            self.db.prepare_cached("INSERT INTO dictionary VALUES (?1, ?2, ?3)")?.execute(params![
                self.segment.base() + i64::from(self.first_token),
                self.kind as u8,
                self.dictionary
            ])?;
            self.dictionary.clear();
        }
        self.first_token = self.segment.tokens;
        Ok(())
    }

    fn document(&mut self, ids: &[u8]) -> Result<(), rusqlite::Error> {
        self.documents.extend_from_slice(ids);
        self.segment.docs += 1;
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

    fn finish(mut self) -> Result<(), rusqlite::Error> {
        self.end_dictionary()?;
        if !self.documents.is_empty() {
            self.end_documents(self.segment.docs / DOCUMENTS_A_ROW * DOCUMENTS_A_ROW)?;
        }
        self.db
            .prepare_cached("UPDATE segment SET docs = ?2, tokens = ?3 WHERE id = ?1")?
            .execute(params![self.segment.id, self.segment.docs, self.segment.tokens])?;
        Ok(())
    }
}

/// Removes a segment's rows.
pub(super) fn drop(db: &Connection, id: i64) -> Result<(), rusqlite::Error> {
    for table in ["dictionary", "posting", "document"] {
        db.execute(
            &format!("DELETE FROM {table} WHERE id BETWEEN ?1 AND ?2"),
            [id << SHIFT, ((id + 1) << SHIFT) - 1],
        )?;
    }
    db.execute("DELETE FROM segment WHERE id = ?1", [id])?;
    Ok(())
}

/// The newest segments that should become one, if any.
pub(super) fn due(segments: &[Segment]) -> Option<&[Segment]> {
    let level = |docs: u32| docs.max(1).ilog(8);
    let top = level(segments.last()?.docs);
    for wanted in top..=level(MAX_DOCS) {
        let from = segments.iter().rposition(|found| level(found.docs) > wanted).map_or(0, |at| at + 1);
        let run = &segments[from..];
        let docs: u32 = run.iter().map(|found| found.docs).sum();
        if docs > MAX_DOCS {
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
    let mut cursors = queries
        .iter_mut()
        .zip(parts)
        .map(|(query, part)| Cursor::open(query, part, part.first_doc - first.first_doc))
        .collect::<Result<Vec<_>, _>>()?;
    let mut docs = Vec::new();
    while let Some((kind, token)) =
        cursors.iter().filter_map(|c| c.token.as_ref()).min().map(|(kind, token)| (*kind, token.clone()))
    {
        docs.clear();
        for cursor in &mut cursors {
            if cursor.token.as_ref().is_some_and(|found| found.0 == kind && found.1 == token) {
                let shift = cursor.shift;
                posting::each(&cursor.docs, |doc| docs.push(doc + shift));
                cursor.step()?;
            }
        }
        out.token(kind, &token, &posting::encode(&docs))?;
    }
    std::mem::drop(cursors);
    std::mem::drop(queries);
    for part in parts {
        let mut rows = db.prepare("SELECT ids FROM document WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
        let mut rows = rows.query([part.base(), part.base() + i64::from(part.docs)])?;
        while let Some(row) = rows.next()? {
            for ids in row.get_ref(0)?.as_blob()?.chunks_exact(DOCUMENT_BYTES) {
                out.document(ids)?;
            }
        }
    }
    out.finish()?;
    parts.iter().try_for_each(|part| drop(db, part.id))
}

struct Statements<'a> {
    dictionary: rusqlite::Statement<'a>,
    posting: rusqlite::Statement<'a>,
}

impl<'a> Statements<'a> {
    fn prepare(db: &'a Connection) -> Result<Self, rusqlite::Error> {
        let dictionary = "SELECT kind, tokens FROM dictionary WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
        let posting = "SELECT docs FROM posting WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
        Ok(Self { dictionary: db.prepare(dictionary)?, posting: db.prepare(posting)? })
    }
}

/// Walks one segment's tokens with their documents.
struct Cursor<'a> {
    dictionaries: rusqlite::Rows<'a>,
    postings: rusqlite::Rows<'a>,
    shift: u32,
    kind: Kind,
    dictionary: Vec<u8>,
    at: usize,
    token: Option<(Kind, Vec<u8>)>,
    docs: Vec<u8>,
}

impl<'a> Cursor<'a> {
    fn open(query: &'a mut Statements<'_>, part: &Segment, shift: u32) -> Result<Self, rusqlite::Error> {
        let keys = [part.base(), part.base() + i64::from(part.tokens)];
        let mut cursor = Self {
            dictionaries: query.dictionary.query(keys)?,
            postings: query.posting.query(keys)?,
            shift,
            kind: Kind::Run,
            dictionary: Vec::new(),
            at: 0,
            token: None,
            docs: Vec::new(),
        };
        cursor.step()?;
        Ok(cursor)
    }

    fn step(&mut self) -> Result<(), rusqlite::Error> {
        if self.at + 1 >= self.dictionary.len() {
            let Some(row) = self.dictionaries.next()? else {
                self.token = None;
                return Ok(());
            };
            self.kind = if row.get::<_, u8>(0)? == Kind::Run as u8 { Kind::Run } else { Kind::Joint };
            self.dictionary = row.get(1)?;
            self.at = 0;
        }
        let rest = self.dictionary.get(self.at + 1..).unwrap_or_default();
        let end = memchr::memchr(MARK, rest).unwrap_or(rest.len());
        self.token = Some((self.kind, rest[..end].to_vec()));
        self.at += end + 1;
        self.docs.clear();
        if let Some(row) = self.postings.next()? {
            self.docs.extend_from_slice(row.get_ref(0)?.as_blob()?);
        }
        Ok(())
    }
}
