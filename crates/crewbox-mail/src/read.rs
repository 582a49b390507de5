//! One mail, from its raw bytes to everything that is kept of it.

use std::sync::Arc;

use crewbox_core::message::{Class, Direction, Mail, derived_id};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;

use crate::classify::{self, Classified, Letter};
use crate::html::sanitise::SANITISER_VERSION;
use crate::mime::fields::Fields;
use crate::mime::walk::{walk, with_line_feeds};
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
}

impl Unreadable {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
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

/// Reads a mail. Pure; linear in its size.
///
/// # Errors
///
/// Only when there is nothing to read (no bytes, or white space alone) or it is larger than
/// [`budget::MAX_MAIL_BYTES`]. Whatever else is wrong with a mail, it is shown as text with a notice.
pub fn read(raw: &[u8], context: &ReadContext) -> Result<Mail, Unreadable> {
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::because("The mail is empty."));
    }
    if raw.len() > budget::MAX_MAIL_BYTES {
        return Err(Unreadable::because("The mail is larger than 80 MiB."));
    }
    let lines = with_line_feeds(raw);
    let tree = walk(&lines);
    let Some(root) = tree.parts.first() else {
        return Err(Unreadable::because("The mail has no part that can be read."));
    };
    let fields = &root.fields;
    let mut bodies = body::body(&tree);
    let content = digest::content(raw);
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
    let sources: Vec<&str> = match &bodies.sources {
        Some(sources) => sources.iter().map(String::as_str).collect(),
        None => vec![&bodies.text],
    };
    let digest = digest::message(&address::sender(fields).email, &date_source, &subject, &sources);
    bodies.sources = None;
    let (attachments, files_digest) = body::attachments(&tree);
    let at = context.received_at.or(written).or(context.fallback_at).unwrap_or(context.now).min(context.now);
    let folds = fold::folds_of(&bodies.text, &bodies.signatures, &from);
    let classified = match direction {
        Direction::Outbound => Classified::always(Class::Human, "sent from the mailbox"),
        Direction::Inbound => classify::classify(&Letter {
            tree: &tree,
            from: &from,
            subject: &subject,
            text: &bodies.text,
            folds: &folds,
            at: written.unwrap_or(at),
        }),
    };
    Ok(Mail {
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
        text: bodies.text,
        html: bodies.html,
        bounced_ids: classified.bounced_ids,
        failed_recipients: classified.failed_recipients,
        size: raw.len() as u64,
    })
}

/// What a reader must know of a mail, as one text; none if there is nothing.
fn notice(over: Option<&str>, notices: &[&str]) -> Option<String> {
    let over = over.map(|what| {
        format!("This mail is over a safety limit ({what}); the part concerned is shown as plain text.")
    });
    let sentences: Vec<&str> = over.as_deref().into_iter().chain(notices.iter().copied()).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
