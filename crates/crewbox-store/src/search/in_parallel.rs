//! Asks the index for a term: some of its leads, and each of its segments, are parts that need nothing of each other, so that several
//! threads ask them, each by a reader of its own.
//!
//! Owns how the parts are shared. All readers must see the same state of the index: one that sees another takes no part.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicUsize, Ordering};

use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{AccountId, ConversationId, IdHasher, MessageId};
use rusqlite::Connection;

use super::file::{self, engine};
use super::lead::{self, LeadRows};
use super::matching::matching;
use super::readers::Readers;
use super::segment::{self, Segment};
use super::token::Step;
use crate::contract::StoreError;

/// With fewer leads and messages than this the search ends about when another thread has begun.
const DOCUMENTS_WORTH_A_THREAD: u64 = 20_000;

type Ids<T> = HashSet<T, BuildHasherDefault<IdHasher>>;

/// What is looked for in the index of an account, and where.
pub(super) struct Question<'a> {
    pub(super) account: AccountId,
    pub(super) term: &'a str,
    pub(super) steps: Vec<Step>,
    /// The state of the index that is asked.
    pub(super) generation: u64,
    /// Indexed more than once: what the index says of these is doubtful.
    pub(super) stale_messages: Ids<MessageId>,
    pub(super) stale_leads: Ids<ConversationId>,
    pub(super) parts: Vec<Part>,
}

/// A part of the index.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Leads(LeadRows),
    Segment(Segment),
}

/// What parts of the index say.
#[derive(Default)]
pub(super) struct Answer {
    /// Those of which the index alone decides.
    pub(super) found: ConversationSet,
    /// Whose text decides.
    pub(super) messages: Vec<(ConversationId, MessageId)>,
    /// Whose lead decides.
    pub(super) leads: Vec<ConversationId>,
}

/// The threads that search.
#[derive(Debug)]
pub(super) struct Threads {
    /// How many search at this moment.
    busy: AtomicUsize,
    /// How many may at the most before a search stays on its own thread.
    most: usize,
    /// How many leads and messages there must be for a search on several.
    from_documents: u64,
}

impl Threads {
    /// As many as there are cores: more would only wait for each other.
    pub(super) fn of_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(cores, DOCUMENTS_WORTH_A_THREAD)
    }

    pub(super) const fn new(most: usize, from_documents: u64) -> Self {
        Self { busy: AtomicUsize::new(0), most, from_documents }
    }

    /// Counts the thread that a search began on, whatever the number is.
    fn begin(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }

    /// Counts one more thread, if it may begin.
    fn begin_another(&self) -> Option<Busy<'_>> {
        let more = |busy: usize| (busy < self.most).then(|| busy + 1);
        let begun = self.busy.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        begun.is_ok().then(|| Busy(self))
    }
}

/// A thread that searches, as long as this lives.
struct Busy<'a>(&'a Threads);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks all parts: on this thread, by a connection that sees the state asked for, and on others where that is quicker.
pub(super) fn ask(
    readers: &Readers,
    threads: &Threads,
    file: u64,
    db: &Connection,
    question: &Question<'_>,
) -> Result<Answer, StoreError> {
    let _busy = threads.begin();
    let next = AtomicUsize::new(0);
    if question.documents() < threads.from_documents {
        return question.ask_next_parts(db, &next).map_err(engine);
    }
    std::thread::scope(|scope| {
        let help = |busy| {
            let (next, question) = (&next, question);
            let run = move || {
                let _busy: Busy<'_> = busy;
                help(readers, file, question, next)
            };
            std::thread::Builder::new().name("search-part".to_owned()).spawn_scoped(scope, run)
        };
        let others = std::iter::from_fn(|| threads.begin_another());
        // Where the system gives no thread, this one asks its parts too.
        let others: Vec<_> =
            others.take(question.parts.len().saturating_sub(1)).map_while(|busy| help(busy).ok()).collect();
        let mut answer = question.ask_next_parts(db, &next).map_err(engine)?;
        for other in others {
            let panicked = |_| StoreError::Engine("a thread that searched panicked".to_owned());
            answer.add(other.join().map_err(panicked)??);
        }
        Ok(answer)
    })
}

/// Asks parts by a reader of its own; none if that one sees another state of the index.
fn help(
    readers: &Readers,
    file: u64,
    question: &Question<'_>,
    next: &AtomicUsize,
) -> Result<Answer, StoreError> {
    let mut reader = readers.reader()?;
    let tx = reader.db.transaction().map_err(engine)?;
    let is_same = reader.file == file
        && file::state(&tx, question.account).map_err(engine)?.generation == question.generation;
    let answer = match is_same {
        true => question.ask_next_parts(&tx, next).map_err(engine)?,
        false => Answer::default(),
    };
    tx.finish().map_err(engine)?;
    readers.keep(reader);
    Ok(answer)
}

impl Question<'_> {
    /// How many leads and messages all parts have.
    fn documents(&self) -> u64 {
        let documents = self.parts.iter().map(|part| match part {
            Part::Leads(rows) => rows.leads,
            Part::Segment(segment) => u64::from(segment.docs),
        });
        documents.sum()
    }

    /// Asks the parts that no other thread asks, one after the other.
    fn ask_next_parts(&self, db: &Connection, next: &AtomicUsize) -> Result<Answer, rusqlite::Error> {
        let mut answer = Answer::default();
        while let Some(part) = self.parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            match part {
                Part::Leads(rows) => self.ask_leads(db, *rows, &mut answer)?,
                Part::Segment(segment) => self.ask_segment(db, segment, &mut answer)?,
            }
        }
        Ok(answer)
    }

    fn ask_leads(&self, db: &Connection, rows: LeadRows, answer: &mut Answer) -> Result<(), rusqlite::Error> {
        lead::find(db, self.account, rows, self.term, |conversation| {
            if self.stale_leads.contains(&conversation) {
                answer.leads.push(conversation);
            } else {
                answer.found.insert(conversation);
            }
        })
    }

    fn ask_segment(
        &self,
        db: &Connection,
        segment: &Segment,
        answer: &mut Answer,
    ) -> Result<(), rusqlite::Error> {
        let matches = matching(db, segment, &self.steps)?;
        let Some(mut next) = matches.positions.next(0) else { return Ok(()) };
        let mut end = 0;
        segment::documents(db, segment, |document| {
            end += document.positions;
            if next < end {
                next = matches.positions.next(end).unwrap_or(u32::MAX);
                // Where a text was erased, a term can seem to begin that goes on in the next one.
                if document.is_erased() {
                    return Ok(());
                }
                if matches.doubtful || self.stale_messages.contains(&document.message) {
                    answer.messages.push((document.conversation, document.message));
                } else {
                    answer.found.insert(document.conversation);
                }
            }
            Ok(())
        })
    }
}

impl Answer {
    fn add(&mut self, other: Self) {
        self.found.add(&other.found);
        self.messages.extend(other.messages);
        self.leads.extend(other.leads);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crewbox_core::id::ConversationId;

    use super::super::source::Source as _;
    use super::super::tests::{A, Shared, find, opened};

    #[test]
    fn a_search_beside_the_indexer_finds_all_that_was_there_when_it_began() {
        const ALL: u64 = 300;
        let dir = tempfile::tempdir().unwrap();
        let store = Shared::default();
        let search = opened(dir.path(), &store);
        store.receive(1, "needle");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for id in 2..=ALL {
                    store.receive(id, "needle");
                    if id % 3 == 0 {
                        search.advance().unwrap();
                    }
                }
            });
            loop {
                let there = store.head(A).unwrap().0;
                let found: BTreeSet<ConversationId> =
                    find(&search, A, "needle").conversations.into_iter().collect();
                let missing: Vec<u64> =
                    (1..=there).filter(|id| !found.contains(&ConversationId(*id))).collect();
                assert!(missing.is_empty(), "{missing:?} of {there}");
                if there == ALL {
                    break;
                }
            }
        });
    }
}
