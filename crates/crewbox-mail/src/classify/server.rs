//! Delivery notices without a report part: by `X-Failed-Recipients`, or by a server's sender and the server's own words.
//! The copy of our mail below them is ours and proves nothing.

use crewbox_core::message::Class;

use super::letter::Letter;
use super::normal::{head, normal};
use super::recipients::{Reported, is_daemon};
use super::tables::{Hit, Kind, TABLES};
use crate::budget::MAX_BOUNCE_BYTES;

/// Most of a server's own words that are searched, bytes.
const OWN_BYTES: usize = 6 * 1024;

/// Where in a subject the server's words must start, characters: our subject follows them.
const SUBJECT_CHARS: usize = 24;

/// Those of them from which people write as well: their notices must name an address or a status.
const PEOPLE_TOO: &[&str] = &["postmaster", "bounce", "bounces"];

/// Display names under which servers write, lower case.
const DAEMON_NAMES: &[&str] = &[
    "mail delivery s",
    "mailer-daemon",
    "mailer daemon",
    "mail delivery service",
    "delivery subsystem",
    "mail system",
    "system administrator",
];

/// Lines with which a server's own words end and the copy of our mail starts, lower case.
const COPY_STARTS: &[&str] = &[
    "return-path:",
    "received:",
    "from:",
    "message-id:",
    "x-sender:",
    "dkim-signature:",
    "mime-version:",
    "date:",
    "delivered-to:",
];

/// Words of the lines that announce the copy.
const COPY_LINES: &[&str] = &[
    "below this line is a copy",
    "this is a copy of the message",
    "copy of the message",
    "header of the original message",
    "headers of the original message",
    "original message",
    "original message follows",
    "message headers follow",
    "returned message",
    "unsent message below",
    "enclosed is a copy",
    "ursprüngliche nachricht",
    "originalnachricht",
    "kopie der nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "oryginalna wiadomość",
    "исходное сообщение",
    "оригинал сообщения",
    "以下为原邮件",
    "原邮件",
    "元のメッセージ",
];

/// Where a server's own words end and the copy of our mail starts.
pub(super) fn own_text(text: &str) -> &str {
    let text = head(text, MAX_BOUNCE_BYTES);
    let mut at = 0;
    let mut written = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim().trim_start_matches(['>', ' ', '|']);
        let start = trimmed.get(..trimmed.floor_char_boundary(80)).unwrap_or_default().to_lowercase();
        let marked =
            start.starts_with(['-', '=', '_', '*', '#']) || start.ends_with(['-', '：', ':', '_', '=']);
        let announced = marked && COPY_LINES.iter().any(|words| start.contains(words));
        if written
            && (announced || COPY_STARTS.iter().any(|field| start.starts_with(field) && is_field(&start)))
        {
            return head(&text[..at], OWN_BYTES);
        }
        written |= !trimmed.is_empty();
        at += line.len();
    }
    head(text, OWN_BYTES)
}

/// A header line, not a sentence of the server ("From: your server").
fn is_field(line: &str) -> bool {
    line.split_once(':').is_some_and(|(_, value)| !value.trim().is_empty() || line.starts_with("message-id"))
}

/// A notice in a server's words: bounce or delay, why, and about which recipients.
pub(super) fn notice(letter: &Letter<'_>) -> Option<(Class, String, Reported)> {
    let fields = letter.fields();
    let subject = normal(letter.subject);
    let local = letter.from.email.split('@').next().unwrap_or_default().to_lowercase();
    let name = letter.from.name.to_lowercase();
    let daemon = is_daemon(&local) || DAEMON_NAMES.iter().any(|known| name.contains(known));
    let failed_header = fields.plain("X-Failed-Recipients");
    let report = letter.report_type().is_some_and(|kind| kind.is_empty() || kind == "delivery-status");
    let null_path = letter.null_return_path();
    let ndr = fields.raw("X-MS-Exchange-Message-Is-Ndr").is_some();
    if !(daemon || failed_header.is_some() || report || null_path || ndr) || is_answer(&subject) {
        return None;
    }
    let own = own_text(letter.text);
    let flat = normal(own);
    let in_subject = TABLES.server.hits(&subject);
    let in_text = TABLES.server.hits(&flat);
    let early = |hit: &&Hit| subject[..hit.start].chars().count() <= SUBJECT_CHARS;
    let find = |kind: Kind| {
        let subject_hit =
            in_subject.iter().filter(early).find(|hit| hit.kind == kind).map(|hit| ("subject", hit.phrase));
        subject_hit.or_else(|| in_text.iter().find(|hit| hit.kind == kind).map(|hit| ("text", hit.phrase)))
    };
    let code = smtp_code(&flat);
    let person_may_write = !null_path && !report && !ndr && fields.raw("Auto-Submitted").is_none();
    if daemon
        && person_may_write
        && PEOPLE_TOO.contains(&local.as_str())
        && code.is_none()
        && !names_address(own)
    {
        return None;
    }
    let late = find(Kind::Delayed).filter(|_| !given_up(&in_text));
    let failed = find(Kind::Failed);
    let mut reported = Reported::default();
    for recipient in failed_header.as_deref().unwrap_or_default().split(',') {
        reported.add_recipient(recipient);
    }
    reported.add_returned_ids(letter);
    let machine = daemon || report || ndr || failed_header.is_some();
    if !machine {
        // A null sender alone is no server: it must also say which recipient failed, or return our mail.
        let mut named = Reported::default();
        named.add_named(letter, own);
        let subject_says = in_subject.iter().any(|hit| hit.start == 0 && hit.kind != Kind::Delivered);
        if !(subject_says && (in_text.iter().any(|hit| hit.kind != Kind::Delivered) || code.is_some()))
            && (named.recipients.is_empty() || code.is_none() && in_text.is_empty())
        {
            return None;
        }
    }
    let (class, evidence) = if let Some((place, phrase)) = late {
        (
            Class::Delayed,
            format!(
                "A mail server ({}) says in the {place} that the mail is late (“{phrase}”)",
                letter.from.email
            ),
        )
    } else if let Some(recipients) =
        failed_header.as_ref().filter(|_| daemon || failed.is_some() || null_path)
    {
        (Class::Bounce, format!("“X-Failed-Recipients: {recipients}” names who failed"))
    } else if let Some((place, phrase)) = failed {
        (
            Class::Bounce,
            format!(
                "A mail server ({}) says in the {place} that delivery failed (“{phrase}”)",
                letter.from.email
            ),
        )
    } else if let Some(code) = code {
        (Class::Bounce, format!("A mail server ({}) gives the status “{code}”", letter.from.email))
    } else if let Some((place, phrase)) = find(Kind::Delivered).filter(|_| daemon) {
        (
            Class::Delayed,
            format!(
                "A mail server ({}) says in the {place} that the mail was delivered (“{phrase}”)",
                letter.from.email
            ),
        )
    } else if let Some(code) = null_path.then(|| loose_code(&flat)).flatten().filter(|_| names(letter, own)) {
        (Class::Bounce, format!("A mail server ({}) gives the status “{code}”", letter.from.email))
    } else if daemon && !reported.ids.is_empty() {
        (Class::Bounce, format!("A mail server ({}) returns our message", letter.from.email))
    } else {
        return None;
    };
    if reported.recipients.is_empty() {
        reported.add_named(letter, own);
    }
    Some((class, evidence, reported))
}

/// Whether a server's sender and no address to answer to come with an address that is not ours: much speaks for a
/// notice, in words that no table has.
pub(super) fn may_be_notice(letter: &Letter<'_>) -> bool {
    let local = letter.from.email.split('@').next().unwrap_or_default().to_lowercase();
    letter.null_return_path() && is_daemon(&local) && names(letter, own_text(letter.text))
}

/// Whether the server's own words name a recipient.
fn names(letter: &Letter<'_>, own: &str) -> bool {
    let mut named = Reported::default();
    named.add_addresses(letter, own);
    !named.recipients.is_empty()
}

/// A permanent SMTP status of three digits alone: "550 <ann@acme.test>". Numbers of other things look alike, so it
/// counts only beside other proof.
fn loose_code(text: &str) -> Option<&str> {
    text.split(' ').find(|word| {
        word.len() == 3 && word.starts_with("55") && word.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether the server has stopped trying, whatever it says of earlier attempts.
fn given_up(hits: &[Hit]) -> bool {
    hits.iter().any(|hit| {
        matches!(
            hit.phrase,
            "permanent error"
                | "given up"
                | "permanent fatal errors"
                | "permanent failure"
                | "permanently rejected"
        )
    })
}

fn names_address(text: &str) -> bool {
    text.split_whitespace().any(|word| word.contains('@'))
}

/// An answer by a person, in whatever language.
fn is_answer(subject: &str) -> bool {
    ["re:", "aw:", "sv:", "antw:", "odp:", "ynt:", "vs:", "rv:", "fwd:", "fw:", "wg:", "tr:", "r:"]
        .iter()
        .any(|prefix| subject.starts_with(prefix))
}

/// A permanent SMTP status in a text: "550 5.1.1", "#5.1.1".
fn smtp_code(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).find_map(|at| {
        let free = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'.');
        if bytes[at] != b'5' || !free {
            return None;
        }
        let enhanced = bytes.get(at + 1) == Some(&b'.')
            && digit(at + 2)
            && bytes.get(at + 3) == Some(&b'.')
            && digit(at + 4);
        let basic = matches!(bytes.get(at + 1), Some(b'0' | b'5'))
            && digit(at + 2)
            && matches!(bytes.get(at + 3), Some(b' ' | b'-'))
            && bytes.get(at + 4) == Some(&b'5')
            && bytes.get(at + 5) == Some(&b'.');
        let end = at + if basic { 9 } else { 5 };
        (enhanced || basic).then(|| text.get(at..end.min(text.len())).unwrap_or_default().to_owned())
    })
}
