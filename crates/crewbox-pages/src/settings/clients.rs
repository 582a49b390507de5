//! The clients of an agency: name and address of each, its own members, its API keys, and how many conversations it has.
//!
//! Owns the page. Who sees what of a client is decided by the use cases and the store.

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::conversation::ListFilter;
use crewbox_app::mailbox::{Field, MAX_NAME};
use crewbox_app::{Caller, FieldError, Refusal, catalog, key, member};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::{ClientId, KeyId};
use crewbox_core::model::{Client, Dialect};
use crewbox_core::permission::Permission;

use super::conversations::{Conversations, numbers};
use super::edited_row::{both, edited, one_line};
use super::field::Fields;
use super::sent_form::SentForm;
use super::shell::{CLIENTS_PATH as PATH, Shell, page, sender, visitor};
use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::Form;
use crate::guard::Visitor;
use crate::policy;
use crate::time_text::{Local, TimeText};

/// The part of a form that names a new key.
const NEW_KEY: &str = "key";

#[derive(Template)]
#[template(path = "settings/clients.html")]
struct ClientsPage {
    shell: Shell,
    problem: Option<String>,
    /// A key that was just made, and the client whose it is: it is shown this once.
    key: Option<(String, String)>,
    clients: Vec<ClientPart>,
    new: ClientForm,
    /// Whether the form of a new client is shown.
    is_new_open: bool,
}

struct ClientPart {
    id: u64,
    name: String,
    email: String,
    members: Vec<String>,
    keys: Vec<KeyPart>,
    conversations: Conversations,
    /// Where it is edited.
    form: Option<ClientForm>,
}

struct KeyPart {
    id: u64,
    name: String,
    used: String,
}

/// The fields of a client, and of a new key of it.
struct ClientForm {
    /// 0 for a new one.
    id: u64,
    name: String,
    email: String,
    key_name: String,
    name_error: Option<String>,
    email_error: Option<String>,
    key_name_error: Option<String>,
}

impl ClientPart {
    /// Who and what sees this client only.
    fn restricted(&self) -> String {
        numbers(&[(self.members.len(), "member", "members"), (self.keys.len(), "API key", "API keys")])
    }
}

impl ClientForm {
    /// With what the client has, or with what was typed into one of its forms and refused.
    fn of(id: u64, (name, email): (&str, &str), fields: &Fields) -> Self {
        let is_key = fields.value("part") == NEW_KEY;
        let typed = |is_of_form: bool, field: &str, held: &str| {
            let value = if fields.is_refused() && is_of_form { fields.value(field) } else { held };
            value.to_owned()
        };
        Self {
            id,
            name: typed(!is_key, "name", name),
            email: typed(!is_key, "email", email),
            key_name: typed(is_key, "key_name", ""),
            name_error: fields.error("name"),
            email_error: fields.error("email"),
            key_name_error: fields.error("key_name"),
        }
    }
}

/// GET `/settings/clients`, with the client to edit in `edit`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts) = visitor(pages, request).await?;
    made(pages, &visitor, (edited(&parts), Fields::default()), None, StatusCode::OK).await
}

/// POST `/settings/clients`: the form says which part it changes.
pub(crate) async fn save(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _, form) = sender(pages, request).await?;
    visitor.caller.require(Permission::ManageClients)?;
    let sent = SentForm::of(pages, &visitor, PATH, &form);
    if let Some(to) = sent.answer(pages) {
        return Ok(policy::go_to(&to));
    }
    let changed = match form.get("part") {
        // A key's text is shown this once, so that this form has no other page to lead to.
        NEW_KEY => match make_key(pages, &visitor, &form).await {
            Ok((client, key)) => {
                let visitor = visitor.again(pages).await?;
                let opened = (Some(client.get()), Fields::default());
                return made(pages, &visitor, opened, Some((client, key)), StatusCode::OK).await;
            }
            Err(refusal) => Err(refusal),
        },
        "client" => change(pages, &visitor, &form).await.map(|id| format!("{PATH}#client-{id}")),
        "revoke" => revoke(pages, &visitor, &form).await,
        _ => Err(Refusal::NoMatch("There is no such form".to_owned())),
    };
    match changed {
        Ok(to) => {
            sent.keep(pages, &to);
            Ok(policy::go_to(&to))
        }
        Err(refusal @ Refusal::NotFound(..)) => Err(refusal.into()),
        Err(refusal) => {
            let (status, edited) = (explain(&refusal).0, form.id("id"));
            made(pages, &visitor, (edited, Fields::refused(form, refusal)), None, status).await
        }
    }
}

/// Makes the client, or changes the one of `id`.
async fn change(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<ClientId, Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let id = form.id("id").map(ClientId);
    let email = <EmailAddress as Field>::parse(form.get("email"));
    let email = email.map_err(|rest| FieldError::of("email", rest));
    let (name, email) = both(one_line("name", form.get("name")), email)?;
    let email = email.as_str().to_owned();
    let saved = match id {
        Some(id) => catalog::change_client(services, caller, id, name, email).await.map(|()| id),
        None => catalog::create_client(services, caller, name, email).await,
    };
    saved.map_err(|refusal| match refusal {
        Refusal::Conflict(_) => FieldError::says("email", "Another client has this address").into(),
        other => other,
    })
}

/// Makes a key of the client of `id`; the client and the key's text.
async fn make_key(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<(ClientId, String), Refusal> {
    let client = ClientId(form.id("id").unwrap_or_default());
    let name = one_line("key_name", form.get("key_name"))?;
    let dialect = Dialect::default();
    let (_, text) = key::create_for_client(&pages.services, &visitor.caller, client, name, dialect).await?;
    Ok((client, text))
}

/// Revokes the key of `key`, which is one of the client of `id`; where to go on.
async fn revoke(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<String, Refusal> {
    let key = KeyId(form.id("key").unwrap_or_default());
    key::revoke_of_client(&pages.services, &visitor.caller, key).await?;
    Ok(form.id("id").map_or_else(|| PATH.to_owned(), |client| format!("{PATH}?edit={client}")))
}

async fn made(
    pages: &Pages,
    visitor: &Visitor,
    (edited, fields): (Option<u64>, Fields),
    key: Option<(ClientId, String)>,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    let caller = &visitor.caller;
    caller.require(Permission::ManageClients)?;
    let mut known = catalog::clients(caller)?;
    known.sort_by_cached_key(|client| client.name.to_lowercase());
    let mut clients = Vec::with_capacity(known.len());
    for client in known {
        let form = (edited == Some(client.id.get())).then_some(&fields);
        clients.push(part(pages, visitor, client, form).await?);
    }
    let is_new_refused = edited.is_none() && fields.is_refused();
    let none = Fields::default();
    let typed = if is_new_refused { &fields } else { &none };
    let name_of = |id: ClientId| caller.names().client(id).map(|client| client.name.clone());
    let whole = ClientsPage {
        shell: Shell::of(visitor, PATH, false),
        key: key.map(|(client, text)| (name_of(client).unwrap_or_default(), text)),
        new: ClientForm::of(0, ("", ""), typed),
        is_new_open: is_new_refused || clients.is_empty(),
        problem: fields.problem,
        clients,
    };
    Ok(page(status, &whole))
}

async fn part(
    pages: &Pages,
    visitor: &Visitor,
    client: &Client,
    edited: Option<&Fields>,
) -> Result<ClientPart, Refusal> {
    let caller = &visitor.caller;
    let id = client.id.get();
    let members = member::list(caller)?.into_iter().filter(|member| member.client == Some(client.id));
    let filter = ListFilter { clients: Some(vec![client.id]), ..ListFilter::default() };
    Ok(ClientPart {
        id,
        name: client.name.clone(),
        email: client.email.clone(),
        members: members.map(|member| member.name.clone()).collect(),
        keys: keys(caller, &visitor.local, client.id)?,
        conversations: Conversations::of(pages, visitor, filter).await?,
        form: edited.map(|fields| ClientForm::of(id, (&client.name, &client.email), fields)),
    })
}

/// The client's keys that are accepted, the newest first.
fn keys(caller: &Caller, local: &Local, client: ClientId) -> Result<Vec<KeyPart>, Refusal> {
    let has_ended = |at: Option<_>| at.is_some_and(|at| at <= caller.now());
    let valid = key::of_clients(caller)?
        .into_iter()
        .rev()
        .filter(|key| key.client == Some(client) && !has_ended(key.revoked_at) && !has_ended(key.expires_at));
    let used = |at| format!("used {}", TimeText::of(at, local).short);
    Ok(valid
        .map(|key| KeyPart {
            id: key.id.get(),
            name: key.name.clone().unwrap_or_else(|| format!("Key {}", key.id)),
            used: key.used_at.map_or_else(|| "never used".to_owned(), used),
        })
        .collect())
}
