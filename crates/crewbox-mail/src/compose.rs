//! A draft becomes a mail: MIME by a library, the original quoted below, threading headers, and nothing in a
//! header that could end it.
//!
//! Owns the look of what we send, and its envelope: header and envelope name the same addresses. Draws no randomness
//! and reads no clock: Message-ID, reference and date are the draft's.

use crewbox_core::message::Address;
use crewbox_core::outgoing::{Draft, Quoted};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Written;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;

use crate::address::{clean, for_smtp};
use crate::html::text::to_plain_text;
use crate::ids::is_derived;

/// Message-IDs in References: the first, and the newest of the rest (RFC 5322 has no limit; servers do).
const MOST_REFERENCES: usize = 20;
/// Recipients of one message: what most providers take at once.
pub const MOST_RECIPIENTS: usize = 100;
/// Bytes of a header value: RFC 5322's line, and far more than a subject needs.
const MOST_HEADER_BYTES: usize = 998;
/// Bytes of the whole: what providers take, less what encoding adds.
pub const MOST_BYTES: usize = 35 * 1024 * 1024;

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

/// A mail, and between whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its bytes.
    pub raw: Vec<u8>,
    /// Envelope sender, in ASCII.
    pub sender: String,
    /// Envelope recipients, in ASCII, lower case, without repeats: to, cc and bcc.
    pub recipients: Vec<String>,
}

impl std::fmt::Debug for Composed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Composed").field("size", &self.raw.len()).finish_non_exhaustive()
    }
}

/// Builds the mail.
///
/// # Errors
/// The field that cannot be sent, and why.
pub fn compose(draft: &Draft) -> Result<Composed, DraftError> {
    check(draft)?;
    let from = said("from_email", &draft.from)?;
    let (to, cc, bcc) =
        (all_said("to_email", &draft.to)?, all_said("cc", &draft.cc)?, all_said("bcc", &draft.bcc)?);
    let mut recipients: Vec<String> =
        to.iter().chain(&cc).chain(&bcc).map(|one| one.email.to_lowercase()).collect();
    recipients.sort_unstable();
    recipients.dedup();
    let html = html(draft);
    let text = to_plain_text(&html);
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
            attachment.bytes.clone(),
        );
    }
    let raw = mail
        .write_to_vec()
        .map_err(|error| DraftError::new("email_body", format!("the message cannot be written: {error}")))?;
    if raw.len() > MOST_BYTES {
        return Err(DraftError::new("attachments", "the message is larger than 35 MB: attach less"));
    }
    Ok(Composed { raw, sender: from.email, recipients })
}

/// The address as it goes out. A display name that is too long for a header is cut: it says no less whom it is to.
fn said(field: &'static str, address: &Address) -> Result<Address, DraftError> {
    let email = for_smtp(&address.email).map_err(|what| DraftError::new(field, format!("{field} {what}")))?;
    Ok(Address { name: shortened(&address.name).to_owned(), email })
}

fn all_said(field: &'static str, list: &[Address]) -> Result<Vec<Address>, DraftError> {
    list.iter().map(|address| said(field, address)).collect()
}

/// As much of it as a header value takes, cut between characters.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_HEADER_BYTES)]
}

/// Whether an id means anything to others: one of a mail that had none is ours alone, and one that is not ASCII no
/// header may hold.
fn is_sayable(id: &str) -> bool {
    id.is_ascii() && !is_derived(id)
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
mod tests {
    use crewbox_core::outgoing::DraftAttachment;

    use super::*;

    #[test]
    fn prefixes_are_not_doubled_in_any_language() {
        assert_eq!(reply_subject("Offer"), "Re: Offer");
        for once in ["Re: Offer", "AW: Offer", "RE[3]: Offer", "Odp: Offer", "回复：Offer"] {
            assert_eq!(reply_subject(once), once);
        }
        assert_eq!(reply_subject("Terms: new"), "Re: Terms: new");
        assert_eq!(forward_subject("WG: Offer"), "WG: Offer");
        assert_eq!(forward_subject("Re: Offer"), "Fwd: Re: Offer");
    }

    fn address(name: &str, email: &str) -> Address {
        Address { name: name.into(), email: email.into() }
    }

    /// An answer to a question of Lea's, with something in every field.
    fn draft() -> Draft {
        Draft {
            from: address("Änn Lee", "ann@crew.example"),
            to: vec![address("Doe, Jane", "Jane@Bücher.example")],
            cc: vec![address("", "cc@lead.example")],
            bcc: vec![address("Quiet", "quiet@crew.example")],
            subject: "Re: Größe".into(),
            html: "<p>Our answer.</p>".into(),
            signature: Some("<b>Ann</b>".into()),
            quoted: Some(Quoted {
                forwarded: false,
                from: address("Jane", "jane@lead.example"),
                to: vec![address("", "ann@crew.example")],
                at: crewbox_core::time::Timestamp(1_748_779_200_000),
                subject: "Größe".into(),
                text: "How <big>?".into(),
                html: None,
            }),
            in_reply_to: Some("q2@lead.example".into()),
            references: vec!["q1@lead.example".into(), "q2@lead.example".into()],
            attachments: vec![DraftAttachment {
                file_name: "offer.txt".into(),
                file_type: "text/plain".into(),
                bytes: b"42".to_vec(),
            }],
            message_id: "own@crew.example".into(),
            reference: "ref".into(),
            date: crewbox_core::time::Timestamp(1_748_779_200_000),
        }
    }

    /// The header of a mail on unfolded lines, and its body.
    fn parts(composed: &Composed) -> (String, String) {
        let text = String::from_utf8(composed.raw.clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.replace("\r\n ", " ").replace("\r\n\t", " ") + "\r\n", body.to_owned())
    }

    #[test]
    fn a_mail_says_who_answers_what_and_tells_nobody_of_blind_copies() {
        let composed = compose(&draft()).unwrap();
        let (head, body) = parts(&composed);
        assert!(composed.raw.is_ascii(), "every server takes it");
        for line in [
            "To: \"Doe, Jane\" <Jane@xn--bcher-kva.example>\r\n",
            "Cc: <cc@lead.example>\r\n",
            "In-Reply-To: <q2@lead.example>\r\n",
            "References: <q1@lead.example> <q2@lead.example>\r\n",
            "Message-ID: <own@crew.example>\r\n",
            "X-Crewbox-Ref: ref\r\n",
        ] {
            assert!(head.contains(line), "{line} in {head}");
        }
        assert!(head.contains("From: =?utf-8?") && head.contains(" <ann@crew.example>\r\n"), "{head}");
        assert!(
            !head.to_lowercase().contains("bcc")
                && !String::from_utf8_lossy(&composed.raw).contains("quiet@")
        );
        assert_eq!(composed.sender, "ann@crew.example");
        assert_eq!(
            composed.recipients,
            ["cc@lead.example", "jane@xn--bcher-kva.example", "quiet@crew.example"],
            "the envelope names what the header names, and the blind copy"
        );
        // The person's words, then the signature, then the original.
        let places = ["Our answer.", "Ann", "wrote:", "How <big>?"].map(|words| body.find(words));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {body}");
        // It is read back as it was meant.
        let context = crate::ReadContext {
            mailbox_email: "ann@crew.example".into(),
            received_at: None,
            now: crewbox_core::time::Timestamp(1_750_000_000_000),
            direction: None,
        };
        let mail = crate::read(&composed.raw, &context).unwrap();
        assert_eq!((mail.subject.as_str(), mail.from.name.as_str()), ("Re: Größe", "Änn Lee"));
        assert_eq!(mail.to, [address("Doe, Jane", "Jane@xn--bcher-kva.example")]);
        assert_eq!(mail.references, ["q2@lead.example", "q1@lead.example"]);
        assert_eq!(mail.attachments[0].file_name, "offer.txt");
    }

    #[test]
    fn no_field_can_end_a_header() {
        for end in ["\r\nBcc: all@lead.example", "\nX: y", "\rX: y", "\0"] {
            let spoil = |text: &str| format!("{text}{end}");
            let cases: [(&str, &dyn Fn(&mut Draft)); 14] = [
                ("from_email", &|d| d.from.name = spoil("Ann")),
                ("from_email", &|d| d.from.email = spoil("ann@crew.example")),
                ("to_email", &|d| d.to[0].name = spoil("Jane")),
                ("to_email", &|d| d.to[0].email = spoil("jane@lead.example")),
                ("cc", &|d| d.cc[0].name = spoil("Cc")),
                ("cc", &|d| d.cc[0].email = spoil("cc@lead.example")),
                ("bcc", &|d| d.bcc[0].email = spoil("quiet@crew.example")),
                ("subject", &|d| d.subject = spoil("Re: x")),
                ("reply_message_id", &|d| d.in_reply_to = Some(spoil("q2@lead.example"))),
                ("reply_message_id", &|d| d.references[0] = spoil("q1@lead.example")),
                ("message_id", &|d| d.message_id = spoil("own@crew.example")),
                ("message_id", &|d| d.reference = spoil("ref")),
                ("attachments", &|d| d.attachments[0].file_name = spoil("offer.txt")),
                ("attachments", &|d| d.attachments[0].file_type = spoil("text/plain")),
            ];
            for (place, (field, change)) in cases.iter().enumerate() {
                let mut spoilt = draft();
                change(&mut spoilt);
                let refused = compose(&spoilt).expect_err(&format!("case {place} with {end:?}"));
                assert_eq!(refused.field, *field, "case {place}");
                assert!(!refused.sentence.contains("all@lead"), "{refused}");
            }
        }
    }

    #[test]
    fn what_nobody_wrote_is_shortened_and_what_somebody_wrote_is_refused() {
        let long = "ü".repeat(MOST_HEADER_BYTES);
        for subject in [reply_subject(&long), forward_subject(&long), reply_subject(&format!("Re: {long}"))] {
            assert!(subject.len() <= MOST_HEADER_BYTES && subject.len() > MOST_HEADER_BYTES - 4);
            compose(&Draft { subject, ..draft() }).unwrap();
        }
        assert_eq!(reply_subject("a\r\nBcc: b"), "Re: a Bcc: b");
        let mut named = draft();
        named.to[0].name = long.clone();
        compose(&named).unwrap();
        let refused = compose(&Draft { subject: long, ..draft() }).unwrap_err();
        assert_eq!(refused.field, "subject");
        let mut foreign = draft();
        foreign.to[0].email = "jürgen@lead.example".into();
        assert!(compose(&foreign).unwrap_err().sentence.contains("ASCII"));
    }

    #[test]
    fn ids_that_are_ours_alone_are_told_to_nobody() {
        let ours = crate::ids::derived(&[7; 32]);
        let references = vec!["q1@lead.example".into(), ours.clone()];
        let (head, _) = parts(&compose(&Draft { in_reply_to: Some(ours), references, ..draft() }).unwrap());
        assert!(!head.contains("In-Reply-To") && !head.contains("invalid"), "{head}");
        assert!(head.contains("References: <q1@lead.example>\r\n"), "{head}");
        assert_eq!(
            new_message_id([1; 16], "a@bücher.example").rsplit_once('@').unwrap().1,
            "xn--bcher-kva.example"
        );
    }

    #[test]
    fn references_keep_the_first_and_the_newest() {
        let all: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        let kept = references(&all);
        assert_eq!(kept.len(), MOST_REFERENCES);
        assert_eq!((kept[0].as_str(), kept[19].as_str(), kept[1].as_str()), ("0", "49", "31"));
    }
}
