//! Mail that found no conversation: listed, attached by hand; and domains nobody wants to hear from.

use crewbox_core::id::{CampaignId, ConversationId, MessageId};
use crewbox_core::message::{Bodies, Message};
use crewbox_store::contract::{BLOCKED_AT_ONCE, UntrackedQuery};
use crewbox_store::{AttachTo, Op, Outcome};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::{ApiError, Provided};
use crate::object::{Obj, Quoted};
use crate::request::{Json, Problems};

/// Messages a page holds unless asked for fewer.
const PAGE: i64 = 20;
/// Messages a page holds at the most.
const MOST: i64 = 100;
/// Domains blocked in one call.
const MOST_DOMAINS: usize = 1_000;
/// Characters of a domain (RFC 1035).
const MAX_DOMAIN: usize = 253;
const SOURCES: [&str; 4] = ["manual", "bounce", "complaint", "invalid"];

/// GET `/master-inbox/untracked-replies`.
pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut problems = Problems::default();
    let query = call.query();
    let limit = query.number("limit", 1, MOST, &mut problems).unwrap_or(PAGE);
    let offset = query.number("offset", 0, i64::MAX, &mut problems).unwrap_or(0);
    let with_body = query.boolean("fetchBody", &mut problems).unwrap_or(false);
    let with_files = query.boolean("fetchAttachments", &mut problems).unwrap_or(false);
    problems.finish()?;
    let text = |name| query.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let asked = UntrackedQuery {
        limit: u32::try_from(limit).unwrap_or(0),
        offset: u64::try_from(offset).unwrap_or(0),
        from: text("from_email"),
        to: text("to_email"),
        subject: text("subject_line"),
    };
    let (messages, total) = call.app.0.live.store().untracked(call.scope()?, &asked).await?;
    let rows: Result<Vec<Obj>, ApiError> =
        messages.iter().map(|message| row(&call, message, with_body, with_files)).collect();
    Ok(Answer::value(&Obj::new().with("untracked_replies", rows?).with("total_count", total)))
}

fn row(
    call: &Call,
    (message, bodies): &(Message, Bodies),
    with_body: bool,
    with_files: bool,
) -> Result<Obj, ApiError> {
    let to: Vec<&str> = message.to.iter().map(|one| one.email.as_str()).collect();
    let mut row = Obj::new()
        .with("id", message.id)
        .with("from_email", &message.from.email)
        .with("to_email", to.join(", "))
        .with("subject", &message.subject)
        .with("received_at", call.at(message.at))
        .with("has_attachments", !message.attachments.is_empty());
    if with_body {
        row = row.with("body", &bodies.text);
    }
    if with_files {
        let account = call.scope()?.account();
        let base = call.base();
        let files: Vec<Obj> = message
            .attachments
            .iter()
            .map(|file| {
                let path = call.app.0.links.attachment(account, message.id, file.index, call.now);
                Obj::new()
                    .with("file_name", &file.file_name)
                    .with("file_type", &file.file_type)
                    .with("file_size", file.file_size)
                    .with("file_url", format!("{base}{path}"))
            })
            .collect();
        row = row.with("attachments", files);
    }
    Ok(row)
}

/// POST `/master-inbox/untracked-replies/{id}/attach`.
pub(crate) async fn attach(call: Call) -> Result<Answer, ApiError> {
    let message = MessageId(call.path_id("id")?);
    let to = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let conversation = body.id("email_lead_map_id", &mut problems);
        let campaign = body.id("campaign_id", &mut problems);
        let to = match (conversation, campaign) {
            (Some(id), None) => Some(AttachTo::Conversation(ConversationId(id))),
            (None, Some(id)) => Some(AttachTo::Campaign(CampaignId(id))),
            (None, None) => {
                problems.required::<u64>("email_lead_map_id", None);
                None
            }
            (Some(_), Some(_)) => {
                let text = "give email_lead_map_id or campaign_id, not both";
                problems.note("campaign_id", text, Provided::Nothing);
                None
            }
        };
        problems.finish()?;
        to.ok_or_else(|| ApiError::invalid("email_lead_map_id", "email_lead_map_id is required"))?
    };
    let place = call.mail_out()?.place();
    match call.commit(vec![Op::Attach { message, to, place }]).await?.outcomes.as_slice() {
        [Outcome::Attached { conversation, messages }] => {
            let data =
                Obj::new().with("email_lead_map_id", Quoted(conversation.get())).with("attached", *messages);
            Ok(Answer::success("Reply attached", data))
        }
        _ => Err(ApiError::Internal("an attached message has no outcome".to_owned())),
    }
}

/// POST `/master-inbox/block-domains`.
pub(crate) async fn block_domains(call: Call) -> Result<Answer, ApiError> {
    let (domains, source) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let source =
            body.choice("source", &SOURCES, &mut problems).map_or(SOURCES[0], |place| SOURCES[place]);
        let mut domains: Vec<Blocked> = Vec::new();
        let given: &[Json<'_>] = match body.get("domains") {
            Some(Json::Array(items)) => items,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        if given.len() > MOST_DOMAINS {
            let count = Provided::Count { given: given.len(), most: MOST_DOMAINS };
            problems.note("domains", format!("domains array cannot exceed {MOST_DOMAINS} items"), count);
        }
        for item in given.iter().take(MOST_DOMAINS) {
            let known = match item {
                Json::Text(text) => Blocked::of(text.trim()),
                _ => None,
            };
            match known {
                Some(domain) => domains.push(domain),
                None => problems.wrong("domains", "domains must hold domains such as example.com", item),
            }
        }
        if given.is_empty() {
            problems.required::<String>("domains", None);
        }
        problems.finish()?;
        domains.sort_unstable_by(|one, other| one.given.cmp(&other.given));
        domains.dedup_by(|one, other| one.given == other.given);
        (domains, source)
    };
    let mut all: Vec<String> = domains.iter().flat_map(|one| one.forms.clone()).collect();
    all.sort_unstable();
    all.dedup();
    let domains: Vec<String> = domains.into_iter().map(|one| one.given).collect();
    let block = || Op::BlockDomains { domains: all.clone(), source: source.to_owned() };
    // In batches, so that a domain of half the account holds nobody up.
    while call.commit(vec![block()]).await?.outcomes.contains(&Outcome::Count(BLOCKED_AT_ONCE)) {}
    let data = Obj::new()
        .with("blocked_domains", domains)
        .with("source", source)
        .with("blocked_at", call.at(call.now));
    Ok(Answer::success("Domains blocked", data))
}

/// A domain to block.
struct Blocked {
    /// As it was given, in lower case.
    given: String,
    /// The ways it can stand in an address, in their normal forms: as servers are told it and, where it differs, in its
    /// own letters. Whatever compares an address with what is blocked then needs to know of neither.
    forms: [String; 2],
}

impl Blocked {
    fn of(text: &str) -> Option<Self> {
        let ascii = idna::domain_to_ascii(text).ok().filter(|ascii| is_domain(text) && is_domain(ascii))?;
        let (letters, sound) = idna::domain_to_unicode(&ascii);
        sound.ok()?;
        Some(Self { given: text.to_lowercase(), forms: [ascii, letters] })
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= MAX_DOMAIN && text.contains('.') && text.split('.').all(label)
}
