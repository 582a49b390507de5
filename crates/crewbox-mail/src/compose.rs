//! A draft becomes a mail: MIME by a library, the original quoted below, threading headers, and nothing in a
//! header that could end it.
//!
//! Owns the look of what we send, and its envelope: header and envelope name the same addresses. Draws no randomness
//! and reads no clock: Message-ID, reference and date are the draft's.

mod plain;

use std::io::{self, Write};

use crewbox_core::message::{Address, is_derived_id};
use crewbox_core::outgoing::{Draft, Quoted};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Written;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;

use crate::address::{clean, for_smtp};

/// Message-IDs in References: the first, and the newest of the rest (RFC 5322 has no limit; servers do).
const MOST_REFERENCES: usize = 20;
/// Recipients of one message: what most providers take at once.
pub const MOST_RECIPIENTS: usize = 100;
/// Bytes of a header value: RFC 5322's line, and far more than a subject needs.
const MOST_HEADER_BYTES: usize = 998;
/// Bytes of the whole: what providers take, less what encoding adds.
pub const MOST_BYTES: usize = 35 * 1024 * 1024;
const TOO_LARGE: &str = "the message is larger than 35 MB: attach less";

/// Prefixes of a reply's subject, in lower case, in the languages mail programs write them in.
const REPLIES: &[&str] =
    &["re", "aw", "antw", "sv", "vs", "odp", "rif", "res", "yn", "ynt", "ref", "回复", "回覆", "答复"];
/// Prefixes of a forwarded message's.
const FORWARDS: &[&str] = &["fwd", "fw", "wg", "tr", "rv", "i", "enc", "vb", "pd", "转发", "轉寄"];

/// Why a draft cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct DraftError {
    /// The field of the draft.
    pub field: &'static str,
    /// What is wrong, without the value.
    pub sentence: String,
}

impl DraftError {
    fn new(field: &'static str, sentence: impl Into<String>) -> Self {
        Self { field, sentence: sentence.into() }
    }
}

/// A mail with its sender and its recipients.
#[derive(Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its bytes.
    pub raw: Vec<u8>,
    /// As of [`Envelope`].
    pub sender: String,
    /// As of [`Envelope`].
    pub recipients: Vec<String>,
}

impl std::fmt::Debug for Composed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Composed").field("size", &self.raw.len()).finish_non_exhaustive()
    }
}

/// The sender and the recipients that a mail server is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Its sender, the domain in ASCII.
    pub sender: String,
    /// Its recipients, their domains in ASCII, lower case, without repeats: to, cc and bcc.
    pub recipients: Vec<String>,
}

/// Why a mail is not written.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The draft cannot be sent.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// Where it is written to failed.
    #[error("the mail cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Builds the mail in memory.
///
/// # Errors
/// The field that cannot be sent, and why.
pub fn compose(draft: &Draft) -> Result<Composed, DraftError> {
    let mut raw = Vec::new();
    match compose_into(draft, &mut raw) {
        Ok(Envelope { sender, recipients }) => Ok(Composed { raw, sender, recipients }),
        Err(ComposeError::Draft(error)) => Err(error),
        Err(ComposeError::Write(error)) => {
            Err(DraftError::new("email_body", format!("the message cannot be written: {error}")))
        }
    }
}

/// Builds the mail and writes it piece by piece.
///
/// # Errors
/// The field that cannot be sent, and why; what writing failed with.
pub fn compose_into(draft: &Draft, out: impl Write) -> Result<Envelope, ComposeError> {
    check(draft)?;
    let from = outgoing_address("from_email", &draft.from)?;
    let (to, cc, bcc) = (
        outgoing_addresses("to_email", &draft.to)?,
        outgoing_addresses("cc", &draft.cc)?,
        outgoing_addresses("bcc", &draft.bcc)?,
    );
    let mut recipients: Vec<String> =
        to.iter().chain(&cc).chain(&bcc).map(|one| one.email.to_lowercase()).collect();
    recipients.sort_unstable();
    recipients.dedup();
    let html = html(draft);
    let text = plain::plain(&html);
    let ids = references(&draft.references);
    let mut mail = MessageBuilder::new()
        .from(written(&from))
        .to(Written::new_list(to.iter().map(written).collect()))
        .subject(draft.subject.clone())
        .date(Date::new(draft.date.millis().div_euclid(1_000)))
        .message_id(draft.message_id.clone())
        .header("X-Crewbox-Ref", Raw::new(draft.reference.clone()))
        .text_body(text)
        .html_body(html);
    if !cc.is_empty() {
        mail = mail.cc(Written::new_list(cc.iter().map(written).collect()));
    }
    if let Some(answered) = draft.in_reply_to.as_ref().filter(|id| is_sayable(id)) {
        mail = mail.in_reply_to(answered.clone());
    }
    if !ids.is_empty() {
        mail = mail.references(MessageId::new_list(ids.into_iter()));
    }
    for attachment in &draft.attachments {
        mail = mail.attachment(
            attachment.file_type.clone(),
            attachment.file_name.clone(),
            attachment.bytes.as_slice(),
        );
    }
    let mut bounded = Bounded { out, left: MOST_BYTES };
    match mail.write_to(&mut bounded) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Err(DraftError::new("attachments", TOO_LARGE).into())
        }
        written => {
            written?;
            Ok(Envelope { sender: from.email, recipients })
        }
    }
}

/// Takes no more bytes than a message may have.
struct Bounded<W> {
    out: W,
    left: usize,
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.out.write(bytes)?;
        self.left -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The address as it goes out. A display name that is too long for a header is cut; the address is whole.
fn outgoing_address(field: &'static str, address: &Address) -> Result<Address, DraftError> {
    let email = for_smtp(&address.email).map_err(|what| DraftError::new(field, format!("{field} {what}")))?;
    Ok(Address { name: shortened(&address.name).to_owned(), email })
}

fn outgoing_addresses(field: &'static str, list: &[Address]) -> Result<Vec<Address>, DraftError> {
    list.iter().map(|address| outgoing_address(field, address)).collect()
}

/// As much of it as a header value takes, cut between characters.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_HEADER_BYTES)]
}

/// Whether an id means anything to others: one of a mail that had none is ours alone, and one that is not ASCII no
/// header may hold.
fn is_sayable(id: &str) -> bool {
    id.is_ascii() && !is_derived_id(id)
}

fn written(address: &Address) -> Written<'static> {
    let name = (!address.name.is_empty()).then(|| address.name.clone());
    Written::new_address(name, address.email.clone())
}

fn references(all: &[String]) -> Vec<String> {
    let mut ids: Vec<String> = all.iter().filter(|id| is_sayable(id)).cloned().collect();
    if let Some(over @ 1..) = ids.len().checked_sub(MOST_REFERENCES) {
        ids.drain(1..=over);
    }
    ids
}

/// Nothing that ends a header, and addresses that are some.
fn check(draft: &Draft) -> Result<(), DraftError> {
    let addresses = [
        ("from_email", std::slice::from_ref(&draft.from)),
        ("to_email", &draft.to),
        ("cc", &draft.cc),
        ("bcc", &draft.bcc),
    ];
    for (field, list) in addresses {
        for address in list {
            one_line(field, &address.name)?;
        }
    }
    let count = draft.to.len() + draft.cc.len() + draft.bcc.len();
    if draft.to.is_empty() {
        return Err(DraftError::new("to_email", "to_email must name at least one recipient"));
    }
    if count > MOST_RECIPIENTS {
        let sentence = format!("a message has at most {MOST_RECIPIENTS} recipients, to, cc and bcc together");
        return Err(DraftError::new("to_email", sentence));
    }
    header("subject", &draft.subject)?;
    for id in draft.references.iter().chain(&draft.in_reply_to) {
        header("reply_message_id", id)?;
    }
    header("message_id", &draft.message_id)?;
    header("message_id", &draft.reference)?;
    for attachment in &draft.attachments {
        header("attachments", &attachment.file_name)?;
        header("attachments", &attachment.file_type)?;
    }
    Ok(())
}

fn one_line(field: &'static str, value: &str) -> Result<(), DraftError> {
    if value.contains(['\r', '\n', '\0']) {
        return Err(DraftError::new(field, format!("{field} must not contain a line break or NUL")));
    }
    Ok(())
}

fn header(field: &'static str, value: &str) -> Result<(), DraftError> {
    one_line(field, value)?;
    if value.len() > MOST_HEADER_BYTES {
        return Err(DraftError::new(field, format!("{field} is longer than {MOST_HEADER_BYTES} bytes")));
    }
    Ok(())
}

/// The person's own HTML, the signature, the original.
fn html(draft: &Draft) -> String {
    let mut html = draft.html.replace('\0', "");
    if let Some(signature) = draft.signature.as_deref().filter(|text| !text.trim().is_empty()) {
        html.push_str("\n<br>\n<div class=\"crewbox-signature\">-- <br>\n");
        html.push_str(&signature.replace('\0', ""));
        html.push_str("\n</div>\n");
    }
    if let Some(quoted) = &draft.quoted {
        html.push_str(&original(quoted));
    }
    html
}

fn original(quoted: &Quoted) -> String {
    let body = match &quoted.html {
        Some(html) => html.clone(),
        None => escape(&quoted.text).replace('\n', "<br>\n"),
    };
    let when = Date::new(quoted.at.millis().div_euclid(1_000)).to_rfc822();
    let from = escape(&shown(&quoted.from));
    if quoted.forwarded {
        let to = escape(&quoted.to.iter().map(shown).collect::<Vec<_>>().join(", "));
        let subject = escape(&quoted.subject);
        return format!(
            "\n<br>\n<div class=\"gmail_quote\">---------- Forwarded message ---------<br>\nFrom: {from}<br>\nDate: {when}<br>\nSubject: {subject}<br>\nTo: {to}<br>\n<br>\n{body}\n</div>\n"
        );
    }
    format!(
        "\n<br>\n<div class=\"gmail_quote\">On {when}, {from} wrote:<br>\n<blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\">\n{body}\n</blockquote>\n</div>\n"
    )
}

fn shown(address: &Address) -> String {
    if address.name.is_empty() {
        address.email.clone()
    } else {
        format!("{} <{}>", address.name, address.email)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The subject of an answer: with one `Re:`, whatever language wrote those before.
#[must_use]
pub fn reply_subject(subject: &str) -> String {
    prefixed("Re", subject, REPLIES)
}

/// The subject of a forwarded message.
#[must_use]
pub fn forward_subject(subject: &str) -> String {
    prefixed("Fwd", subject, FORWARDS)
}

/// Nobody wrote it for this message, so what would be refused in a person's own subject is put right here.
fn prefixed(prefix: &str, subject: &str, known: &[&str]) -> String {
    let cleaned = clean(subject);
    let bare = cleaned.as_str();
    let has = bare.split_once([':', '：']).is_some_and(|(first, _)| {
        let first = first.trim().to_lowercase();
        // `Re[2]` is one, too.
        let word = first.split('[').next().unwrap_or_default();
        known.contains(&word)
    });
    let whole = if has { bare.to_owned() } else { format!("{prefix}: {bare}") };
    shortened(&whole).to_owned()
}

/// A Message-ID of our own, without brackets, from random bytes, under the sender's domain.
#[must_use]
pub fn new_message_id(random: [u8; 16], sender: &str) -> String {
    let sender = for_smtp(sender).ok();
    let domain = sender.as_deref().and_then(|sender| Some(sender.rsplit_once('@')?.1));
    format!("{}@{}", hex(random), domain.unwrap_or("crewbox.invalid"))
}

/// A reference of our own, from random bytes.
#[must_use]
pub fn new_reference(random: [u8; 16]) -> String {
    hex(random)
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests;
