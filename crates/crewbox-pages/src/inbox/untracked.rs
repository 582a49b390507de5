//! Mail that belongs to no conversation: each is put into one, makes its sender a lead, or has its domain blocked.

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::untracked::{self, BlockReason, attach, block_domains};
use crewbox_app::{FieldError, Refusal, lead};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::{CampaignId, ConversationId, MessageId};
use crewbox_core::permission::Permission;
use crewbox_core::view::View;
use crewbox_store::contract::UntrackedQuery;
use crewbox_store::{AttachTo, BodyLimits};

use super::message::MessagePart;
use super::place::{Place, VIEWS};
use super::sidebar::{Beside, SidebarPart};
use crate::app::Pages;
use crate::assets;
use crate::error::{PageError, explain};
use crate::form::{Form, read};
use crate::guard::Visitor;
use crate::policy;

const PATH: &str = "/untracked";
/// Mails of a page.
const ROWS: u32 = 20;
/// How much of their texts a page has.
const TEXTS: BodyLimits = BodyLimits { text: 16 * 1_024, html: 64 * 1_024, total: 512 * 1_024 };

#[derive(Template)]
#[template(path = "untracked.html")]
struct UntrackedPage<'a> {
    style: &'a str,
    icon: &'a str,
    sidebar: SidebarPart,
    mails: Vec<MailPart>,
    total: u64,
    campaigns: Vec<(u64, String)>,
    may_attach: bool,
    may_block: bool,
    range: String,
    previous: Option<u64>,
    next: Option<u64>,
    token: String,
    /// What was typed for this mail, and why it was refused.
    refused: Option<(u64, String)>,
    lead: String,
    notice: Option<String>,
}

struct MailPart {
    id: u64,
    message: MessagePart,
    email: String,
    domain: String,
}

impl UntrackedPage<'_> {
    fn problem(&self, id: &u64) -> Option<&str> {
        self.refused.as_ref().filter(|(of, _)| of == id).map(|(_, sentence)| sentence.as_str())
    }
}

/// GET `/untracked`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let query = parts.uri.query().unwrap_or_default();
    let number = |wanted: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted);
        found.and_then(|(_, value)| value.parse::<u64>().ok())
    };
    let notice = number("done").map(|count| match count {
        0 => "The domain is blocked: nobody of it is written to any more".to_owned(),
        1 => "The mail is in its conversation".to_owned(),
        count => format!("{count} mails of this thread are in the conversation"),
    });
    made(pages, &visitor, number("page").unwrap_or(1).max(1), (None, ""), notice, StatusCode::OK).await
}

/// POST `/untracked/{id}`.
pub(crate) async fn act(
    pages: &Pages,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let visitor = match Visitor::of(pages, &parts).await {
        Err(PageError::SignIn { .. }) => return Err(PageError::SignIn { next: "/inbox/mine".to_owned() }),
        other => other?,
    };
    visitor.check(&form)?;
    let id = id.parse().ok().filter(|id| *id > 0).ok_or(PageError::Nothing)?;
    match run(pages, &visitor, MessageId(id), &form).await {
        Ok(count) => Ok(policy::go_to(&format!("{PATH}?done={count}"))),
        Err(refusal @ (Refusal::NotFound(..) | Refusal::Forbidden(_))) => Err(refusal.into()),
        Err(refusal) => {
            let (status, sentence) = explain(&refusal);
            made(pages, &visitor, 1, (Some((id, sentence)), form.get("lead")), None, status).await
        }
    }
}

/// Does what the form asks; how many mails found their conversation.
async fn run(pages: &Pages, visitor: &Visitor, id: MessageId, form: &Form) -> Result<u64, Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let to = match form.get("do") {
        "lead" => AttachTo::Campaign(CampaignId(form.id("campaign").unwrap_or_default())),
        "block" => {
            let domain = EmailAddress::parse(form.get("email")).map(|address| address.domain().clone());
            let domain =
                domain.map_err(|_| FieldError::says("email", "The sender has no domain to block"))?;
            block_domains(services, caller, &[domain], BlockReason::Manual).await?;
            return Ok(0);
        }
        _ => AttachTo::Conversation(conversation_of(pages, visitor, form.get("lead").trim()).await?),
    };
    Ok(attach(services, caller, id, to).await?.messages.max(1))
}

/// The newest conversation of the lead with this address.
async fn conversation_of(pages: &Pages, visitor: &Visitor, email: &str) -> Result<ConversationId, Refusal> {
    if email.is_empty() {
        return Err(FieldError::says("lead", "Type the e-mail address of a lead").into());
    }
    let found = lead::by_email(&pages.services, &visitor.caller, email).await?;
    let newest = found.and_then(|(_, conversations)| conversations.last().map(|one| one.id));
    newest
        .ok_or_else(|| FieldError::says("lead", format!("There is no lead with the address {email}")).into())
}

async fn made(
    pages: &Pages,
    visitor: &Visitor,
    page: u64,
    (refused, lead): (Option<(u64, String)>, &str),
    notice: Option<String>,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let offset = (page - 1).saturating_mul(u64::from(ROWS));
    let query = UntrackedQuery { limit: ROWS, offset, ..UntrackedQuery::default() };
    let (found, total) = untracked::list(services, caller, &query, TEXTS).await?;
    let place = Place::of(VIEWS.iter().find(|listed| listed.view == View::Inbox).unwrap_or(&VIEWS[0]));
    let shown = (&visitor.local, visitor.token.as_str());
    let mails: Vec<MailPart> = found
        .iter()
        .map(|(message, texts)| MailPart {
            id: message.id.get(),
            message: MessagePart::of((message, texts), (false, false), &place, shown),
            email: message.from.email.clone(),
            domain: message.from.email.rsplit('@').next().unwrap_or_default().to_owned(),
        })
        .collect();
    let last = offset + mails.len() as u64;
    let scope = caller.scope();
    let campaigns = caller.names().campaigns.iter().rev();
    let open =
        campaigns.filter(|one| one.deleted_at.is_none() && one.parent.is_none() && scope.sees(one.client));
    let whole = UntrackedPage {
        style: &assets::STYLE.path,
        icon: &assets::ICON.path,
        sidebar: SidebarPart::of(pages, visitor, Beside::Untracked).await?,
        range: if mails.is_empty() {
            "0 of 0".to_owned()
        } else {
            format!("{}–{last} of {total}", offset + 1)
        },
        previous: (page > 1).then(|| page - 1),
        next: (last < total && !mails.is_empty()).then(|| page + 1),
        mails,
        total,
        campaigns: open.take(200).map(|one| (one.id.get(), one.name.clone())).collect(),
        may_attach: caller.require(Permission::AttachUntracked).is_ok(),
        may_block: caller.require(Permission::BlockDomains).is_ok(),
        token: visitor.token.clone(),
        refused,
        lead: lead.to_owned(),
        notice,
    };
    Ok(policy::page(status, &whole))
}
