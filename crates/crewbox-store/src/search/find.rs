//! Answers a search: the index knows of all it has, and what it has not yet, or has of an older text, is
//! looked through as it now is. One state of `search.db`; the store is read after it, so nothing falls between.

use std::collections::VecDeque;

use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{AccountId, ConversationId, MessageId, Seq};
use crewbox_core::text::normalise;
use memchr::memmem::Finder;
use rusqlite::Connection;

use super::file::{self, engine};
use super::in_parallel::{self, Answer, Part, Question, Threads};
use super::lead;
use super::readers::{Reader, Readers};
use super::segment;
use super::source::{Doc, Source};
use super::token::plan;
use crate::contract::{Found, StoreError};

/// Shorter terms are looked for in leads only.
pub const MIN_TEXT_CHARS: usize = 3;
/// Of what the index has not yet, at most so many documents are looked through; the newest.
pub const MAX_SCANNED: usize = 5_000;
/// Changes read to find these: what is further back is counted by its changes alone.
const MAX_CHANGES: u32 = 20_000;

/// What the log has and the index has not.
#[derive(Default)]
struct Tail {
    newest: VecDeque<Doc>,
    behind: u64,
}

/// Finds a term, as typed, in one account.
pub(super) fn find(
    readers: &Readers,
    threads: &Threads,
    reader: &mut Reader,
    account: AccountId,
    typed: &str,
) -> Result<Found, StoreError> {
    let term = normalise(typed);
    if term.is_empty() {
        return Ok(Found::default());
    }
    let in_texts = term.chars().nth(MIN_TEXT_CHARS - 1).is_some();
    let Reader { db, source, file } = reader;
    let tx = db.transaction().map_err(engine)?;
    let state = file::state(&tx, account).map_err(engine)?;
    let mut cursor = state.cursor;
    if cursor > source.head(account)? {
        // The store was restored from before; until the index is built again, it finds nothing.
        cursor = Seq(0);
    }
    let tail = Tail::read(source.as_ref(), account, cursor, in_texts)?;
    let mut answer = Answer::default();
    if cursor > Seq(0) {
        let mut question = Question {
            account,
            term: &term,
            steps: if in_texts { plan(&term) } else { Vec::new() },
            generation: state.generation,
            stale_messages: Default::default(),
            stale_leads: Default::default(),
            parts: lead::rows(&tx, account).map_err(engine)?.into_iter().map(Part::Leads).collect(),
        };
        mark_stale(&mut question, &tx, &tail).map_err(engine)?;
        if in_texts {
            question
                .parts
                .extend(segment::list(&tx, account).map_err(engine)?.into_iter().map(Part::Segment));
        }
        answer = in_parallel::ask(readers, threads, *file, &tx, &question)?;
    }
    tx.finish().map_err(engine)?;
    ask_tail(&mut answer, &tail);
    let conversations = decide(answer, source.as_ref(), account, &term)?;
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

/// Notes what was indexed more than once, and what the log says was changed since.
fn mark_stale(question: &mut Question<'_>, db: &Connection, tail: &Tail) -> Result<(), rusqlite::Error> {
    let mut rows = db.prepare_cached("SELECT kind, id FROM stale WHERE account_id = ?1")?;
    for row in rows.query_map([question.account.get()], |row| Ok((row.get(0)?, row.get(1)?)))? {
        match row? {
            (0_u8, id) => drop(question.stale_messages.insert(MessageId(id))),
            (_, id) => drop(question.stale_leads.insert(ConversationId(id))),
        }
    }
    for doc in &tail.newest {
        match *doc {
            Doc::AgainMessage(id) | Doc::ErasedMessage(id) => drop(question.stale_messages.insert(id)),
            Doc::AgainLead(id) | Doc::ErasedConversation(id) => drop(question.stale_leads.insert(id)),
            Doc::Message(_) | Doc::Lead(_) => {}
        }
    }
    Ok(())
}

/// Adds what the index has not yet.
fn ask_tail(answer: &mut Answer, tail: &Tail) {
    for doc in &tail.newest {
        match *doc {
            // The text says which conversation it is in.
            Doc::Message(id) | Doc::AgainMessage(id) => answer.messages.push((ConversationId(0), id)),
            Doc::Lead(id) | Doc::AgainLead(id) => answer.leads.push(id),
            // The conversation is in no list any more, and the message has no text.
            Doc::ErasedMessage(_) | Doc::ErasedConversation(_) => {}
        }
    }
}

/// Lets the texts of what is doubtful decide; then all is found.
fn decide(
    answer: Answer,
    source: &dyn Source,
    account: AccountId,
    term: &str,
) -> Result<ConversationSet, StoreError> {
    let Answer { mut found, messages: mut doubtful, mut leads } = answer;
    leads.sort_unstable();
    leads.dedup();
    for conversation in leads {
        if source.lead(account, conversation)?.is_some_and(|lead| lead::has(&lead, term)) {
            found.insert(conversation);
        }
    }
    doubtful.retain(|(conversation, _)| !found.contains(*conversation));
    doubtful.sort_unstable();
    doubtful.dedup();
    found.extend(read_all(source, account, term, &doubtful)?);
    Ok(found)
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
