//! One conversation: reading it, and the actions on it.
//!
//! Owns what an action is called and answers. What it does to a conversation is the core's.

use crewbox_core::conversation::{Conversation, Edit, Flags};
use crewbox_core::id::{CategoryId, ConversationId, MemberId};
use crewbox_core::model::Dialect;
use crewbox_store::{Op, StoreError, Thing};

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::{Obj, Put, Quoted};
use crate::request::{Object, Problems};
use crate::row::{self, BodyLimit, Extras, History};

/// GET `/master-inbox/{id}`.
pub(crate) async fn item(call: SignedCall) -> Result<Answer, ApiError> {
    let scope = call.scope();
    let id = ConversationId(call.path_id("id")?);
    let gone = || ApiError::NotFound(format!("Inbox item not found with ID {id}"));
    let rows = call.app.0.live.store().rows(scope, &[id]).await?;
    let row = rows.first().ok_or_else(gone)?;
    let messages = match call.app.0.live.store().history(scope, id).await {
        Err(StoreError::NotFound(..)) => return Err(gone()),
        other => other?,
    };
    let dialect = call.dialect();
    let history =
        History { app: &call.app, base: &call.base(), account: scope.account(), now: call.now, plain: false };
    let extras = Extras { history: Some(history.render(&messages, dialect)), ..Extras::default() };
    let fragment = row::render(row, &call.names().catalog, dialect, BodyLimit::Whole);
    let snoozed = row.conversation.snoozed_until.filter(|until| *until > call.now);
    let mut out = Vec::with_capacity(fragment.bytes.len() * 2);
    row::splice(&mut out, &fragment, snoozed, dialect, &extras);
    Ok(Answer::json(match dialect {
        Dialect::Documented => with_number(id, &out),
        Dialect::Live => [b"{\"ok\":true,\"data\":[".as_slice(), &out, b"]}"].concat(),
    })
    .tagged())
}

/// The row with the conversation's number as its `id`, the first key, in place of the message's.
fn with_number(id: ConversationId, row: &[u8]) -> Vec<u8> {
    let rest = row.iter().position(|byte| *byte == b',').unwrap_or(row.len());
    let mut out = Vec::with_capacity(row.len());
    out.extend_from_slice(b"{\"id\":");
    id.put(&mut out);
    out.extend_from_slice(&row[rest..]);
    out
}

/// DELETE `/master-inbox/{id}`.
pub(crate) async fn delete(call: SignedCall) -> Result<Answer, ApiError> {
    let id = ConversationId(call.path_id("id")?);
    match call.commit(vec![Op::DeleteConversation(id)]).await {
        Err(ApiError::NotFound(_)) => Err(ApiError::NotFound(format!("Inbox item not found with ID {id}"))),
        other => other.map(|_| {
            let data = Obj::new().with("email_lead_map_id", Quoted(id.get()));
            Answer::success("Conversation deleted with its messages", data)
        }),
    }
}

/// `/change-read-status`.
pub(crate) async fn read_status(call: SignedCall) -> Result<Answer, ApiError> {
    let read = |body: &Object<'_>, problems: &mut Problems| {
        let read = body.boolean("read_status", problems);
        Edit::Read(problems.required("read_status", read))
    };
    let (conversation, data) = act(&call, read).await?;
    let is_read = !conversation.flags.has(Flags::UNREAD);
    Ok(Answer::success("Read status updated", updated(&call, &conversation, data.with("is_read", is_read))))
}

/// `/update-category`.
pub(crate) async fn category(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let read = |body: &Object<'_>, problems: &mut Problems| {
        let id = nullable(body, "category_id", problems).map(CategoryId);
        if let Some(id) = id.filter(|id| names.catalog.category(*id).is_none()) {
            problems.wrong("category_id", format!("category_id {id} does not exist"), &id);
        }
        Edit::Category(id)
    };
    let (conversation, data) = act(&call, read).await?;
    let data = data.with("category_id", conversation.category);
    Ok(Answer::success("Category updated", updated(&call, &conversation, data)))
}

/// `/update-team-member`.
pub(crate) async fn owner(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let scope = *call.scope();
    let json = call.json()?;
    let mut problems = Problems::default();
    let body = call.object(&json, &mut problems)?;
    let id = body.id("email_lead_map_id", &mut problems);
    let id = ConversationId(problems.required("email_lead_map_id", id));
    let member = nullable(&body, "team_member_id", &mut problems).map(MemberId);
    problems.finish()?;
    if let Some(member) = member {
        let known = names.catalog.member(member);
        let member = known
            .filter(|known| scope.client().is_none() || known.client == scope.client())
            .ok_or_else(|| ApiError::missing(Thing::Member, member.get()))?;
        let client = call.account().read().get(id).map(|entry| entry.client);
        if client.is_some_and(|client| member.client.is_some() && member.client != client) {
            let text = format!("Team member {} works for another client", member.id);
            return Err(ApiError::invalid("team_member_id", text));
        }
    }
    let conversation = edit(&call, id, Edit::Owner(member)).await?;
    let data = Obj::new()
        .with("email_lead_map_id", conversation.id)
        .with("team_member_id", conversation.owner)
        .with("assigned_at", conversation.assigned_at.map(|at| call.at(at)));
    let message = if member.is_some() { "Team member assigned" } else { "Team member unassigned" };
    Ok(Answer::success(message, data))
}

/// `/update-archived`.
pub(crate) async fn archived(call: SignedCall) -> Result<Answer, ApiError> {
    let read = |body: &Object<'_>, problems: &mut Problems| {
        let on = body.boolean("archived", problems);
        Edit::Archived(problems.required("archived", on))
    };
    let (conversation, data) = act(&call, read).await?;
    let data = data.with("is_archived", conversation.flags.has(Flags::ARCHIVED));
    Ok(Answer::success("Archive status updated", updated(&call, &conversation, data)))
}

/// `/update-important`.
pub(crate) async fn important(call: SignedCall) -> Result<Answer, ApiError> {
    let read = |body: &Object<'_>, problems: &mut Problems| {
        let on = body.boolean("important", problems);
        Edit::Important(problems.required("important", on))
    };
    let (conversation, data) = act(&call, read).await?;
    let data = data.with("is_important", conversation.flags.has(Flags::IMPORTANT));
    Ok(Answer::success("Importance updated", updated(&call, &conversation, data)))
}

/// `/update-snooze`.
pub(crate) async fn snooze(call: SignedCall) -> Result<Answer, ApiError> {
    let now = call.now;
    let read = |body: &Object<'_>, problems: &mut Problems| {
        let until = body.time("until", problems);
        if !body.has("until") {
            problems.required::<()>("until", None);
        }
        if let Some(past) = until.filter(|until| *until <= now) {
            problems.wrong("until", "until must be in the future", &call.at(past));
        }
        Edit::Snooze(until)
    };
    let (conversation, data) = act(&call, read).await?;
    let until = conversation.snoozed_until.filter(|until| *until > now);
    let data = data.with("is_snoozed", until.is_some()).with("snoozed_until", until.map(|at| call.at(at)));
    Ok(Answer::success("Snooze updated", updated(&call, &conversation, data)))
}

/// Reads an action's body and does it; the conversation after, and the beginning of its `data`.
async fn act(
    call: &SignedCall,
    read: impl FnOnce(&Object<'_>, &mut Problems) -> Edit + Send,
) -> Result<(Conversation, Obj), ApiError> {
    let (id, what) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let id = body.id("email_lead_map_id", &mut problems);
        let id = ConversationId(problems.required("email_lead_map_id", id));
        let what = read(&body, &mut problems);
        problems.finish()?;
        (id, what)
    };
    let conversation = edit(call, id, what).await?;
    let data = Obj::new().with("email_lead_map_id", conversation.id);
    Ok((conversation, data))
}

async fn edit(call: &SignedCall, conversation: ConversationId, edit: Edit) -> Result<Conversation, ApiError> {
    SignedCall::edited(call.commit(vec![Op::Edit { conversation, edit }]).await?)
}

fn updated(call: &SignedCall, conversation: &Conversation, data: Obj) -> Obj {
    data.with("updated_at", call.at(conversation.updated_at))
}

/// An id that must be given, be it as `null`.
fn nullable(body: &Object<'_>, key: &str, problems: &mut Problems) -> Option<u64> {
    if !body.has(key) {
        problems.required::<u64>(key, None);
    }
    body.id(key, problems)
}
