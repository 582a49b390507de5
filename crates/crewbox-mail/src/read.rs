//! One mail, from its raw bytes to everything that is kept of it.

use std::io;
use std::sync::Arc;

use crewbox_core::message::{Class, Direction, MAX_STORED_TEXT, Mail, derived_id, stored_text};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;

use crate::classify::{self, Classified, Letter};
use crate::html::sanitise::SANITISER_VERSION;
use crate::mime::fields::Fields;
use crate::mime::shortened::{SHORTENED_FROM, Shortened, Source, Whole};
use crate::mime::walk::{Tree, walk, with_line_feeds};
use crate::sender::{self, DirectionHint, Origin};
use crate::{address, body, budget, digest, fold, ids};

/// What is known about a mail besides its bytes.
#[derive(Clone, Debug)]
pub struct ReadContext {
    /// The addresses of the mailbox it came through; empty when unknown.
    pub own: Arc<OwnAddresses>,
    /// When the server took it in, if that is known.
    pub received_at: Option<Timestamp>,
    /// When it came as its file tells, for a mail that tells no time itself.
    pub fallback_at: Option<Timestamp>,
    /// The time of reading.
    pub now: Timestamp,
    /// Which way it went, as far as that is known without reading it.
    pub direction: DirectionHint,
}

/// Raised with every change to reading that may let it survive a mail that ended the program before.
const READER_VERSION: u32 = 2;

/// The name of this reader: a mail that ended the program is tried again by a reader of another name only.
#[must_use]
pub fn reader() -> String {
    let name = format!("{}/{READER_VERSION}/{SANITISER_VERSION}", env!("CARGO_PKG_VERSION"));
    match crewbox_crash::subject_marker() {
        Some(marker) => format!("{name}, made to die of {marker}"),
        None => name,
    }
}

/// Why a mail cannot be read at all and belongs into quarantine, as a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// The sentence; holds nothing of the mail.
    pub reason: String,
    /// The mail itself could be read at another time: its file could not be.
    pub is_temporary: bool,
}

impl Unreadable {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_temporary: false }
    }
}

/// A reference has at most this many characters: ours have 32.
const MAX_REFERENCE: usize = 64;

/// Whether a header's value can be a reference of ours; whatever else is ignored.
fn is_reference(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= MAX_REFERENCE && text.bytes().all(plain)
}

/// Who wrote a mail, which way it went, and why: [`read`] decides by the same rule.
#[must_use]
pub fn origin(raw: &[u8], own: &OwnAddresses, hint: DirectionHint) -> Origin {
    sender::origin(&Fields::split(&with_line_feeds(raw)).0, own, hint)
}

/// Reads a mail as it is stored: of its text at most [`MAX_STORED_TEXT`] bytes. Pure; linear in its size.
///
/// # Errors
///
/// Only when there is nothing to read (no bytes, or white space alone) or it is larger than
/// [`budget::MAX_MAIL_BYTES`]. Whatever else is wrong with a mail, it is shown as text with a notice.
pub fn read(raw: &[u8], context: &ReadContext) -> Result<Mail, Unreadable> {
    let content = || digest::content(raw);
    // Bytes in memory do not fail.
    if let Ok(Some(read)) = read_short(&raw, &content, context) {
        return read;
    }
    read_in_memory(raw, &content, context)
}

/// All of the text of a mail, however long it is.
pub(crate) fn whole_text(raw: &[u8]) -> String {
    let lines = with_line_feeds(raw);
    body::body(&walk(&lines), usize::MAX).text
}

/// As [`read`], with all of the mail looked at, however large it is.
#[cfg(test)]
pub(crate) fn read_unshortened(raw: &[u8], context: &ReadContext) -> Result<Mail, Unreadable> {
    read_in_memory(raw, &|| digest::content(raw), context)
}

/// As [`read`], from a mail that may be elsewhere than in memory. Only some large mails are held as a whole.
///
/// # Errors
/// The source's; within, as [`read`].
pub(crate) fn read_from(
    source: &dyn Source,
    content: &dyn Fn() -> [u8; 32],
    context: &ReadContext,
) -> io::Result<Result<Mail, Unreadable>> {
    if let Some(read) = read_short(source, content, context)? {
        return Ok(read);
    }
    let mut raw = vec![0; source.size()];
    source.read_at(0, &mut raw)?;
    Ok(read_in_memory(&raw, content, context))
}

/// Reads a large mail by a part of its bytes; none where it is small, or needs them all.
fn read_short(
    source: &dyn Source,
    content: &dyn Fn() -> [u8; 32],
    context: &ReadContext,
) -> io::Result<Option<Result<Mail, Unreadable>>> {
    if source.size() <= SHORTENED_FROM {
        return Ok(None);
    }
    if source.size() > budget::MAX_MAIL_BYTES {
        return Ok(Some(Err(too_large())));
    }
    match Shortened::of(source)? {
        Some(short) => read_shortened(&short, source, content, context),
        None => Ok(None),
    }
}

/// The part of a text that is stored.
fn stored(mut text: String) -> String {
    let length = stored_text(&text).len();
    if length < text.len() {
        text.truncate(length);
        text.shrink_to_fit();
    }
    text
}

fn too_large() -> Unreadable {
    Unreadable::because("The mail is larger than 80 MiB.")
}

/// Reads a mail that is in memory.
fn read_in_memory(
    raw: &[u8],
    content: &dyn Fn() -> [u8; 32],
    context: &ReadContext,
) -> Result<Mail, Unreadable> {
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::because("The mail is empty."));
    }
    if raw.len() > budget::MAX_MAIL_BYTES {
        return Err(too_large());
    }
    let lines = with_line_feeds(raw);
    let tree = walk(&lines);
    read_tree(&tree, &Whole::in_memory(), content(), raw.len(), context).map(|(mail, _)| mail)
}

/// Reads a large mail by what is kept of it; none where more is needed.
fn read_shortened(
    short: &Shortened,
    source: &dyn Source,
    content: &dyn Fn() -> [u8; 32],
    context: &ReadContext,
) -> io::Result<Option<Result<Mail, Unreadable>>> {
    if short.bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let whole = Whole::of(short, source);
    let tree = walk(&short.bytes);
    if !body::can_be_short(&tree, &whole, short.may_have_files) {
        return Ok(None);
    }
    let read = read_tree(&tree, &whole, content(), source.size(), context);
    whole.finish()?;
    Ok(match read {
        // The text goes on in what was left out.
        Ok((mail, true)) if mail.text.len() < MAX_STORED_TEXT => None,
        other => Some(other.map(|(mail, _)| mail)),
    })
}

/// Reads a mail by its parts; with whether text that is shown was cut.
fn read_tree(
    tree: &Tree<'_>,
    whole: &Whole<'_>,
    content: [u8; 32],
    size: usize,
    context: &ReadContext,
) -> Result<(Mail, bool), Unreadable> {
    let Some(root) = tree.parts.first() else {
        return Err(Unreadable::because("The mail has no part that can be read."));
    };
    let fields = &root.fields;
    let mut bodies = body::body(tree, MAX_STORED_TEXT);
    let is_cut = body::is_text_cut(tree, whole, &bodies);
    let own_id = ids::own(fields);
    let Origin { from, direction, .. } = sender::origin(fields, &context.own, context.direction);
    let subject = address::clean(&fields.text("Subject").unwrap_or_default());
    crewbox_crash::on_subject(&subject);
    // When it was written: its Date, else when the newest server took it in, else the separator of an mbox. A time that
    // is still to come is none of these.
    let past = |at: Option<i64>| at.map(Timestamp).filter(|at| *at <= context.now);
    let written = past(fields.date("Date"))
        .or_else(|| past(fields.received()))
        .or_else(|| past(fields.separator_date()));
    let date_source = fields.date_of_identity("Date").map_or_else(
        || fields.plain("Date").unwrap_or_default(),
        |date| date.to_timestamp().saturating_mul(1_000).to_string(),
    );
    let mut sources: Vec<&str> = match &bodies.sources {
        Some(sources) => sources.iter().map(|source| &**source).collect(),
        None => vec![&bodies.text],
    };
    // Of a text that is cut, all bytes count as they came.
    let rest = is_cut.then(|| content.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    sources.extend(rest.as_deref());
    let digest = digest::message(&address::sender(fields).email, &date_source, &subject, &sources);
    bodies.sources = None;
    let (attachments, files_digest) = body::attachments(tree, whole, &content);
    let at = context.received_at.or(written).or(context.fallback_at).unwrap_or(context.now).min(context.now);
    let folds = fold::folds_of(&bodies.text, &bodies.signatures, &from);
    let classified = match direction {
        Direction::Outbound => Classified::always(Class::Human, "sent from the mailbox"),
        Direction::Inbound => classify::classify(&Letter {
            tree,
            from: &from,
            subject: &subject,
            text: &bodies.text,
            folds: &folds,
            at: written.unwrap_or(at),
        }),
    };
    let mail = Mail {
        crewbox_ref: fields.plain("X-Crewbox-Ref").filter(|text| is_reference(text)),
        message_id: own_id.clone().unwrap_or_else(|| derived_id(&content)),
        own_message_id: own_id.is_some(),
        digest,
        files_digest,
        content,
        references: ids::references(fields),
        direction,
        verdicts: classified.verdicts,
        to: address::list(fields, "To"),
        cc: address::list(fields, "Cc"),
        from,
        subject,
        at,
        attachments,
        sanitiser: SANITISER_VERSION,
        folds,
        decoded_lossy: bodies.lossy,
        notice: notice(bodies.over, &bodies.notices),
        text: stored(bodies.text),
        html: bodies.html,
        bounced_ids: classified.bounced_ids,
        failed_recipients: classified.failed_recipients,
        size: size as u64,
    };
    Ok((mail, is_cut))
}

/// What a reader must know of a mail, as one text; none if there is nothing.
fn notice(over: Option<&str>, notices: &[&str]) -> Option<String> {
    let over = over.map(|what| {
        format!("This mail is over a safety limit ({what}); the part concerned is shown as plain text.")
    });
    let sentences: Vec<&str> = over.as_deref().into_iter().chain(notices.iter().copied()).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
