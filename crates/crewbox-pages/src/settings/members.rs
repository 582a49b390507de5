//! The team: inviting members and giving them a link that signs in, for the first time or after a forgotten password.

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode, header};
use crewbox_app::member::{self, AddMember};
use crewbox_app::{FieldError, Refusal, catalog, session};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::{ClientId, MemberId};
use crewbox_core::model::Role;
use crewbox_core::permission::Permission;

use super::field::Fields;
use super::shell::{Shell, WRONG, is_step, page, sender, visitor};
use crate::app::Pages;
use crate::error::PageError;
use crate::form::{Form, is_https};
use crate::guard::Visitor;

const PATH: &str = "/settings/members";

/// The roles, as a form names them.
const ROLES: [(&str, &str, Role); 3] = [
    ("member", "Member: works conversations", Role::Member),
    ("admin", "Admin: also mailboxes, members and keys", Role::Admin),
    ("owner", "Owner: everything", Role::Owner),
];

#[derive(Template)]
#[template(path = "settings/members.html")]
struct MembersPage {
    shell: Shell,
    fields: Fields,
    members: Vec<MemberPart>,
    /// Whose own member may be invited: each client's id and name.
    clients: Vec<(String, String)>,
    /// A link that was just made, and who it is for: it is shown this once.
    link: Option<(String, String)>,
    query: &'static str,
}

struct MemberPart {
    id: u64,
    name: String,
    email: String,
    role: &'static str,
    /// The client whose own member they are.
    client: Option<String>,
    is_me: bool,
}

impl MembersPage {
    fn roles(&self) -> &'static [(&'static str, &'static str, Role)] {
        &ROLES
    }
}

/// GET `/settings/members`, with the client whose own member is to be invited in `client`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts) = visitor(pages, request).await?;
    let mut form = Form::default();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    if let Some((_, client)) = form_urlencoded::parse(query).find(|(name, _)| name == "client") {
        form.set("client", &client);
    }
    made(&visitor, &parts, Fields::typed(form), None, StatusCode::OK)
}

/// POST `/settings/members`: invites somebody, or makes another link for a member (`member`).
pub(crate) async fn invite(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts, form) = sender(pages, request).await?;
    let again = form.id("member").map(MemberId);
    let invited = match again {
        Some(member) => Ok(member),
        None => add(pages, &visitor, &form).await,
    };
    let linked = match invited {
        Ok(member) => link(pages, &visitor, member).await,
        Err(refusal) => Err(refusal),
    };
    match linked {
        Ok((visitor, name, token)) => {
            let link = (format!("{}/sign-in/{token}", base(&parts)), name);
            made(&visitor, &parts, Fields::default(), Some(link), StatusCode::OK)
        }
        Err(refusal @ (Refusal::Forbidden(_) | Refusal::NotFound(..))) => Err(refusal.into()),
        Err(refusal) => made(&visitor, &parts, Fields::refused(form, refusal), None, WRONG),
    }
}

async fn add(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<MemberId, Refusal> {
    let mut errors = Vec::new();
    let name = form.get("name").trim();
    if name.is_empty() {
        errors.push(FieldError::of("name", "must not be empty"));
    }
    let address = EmailAddress::parse(form.get("email").trim());
    let role = ROLES.iter().find(|(known, ..)| *known == form.get("role"));
    let role = role.map_or(Role::Member, |(.., role)| *role);
    let client = form.id("client").map(ClientId);
    if client.is_none() && !form.get("client").is_empty() {
        // Nobody sees all clients because a form was wrong.
        errors.push(FieldError::of("client", "must be one of the list"));
    }
    match address {
        Ok(address) if errors.is_empty() => {
            let command = AddMember { name: name.to_owned(), address, role, client, password_hash: None };
            match member::add(&pages.services, &visitor.caller, command).await {
                Err(Refusal::Conflict(sentence)) => Err(FieldError::says("email", sentence).into()),
                other => other,
            }
        }
        Ok(_) => Err(Refusal::Invalid(errors)),
        Err(_) => {
            errors.push(FieldError::of("email", "must be an e-mail address"));
            Err(Refusal::Invalid(errors))
        }
    }
}

/// A link for a member; with the caller as of after the member was added.
async fn link(
    pages: &Pages,
    visitor: &Visitor,
    member: MemberId,
) -> Result<(Visitor, String, String), Refusal> {
    let visitor = visitor.again(pages).await?;
    let token = session::create_link(&pages.services, &visitor.caller, member).await?;
    let name = visitor.caller.names().member(member).map(|one| one.name.clone()).unwrap_or_default();
    Ok((visitor, name, token))
}

/// Where the browser reached the server.
fn base(parts: &Parts) -> String {
    let scheme = if is_https(parts) { "https" } else { "http" };
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{scheme}://{host}")
}

fn made(
    visitor: &Visitor,
    parts: &Parts,
    fields: Fields,
    link: Option<(String, String)>,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    visitor.caller.require(Permission::ManageMembers)?;
    let me = visitor.caller.scope().actor();
    let clients = catalog::clients(&visitor.caller)?;
    let name_of = |id: ClientId| clients.iter().find(|one| one.id == id).map(|one| one.name.clone());
    let members = member::list(&visitor.caller)?.into_iter().map(|one| MemberPart {
        id: one.id.get(),
        name: one.name.clone(),
        email: one.email.clone(),
        role: match one.role {
            Role::Owner => "Owner",
            Role::Admin => "Admin",
            Role::Member if one.client.is_some() => "Client",
            Role::Member => "Member",
        },
        client: one.client.and_then(name_of),
        is_me: Some(one.id) == me,
    });
    let is_step = is_step(parts);
    let whole = MembersPage {
        shell: Shell::of(visitor, PATH, is_step),
        fields,
        members: members.collect(),
        clients: clients.iter().map(|one| (one.id.to_string(), one.name.clone())).collect(),
        link,
        query: if is_step { "?first" } else { "" },
    };
    Ok(page(status, &whole))
}
