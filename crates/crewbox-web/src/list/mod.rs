//! The lists: one function over one table.
//!
//! Owns how a page is put together: from the pages and the rows kept in memory, and from what the use cases read of the
//! rest. Which conversations a list has is the use case's.

mod activity;
mod body;
mod page;
mod request;
mod rows;
mod table;
mod value;
mod view_name;

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};
use crewbox_app::saved_view::saved_view;
use crewbox_app::{Caller, conversation};
use crewbox_core::id::ConversationId;
use crewbox_core::index::Page;
use crewbox_core::view::NextTime;

pub(crate) use activity::ShownActivity;
pub(crate) use body::{Filters, Known, MAX_LIMIT};
pub(crate) use page::ListPage;
#[cfg(feature = "fuzz")]
pub use request::any_filters;
pub(crate) use request::{ListRequest, filter_of};
pub(crate) use rows::RowReader;
pub(crate) use table::{List, list_of};
pub(crate) use value::ChosenSort;
pub(crate) use view_name::ViewName;

use crate::answer::Prepared;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::fragments::Fragment;
use crate::large::{RESPONSE_BYTES, SMALL_BYTES, Turn};
use crate::pages::PageKey;
use crate::request::Problems;
use crate::row::{NextReminder, Rendered, history};
use page::{AROUND, Sheet};

/// Sent when a search did not look at some of the newest messages.
const SEARCH_BEHIND: HeaderName = HeaderName::from_static("x-search-behind");

/// Answers a list.
pub(crate) async fn list(
    call: SignedCall,
    list: &'static List,
    request: ListRequest,
) -> Result<Prepared<ListPage>, ApiError> {
    let signed = call.signed();
    let mut problems = Problems::default();
    let with_history = request.with_history(&call, &mut problems) && list.histories;
    let kept = (!list.ages && !with_history && problems.is_empty()).then(|| PageKey {
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
        return Ok(Prepared::written(answer));
    }
    let asked = request.asked(&call, list, &mut problems)?;
    problems.finish()?;

    let caller = call.caller();
    let command = match asked.saved {
        Some(id) => asked.command.of(saved_view(call.services(), &caller, id).await?.list),
        None => asked.command,
    };
    let list = if asked.saved.is_some() { list_of(command.view) } else { list };
    // What a search finds may lag behind the log, and an age changes with the clock.
    let kept = kept.filter(|_| command.filter.search.is_none() && !list.ages);
    let (offset, limit) = (command.offset, command.limit);
    let found = conversation::list(call.services(), &caller, command).await?;
    let mut turn = None;
    let reader = RowReader::new(&call.app, call.account(), &caller, call.dialect());
    let rows = reader.all(&found.page, &mut turn).await?;
    let histories = match with_history {
        true => Some(histories(&call, &found.page, &rows, &mut turn).await?),
        false => None,
    };
    let length = rows.iter().flatten().map(|row| row.bytes.len()).sum::<usize>()
        + histories.iter().flatten().map(|history| history.bytes.len()).sum::<usize>();
    if turn.is_none() && length > SMALL_BYTES {
        turn = Some(call.app.0.large.turn().await?);
    }
    let reminders = match list.view.base().has {
        Some(NextTime::Reminder) => Some(reminders(&call, &caller, &found.page).await?),
        _ => None,
    };
    // Until then none of the page's reminders becomes overdue.
    let falls_due = reminders.iter().flatten().map(|reminder| reminder.at).filter(|at| *at > call.now).min();
    let until = falls_due.map_or(until, |at| at.min(until));
    let (dialect, now, page) = (call.dialect(), call.now, found.page);
    let sheet = Sheet { list, dialect, now, offset, limit, page, rows, histories, reminders };
    let (turn, answer) = match turn {
        Some(turn) => turn.run(move || sheet.answer()).await.map(|(turn, answer)| (Some(turn), answer))?,
        None => (None, sheet.answer()),
    };
    if let Some(key) = kept {
        call.app.0.pages.put(key, seq, until, &answer);
    }
    let answer = match turn {
        Some(turn) => turn.end(answer).await?,
        None => answer,
    };
    let behind = found.behind;
    Ok(Prepared::written(match behind {
        0 => answer,
        _ => answer.header(SEARCH_BEHIND, HeaderValue::from(behind)),
    }))
}

/// The reminder that each row is in the list for.
async fn reminders(call: &SignedCall, caller: &Caller, page: &Page) -> Result<Vec<NextReminder>, ApiError> {
    let ids: Vec<ConversationId> = page.hits.iter().map(|hit| hit.conversation).collect();
    let held = conversation::next_reminders(call.services(), caller, &ids).await?;
    let shown = page.hits.iter().zip(held).map(|(hit, held)| match held {
        Some(held) => NextReminder { at: held.reminder.at, message: Some(held.reminder.message) },
        // It was done or deleted meanwhile: the next page is without the row.
        None => NextReminder { at: hit.next_time.unwrap_or(call.now), message: None },
    });
    Ok(shown.collect())
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
