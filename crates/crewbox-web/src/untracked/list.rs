//! Listing mail that belongs to no conversation.

use crewbox_app::untracked;
use crewbox_core::id::MessageId;
use crewbox_core::message::Message;
use crewbox_core::model::Dialect;
use crewbox_store::BodyLimits;
use crewbox_store::contract::{Excerpt, UntrackedQuery};
use utoipa::openapi::{RefOr, Schema};

use crate::answer::{Answer, IntoAnswer as _, Prepared};
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::Filters;
use crate::large::RESPONSE_BYTES;
use crate::object::At;
use crate::row::{File, History, SHORT, SHOWN};
use crate::schema::{Components, Describe, either};
use crate::value::{Count, FromZero, Trimmed};

/// Messages a page holds unless asked for fewer.
const PAGE: u64 = 20;
/// Messages a page holds at the most.
const MOST: u64 = 100;
/// What is read of the texts first: all of them where the mails are ordinary.
const SHORT_TEXT: BodyLimits = BodyLimits { html: 0, ..SHORT };
/// What is shown of them.
const SHOWN_TEXT: BodyLimits = BodyLimits { html: 0, ..SHOWN };
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
    /// The same under the keys of the live dialect.
    pub(crate) struct LiveReplies {
        /// The messages, newest first.
        replies: Vec<UntrackedReply>,
        /// Messages on all pages.
        total_count as "totalCount": u64,
    }
}

output! {
    /// The same in the live dialect.
    pub(crate) struct LiveUntrackedReplies {
        /// Always true.
        ok: bool,
        /// Always true.
        success: bool,
        /// The page.
        data: LiveReplies,
    }
}

/// A page in the caller's dialect.
pub(crate) struct UntrackedPage;

impl Describe for UntrackedPage {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let pages = [UntrackedReplies::schema(components), LiveUntrackedReplies::schema(components)];
        either("The page; the second form is that of the live dialect.", pages)
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
    Filters(which): Filters<Which>,
) -> Result<Prepared<UntrackedPage>, ApiError> {
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
    let is_cut = messages.iter().any(|(_, texts)| texts.is_truncated());
    if !is_cut && messages.len() as u64 >= wanted(total) {
        return Ok(rows.page(messages, total, wanted(total)));
    }
    let turn = call.app.0.large.turn().await?;
    let (messages, total) = untracked::list(services, &caller, &asked, SHOWN_TEXT).await?;
    let wanted = wanted(total);
    let (turn, page) = turn.run(move || rows.page(messages, total, wanted)).await?;
    Ok(Prepared::written(turn.end(page.into_answer()).await?))
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
    fn page(&self, messages: Vec<(Message, Excerpt)>, total: u64, wanted: u64) -> Prepared<UntrackedPage> {
        let rows = messages.into_iter().map(|(message, texts)| self.row(&message, texts));
        let mut rows: Vec<UntrackedReply> = rows.collect();
        loop {
            let count = rows.len();
            let (answer, shown) = self.answer(rows, total);
            let answer = answer.shortened(wanted.saturating_sub(count as u64), 0);
            if answer.body.len() <= RESPONSE_BYTES || count <= 1 {
                return Prepared::written(answer);
            }
            rows = shown;
            rows.truncate(count / 2);
        }
    }

    /// The page in the caller's dialect, and its rows again.
    fn answer(&self, rows: Vec<UntrackedReply>, total_count: u64) -> (Answer, Vec<UntrackedReply>) {
        match self.dialect {
            Dialect::Documented => {
                let page = UntrackedReplies { untracked_replies: rows, total_count };
                (Answer::value(&page), page.untracked_replies)
            }
            Dialect::Live => {
                let data = LiveReplies { replies: rows, total_count };
                let page = LiveUntrackedReplies { ok: true, success: true, data };
                (Answer::value(&page), page.data.replies)
            }
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
            body_truncated: texts.text_truncated.then_some(true),
            attachments: self.with_files.then(|| self.history.files(message)),
        }
    }
}

fn joined(message: &Message) -> String {
    let to: Vec<&str> = message.to.iter().map(|one| one.email.as_str()).collect();
    to.join(", ")
}
