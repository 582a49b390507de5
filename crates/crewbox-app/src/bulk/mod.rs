//! Bulk actions: one action on all conversations of a list, and its undo.
//!
//! Owns what such an action requires: the permission of the single action, and a value that the single action would take.
//! What it does to each conversation is core's rule; a job goes on in the background (`follow.rs`) if whoever started it is
//! gone.

mod follow;
mod run;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crewbox_core::bulk::{Bulk, BulkAction, BulkState, MAX_BULK_ROWS};
use crewbox_core::change::Change;
use crewbox_core::conversation::inverse::sets_the_same;
use crewbox_core::id::{BulkId, CategoryId, MemberId, TagId};
use crewbox_core::permission::Permission;
use crewbox_core::saved_view::SavedList;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::NewBulk;
use crewbox_store::{Op, Scope, StoreError, Thing};
use tokio::task::JoinHandle;

pub use follow::BulkJobs;
pub use run::CRASH_POINTS;

use crate::blocking::blocking;
use crate::caller::Caller;
use crate::conversation::{
    ListConversations, ReadConversation, Triage, assignee, check_triage, query_of, read,
};
use crate::overtaken::who;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;
use crate::undo::what;

/// How long a caller waits for a job to end; it goes on all the same. Below the minute after which proxies give up.
const WAIT: Duration = Duration::from_secs(50);
/// Jobs of an account that may go on at a time: they take turns, so more only take longer.
const MAX_RUNNING: usize = 10;
/// Conflicts that an undo names: more than anybody reads. The others are counted.
const MAX_NAMED: u32 = 10;
/// The field with the value of an action, as the API names it.
const VALUE: &str = "action.value";

/// What is done to each conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each does what the single action of this name does")]
pub enum BulkChange {
    Assign(Option<MemberId>),
    Read(bool),
    Archive(bool),
    Important(bool),
    Snooze(Option<Timestamp>),
    Category(Option<CategoryId>),
    /// Adds the tag to the conversation's own.
    Tag(TagId),
}

/// A bulk action to start.
#[derive(Clone, Debug)]
pub struct StartBulk {
    /// Which conversations: all rows of this list at the time of the call.
    pub list: SavedList,
    /// What is done to each.
    pub change: BulkChange,
}

/// How many conversations a bulk action would be done to; nothing is done.
///
/// # Errors
/// As [`start`].
pub async fn preview(services: &Services, caller: &Caller, command: StartBulk) -> Result<u64, Refusal> {
    caller.require(Permission::Triage)?;
    checked(caller, command.change)?;
    Ok(matching(services, caller, command.list, 0).await?.0)
}

/// Starts a bulk action, and waits for its end, a minute at the most; the job as it is then.
///
/// # Errors
/// [`Refusal::Invalid`] for a value that the single action would not take; [`Refusal::NotFound`] for a member that the caller
/// does not see; [`Refusal::Conflict`] where too many jobs run, or where the list has more than [`MAX_BULK_ROWS`] rows;
/// [`Refusal::Unavailable`] while a search has not looked at the newest messages; the store's.
pub async fn start(services: &Services, caller: &Caller, command: StartBulk) -> Result<Bulk, Refusal> {
    caller.require(Permission::Triage)?;
    let id = made(services, caller, command).await?;
    ended(services, caller, id).await
}

/// Starts a bulk action and does not wait for its end; the job as it begins.
///
/// # Errors
/// As [`start`].
pub async fn start_in_background(
    services: &Services,
    caller: &Caller,
    command: StartBulk,
) -> Result<Bulk, Refusal> {
    caller.require(Permission::Triage)?;
    let id = made(services, caller, command).await?;
    let job = services.store().bulk(caller.scope(), id).await?;
    drop(driven(services, caller, id));
    Ok(job)
}

/// Commits the job of a command; its id.
async fn made(services: &Services, caller: &Caller, command: StartBulk) -> Result<BulkId, Refusal> {
    let action = checked(caller, command.change)?;
    let (total, rows) = matching(services, caller, command.list, MAX_BULK_ROWS).await?;
    if total > rows.len() as u64 {
        let sentence = format!(
            "{total} conversations match, and a bulk action takes {MAX_BULK_ROWS} at most: narrow the list"
        );
        return Err(Refusal::Conflict(sentence));
    }
    let new = blocking(move || NewBulk::of(action, rows)).await?;
    begin(services, caller, new).await
}

/// A job.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn progress(services: &Services, caller: &Caller, id: BulkId) -> Result<Bulk, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().bulk(caller.scope(), id).await?)
}

/// Stops a job, unless it has ended; the job. What it has done stays done, and can be undone.
///
/// # Errors
/// As [`progress`].
pub async fn stop(services: &Services, caller: &Caller, id: BulkId) -> Result<Bulk, Refusal> {
    caller.require(Permission::Triage)?;
    caller.commit_one(services, Op::StopBulk(id)).await?;
    Ok(services.store().bulk(caller.scope(), id).await?)
}

/// Undoes what a job did, as a job of its own, and waits for it as [`start`] does; that job. A second time it is the first
/// undo, unless that was stopped. What somebody has changed since stays as it is.
///
/// # Errors
/// [`Refusal::NotFound`] for a job that the caller does not see; [`Refusal::Conflict`] while it runs, and where
/// conversations were left: it names who changed them; the store's.
pub async fn undo(services: &Services, caller: &Caller, id: BulkId) -> Result<Bulk, Refusal> {
    caller.require(Permission::Triage)?;
    let job = services.store().bulk(caller.scope(), id).await?;
    if matches!(job.action, BulkAction::Assign { .. }) {
        caller.require(Permission::Assign)?;
    }
    let before = match job.undone_by {
        Some(before) => Some(services.store().bulk(caller.scope(), before).await?),
        None => None,
    };
    let undo = match before {
        // An undo that was stopped is gone on with: what it undid is as it was.
        Some(before) if before.state != BulkState::Stopped => before.id,
        _ => {
            // What a job that runs has changed is not all that it changes.
            if job.state == BulkState::Running {
                return Err(StoreError::Conflict(Thing::Bulk, id.get()).into());
            }
            let rows = services.store().bulk_changes(caller.scope(), id).await?;
            begin(services, caller, NewBulk::of(BulkAction::Undo(id), rows)).await?
        }
    };
    let undone = ended(services, caller, undo).await?;
    if undone.conflicts > 0 && undone.state != BulkState::Running {
        return Err(Refusal::Conflict(left(services, caller, &undone).await?));
    }
    Ok(undone)
}

/// Commits a new job; its id.
async fn begin(services: &Services, caller: &Caller, new: NewBulk) -> Result<BulkId, Refusal> {
    let account = Scope::operator(caller.scope().account());
    if services.store().running_bulks(&account).await?.len() >= MAX_RUNNING {
        let sentence = format!("{MAX_RUNNING} bulk actions are running: wait until one has ended");
        return Err(Refusal::Conflict(sentence));
    }
    match caller.make(services, Op::StartBulk(Box::new(new))).await {
        Ok(id) => Ok(BulkId(id)),
        Err(Refusal::NotFound(Thing::Tag | Thing::Category | Thing::Member, id)) => {
            Err(FieldError::of(VALUE, format!("{id} does not exist")).into())
        }
        Err(other) => Err(other),
    }
}

/// Drives a job to its end on a task of its own, so that it goes on if the caller does not wait.
fn driven(services: &Services, caller: &Caller, id: BulkId) -> JoinHandle<Result<(), StoreError>> {
    let (store, account, now) = (services.store().clone(), caller.scope().account(), caller.now());
    tokio::spawn(async move { run::to_end(&store, account, id, now).await })
}

/// The job after its end or after [`WAIT`].
async fn ended(services: &Services, caller: &Caller, id: BulkId) -> Result<Bulk, Refusal> {
    match tokio::time::timeout(WAIT, driven(services, caller, id)).await {
        Ok(Ok(Err(error @ (StoreError::Stopped | StoreError::DiskFull(_))))) => return Err(error.into()),
        // The follower goes on with it.
        Ok(Ok(Err(error))) => tracing::warn!(bulk = id.get(), %error, "a bulk action is interrupted"),
        Ok(Err(error)) => return Err(Refusal::Internal(format!("a bulk action did not end: {error}"))),
        Ok(Ok(Ok(()))) | Err(_) => {}
    }
    Ok(services.store().bulk(caller.scope(), id).await?)
}

/// The action, where the caller may do it and the single action would take its value.
fn checked(caller: &Caller, change: BulkChange) -> Result<BulkAction, Refusal> {
    let single = match change {
        BulkChange::Assign(_) => {
            caller.require(Permission::Assign)?;
            None
        }
        BulkChange::Category(category) => Some(Triage::Category(category)),
        BulkChange::Snooze(until) => Some(Triage::Snooze(until)),
        _ => None,
    };
    if let Some(single) = single {
        let wrong = check_triage(caller, single)?;
        if !wrong.is_empty() {
            let at_value = wrong.into_iter().map(|error| FieldError { field: VALUE.to_owned(), ..error });
            return Err(Refusal::Invalid(at_value.collect()));
        }
    }
    Ok(match change {
        BulkChange::Assign(member) => {
            let of = member.map(|id| assignee(caller, id)).transpose()?.and_then(|member| member.client);
            BulkAction::Assign { member, of }
        }
        BulkChange::Read(on) => BulkAction::Read(on),
        BulkChange::Archive(on) => BulkAction::Archive(on),
        BulkChange::Important(on) => BulkAction::Important(on),
        BulkChange::Snooze(until) => BulkAction::Snooze(until),
        BulkChange::Category(category) => BulkAction::Category(category),
        BulkChange::Tag(tag) if caller.tag(tag).is_some() => BulkAction::Tag(tag),
        BulkChange::Tag(tag) => {
            let error = FieldError::of(VALUE, format!("{tag} does not exist"));
            return Err(error.given(Given::Number(tag.get())).into());
        }
    })
}

/// How many rows a list has, and their ids, at most `most`.
async fn matching(
    services: &Services,
    caller: &Caller,
    list: SavedList,
    most: usize,
) -> Result<(u64, Vec<u64>), Refusal> {
    let limit = u32::try_from(most).unwrap_or(u32::MAX);
    let SavedList { view, filters: filter, sort } = list;
    let command = ListConversations { view, filter, sort, offset: 0, limit };
    let (query, behind) = query_of(services, caller, command).await?;
    if behind > 0 {
        return Err(Refusal::Unavailable(
            "The search has not looked at the newest messages yet: try again in a moment",
        ));
    }
    let (live, now) = (caller.live_account()?, caller.now());
    let page = blocking(move || live.list(&query, now)).await?;
    Ok((page.total, page.hits.iter().map(|hit| hit.conversation.get()).collect()))
}

/// What an undo left as it is, who changed it, and what they changed.
async fn left(services: &Services, caller: &Caller, undo: &Bulk) -> Result<String, Refusal> {
    let client = caller.scope().client();
    let named = services.store().bulk_conflicts(caller.scope(), undo.id, MAX_NAMED).await?;
    let mut names = Vec::new();
    for (change, later) in &named {
        let last = later.iter().rev().find(|later| sets_the_same(change, later));
        let seq = last.and_then(|last| last.seq_for(client));
        let seq = seq.map(|seq| format!(", change {seq}")).unwrap_or_default();
        let lead = lead_of(services, caller, change).await?;
        names.push(format!("{lead} ({} changed {}{seq})", who(last, caller.names()), what(change.kind)));
    }
    let more = undo.conflicts.saturating_sub(names.len() as u64);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    Ok(format!(
        "{} of {} conversations have been changed since and are left as they are: {}; {} are as before",
        undo.conflicts,
        undo.matched,
        names.join(", "),
        undo.matched.saturating_sub(undo.conflicts)
    ))
}

/// A conversation by its lead's address, which people know, and its id, which clients of the API know.
async fn lead_of(services: &Services, caller: &Caller, change: &Change) -> Result<String, Refusal> {
    let Some(conversation) = change.conversation else { return Ok("a conversation".to_owned()) };
    match read(services, caller, ReadConversation { conversation, last_message: None }).await {
        Ok(row) => Ok(format!("{}, conversation {conversation}", row.lead.fields.email)),
        Err(Refusal::NotFound(..)) => Ok(format!("conversation {conversation}")),
        Err(other) => Err(other),
    }
}
