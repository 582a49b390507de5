//! A conversation's messages, oldest first, in either dialect.

use std::borrow::Cow;
use std::collections::VecDeque;

use crewbox_core::id::{AccountId, ConversationId};
use crewbox_core::message::{Address, Attachment, Direction, Message};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::BodyLimits;
use crewbox_store::contract::{Excerpt, HistoryPage};

use super::documented::{MessageRef, explained, joined, seconds};
use super::html;
use super::limits::{SHORT, SHOWN};
use super::live::millis;
use crate::app::App;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::large::Turn;
use crate::object::Obj;

/// What rendering a history needs besides the messages.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) app: App,
    /// What comes before the path in a link; see [`Call::base`](crate::call::Call::base).
    pub(crate) base: String,
    pub(crate) account: AccountId,
    pub(crate) now: Timestamp,
    /// The live dialect's `email_body` holds plain text instead of HTML.
    pub(crate) plain: bool,
}

/// A history's array of entries.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) bytes: Vec<u8>,
    /// Older messages that were left out, because they did not fit.
    pub(crate) omitted: u64,
}

impl History {
    /// What the call's histories need.
    pub(crate) fn of(call: &SignedCall) -> Self {
        Self {
            app: call.app.clone(),
            base: call.base().into_owned(),
            account: call.scope().account(),
            now: call.now,
            plain: false,
        }
    }

    /// The array of entries, of at most `room` bytes: the oldest that do not fit are left out.
    pub(crate) fn render(&self, page: HistoryPage, dialect: Dialect, room: usize) -> Rendered {
        let HistoryPage { messages, mut omitted, omitted_sent: mut sent } = page;
        let mut entries = VecDeque::with_capacity(messages.len());
        // The brackets; each entry counts with its comma.
        let mut length = 2;
        for (message, texts) in messages {
            sent += u64::from(message.direction == Direction::Outbound);
            let entry = match dialect {
                Dialect::Documented => self.entry(&message, &texts),
                Dialect::Live => live_entry(self, &message, texts, sent),
            };
            let entry = entry.done();
            length += entry.len() + 1;
            entries.push_back(entry);
            while length > room {
                let Some(oldest) = entries.pop_front() else { break };
                length -= oldest.len() + 1;
                omitted += 1;
            }
        }
        let mut bytes = Vec::with_capacity(length);
        bytes.push(b'[');
        for (place, entry) in entries.into_iter().enumerate() {
            if place > 0 {
                bytes.push(b',');
            }
            bytes.extend_from_slice(&entry);
        }
        bytes.push(b']');
        Rendered { bytes, omitted }
    }

    /// One message of a `message_history`.
    pub(crate) fn entry(&self, message: &Message, texts: &Excerpt) -> Obj {
        let (direction, time) = match message.direction {
            Direction::Inbound => ("inbound", "received_at"),
            Direction::Outbound => ("outbound", "sent_at"),
        };
        let entry = Obj::new()
            .with("id", MessageRef(message.id.get()))
            .with("stats_id", &message.stats_id)
            .with("message_id", bracketed(&message.message_id))
            .with("direction", direction)
            .with("subject", &message.subject)
            .with("body", &texts.text)
            .with("body_html", shown_html(texts).as_deref())
            .with("from", &message.from.email)
            .with("to", joined(&message.to))
            .with("cc", emails(&message.cc))
            .with(time, seconds(message.at))
            .with("opened_at", message.opened_at.map(seconds))
            .with("attachments", self.attachments(message));
        marked(explained(entry, message), texts.truncated)
    }

    fn attachments(&self, message: &Message) -> Vec<Obj> {
        message.attachments.iter().map(|attachment| self.attachment(message, attachment)).collect()
    }

    fn attachment(&self, message: &Message, attachment: &Attachment) -> Obj {
        Obj::new()
            .with("file_name", &attachment.file_name)
            .with("file_type", &attachment.file_type)
            .with("file_size", attachment.file_size)
            .with("file_url", self.link(message, attachment))
    }

    /// A signed link to an attachment.
    pub(crate) fn link(&self, message: &Message, attachment: &Attachment) -> String {
        let path = self.app.0.links.attachment(self.account, message.id, attachment.index, self.now);
        let base = &self.base;
        format!("{base}{path}")
    }
}

/// A conversation's messages, read and rendered: at once where they are ordinary, else in a turn for large responses,
/// which is taken where the call has none yet.
///
/// # Errors
/// 404 when the conversation is not there; 503 when no turn comes.
pub(crate) async fn history(
    call: &SignedCall,
    conversation: ConversationId,
    room: usize,
    turn: &mut Option<Turn>,
) -> Result<Rendered, ApiError> {
    let (scope, store, dialect) = (call.scope(), call.app.0.live.store(), call.dialect());
    let history = History::of(call);
    let page = store.history(scope, conversation, SHORT).await?;
    if page.omitted == 0 && !page.messages.iter().any(|(_, texts)| texts.truncated) {
        return Ok(history.render(page, dialect, room));
    }
    let held = match turn.take() {
        Some(held) => held,
        None => call.app.0.large.turn().await?,
    };
    let limits = BodyLimits { total: SHOWN.total.min(room), ..SHOWN };
    let page = store.history(scope, conversation, limits).await?;
    let (held, rendered) = held.run(move || history.render(page, dialect, room)).await?;
    *turn = Some(held);
    Ok(rendered)
}

/// One message of an `email_history`. `sent` counts the messages sent so far, this one included.
fn live_entry(history: &History, message: &Message, texts: Excerpt, sent: u64) -> Obj {
    let kind = match message.direction {
        Direction::Inbound => "REPLY",
        Direction::Outbound => "SENT",
    };
    let truncated = texts.truncated;
    let body = match shown_html(&texts) {
        _ if history.plain => texts.text,
        Some(html) => html.into_owned(),
        None => html_of(&texts.text),
    };
    let entry = Obj::new()
        .with("stats_id", &message.stats_id)
        .with("from", &message.from.email)
        .with("to", joined(&message.to))
        .with("type", kind)
        .with("message_id", bracketed(&message.message_id))
        .with("time", millis(message.at))
        .with("email_body", body)
        .with("subject", &message.subject)
        .with("email_seq_number", sent.to_string())
        .with("open_count", u64::from(message.opened_at.is_some()))
        .with("click_count", 0_u64)
        .with("click_details", Obj::new())
        .with("cc", emails(&message.cc))
        .with("attachments", history.attachments(message));
    marked(entry, truncated)
}

/// The entry with a mark where its text or its HTML is cut.
fn marked(entry: Obj, truncated: bool) -> Obj {
    if truncated { entry.with("body_truncated", true) } else { entry }
}

/// The HTML; where it may have been cut, without the broken end.
fn shown_html(texts: &Excerpt) -> Option<Cow<'_, str>> {
    let html = texts.html.as_deref()?;
    Some(if texts.truncated { Cow::Owned(html::completed(html)) } else { Cow::Borrowed(html) })
}

/// A Message-ID as its header has it, which is how clients hand it back.
fn bracketed(message_id: &str) -> String {
    format!("<{message_id}>")
}

fn emails(addresses: &[Address]) -> Vec<&str> {
    addresses.iter().map(|address| address.email.as_str()).collect()
}

/// Plain text as HTML that shows the same.
fn html_of(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '\n' => html.push_str("<br>\n"),
            '\r' => {}
            other => html.push(other),
        }
    }
    html
}
