//! A conversation's messages, oldest first, in either dialect.

use crewbox_core::id::AccountId;
use crewbox_core::message::{Address, Attachment, Bodies, Direction, Message};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;

use super::documented::{MessageRef, explained, joined, seconds};
use super::live::millis;
use crate::app::App;
use crate::object::{Obj, Put};

/// What rendering a history needs besides the messages.
pub(crate) struct History<'a> {
    pub(crate) app: &'a App,
    /// What comes before the path in a link; see [`Call::base`](crate::call::Call::base).
    pub(crate) base: &'a str,
    pub(crate) account: AccountId,
    pub(crate) now: Timestamp,
    /// The live dialect's `email_body` holds plain text instead of HTML.
    pub(crate) plain: bool,
}

impl History<'_> {
    /// The array of entries.
    pub(crate) fn render(&self, messages: &[(Message, Bodies)], dialect: Dialect) -> Vec<u8> {
        let mut sent = 0;
        let entries: Vec<Obj> = messages
            .iter()
            .map(|(message, bodies)| {
                sent += u64::from(message.direction == Direction::Outbound);
                match dialect {
                    Dialect::Documented => self.entry(message, bodies),
                    Dialect::Live => live_entry(self, message, bodies, sent),
                }
            })
            .collect();
        let mut out = Vec::new();
        entries.put(&mut out);
        out
    }

    /// One message of a `message_history`.
    pub(crate) fn entry(&self, message: &Message, bodies: &Bodies) -> Obj {
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
            .with("body", &bodies.text)
            .with("body_html", &bodies.html)
            .with("from", &message.from.email)
            .with("to", joined(&message.to))
            .with("cc", emails(&message.cc))
            .with(time, seconds(message.at))
            .with("opened_at", message.opened_at.map(seconds))
            .with("attachments", self.attachments(message));
        explained(entry, message)
    }

    fn attachments(&self, message: &Message) -> Vec<Obj> {
        message.attachments.iter().map(|attachment| self.attachment(message, attachment)).collect()
    }

    fn attachment(&self, message: &Message, attachment: &Attachment) -> Obj {
        let path = self.app.0.links.attachment(self.account, message.id, attachment.index, self.now);
        let base = self.base;
        Obj::new()
            .with("file_name", &attachment.file_name)
            .with("file_type", &attachment.file_type)
            .with("file_size", attachment.file_size)
            .with("file_url", format!("{base}{path}"))
    }
}

/// One message of an `email_history`. `sent` counts the messages sent so far, this one included.
fn live_entry(history: &History<'_>, message: &Message, bodies: &Bodies, sent: u64) -> Obj {
    let kind = match message.direction {
        Direction::Inbound => "REPLY",
        Direction::Outbound => "SENT",
    };
    let body = match &bodies.html {
        _ if history.plain => bodies.text.clone(),
        Some(html) => html.clone(),
        None => html_of(&bodies.text),
    };
    Obj::new()
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
        .with("attachments", history.attachments(message))
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
