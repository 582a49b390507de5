//! Answers a search: the index proves or suggests, the stored text decides, and what the index has not yet is
//! looked through. One snapshot of `search.db`; the store is read after it, so nothing falls between.

use std::collections::{BTreeSet, HashSet, VecDeque};

use crewbox_core::id::{AccountId, ConversationId, MessageId, Seq};
use crewbox_core::text::normalise;
use memchr::memmem::Finder;
use rusqlite::Connection;

use super::file::{self, engine};
use super::lead;
use super::posting::DocSet;
use super::segment::{self, DOCUMENT_BYTES, DOCUMENTS_A_ROW, Segment};
use super::source::{Doc, Source};
use super::token::{MARK, Plan};
use crate::contract::{Found, StoreError};

/// Shorter terms are looked for in leads only.
pub const MIN_TEXT_CHARS: usize = 3;
/// Of what the index has not yet, at most so many documents are looked through; the newest.
pub const MAX_SCANNED: usize = 5_000;
/// Changes read at a time.
const CHANGES_A_READ: u32 = 5_000;
/// Of a segment's tokens: with more matches than one in this many, reading all postings is quicker than
/// looking each up.
const DENSE: u32 = 16;
/// Fewer doubtful messages than this are not worth a second thread.
const WORTH_SHARING: usize = 200;

/// A search on its way.
#[derive(Default)]
struct Search {
    found: HashSet<ConversationId>,
    /// Whose text decides.
    messages: Vec<(ConversationId, MessageId)>,
    leads: BTreeSet<ConversationId>,
    /// Indexed more than once: what the index says of these is doubtful.
    stale_messages: HashSet<MessageId>,
    stale_leads: HashSet<ConversationId>,
}

/// What the log has and the index has not.
#[derive(Default)]
struct Tail {
    newest: VecDeque<Doc>,
    behind: u64,
}

/// Finds a term, as typed, in one account. `other` is a second reader, to share the work.
pub(super) fn find(
    db: &mut Connection,
    source: &dyn Source,
    other: &mut dyn Source,
    account: AccountId,
    typed: &str,
) -> Result<Found, StoreError> {
    let term = normalise(typed);
    if term.is_empty() {
        return Ok(Found::default());
    }
    let in_texts = term.chars().nth(MIN_TEXT_CHARS - 1).is_some();
    let mut search = Search::default();
    let tx = db.transaction().map_err(engine)?;
    let mut cursor = file::state(&tx, account).map_err(engine)?.cursor;
    if cursor > source.head(account)? {
        // The store was restored from before; until the index is built anew, it says nothing.
        cursor = Seq(0);
    }
    let tail = Tail::read(source, account, cursor, in_texts)?;
    search.mark_stale(&tx, account, &tail).map_err(engine)?;
    if cursor > Seq(0) {
        search.ask_leads(&tx, account, &term).map_err(engine)?;
        if in_texts {
            search.ask_texts(&tx, account, &Plan::of(&term)).map_err(engine)?;
        }
    }
    tx.finish().map_err(engine)?;
    search.ask_tail(&tail);
    search.decide(source, other, account, &term)?;
    let mut conversations: Vec<ConversationId> = search.found.into_iter().collect();
    conversations.sort_unstable();
    Ok(Found { conversations, behind: tail.behind })
}

/// Documents the log has after `cursor`.
pub(super) fn behind(source: &dyn Source, account: AccountId, cursor: Seq) -> Result<u64, StoreError> {
    let tail = Tail::read(source, account, cursor, true)?;
    Ok(tail.behind + tail.newest.len() as u64)
}

impl Tail {
    fn read(
        source: &dyn Source,
        account: AccountId,
        cursor: Seq,
        in_texts: bool,
    ) -> Result<Self, StoreError> {
        let mut tail = Self::default();
        let mut since = cursor;
        loop {
            let changes = source.log(account, since, CHANGES_A_READ)?;
            let Some(last) = changes.last() else { return Ok(tail) };
            since = last.seq;
            for doc in changes.iter().filter_map(Doc::of) {
                if !in_texts && !matches!(doc, Doc::Lead(_) | Doc::AgainLead(_)) {
                    continue;
                }
                tail.newest.push_back(doc);
                if tail.newest.len() > MAX_SCANNED {
                    tail.newest.pop_front();
                    tail.behind += 1;
                }
            }
        }
    }
}

impl Search {
    fn mark_stale(
        &mut self,
        db: &Connection,
        account: AccountId,
        tail: &Tail,
    ) -> Result<(), rusqlite::Error> {
        let mut rows = db.prepare_cached("SELECT kind, id FROM stale WHERE account_id = ?1")?;
        for row in rows.query_map([account.get()], |row| Ok((row.get(0)?, row.get(1)?)))? {
            match row? {
                (0_u8, id) => drop(self.stale_messages.insert(MessageId(id))),
                (_, id) => drop(self.stale_leads.insert(ConversationId(id))),
            }
        }
        for doc in &tail.newest {
            match *doc {
                Doc::AgainMessage(id) => drop(self.stale_messages.insert(id)),
                Doc::AgainLead(id) => drop(self.stale_leads.insert(id)),
                Doc::Message(_) | Doc::Lead(_) => {}
            }
        }
        Ok(())
    }

    fn ask_leads(&mut self, db: &Connection, account: AccountId, term: &str) -> Result<(), rusqlite::Error> {
        let Self { found, leads, stale_leads, .. } = self;
        lead::find(db, account, term, |conversation| {
            if stale_leads.contains(&conversation) {
                leads.insert(conversation);
            } else {
                found.insert(conversation);
            }
        })
    }

    fn ask_texts(&mut self, db: &Connection, account: AccountId, plan: &Plan) -> Result<(), rusqlite::Error> {
        for segment in segment::list(db, account)? {
            let docs = matching(db, &segment, plan)?;
            if docs.is_empty() {
                continue;
            }
            let mut rows =
                db.prepare_cached("SELECT id, ids FROM document WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            let mut rows = rows.query([segment.base(), segment.base() + i64::from(segment.docs)])?;
            let mut first = 0;
            while let Some(row) = rows.next()? {
                let mut hits = docs.within(first, first + DOCUMENTS_A_ROW).peekable();
                if hits.peek().is_some() {
                    let ids = row.get_ref(1)?.as_blob()?;
                    for doc in hits {
                        let (message, conversation) = document(ids, doc - first);
                        if plan.exact && !self.stale_messages.contains(&message) {
                            self.found.insert(conversation);
                        } else {
                            self.messages.push((conversation, message));
                        }
                    }
                }
                first += DOCUMENTS_A_ROW;
            }
        }
        Ok(())
    }

    fn ask_tail(&mut self, tail: &Tail) {
        for doc in &tail.newest {
            match *doc {
                // The text says which conversation it is in.
                Doc::Message(id) | Doc::AgainMessage(id) => self.messages.push((ConversationId(0), id)),
                Doc::Lead(id) | Doc::AgainLead(id) => drop(self.leads.insert(id)),
            }
        }
    }

    /// Lets the texts of what is doubtful decide.
    fn decide(
        &mut self,
        source: &dyn Source,
        other: &mut dyn Source,
        account: AccountId,
        term: &str,
    ) -> Result<(), StoreError> {
        for conversation in std::mem::take(&mut self.leads) {
            if !self.found.contains(&conversation)
                && source.lead(account, conversation)?.is_some_and(|lead| lead::has(&lead, term))
            {
                self.found.insert(conversation);
            }
        }
        let mut doubtful = std::mem::take(&mut self.messages);
        doubtful.retain(|(conversation, _)| !self.found.contains(conversation));
        doubtful.sort_unstable();
        doubtful.dedup();
        if doubtful.len() < WORTH_SHARING {
            self.found.extend(read_all(source, account, term, &doubtful)?);
            return Ok(());
        }
        let middle = doubtful.len() / 2;
        let border = doubtful[middle].0;
        let (mine, theirs) = match doubtful.partition_point(|(conversation, _)| *conversation < border) {
            0 => doubtful.split_at(middle),
            at => doubtful.split_at(at),
        };
        let (mine, theirs) = std::thread::scope(|scope| {
            let theirs = scope.spawn(move || read_all(other, account, term, theirs));
            (read_all(source, account, term, mine), theirs.join())
        });
        let theirs = theirs.map_err(|_| StoreError::Engine("search: a reader panicked".to_owned()))?;
        self.found.extend(mine?);
        self.found.extend(theirs?);
        Ok(())
    }
}

/// The conversations of those of these messages (ascending by conversation) that have the term.
fn read_all(
    source: &dyn Source,
    account: AccountId,
    term: &str,
    messages: &[(ConversationId, MessageId)],
) -> Result<Vec<ConversationId>, StoreError> {
    let finder = Finder::new(term);
    let mut found: Vec<ConversationId> = Vec::new();
    let has = |text: &str| finder.find(normalise(text).as_bytes()).is_some();
    for (supposed, message) in messages {
        if found.last() == Some(supposed) {
            continue;
        }
        let Some(text) = source.text(account, *message)? else { continue };
        let Some(conversation) = text.conversation else { continue };
        if has(&text.subject) || has(&text.text) {
            found.push(conversation);
        }
    }
    Ok(found)
}

fn document(ids: &[u8], at: u32) -> (MessageId, ConversationId) {
    let bytes = ids.get(at as usize * DOCUMENT_BYTES..).unwrap_or_default();
    let id = |from: usize| {
        let bytes = bytes.get(from..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    (MessageId(id(0)), ConversationId(id(8)))
}

/// The documents of a segment that have a token for each pattern.
fn matching(db: &Connection, segment: &Segment, plan: &Plan) -> Result<DocSet, rusqlite::Error> {
    let tokens = tokens(db, segment, plan)?;
    let mut all: Option<DocSet> = None;
    if tokens.iter().any(Vec::is_empty) {
        return Ok(DocSet::default());
    }
    for tokens in tokens {
        let mut docs = DocSet::none(segment.docs);
        postings(db, segment, &tokens, &mut docs)?;
        match &mut all {
            Some(all) => all.keep(&docs),
            None => all = Some(docs),
        }
        if all.as_ref().is_some_and(DocSet::is_empty) {
            break;
        }
    }
    Ok(all.unwrap_or_default())
}

/// For each pattern the numbers of a segment's tokens that match it, ascending.
fn tokens(db: &Connection, segment: &Segment, plan: &Plan) -> Result<Vec<Vec<u32>>, rusqlite::Error> {
    let finders: Vec<Finder<'_>> = plan.patterns.iter().map(|pattern| Finder::new(&pattern.needle)).collect();
    let mut found = vec![Vec::new(); finders.len()];
    let mut rows =
        db.prepare_cached("SELECT id, kind, tokens FROM dictionary WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let mut rows = rows.query([segment.base(), segment.base() + i64::from(segment.tokens)])?;
    while let Some(row) = rows.next()? {
        let first = u32::try_from(row.get::<_, i64>(0)? - segment.base()).unwrap_or_default();
        let kind: u8 = row.get(1)?;
        if !plan.patterns.iter().any(|pattern| pattern.kind as u8 == kind) {
            continue;
        }
        let dictionary = row.get_ref(2)?.as_blob()?;
        for ((pattern, finder), found) in plan.patterns.iter().zip(&finders).zip(&mut found) {
            if pattern.kind as u8 == kind {
                each_match(dictionary, finder, pattern.needle.first() == Some(&MARK), |at| {
                    found.push(first + at)
                });
            }
        }
    }
    Ok(found)
}

fn each_match(dictionary: &[u8], finder: &Finder<'_>, marked: bool, mut sink: impl FnMut(u32)) {
    let (mut from, mut counted, mut marks) = (0, 0, 0_usize);
    while let Some(hit) = dictionary.get(from..).and_then(|rest| finder.find(rest)).map(|at| at + from) {
        let inside = hit + usize::from(marked);
        marks += memchr::memchr_iter(MARK, &dictionary[counted..inside]).count();
        counted = inside;
        sink(u32::try_from(marks.saturating_sub(1)).unwrap_or(u32::MAX));
        let Some(end) = memchr::memchr(MARK, &dictionary[inside..]) else { return };
        from = inside + end;
    }
}

/// Adds the documents of these tokens.
fn postings(
    db: &Connection,
    segment: &Segment,
    tokens: &[u32],
    docs: &mut DocSet,
) -> Result<(), rusqlite::Error> {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return Ok(()) };
    let span = last - first + 1;
    if u32::try_from(tokens.len()).unwrap_or(u32::MAX).saturating_mul(DENSE) < span {
        let mut one = db.prepare_cached("SELECT docs FROM posting WHERE id = ?1")?;
        for token in tokens {
            let mut rows = one.query([segment.base() + i64::from(*token)])?;
            if let Some(row) = rows.next()? {
                docs.add(row.get_ref(0)?.as_blob()?);
            }
        }
        return Ok(());
    }
    let mut rows = db.prepare_cached("SELECT docs FROM posting WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let mut rows = rows.query([segment.base() + i64::from(*first), segment.base() + i64::from(*last)])?;
    let (mut wanted, mut token) = (tokens.iter(), *first);
    let mut next = wanted.next();
    while let Some(row) = rows.next()? {
        if next == Some(&token) {
            docs.add(row.get_ref(0)?.as_blob()?);
            next = wanted.next();
        }
        token += 1;
    }
    Ok(())
}
