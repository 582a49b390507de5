//! A conversation's messages, oldest first, in either dialect.

use std::borrow::Cow;
use std::collections::VecDeque;

use crewbox_app::conversation;
use crewbox_core::id::{AccountId, ConversationId};
use crewbox_core::message::{Address, Attachment, Direction, Message};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::BodyLimits;
use crewbox_store::contract::{Excerpt, HistoryPage};

use super::documented::{joined, seconds};
use super::html;
use super::limits::{SHORT, SHOWN};
use super::live::millis;
use super::message::{File, LiveMessage, MessageEntry, MessageRef};
use crate::app::App;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::large::Turn;
use crate::object::Put;
use crate::value::Nothing;

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

    /// The array of entries, of at most `room` bytes: the oldest that do not fit are left out. It is written in place,
    /// since a copy of a long one would need as much memory again.
    pub(crate) fn render(&self, page: &HistoryPage, dialect: Dialect, room: usize) -> Rendered {
        let (mut omitted, mut sent) = (page.omitted, page.omitted_sent);
        let mut bytes = Vec::with_capacity(expected_length(page).min(room));
        bytes.push(b'[');
        // Where the entries begin that are not left out.
        let mut starts = VecDeque::with_capacity(page.messages.len());
        let mut first = bytes.len();
        for (message, texts) in &page.messages {
            sent += u64::from(message.direction == Direction::Outbound);
            starts.push_back(bytes.len());
            match dialect {
                Dialect::Documented => self.entry(message, texts).put(&mut bytes),
                Dialect::Live => self.live_entry(message, texts, sent).put(&mut bytes),
            }
            bytes.push(b',');
            // The brackets; each entry counts with its comma.
            while 2 + bytes.len() - first > room && starts.pop_front().is_some() {
                omitted += 1;
                first = starts.front().copied().unwrap_or(bytes.len());
            }
            // What is left out is moved over only now and then.
            if first > room / 4 {
                starts.iter_mut().for_each(|start| *start -= first - 1);
                bytes.drain(1..first);
                first = 1;
            }
        }
        bytes.drain(1..first);
        if bytes.len() > 1 {
            bytes.pop();
        }
        bytes.push(b']');
        Rendered { bytes, omitted }
    }

    /// One message of a `message_history`.
    pub(crate) fn entry<'a>(&self, message: &'a Message, texts: &'a Excerpt) -> MessageEntry<'a> {
        let [received_at, sent_at] = match message.direction {
            Direction::Inbound => [Some(seconds(message.at)), None],
            Direction::Outbound => [None, Some(seconds(message.at))],
        };
        MessageEntry {
            id: MessageRef(message.id.get()),
            stats_id: &message.stats_id,
            message_id: bracketed(&message.message_id),
            direction: message.direction,
            subject: &message.subject,
            body: &texts.text,
            body_html: shown_html(texts).into(),
            from: &message.from.email,
            to: joined(&message.to),
            cc: emails(&message.cc),
            received_at,
            sent_at,
            opened_at: message.opened_at.map(seconds).into(),
            attachments: self.files(message),
            class: message.class,
            suspected: message.suspected.into(),
            class_evidence: &message.evidence,
            placed_because: &message.reason,
            notice: message.notice.as_deref().into(),
            body_truncated: texts.is_truncated().then_some(true),
        }
    }

    /// One message of an `email_history`. `sent` counts the messages sent so far, this one included.
    fn live_entry<'a>(&self, message: &'a Message, texts: &'a Excerpt, sent: u64) -> LiveMessage<'a> {
        let (email_body, is_cut) = match shown_html(texts) {
            _ if self.plain => (Cow::Borrowed(texts.text.as_str()), texts.text_truncated),
            Some(html) => (html, texts.html_truncated),
            None => (Cow::Owned(html_of(&texts.text)), texts.text_truncated),
        };
        LiveMessage {
            stats_id: &message.stats_id,
            from: &message.from.email,
            to: joined(&message.to),
            kind: message.direction.into(),
            message_id: bracketed(&message.message_id),
            time: millis(message.at),
            email_body,
            subject: &message.subject,
            email_seq_number: sent.to_string(),
            open_count: message.open_count.into(),
            click_count: message.click_count.into(),
            click_details: Nothing,
            cc: emails(&message.cc),
            attachments: self.files(message),
            body_truncated: is_cut.then_some(true),
        }
    }

    /// A message's attachments, with links.
    pub(crate) fn files(&self, message: &Message) -> Vec<File> {
        let files = message.attachments.iter().map(|attachment| File {
            file_name: attachment.file_name.clone(),
            file_type: attachment.file_type.clone(),
            file_size: attachment.file_size,
            file_url: self.link(message, attachment),
        });
        files.collect()
    }

    /// A signed link to an attachment.
    fn link(&self, message: &Message, attachment: &Attachment) -> String {
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
    id: ConversationId,
    room: usize,
    turn: &mut Option<Turn>,
) -> Result<Rendered, ApiError> {
    let (services, caller, dialect) = (call.services(), call.caller(), call.dialect());
    let history = History::of(call);
    let page = conversation::history(services, &caller, id, None, SHORT).await?;
    if page.omitted == 0 && !page.messages.iter().any(|(_, texts)| texts.is_truncated()) {
        return Ok(history.render(&page, dialect, room));
    }
    let held = match turn.take() {
        Some(held) => held,
        None => call.app.0.large.turn().await?,
    };
    let limits = BodyLimits { total: SHOWN.total.min(room), ..SHOWN };
    let page = conversation::history(services, &caller, id, None, limits).await?;
    let (held, rendered) = held.run(move || history.render(&page, dialect, room)).await?;
    *turn = Some(held);
    Ok(rendered)
}

/// About as many bytes as the entries have, so that memory is taken once: JSON and HTML write some characters longer.
fn expected_length(page: &HistoryPage) -> usize {
    /// Bytes of an entry beside its texts.
    const OF_ENTRY: usize = 1_024;
    let of_texts = |texts: &Excerpt| texts.text.len() + texts.html.as_ref().map_or(0, String::len);
    page.messages.iter().map(|(_, texts)| of_texts(texts) / 8 * 9 + OF_ENTRY).sum()
}

/// The HTML; where it may have been cut, without the broken end.
fn shown_html(texts: &Excerpt) -> Option<Cow<'_, str>> {
    let html = texts.html.as_deref()?;
    Some(if texts.html_truncated { Cow::Owned(html::completed(html)) } else { Cow::Borrowed(html) })
}

/// A Message-ID as its header has it, which is how clients hand it back.
fn bracketed(message_id: &str) -> String {
    format!("<{message_id}>")
}

fn emails(addresses: &[Address]) -> Vec<&str> {
    addresses.iter().map(|address| address.email.as_str()).collect()
}

/// Plain text as HTML that shows the same.
pub(crate) fn html_of(text: &str) -> String {
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
