//! The lists: one function over one table.

mod filters;
mod table;

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};
use crewbox_core::id::ConversationId;
use crewbox_core::index::{Hit, Page};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::{Row, Scope, contract::Search};

pub(crate) use table::{BODY, FILTERS, LEAD_CATEGORIES, LISTS, List};

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::fragments::{Fragment, Key};
use crate::large::{RESPONSE_BYTES, SMALL_BYTES, Turn};
use crate::object::Put;
use crate::pages::PageKey;
use crate::request::Problems;
use crate::row::{self, Extras, Rendered, history};

/// Sent when a search did not look at some of the newest messages.
const SEARCH_BEHIND: HeaderName = HeaderName::from_static("x-search-behind");

/// Rows with long texts that are read together: their texts are in memory beside what is rendered of them.
const LONG_ROWS_AT_ONCE: usize = 1;

/// Answers a list.
pub(crate) async fn list(call: SignedCall, list: &'static List) -> Result<Answer, ApiError> {
    let signed = call.signed();
    let names = call.names();
    let mut problems = Problems::default();
    let with_history = call.query().boolean("fetch_message_history", &mut problems).unwrap_or(false);
    let kept = (!list.ages && call.query().get("fetch_message_history").is_none()).then(|| PageKey {
        account: signed.account.id(),
        member: signed.key.member,
        client: signed.scope.client(),
        dialect: call.dialect(),
        view: list.view,
        hash: PageKey::hash(&call.body),
    });
    // Before anything is read: a page is then at least as new as what it is kept for.
    let (seq, until) = (signed.account.seq(), signed.account.next_due());
    if let Some(answer) = kept.as_ref().and_then(|key| call.app.0.pages.get(key, seq, call.now)) {
        return Ok(answer);
    }
    let json = call.json()?;
    let mut asked = filters::read(&call, list, &json, &names.catalog, &mut problems)?;
    problems.finish()?;

    // What a search finds may lag behind the log.
    let kept = kept.filter(|_| asked.search.is_none());
    let mut behind = 0;
    if let Some(text) = asked.search.take() {
        let found = call.app.0.live.store().search(&signed.scope, &Search { text }).await?;
        asked.query.filter.among = Some(found.conversations);
        behind = found.behind;
    }
    let page = signed.account.list(&asked.query, call.now);
    let mut turn = None;
    let rows = fragments(&call, &signed.scope, &page, &mut turn).await?;
    let histories = match with_history {
        true => Some(histories(&call, &page, &rows, &mut turn).await?),
        false => None,
    };
    let length = rows.iter().flatten().map(|row| row.bytes.len()).sum::<usize>()
        + histories.iter().flatten().map(|history| history.bytes.len()).sum::<usize>();
    if turn.is_none() && length > SMALL_BYTES {
        turn = Some(call.app.0.large.turn().await?);
    }
    let query = &asked.query;
    let sheet = Sheet {
        list,
        dialect: call.dialect(),
        now: call.now,
        offset: query.offset,
        limit: query.limit,
        page,
        rows,
        histories,
    };
    let (turn, answer) = match turn {
        Some(turn) => turn.run(move || sheet.answer()).await.map(|(turn, answer)| (Some(turn), answer))?,
        None => (None, sheet.answer()),
    };
    if let Some(key) = kept {
        call.app.0.pages.put(key, seq, until, &answer);
    }
    let answer = match turn {
        Some(turn) => turn.end(answer),
        None => answer,
    };
    Ok(if behind > 0 { answer.header(SEARCH_BEHIND, HeaderValue::from(behind)) } else { answer })
}

/// The page's rows, in its order; those that are not kept are fetched in one call, and in a second one those whose
/// texts are long. None for a conversation that went away meanwhile.
async fn fragments(
    call: &SignedCall,
    scope: &Scope,
    page: &Page,
    turn: &mut Option<Turn>,
) -> Result<Vec<Option<Arc<Fragment>>>, ApiError> {
    let account = call.account();
    // What is read from here on, names and rows, is at least as new as this. The other way round a row could
    // be kept as current although it was rendered without a name made meanwhile.
    let seq = account.seq();
    let names = account.names();
    let (epoch, dialect) = (names.catalog.head.names_epoch, call.dialect());
    let key = |conversation: ConversationId| Key { account: account.id(), conversation, dialect };
    let kept = |hit: &Hit| call.app.0.fragments.get(key(hit.conversation), hit.changed, epoch);
    let mut rows: Vec<_> = page.hits.iter().map(kept).collect();
    let missing = |rows: &[Option<Arc<Fragment>>]| -> Vec<ConversationId> {
        let missing = page.hits.iter().zip(rows).filter(|(_, row)| row.is_none());
        missing.map(|(hit, _)| hit.conversation).collect()
    };
    let short = missing(&rows);
    if short.is_empty() {
        return Ok(rows);
    }
    let keep = |rows: &mut [Option<Arc<Fragment>>], id: ConversationId, rendered: Fragment| {
        let fragment = Arc::new(Fragment { seq, ..rendered });
        call.app.0.fragments.put(key(id), Arc::clone(&fragment));
        if let Some(place) = page.hits.iter().position(|hit| hit.conversation == id) {
            rows[place] = Some(fragment);
        }
    };
    let store = call.app.0.live.store();
    let mut has_long = false;
    for row in store.rows(scope, &short, row::last_message(dialect, row::SHORT_IN_ROW)).await? {
        if row::is_cut(&row) {
            has_long = true;
        } else {
            keep(&mut rows, row.conversation.id, row::render(&row, &names.catalog, dialect));
        }
    }
    if !has_long {
        return Ok(rows);
    }
    let mut held = call.app.0.large.turn().await?;
    // Another call may have rendered them while this one waited.
    for (hit, row) in page.hits.iter().zip(&mut rows).filter(|(_, row)| row.is_none()) {
        *row = kept(hit);
    }
    for ids in missing(&rows).chunks(LONG_ROWS_AT_ONCE) {
        let found = store.rows(scope, ids, row::last_message(dialect, row::SHOWN_IN_ROW)).await?;
        let names = Arc::clone(&names);
        let render = move |row: Row| (row.conversation.id, row::render(&row, &names.catalog, dialect));
        let (same, all) = held.run(move || found.into_iter().map(render).collect::<Vec<_>>()).await?;
        held = same;
        for (id, rendered) in all {
            keep(&mut rows, id, rendered);
        }
    }
    *turn = Some(held);
    Ok(rows)
}

/// The rows' messages, rendered, as far as they fit into a response together with the rows: the page ends before the
/// first row whose messages do not. The first row's oldest messages are left out instead.
async fn histories(
    call: &SignedCall,
    page: &Page,
    rows: &[Option<Arc<Fragment>>],
    turn: &mut Option<Turn>,
) -> Result<Vec<Rendered>, ApiError> {
    let mut room = RESPONSE_BYTES - AROUND;
    let mut histories: Vec<Rendered> = Vec::with_capacity(rows.len());
    for (hit, row) in page.hits.iter().zip(rows) {
        let Some(row) = row else {
            histories.push(Rendered::default());
            continue;
        };
        room = room.saturating_sub(row.bytes.len() + AROUND);
        let history = match history(call, hit.conversation, room, turn).await {
            // It went away meanwhile.
            Err(ApiError::NotFound(_)) => Rendered { bytes: b"[]".to_vec(), omitted: 0 },
            other => other?,
        };
        let is_first = histories.iter().all(|one| one.bytes.is_empty());
        if history.omitted > 0 && !is_first {
            break;
        }
        room = room.saturating_sub(history.bytes.len());
        histories.push(history);
    }
    Ok(histories)
}

/// Room for the envelope and what is spliced into a row.
const AROUND: usize = 128;

/// A page with all that its response is written from.
struct Sheet {
    list: &'static List,
    dialect: Dialect,
    now: Timestamp,
    offset: u64,
    limit: u32,
    page: Page,
    rows: Vec<Option<Arc<Fragment>>>,
    /// Of the first rows, where asked for: the page has no more rows than these.
    histories: Option<Vec<Rendered>>,
}

impl Sheet {
    fn answer(self) -> Answer {
        let shown = self.histories.as_ref().map_or(self.rows.len(), Vec::len);
        let rows_omitted = self.rows.iter().skip(shown).flatten().count() as u64;
        let messages_omitted = self.histories.iter().flatten().map(|history| history.omitted).sum();
        Answer::json(self.write(shown)).tagged().shortened(rows_omitted, messages_omitted)
    }

    fn write(mut self, shown: usize) -> Vec<u8> {
        let mut histories = self.histories.take();
        let rows = &self.rows[..shown.min(self.rows.len())];
        let size: usize = rows.iter().flatten().map(|row| row.bytes.len() + AROUND).sum::<usize>()
            + histories.iter().flatten().map(|history| history.bytes.len()).sum::<usize>();
        let mut out = Vec::with_capacity(size + AROUND);
        out.extend_from_slice(match self.dialect {
            Dialect::Documented => b"{\"messages\":[".as_slice(),
            Dialect::Live => b"{\"ok\":true,\"data\":[",
        });
        let mut first = true;
        for (place, (hit, row)) in self.page.hits.iter().zip(rows).enumerate() {
            let Some(row) = row else { continue };
            if !first {
                out.push(b',');
            }
            first = false;
            let history = histories.as_mut().and_then(|all| all.get_mut(place));
            let extras = Extras {
                age_at: self.list.ages.then_some(self.now),
                scheduled: hit.scheduled_time,
                history: history.map(|history| std::mem::take(&mut history.bytes)),
            };
            row::splice(&mut out, row, hit.snoozed_until, self.dialect, &extras);
        }
        out.push(b']');
        if self.dialect == Dialect::Documented {
            out.extend_from_slice(b",\"total_count\":");
            self.page.total.put(&mut out);
        }
        out.extend_from_slice(b",\"offset\":");
        self.offset.put(&mut out);
        out.extend_from_slice(b",\"limit\":");
        self.limit.put(&mut out);
        out.push(b'}');
        out
    }
}
