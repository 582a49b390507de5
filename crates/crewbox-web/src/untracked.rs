//! Mail that found no conversation: listed, and attached by hand; and blocking domains.

use crewbox_app::untracked::{self, BlockReason};
use crewbox_core::address::Domain;
use crewbox_core::id::{CampaignId, ConversationId, MessageId};
use crewbox_core::message::Message;
use crewbox_core::model::Dialect;
use crewbox_store::contract::{Excerpt, UntrackedQuery};
use crewbox_store::{AttachTo, BodyLimits};
use utoipa::openapi::{RefOr, Schema};

use crate::answer::{Answer, Prepared, Success};
use crate::call::SignedCall;
use crate::declare::{input, output, query};
use crate::error::ApiError;
use crate::handler::{Body, Query};
use crate::large::RESPONSE_BYTES;
use crate::object::{At, Obj, Quoted};
use crate::problem::{Problems, Provided};
use crate::row::{File, History, SHORT, SHOWN};
use crate::schema::{self, Components, Describe};
use crate::value::{Count, FromZero, List, Trimmed, Value, wire_names};
use crate::wire::{self, Place};

/// Messages a page holds unless asked for fewer.
const PAGE: u64 = 20;
/// Messages a page holds at the most.
const MOST: u64 = 100;
/// What is read of the texts first: all of them where the mails are ordinary.
const SHORT_TEXT: BodyLimits = BodyLimits { html: 0, ..SHORT };
/// What is shown of them.
const SHOWN_TEXT: BodyLimits = BodyLimits { html: 0, ..SHOWN };
/// Domains blocked in one call.
const MOST_DOMAINS: usize = 1_000;
/// Characters of a domain (RFC 1035).
const MAX_DOMAIN: usize = 253;
/// Characters of an address or a subject to search for: nothing longer can be found.
const MAX_PART: usize = 998;

query! {
    /// Which mail.
    pub(crate) struct Which {
        /// Messages to return.
        limit: Count<1, MOST> = Count(PAGE),
        /// Messages to skip.
        offset: FromZero = Count(0),
        /// Show the text of each message.
        fetch_body as "fetchBody": bool = false,
        /// Show the attachments of each message.
        fetch_attachments as "fetchAttachments": bool = false,
        /// Only what came from an address with this part.
        from_email: Option<Trimmed<MAX_PART>>,
        /// Only what went to an address with this part.
        to_email: Option<Trimmed<MAX_PART>>,
        /// Only what has this part in its subject.
        subject_line: Option<Trimmed<MAX_PART>>,
    }
}

output! {
    /// A page of mail that belongs to no conversation.
    pub(crate) struct UntrackedReplies {
        /// The messages, newest first.
        untracked_replies: Vec<UntrackedReply>,
        /// Messages on all pages.
        total_count: u64,
    }
}

output! {
    /// A message that belongs to no conversation.
    pub(crate) struct UntrackedReply {
        /// Its id.
        id: MessageId,
        /// The address of its sender.
        from_email: String,
        /// The addresses of its recipients, commas between.
        to_email: String,
        /// Its subject.
        subject: String,
        /// When it was received.
        received_at: At,
        /// Whether it has attachments.
        has_attachments: bool,
        /// Its text, where `fetchBody` asks for it.
        body: Option<String>,
        /// True where the text ends after 256 KiB; `GET /messages/{id}` has all of it.
        body_truncated: Option<bool>,
        /// Its attachments, where `fetchAttachments` asks for them.
        attachments: Option<Vec<File>>,
    }
}

/// GET `/master-inbox/untracked-replies`.
pub(crate) async fn list(
    call: SignedCall,
    Query(which): Query<Which>,
) -> Result<Prepared<UntrackedReplies>, ApiError> {
    let asked = UntrackedQuery {
        limit: which.limit.as_u32(),
        offset: which.offset.0,
        from: which.from_email.map(|part| part.0),
        to: which.to_email.map(|part| part.0),
        subject: which.subject_line.map(|part| part.0),
    };
    let rows = Rows {
        history: History::of(&call),
        dialect: call.dialect(),
        with_body: which.fetch_body,
        with_files: which.fetch_attachments,
    };
    let (services, caller) = (call.services(), call.caller());
    let wanted = |total: u64| u64::from(asked.limit).min(total.saturating_sub(asked.offset));
    let short = if which.fetch_body { SHORT_TEXT } else { BodyLimits::NONE };
    let (messages, total) = untracked::list(services, &caller, &asked, short).await?;
    let is_cut = messages.iter().any(|(_, texts)| texts.truncated);
    if !is_cut && messages.len() as u64 >= wanted(total) {
        return Ok(rows.page(messages, total, wanted(total)));
    }
    let turn = call.app.0.large.turn().await?;
    let (messages, total) = untracked::list(services, &caller, &asked, SHOWN_TEXT).await?;
    let wanted = wanted(total);
    let (turn, page) = turn.run(move || rows.page(messages, total, wanted)).await?;
    Ok(page.map(|answer| turn.end(answer)))
}

/// What a page's rows need besides the messages.
struct Rows {
    history: History,
    dialect: Dialect,
    with_body: bool,
    with_files: bool,
}

impl Rows {
    /// The page with as many rows as fit into a response; `wanted` is how many there should be.
    fn page(&self, messages: Vec<(Message, Excerpt)>, total: u64, wanted: u64) -> Prepared<UntrackedReplies> {
        let rows = messages.into_iter().map(|(message, texts)| self.row(&message, texts));
        let mut page = UntrackedReplies { untracked_replies: rows.collect(), total_count: total };
        loop {
            let omitted = wanted.saturating_sub(page.untracked_replies.len() as u64);
            let prepared = Prepared::of(&page).map(|answer| answer.shortened(omitted, 0));
            let rows = page.untracked_replies.len();
            if prepared.len() <= RESPONSE_BYTES || rows <= 1 {
                return prepared;
            }
            page.untracked_replies.truncate(rows / 2);
        }
    }

    fn row(&self, message: &Message, texts: Excerpt) -> UntrackedReply {
        UntrackedReply {
            id: message.id,
            from_email: message.from.email.clone(),
            to_email: joined(message),
            subject: message.subject.clone(),
            received_at: At(message.at, self.dialect),
            has_attachments: !message.attachments.is_empty(),
            body: self.with_body.then_some(texts.text),
            body_truncated: texts.truncated.then_some(true),
            attachments: self.with_files.then(|| self.history.files(message)),
        }
    }
}

fn joined(message: &Message) -> String {
    let to: Vec<&str> = message.to.iter().map(|one| one.email.as_str()).collect();
    to.join(", ")
}

/// POST `/master-inbox/untracked-replies/{id}/attach`.
pub(crate) async fn attach(call: SignedCall) -> Result<Answer, ApiError> {
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
    let attached = untracked::attach(call.services(), &call.caller(), message, to).await?;
    let data = Obj::new()
        .with("email_lead_map_id", Quoted(attached.conversation.get()))
        .with("attached", attached.messages);
    Ok(Answer::success("Reply attached", data))
}

wire_names!(BlockReason {
    Manual = "manual",
    Bounce = "bounce",
    Complaint = "complaint",
    Invalid = "invalid",
});

input! {
    /// Domains to block.
    pub(crate) struct Block {
        /// Domains that are not written to any more.
        domains: List<Blocked, MOST_DOMAINS>,
        /// Why they are blocked; manual unless given.
        source: Option<BlockReason>,
    }
}

output! {
    /// Domains that are blocked now.
    pub(crate) struct BlockedDomains {
        /// The domains of the call, each once.
        blocked_domains: Vec<String>,
        /// Why they are blocked.
        source: BlockReason,
        /// When they were blocked.
        blocked_at: At,
    }
}

/// POST `/master-inbox/block-domains`.
pub(crate) async fn block_domains(
    call: SignedCall,
    Body(block): Body<Block>,
) -> Result<Success<BlockedDomains>, ApiError> {
    let mut domains = block.domains.0;
    domains.sort_unstable_by(|one, other| one.given.cmp(&other.given));
    domains.dedup_by(|one, other| one.given == other.given);
    let source = block.source.unwrap_or(BlockReason::Manual);
    let read: Vec<Domain> = domains.iter().map(|one| one.domain.clone()).collect();
    untracked::block_domains(call.services(), &call.caller(), &read, source).await?;
    let blocked_domains = domains.into_iter().map(|one| one.given).collect();
    let data = BlockedDomains { blocked_domains, source, blocked_at: call.at(call.now) };
    Ok(Success { message: "Domains blocked", data })
}

/// A domain to block.
#[derive(Debug)]
pub(crate) struct Blocked {
    /// As it was given, in lower case.
    given: String,
    domain: Domain,
}

impl Blocked {
    fn of(text: &str) -> Option<Self> {
        Some(Self { given: text.to_lowercase(), domain: Domain::parse(text).ok()? })
    }
}

impl Describe for Blocked {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        schema::text(Some(MAX_DOMAIN)).into()
    }
}

impl Value for Blocked {
    fn read(value: &wire::Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let read = match value {
            wire::Json::Text(text) => Self::of(text.trim()),
            _ => None,
        };
        if read.is_none() {
            place.wrong("must hold domains such as example.com", value, problems);
        }
        read
    }
}
