//! Follows the log: takes in what is new, one small transaction at a time.
//!
//! Run by the server's follower (`thread.rs`), and by a command that wants the index caught up; any process may, since
//! a step is only written if no other came between. Reads the store through a reader of its own and writes
//! nothing but `search.db`.

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, ConversationId, MessageId, Seq};
use crewbox_core::text::normalise;
use rusqlite::{Connection, TransactionBehavior, params};

use super::erase::{self, Erasure};
use super::file::{self, State, engine};
use super::lead;
use super::merge;
use super::segment::{self, Builder};
use super::source::{Doc, LeadText, Logged, Source};
use crate::contract::StoreError;
use crate::follow::PAGE;

/// Documents a step takes in: about a second's work.
const DOCS_A_STEP: u32 = 16_384;
/// Text a step takes in, in bytes: bounds its memory, at a few times this.
const BYTES_A_STEP: usize = 32 << 20;
/// Leads a step takes in.
const LEADS_A_STEP: usize = 50_000;
/// With more texts than this indexed twice, it is quicker to index the account again.
const MAX_STALE: u64 = 20_000;

/// What a step takes in.
#[derive(Default)]
struct Step {
    cursor: Option<(Seq, crewbox_core::time::Timestamp)>,
    builder: Builder,
    bytes: usize,
    leads: Vec<(ConversationId, LeadText)>,
    stale: Vec<(u8, u64)>,
    erasure: Erasure,
}

/// Takes in some of what an account's log has after the cursor. False when there was nothing. `read` is a page of the log
/// that was read already, or nothing; it is not used where it does not continue from the cursor.
pub(super) fn step(
    db: &mut Connection,
    source: &dyn Source,
    account: AccountId,
    read: &[Change],
) -> Result<bool, StoreError> {
    let state = file::state(db, account).map_err(engine)?;
    if !belongs(source, account, &state)? || too_stale(db, account).map_err(engine)? {
        tracing::info!(%account, "the search index is built again");
        return write(db, account, &state, |db| file::forget(db, account, &state)).map(|()| true);
    }
    // What is read for the first time is read as it now is: changes of it up to now are in with it.
    let fresh = if state.cursor == Seq(0) { source.head(account)? } else { state.fresh };
    let step = gather(source, account, state.cursor, fresh, read)?;
    let Some((cursor, cursor_at)) = step.cursor else { return Ok(false) };
    let next = State {
        cursor,
        cursor_at,
        fresh,
        next_doc: state.next_doc + step.builder.len(),
        generation: state.generation + 1,
    };
    write(db, account, &state, |db| {
        step.builder.write(db, account, state.next_doc)?;
        lead::append(db, account, &step.leads)?;
        let mut stale = db.prepare_cached("INSERT OR IGNORE INTO stale VALUES (?1, ?2, ?3)")?;
        for (kind, id) in &step.stale {
            stale.execute(params![account.get(), kind, id])?;
        }
        erase::erase(db, account, &step.erasure)?;
        file::put_state(db, account, &next)
    })?;
    if !step.erasure.is_empty() {
        // The log beside the file still has the pages from before.
        file::empty_log(db)?;
    }
    merge_due(db, account, &next)?;
    Ok(true)
}

/// Whether what is indexed is of this store: the change at the cursor must be the one it was.
fn belongs(source: &dyn Source, account: AccountId, state: &State) -> Result<bool, StoreError> {
    if state.cursor == Seq(0) {
        return Ok(true);
    }
    let at = source.log(account, Seq(state.cursor.0 - 1), 1)?;
    Ok(at.first().is_some_and(|change| change.seq == state.cursor && change.at == state.cursor_at))
}

fn too_stale(db: &Connection, account: AccountId) -> Result<bool, rusqlite::Error> {
    db.prepare_cached("SELECT count(*) FROM stale WHERE account_id = ?1")?
        .query_row([account.get()], |row| row.get::<_, u64>(0))
        .map(|count| count > MAX_STALE)
}

fn gather(
    source: &dyn Source,
    account: AccountId,
    since: Seq,
    fresh: Seq,
    read: &[Change],
) -> Result<Step, StoreError> {
    let mut step = Step::default();
    let mut since = since;
    let mut given: Option<Vec<Logged>> = read
        .first()
        .is_some_and(|first| first.seq == Seq(since.0 + 1))
        .then(|| read.iter().map(Logged::of).collect());
    loop {
        let changes = match given.take() {
            Some(given) => given,
            None => source.log(account, since, PAGE)?,
        };
        for change in &changes {
            let doc = Doc::of(change);
            if let Some(doc) = doc.filter(|doc| change.seq > fresh || !doc.is_again()) {
                step.take(source, account, doc)?;
            }
            since = change.seq;
            step.cursor = Some((change.seq, change.at));
            if step.is_full() {
                return Ok(step);
            }
        }
        // A page that is not full is the last one.
        if changes.len() < PAGE as usize {
            return Ok(step);
        }
    }
}

impl Step {
    fn is_full(&self) -> bool {
        self.builder.len() >= DOCS_A_STEP || self.bytes >= BYTES_A_STEP || self.leads.len() >= LEADS_A_STEP
    }

    fn take(&mut self, source: &dyn Source, account: AccountId, doc: Doc) -> Result<(), StoreError> {
        match doc {
            Doc::Message(message) => self.take_message(source, account, message),
            Doc::AgainMessage(message) => {
                self.stale.push((0, message.get()));
                self.take_message(source, account, message)
            }
            Doc::Lead(conversation) => {
                let lead = source.lead(account, conversation)?;
                self.leads.extend(lead.map(|lead| (conversation, lead)));
                Ok(())
            }
            Doc::ErasedMessage(message) => {
                self.erasure.add_message(message);
                Ok(())
            }
            Doc::ErasedConversation(conversation) => {
                self.erasure.add_conversation(conversation);
                Ok(())
            }
            Doc::AgainLead(conversation) => {
                self.stale.push((1, conversation.get()));
                self.take(source, account, Doc::Lead(conversation))
            }
        }
    }

    fn take_message(
        &mut self,
        source: &dyn Source,
        account: AccountId,
        message: MessageId,
    ) -> Result<(), StoreError> {
        let Some(found) = source.text(account, message)? else { return Ok(()) };
        let Some(conversation) = found.conversation else { return Ok(()) };
        let texts = [normalise(&found.subject), normalise(&found.text)];
        self.bytes += texts.iter().map(String::len).sum::<usize>();
        self.builder.add(message, conversation, &texts);
        Ok(())
    }
}

fn merge_due(db: &mut Connection, account: AccountId, state: &State) -> Result<(), StoreError> {
    let mut state = *state;
    loop {
        let segments = segment::list(db, account).map_err(engine)?;
        let Some(parts) = merge::due(&segments) else { return Ok(()) };
        let next = State { generation: state.generation + 1, ..state };
        write(db, account, &state, |db| {
            merge::merge(db, account, parts)?;
            file::put_state(db, account, &next)
        })?;
        state = next;
    }
}

/// Writes, unless another process wrote since `state` was read: then nothing, and the next step goes on from
/// what it left.
fn write(
    db: &mut Connection,
    account: AccountId,
    state: &State,
    body: impl FnOnce(&Connection) -> Result<(), rusqlite::Error>,
) -> Result<(), StoreError> {
    let run = || {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if file::state(&tx, account)?.generation == state.generation {
            body(&tx)?;
            tx.commit()?;
        }
        Ok(())
    };
    run().map_err(engine)
}
