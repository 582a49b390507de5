//! What surrounds the inbox in an account: who calls, the members, the change log, categories, clients, tags.

use crewbox_core::change::Change;
use crewbox_core::id::Seq;
use crewbox_core::model::{Category, Role, Sentiment};
use crewbox_store::{Catalog, Op};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::object::Obj;
use crate::request::Problems;

/// Characters a name may have: more would break every list it is shown in.
pub(crate) const MAX_NAME: usize = 200;
/// Changes a call answers at the most, and unless asked for fewer.
const MAX_CHANGES: i64 = 1_000;
const CHANGES: i64 = 100;

/// GET `/me`.
pub(crate) async fn me(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let signed = call.signed()?;
    let member = names.catalog.member(signed.key.member).ok_or(ApiError::KeyInvalid)?;
    let account = &names.catalog.account;
    Ok(Answer::value(
        &Obj::new()
            .with("id", member.id)
            .with("name", &member.name)
            .with("email", &member.email)
            .with("role", role(member.role))
            .with("account", Obj::new().with("id", account.id).with("name", &account.name)),
    ))
}

/// GET `/team-members`: for a key narrowed to a client, those of this client.
pub(crate) async fn members(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let scope = call.scope()?;
    let members = names.catalog.members.iter();
    let seen = members.filter(|member| scope.client().is_none() || member.client == scope.client());
    let rows: Vec<Obj> = seen
        .map(|member| {
            Obj::new()
                .with("id", member.id)
                .with("name", &member.name)
                .with("email", &member.email)
                .with("role", role(member.role))
        })
        .collect();
    Ok(Answer::value(&Obj::new().with("ok", true).with("data", rows)))
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

/// GET `/changes`.
pub(crate) async fn changes(call: Call) -> Result<Answer, ApiError> {
    let mut problems = Problems::default();
    let since = call.query().number("since", 0, i64::MAX, &mut problems).unwrap_or(0);
    let limit = call.query().number("limit", 1, MAX_CHANGES, &mut problems).unwrap_or(CHANGES);
    problems.finish()?;
    let (since, limit) = (u64::try_from(since).unwrap_or(0), u32::try_from(limit).unwrap_or(0));
    let page = call.app.0.live.store().changes(call.scope()?, Seq(since), limit).await?;
    let names = call.names()?;
    let more = page.changes.last().is_some_and(|last| last.seq < page.head.seq);
    let rows: Vec<Obj> = page.changes.iter().map(|change| entry(&call, &names.catalog, change)).collect();
    Ok(Answer::value(&Obj::new().with("changes", rows).with("head", page.head.seq.0).with("more", more)))
}

fn entry(call: &Call, catalog: &Catalog, change: &Change) -> Obj {
    let actor = change.actor.map(|id| {
        let name = catalog.member(id).map_or("", |member| member.name.as_str());
        Obj::new().with("id", id).with("name", name)
    });
    let fields: Vec<Obj> = change
        .detail
        .iter()
        .map(|delta| {
            Obj::new()
                .with("field", delta.field.name())
                .with("before", delta.before)
                .with("after", delta.after)
        })
        .collect();
    Obj::new()
        .with("seq", change.seq.0)
        .with("at", call.at(change.at))
        .with("actor", actor)
        .with("kind", change.kind.name())
        .with("email_lead_map_id", change.conversation)
        .with("detail", Obj::new().with("subject", change.subject).with("fields", fields))
}

/// GET `/leads/fetch-categories`.
pub(crate) async fn categories(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let rows: Vec<Obj> =
        names.catalog.categories.iter().map(|category| category_object(&call, category)).collect();
    Ok(Answer::value(&rows))
}

const SENTIMENTS: [(&str, Sentiment); 3] =
    [("positive", Sentiment::Positive), ("neutral", Sentiment::Neutral), ("negative", Sentiment::Negative)];

fn category_object(call: &Call, category: &Category) -> Obj {
    let sentiment = SENTIMENTS.iter().find(|(_, sentiment)| *sentiment == category.sentiment);
    Obj::new()
        .with("id", category.id)
        .with("name", &category.name)
        .with("sentiment_type", sentiment.map(|(name, _)| *name))
        .with("created_at", call.at(category.created_at))
}

/// POST `/leads/categories`.
pub(crate) async fn new_category(call: Call) -> Result<Answer, ApiError> {
    let (name, sentiment) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let name = body.words("name", MAX_NAME, &mut problems);
        let name = problems.required("name", name);
        let sentiment = body.choice("sentiment_type", &SENTIMENTS.map(|(name, _)| name), &mut problems);
        problems.finish()?;
        (name, sentiment.map_or(Sentiment::Neutral, |place| SENTIMENTS[place].1))
    };
    let id = call.make(Op::AddCategory { name: name.clone(), sentiment }).await?;
    let made = Category { id: id.into(), name, sentiment, created_at: call.now };
    Ok(Answer::success("Category created", category_object(&call, &made)))
}

/// POST `/client/save`.
pub(crate) async fn save_client(call: Call) -> Result<Answer, ApiError> {
    let (name, email) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let name = body.words("name", MAX_NAME, &mut problems);
        let name = problems.required("name", name);
        let email = body.words("email", MAX_NAME, &mut problems);
        let email = problems.required("email", email);
        problems.finish()?;
        (name, email)
    };
    let id = call.make(Op::AddClient { name: name.clone(), email: email.clone() }).await?;
    Ok(Answer::value(
        &Obj::new().with("ok", true).with("clientId", id).with("name", name).with("email", email),
    ))
}

/// GET `/client/`.
pub(crate) async fn clients(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let scope = call.scope()?;
    let seen = names.catalog.clients.iter().filter(|client| scope.sees(Some(client.id)));
    let rows: Vec<Obj> = seen
        .map(|client| {
            Obj::new()
                .with("id", client.id)
                .with("name", &client.name)
                .with("email", &client.email)
                .with("created_at", call.at(client.created_at))
        })
        .collect();
    Ok(Answer::value(&rows))
}

/// POST `/tags`.
pub(crate) async fn new_tag(call: Call) -> Result<Answer, ApiError> {
    let name = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let name = body.words("name", MAX_NAME, &mut problems);
        let name = problems.required("name", name);
        problems.finish()?;
        name
    };
    let id = call.make(Op::AddTag { name: name.clone() }).await?;
    Ok(Answer::value(&crate::answer::success("Tag saved").with("id", id).with("name", name)))
}

/// GET `/tags`.
pub(crate) async fn tags(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let rows: Vec<Obj> =
        names.catalog.tags.iter().map(|tag| Obj::new().with("id", tag.id).with("name", &tag.name)).collect();
    Ok(Answer::value(&rows))
}
