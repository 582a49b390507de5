//! Answers a search: the index knows of all it has, and what it has not yet, or has of an older text, is
//! looked through as it now is. One snapshot of `search.db`; the store is read after it, so nothing falls between.

use std::collections::{BTreeSet, HashSet, VecDeque};

use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{AccountId, ConversationId, MessageId, Seq};
use crewbox_core::text::normalise;
use memchr::memmem::Finder;
use rusqlite::Connection;

use super::file::{self, engine};
use super::lead;
use super::matching::matching;
use super::segment;
use super::source::{Doc, Source};
use super::token::{Step, plan};
use crate::contract::{Found, StoreError};

/// Shorter terms are looked for in leads only.
pub const MIN_TEXT_CHARS: usize = 3;
/// Of what the index has not yet, at most so many documents are looked through; the newest.
pub const MAX_SCANNED: usize = 5_000;
/// Changes read to find these: what is further back is counted by its changes alone.
const MAX_CHANGES: u32 = 20_000;

/// A search on its way.
#[derive(Default)]
struct Search {
    /// Those of which the index alone decides, and in the end all.
    found: ConversationSet,
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

/// Finds a term, as typed, in one account.
pub(super) fn find(
    db: &mut Connection,
    source: &dyn Source,
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
        // The store was restored from before; until the index is built again, it finds nothing.
        cursor = Seq(0);
    }
    let tail = Tail::read(source, account, cursor, in_texts)?;
    search.mark_stale(&tx, account, &tail).map_err(engine)?;
    if cursor > Seq(0) {
        search.ask_leads(&tx, account, &term).map_err(engine)?;
        if in_texts {
            search.ask_texts(&tx, account, &plan(&term)).map_err(engine)?;
        }
    }
    tx.finish().map_err(engine)?;
    search.ask_tail(&tail);
    let conversations = search.decide(source, account, &term)?;
    Ok(Found { conversations, behind: tail.behind })
}

/// Documents the log has after `cursor`; of a long way behind, the changes.
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
        let head = source.head(account)?;
        let since = cursor.max(Seq(head.0.saturating_sub(MAX_CHANGES.into())));
        let mut tail = Self { behind: since.0 - cursor.0, newest: VecDeque::new() };
        let changes = source.log(account, since, MAX_CHANGES)?;
        for doc in changes.iter().filter_map(Doc::of) {
            if !in_texts && matches!(doc, Doc::Message(_) | Doc::AgainMessage(_) | Doc::ErasedMessage(_)) {
                continue;
            }
            tail.newest.push_back(doc);
            if tail.newest.len() > MAX_SCANNED {
                tail.newest.pop_front();
                tail.behind += 1;
            }
        }
        Ok(tail)
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
                Doc::AgainLead(id) | Doc::ErasedConversation(id) => drop(self.stale_leads.insert(id)),
                Doc::ErasedMessage(id) => drop(self.stale_messages.insert(id)),
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

    fn ask_texts(
        &mut self,
        db: &Connection,
        account: AccountId,
        steps: &[Step],
    ) -> Result<(), rusqlite::Error> {
        for segment in segment::list(db, account)? {
            let matches = matching(db, &segment, steps)?;
            let Some(mut next) = matches.positions.next(0) else { continue };
            let mut end = 0;
            segment::documents(db, &segment, |document| {
                end += document.positions;
                if next < end {
                    next = matches.positions.next(end).unwrap_or(u32::MAX);
                    // Where a text was erased, a term can seem to begin that goes on in the next one.
                    if document.is_erased() {
                        return Ok(());
                    }
                    if matches.doubtful || self.stale_messages.contains(&document.message) {
                        self.messages.push((document.conversation, document.message));
                    } else {
                        self.found.insert(document.conversation);
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn ask_tail(&mut self, tail: &Tail) {
        for doc in &tail.newest {
            match *doc {
                // The text says which conversation it is in.
                Doc::Message(id) | Doc::AgainMessage(id) => self.messages.push((ConversationId(0), id)),
                Doc::Lead(id) | Doc::AgainLead(id) => drop(self.leads.insert(id)),
                // The conversation is in no list any more, and the message has no text.
                Doc::ErasedMessage(_) | Doc::ErasedConversation(_) => {}
            }
        }
    }

    /// Lets the texts of what is doubtful decide; then all is found.
    fn decide(
        mut self,
        source: &dyn Source,
        account: AccountId,
        term: &str,
    ) -> Result<ConversationSet, StoreError> {
        for conversation in std::mem::take(&mut self.leads) {
            if source.lead(account, conversation)?.is_some_and(|lead| lead::has(&lead, term)) {
                self.found.insert(conversation);
            }
        }
        let mut doubtful = self.messages;
        doubtful.retain(|(conversation, _)| !self.found.contains(*conversation));
        doubtful.sort_unstable();
        doubtful.dedup();
        self.found.extend(read_all(source, account, term, &doubtful)?);
        Ok(self.found)
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
