//! The lists: one function over one table.

mod filters;
mod table;

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};
use crewbox_core::filter::Query;
use crewbox_core::id::ConversationId;
use crewbox_core::index::{Hit, Page};
use crewbox_core::model::Dialect;
use crewbox_store::{Scope, contract::Search};

pub(crate) use table::{BODY, FILTERS, LEAD_CATEGORIES, LISTS, List};

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::fragments::{Fragment, Key};
use crate::object::Put;
use crate::request::Problems;
use crate::row::{self, BodyLimit, Extras, History};

/// Said when a search did not look at some of the newest messages.
const SEARCH_BEHIND: HeaderName = HeaderName::from_static("x-search-behind");

/// Answers a list.
pub(crate) async fn list(call: SignedCall, list: &'static List) -> Result<Answer, ApiError> {
    let signed = call.signed();
    let names = call.names();
    let mut problems = Problems::default();
    let history = call.query().boolean("fetch_message_history", &mut problems).unwrap_or(false);
    let json = call.json()?;
    let mut asked = filters::read(&call, list, &json, &names.catalog, &mut problems)?;
    problems.finish()?;

    let mut behind = 0;
    if let Some(text) = asked.search.take() {
        let found = call.app.0.live.store().search(&signed.scope, &Search { text }).await?;
        asked.query.filter.among = Some(found.conversations);
        behind = found.behind;
    }
    let page = signed.account.list(&asked.query, call.now);
    let rows = fragments(&call, &signed.scope, &page).await?;
    let mut extras = Vec::new();
    if history {
        for hit in &page.hits {
            extras.push(messages(&call, hit.conversation).await?);
        }
    }
    let body = write(&call, list, &asked.query, &page, &rows, extras);
    let answer = Answer::json(body).tagged();
    Ok(if behind > 0 { answer.header(SEARCH_BEHIND, HeaderValue::from(behind)) } else { answer })
}

/// The page's rows, in its order; those that are not kept are fetched in one call. None for a conversation
/// that went away meanwhile.
async fn fragments(
    call: &SignedCall,
    scope: &Scope,
    page: &Page,
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
    let missing: Vec<ConversationId> = page
        .hits
        .iter()
        .zip(&rows)
        .filter(|(_, row)| row.is_none())
        .map(|(hit, _)| hit.conversation)
        .collect();
    if missing.is_empty() {
        return Ok(rows);
    }
    for row in call.app.0.live.store().rows(scope, &missing).await? {
        let id = row.conversation.id;
        let rendered = row::render(&row, &names.catalog, dialect, BodyLimit::List);
        let fragment = Arc::new(Fragment { seq, ..rendered });
        call.app.0.fragments.put(key(id), Arc::clone(&fragment));
        if let Some(place) = page.hits.iter().position(|hit| hit.conversation == id) {
            rows[place] = Some(fragment);
        }
    }
    Ok(rows)
}

/// A conversation's messages, rendered; none if it went away meanwhile.
async fn messages(call: &SignedCall, conversation: ConversationId) -> Result<Vec<u8>, ApiError> {
    let scope = call.scope();
    let messages = match call.app.0.live.store().history(scope, conversation).await {
        Err(crewbox_store::StoreError::NotFound(..)) => Vec::new(),
        other => other?,
    };
    let history =
        History { app: &call.app, base: &call.base(), account: scope.account(), now: call.now, plain: false };
    Ok(history.render(&messages, call.dialect()))
}

fn write(
    call: &SignedCall,
    list: &List,
    query: &Query,
    page: &Page,
    rows: &[Option<Arc<Fragment>>],
    mut histories: Vec<Vec<u8>>,
) -> Vec<u8> {
    /// Room for the envelope and what is spliced into a row.
    const AROUND: usize = 128;
    let dialect = call.dialect();
    let size: usize = rows.iter().flatten().map(|row| row.bytes.len() + AROUND).sum::<usize>()
        + histories.iter().map(Vec::len).sum::<usize>();
    let mut out = Vec::with_capacity(size + AROUND);
    out.extend_from_slice(match dialect {
        Dialect::Documented => b"{\"messages\":[".as_slice(),
        Dialect::Live => b"{\"ok\":true,\"data\":[",
    });
    let mut first = true;
    for (place, (hit, row)) in page.hits.iter().zip(rows).enumerate() {
        let Some(row) = row else { continue };
        if !first {
            out.push(b',');
        }
        first = false;
        let extras = Extras {
            age_at: list.ages.then_some(call.now),
            scheduled: hit.scheduled_time,
            history: histories.get_mut(place).map(std::mem::take),
        };
        row::splice(&mut out, row, hit.snoozed_until, dialect, &extras);
    }
    out.push(b']');
    if dialect == Dialect::Documented {
        out.extend_from_slice(b",\"total_count\":");
        page.total.put(&mut out);
    }
    out.extend_from_slice(b",\"offset\":");
    query.offset.put(&mut out);
    out.extend_from_slice(b",\"limit\":");
    query.limit.put(&mut out);
    out.push(b'}');
    out
}
