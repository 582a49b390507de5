//! Failed and late deliveries, and complaints. Reads RFC 3464 and RFC 5965 where they are kept, and the
//! notices of servers that never heard of them by their sender, subject and text.

use std::sync::LazyLock;

use crewbox_core::message::Class;

use super::{Letter, Verdict, head, normal};
use crate::budget::MAX_BOUNCE_BYTES;
use crate::ids::ids_in;
use crate::mime::fields::Fields;
use crate::phrases::Phrases;

/// Most recipients and returned ids kept of one report.
const MAX_REPORTED: usize = 50;

/// Local parts from which servers write.
const DAEMONS: &[&str] = &[
    "mailer-daemon",
    "mailerdaemon",
    "postmaster",
    "mail-daemon",
    "mail-delivery-subsystem",
    "microsoftexchange",
    "mdaemon",
    "mail.delivery.system",
    "maildelivery",
    "bounce",
    "bounces",
    "mail-delivery-system",
    "noreply-mailer-daemon",
];

/// Subjects of notices, lower case: a failure in the languages servers speak.
const FAILED_SUBJECTS: &[&str] = &[
    "undeliverable",
    "undelivered mail",
    "undelivered message",
    "delivery status notification (failure)",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "failure notice",
    "mail delivery failed",
    "mail delivery failure",
    "returned mail",
    "mail system error",
    "returned to sender",
    "message not delivered",
    "delivery notification: delivery has failed",
    "could not be delivered",
    "undeliverable mail",
    "non-delivery",
    "nondeliverable",
    "mail could not be delivered",
    "delivery problem",
    "rejected:",
    "message you sent blocked",
    "unzustellbar",
    "nicht zustellbar",
    "zustellung fehlgeschlagen",
    "zustellfehler",
    "fehlgeschlagene zustellung",
    "non remis",
    "non distribué",
    "échec de la remise",
    "échec de remise",
    "no se puede entregar",
    "no entregado",
    "error de entrega",
    "no se ha podido entregar",
    "non recapitabile",
    "mancato recapito",
    "mancata consegna",
    "não entregue",
    "falha na entrega",
    "não foi possível entregar",
    "onbestelbaar",
    "niet bezorgd",
    "niedostarcz",
    "nie dostarczono",
    "nie można dostarczyć",
    "olevererbart",
    "kunde inte levereras",
    "ikke leveret",
    "kan ikke leveres",
    "не доставлено",
    "недоставленное",
    "teslim edilemedi",
    "iletilemedi",
    "配信不能",
    "配信できません",
    "退信",
    "无法送达",
    "未送达",
];

/// Phrases of a notice's text, lower case.
const FAILED_TEXTS: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "user not found",
    "mailbox not found",
    "mailbox unavailable",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "quota exceeded",
    "address rejected",
    "recipient rejected",
    "recipient address rejected",
    "could not be delivered",
    "couldn't be delivered",
    "wasn't delivered",
    "was not delivered",
    "delivery has failed",
    "delivery to the following recipient",
    "permanent error",
    "permanent fatal errors",
    "permanent failure",
    "does not exist",
    "host unknown",
    "host or domain name not found",
    "undeliverable",
    "550 5.",
    "554 5.",
    "550-5.",
    "konnte nicht zugestellt werden",
    "nicht zugestellt",
    "n'a pas pu être remis",
    "n'a pas pu être distribué",
    "no se pudo entregar",
    "non è stato possibile recapitare",
    "não pôde ser entregue",
    "kon niet worden bezorgd",
    "nie została dostarczona",
    "не удалось доставить",
    "配信できませんでした",
    "无法投递",
];

/// Phrases of a notice that the mail is late and not lost, lower case.
const DELAYED: &[&str] = &[
    "delivery status notification (delay)",
    "delivery delayed",
    "warning: message",
    "delayed mail",
    "message delayed",
    "has not yet been delivered",
    "will be retried",
    "will keep trying",
    "will continue to try",
    "delivery attempts will continue",
    "you do not need to resend",
    "zustellung verzögert",
    "verzögerte zustellung",
    "remise retardée",
    "entrega retrasada",
    "задержка доставки",
];

static SUBJECTS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(FAILED_SUBJECTS.iter().copied()));
static TEXTS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(FAILED_TEXTS.iter().copied()));
static LATE: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(DELAYED.iter().copied()));

/// A failed or late delivery.
pub(super) fn bounce(letter: &Letter<'_>) -> Option<Verdict> {
    reported(letter).or_else(|| told(letter))
}

/// A delivery status report (RFC 3464).
fn reported(letter: &Letter<'_>) -> Option<Verdict> {
    if letter.report_type().as_deref() == Some("disposition-notification") {
        return None;
    }
    let mut statuses = Vec::new();
    for media in ["message/delivery-status", "message/global-delivery-status"] {
        for part in letter.parts(media) {
            statuses.extend(groups(&part.text().0));
        }
    }
    let action = |status: &Status| status.action.clone();
    if statuses.is_empty() {
        return None;
    }
    let failed: Vec<&Status> = statuses.iter().filter(|s| action(s) == "failed").collect();
    let (class, deciding) = if let Some(first) = failed.first() {
        (Class::Bounce, *first)
    } else if let Some(late) = statuses.iter().find(|s| action(s) == "delayed") {
        (Class::Delayed, late)
    } else if let Some(done) =
        statuses.iter().find(|s| matches!(action(s).as_str(), "delivered" | "relayed" | "expanded"))
    {
        (Class::Automatic, done)
    } else {
        // No action that is one: what the status code says.
        let worst = statuses.iter().find(|s| s.status.starts_with('5'));
        match (worst, statuses.iter().find(|s| s.status.starts_with('4'))) {
            (Some(worst), _) => (Class::Bounce, worst),
            (None, Some(late)) => (Class::Delayed, late),
            (None, None) => return None,
        }
    };
    let evidence = format!("Action: {}, Status: {}", deciding.action, deciding.status);
    let mut verdict = Verdict::of(class, evidence);
    let concerned: Vec<&Status> = if failed.is_empty() { statuses.iter().collect() } else { failed };
    for status in concerned {
        add_recipient(&mut verdict, &status.recipient);
        add_recipient(&mut verdict, &status.original);
    }
    verdict.bounced_ids = returned_ids(letter);
    if verdict.failed_recipients.is_empty() {
        named_recipients(letter, &mut verdict);
    }
    Some(verdict)
}

#[derive(Debug, Default)]
struct Status {
    action: String,
    status: String,
    recipient: String,
    original: String,
}

/// The per-recipient groups of a delivery-status part.
fn groups(text: &str) -> Vec<Status> {
    let mut groups = Vec::new();
    let mut group = Status::default();
    for line in head(text, MAX_BOUNCE_BYTES).lines().chain([""]) {
        if line.trim().is_empty() {
            if !(group.action.is_empty() && group.status.is_empty()) && groups.len() < MAX_REPORTED {
                groups.push(std::mem::take(&mut group));
            }
            group = Status::default();
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let slot = match name.trim().to_ascii_lowercase().as_str() {
            "action" => &mut group.action,
            "status" => &mut group.status,
            "final-recipient" => &mut group.recipient,
            "original-recipient" => &mut group.original,
            _ => continue,
        };
        value.to_ascii_lowercase().clone_into(slot);
    }
    for group in &mut groups {
        group.action = group.action.split([' ', '(', ';']).next().unwrap_or_default().to_owned();
    }
    groups
}

/// A notice in the server's own words.
fn told(letter: &Letter<'_>) -> Option<Verdict> {
    let fields = letter.fields();
    let subject = normal(letter.subject);
    let local = letter.from.email.split('@').next().unwrap_or_default().to_lowercase();
    let name = letter.from.name.to_lowercase();
    let daemon = DAEMONS.iter().any(|d| local == *d || (d.len() > 8 && local.starts_with(d)))
        || name.contains("mail delivery s")
        || name.contains("mailer-daemon");
    let machine = daemon
        || letter.null_return_path()
        || letter.report_type().is_some()
        || fields.plain("Auto-Submitted").is_some_and(|value| !value.eq_ignore_ascii_case("no"));
    let failed_header = fields.plain("X-Failed-Recipients");
    if !machine && failed_header.is_none() {
        return None;
    }
    let text = normal(head(letter.text, MAX_BOUNCE_BYTES));
    let subject_phrase = SUBJECTS.within(&subject);
    let late = LATE.within(&subject).or_else(|| LATE.within(&text).filter(|_| daemon));
    let text_phrase = TEXTS.within(&text);
    let returned = returned_ids(letter);

    let (class, evidence) = if let Some(phrase) = late.filter(|_| machine) {
        (Class::Delayed, format!("from {}: “{phrase}”", letter.from.email))
    } else if let Some(recipients) = &failed_header {
        (Class::Bounce, format!("X-Failed-Recipients: {recipients}"))
    } else if let Some(phrase) = subject_phrase.filter(|_| machine && !is_answer(&subject)) {
        (Class::Bounce, format!("subject: “{phrase}”"))
    } else if daemon && let Some(phrase) = text_phrase {
        (Class::Bounce, format!("from {local}: “{phrase}”"))
    } else if daemon && !returned.is_empty() && !is_answer(&subject) {
        (Class::Bounce, format!("from {local}, with the returned message"))
    } else {
        return None;
    };
    let mut verdict = Verdict::of(class, evidence);
    for recipient in failed_header.unwrap_or_default().split(',') {
        add_recipient(&mut verdict, recipient);
    }
    verdict.bounced_ids = returned;
    if verdict.failed_recipients.is_empty() {
        named_recipients(letter, &mut verdict);
    }
    Some(verdict)
}

fn is_answer(subject: &str) -> bool {
    ["re:", "aw:", "sv:", "antw:", "odp:"].iter().any(|prefix| subject.starts_with(prefix))
}

/// A complaint (RFC 5965).
pub(super) fn feedback(letter: &Letter<'_>) -> Option<Verdict> {
    let part = letter.parts("message/feedback-report").next()?;
    let (text, _) = part.text();
    let (report, _) = Fields::split(text.as_bytes());
    let kind = report.plain("Feedback-Type").unwrap_or_default();
    if kind.eq_ignore_ascii_case("not-spam") {
        return Some(Verdict::of(Class::Automatic, "Feedback-Type: not-spam"));
    }
    let mut verdict = Verdict::of(Class::Feedback, format!("Feedback-Type: {kind}"));
    for name in ["Original-Rcpt-To", "Removal-Recipient"] {
        add_recipient(&mut verdict, &report.plain(name).unwrap_or_default());
    }
    if verdict.failed_recipients.is_empty() {
        returned_recipients(letter, &mut verdict);
    }
    verdict.bounced_ids = returned_ids(letter);
    Some(verdict)
}

/// Calls `found` with the header block of each message that came back, in whatever form.
fn returned(letter: &Letter<'_>, mut found: impl FnMut(&Fields<'_>)) {
    for part in &letter.tree.parts {
        if part.message.is_some() && !part.fields.is_empty() {
            found(&part.fields);
        } else if matches!(
            part.media.as_str(),
            "text/rfc822-headers" | "message/rfc822-headers" | "message/rfc822" | "message/global-headers"
        ) {
            let (bytes, _) = part.bytes();
            found(&Fields::split(&bytes).0);
        }
    }
}

/// Message-IDs of what came back: from attached messages and headers, else from headers quoted in the text.
fn returned_ids(letter: &Letter<'_>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut add = |value: &str| {
        for id in ids_in(value) {
            if ids.len() < MAX_REPORTED && !ids.contains(&id) {
                ids.push(id);
            }
        }
    };
    returned(letter, |fields| {
        for name in ["Message-ID", "X-Crewbox-Ref"] {
            if let Some(value) = fields.plain(name) {
                add(&value);
            }
        }
    });
    let mut lines = head(letter.text, MAX_BOUNCE_BYTES).lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', ' ', '\t', '|']);
        let Some((name, value)) = line.split_once(':') else { continue };
        if ["message-id", "x-crewbox-ref", "x-original-message-id"]
            .iter()
            .any(|n| name.trim().eq_ignore_ascii_case(n))
        {
            // A long id stands folded on the next line.
            let value =
                if value.trim().is_empty() { lines.peek().copied().unwrap_or_default() } else { value };
            add(value);
        }
    }
    ids
}

/// Recipients that the text names before the returned message starts, else those of the returned message.
fn named_recipients(letter: &Letter<'_>, verdict: &mut Verdict) {
    let own: Vec<String> = letter
        .fields()
        .addresses("To")
        .iter()
        .filter_map(|a| a.address.as_deref().map(str::to_lowercase))
        .collect();
    let sender = letter.from.email.to_lowercase();
    for line in head(letter.text, MAX_BOUNCE_BYTES).lines() {
        let lower = line.trim().to_lowercase();
        if lower.starts_with("return-path:") || lower.starts_with("received:") || lower.starts_with("from:") {
            break;
        }
        for word in lower.split(|c: char| {
            c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '\'' | '[' | ']')
        }) {
            let word = word.strip_prefix("mailto:").unwrap_or(word).trim_matches(['.', ':']);
            if is_address(word) && word != sender && !own.iter().any(|a| a == word) {
                add_recipient(verdict, word);
            }
        }
    }
    if verdict.failed_recipients.is_empty() {
        returned_recipients(letter, verdict);
    }
}

fn returned_recipients(letter: &Letter<'_>, verdict: &mut Verdict) {
    let mut recipients = Vec::new();
    returned(letter, |fields| {
        recipients.extend(fields.addresses("To").into_iter().filter_map(|addr| addr.address));
    });
    for recipient in recipients {
        add_recipient(verdict, &recipient);
    }
}

/// Adds an address, out of `rfc822; a@b`, `<a@b>` or `a@b`.
fn add_recipient(verdict: &mut Verdict, value: &str) {
    let value = value.rsplit(';').next().unwrap_or_default();
    let address = value.trim().trim_matches(['<', '>', '"']).trim().to_lowercase();
    if is_address(&address)
        && verdict.failed_recipients.len() < MAX_REPORTED
        && !verdict.failed_recipients.contains(&address)
    {
        verdict.failed_recipients.push(address);
    }
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && word.len() <= 254
            && word.bytes().filter(|b| *b == b'@').count() == 1
            && !word
                .contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '/' | '='))
    })
}
