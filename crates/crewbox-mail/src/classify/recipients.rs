//! Who a delivery report or a complaint is about, and which of our messages came back with it.

use super::letter::Letter;
use super::normal::head;
use crate::budget::MAX_BOUNCE_BYTES;
use crate::ids::ids_in;
use crate::mime::fields::Fields;

/// Most recipients and returned ids kept of one report.
const MAX_REPORTED: usize = 50;

/// Longest address (RFC 5321, section 4.5.3.1.3), bytes.
const MAX_ADDRESS_BYTES: usize = 254;

/// Local parts from which servers write.
const DAEMONS: &[&str] = &[
    "mailer-daemon",
    "mailerdaemon",
    "mailer_daemon",
    "postmaster",
    "mail-daemon",
    "maildaemon",
    "mail-delivery-subsystem",
    "mail-delivery-system",
    "microsoftexchange",
    "mdaemon",
    "mail.delivery.system",
    "maildelivery",
    "mailsystem",
    "mail-system",
    "bounce",
    "bounces",
    "noreply-mailer-daemon",
    "double-bounce",
    "hostmaster-daemon",
    "mailadmin-daemon",
];

/// What a report names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reported {
    /// Message-IDs of what came back.
    pub(super) ids: Vec<String>,
    /// Recipients it is about, lower case.
    pub(super) recipients: Vec<String>,
}

impl Reported {
    /// Adds an address, out of `rfc822; a@b`, `<a@b>` or `a@b`.
    pub(super) fn add_recipient(&mut self, value: &str) {
        let value = value.rsplit(';').next().unwrap_or_default();
        let address = value.trim().trim_matches(['<', '>', '"']).trim().to_lowercase();
        if is_address(&address) && self.recipients.len() < MAX_REPORTED && !self.recipients.contains(&address)
        {
            self.recipients.push(address);
        }
    }

    /// Adds the Message-IDs of what came back: from attached messages and headers, else from headers quoted in the text.
    pub(super) fn add_returned_ids(&mut self, letter: &Letter<'_>) {
        let mut ids: Vec<String> = std::mem::take(&mut self.ids);
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
                .any(|known| name.trim().eq_ignore_ascii_case(known))
            {
                // A long id is folded onto the next line.
                let value =
                    if value.trim().is_empty() { lines.peek().copied().unwrap_or_default() } else { value };
                add(value);
            }
        }
        self.ids = ids;
    }

    /// Adds the recipients that the server's own text names, else those of the returned message.
    pub(super) fn add_named(&mut self, letter: &Letter<'_>, own_text: &str) {
        self.add_addresses(letter, own_text);
        if self.recipients.is_empty() {
            self.add_returned_recipients(letter);
        }
        if self.recipients.is_empty() {
            // Some notices list what they return as lines of text.
            self.add_addresses(letter, head(letter.text, MAX_BOUNCE_BYTES));
        }
    }

    /// Adds the addresses in a text that are neither ours nor a server's.
    pub(super) fn add_addresses(&mut self, letter: &Letter<'_>, own_text: &str) {
        let ours: Vec<String> = letter
            .fields()
            .addresses("To")
            .iter()
            .filter_map(|found| found.address.as_deref().map(str::to_lowercase))
            .collect();
        let sender = letter.from.email.to_lowercase();
        for line in own_text.lines() {
            for word in line.split(|c: char| {
                c.is_whitespace()
                    || matches!(
                        c,
                        '<' | '>' | '(' | ')' | ',' | ';' | '"' | '\'' | '[' | ']' | '（' | '）' | '：'
                    )
            }) {
                if !word.contains('@') {
                    continue;
                }
                let word = word.to_lowercase();
                let word = word.strip_prefix("mailto:").unwrap_or(&word);
                let word = word.rsplit("rcpt:").next().unwrap_or(word).trim_matches(['.', ':', '…', '*']);
                let machine = is_daemon(word.split('@').next().unwrap_or_default());
                if is_address(word) && !machine && word != sender && !ours.iter().any(|one| one == word) {
                    self.add_recipient(word);
                }
            }
        }
    }

    /// Adds the recipients of the message that came back.
    pub(super) fn add_returned_recipients(&mut self, letter: &Letter<'_>) {
        let mut recipients = Vec::new();
        returned(letter, |fields| {
            recipients.extend(fields.addresses("To").into_iter().filter_map(|found| found.address));
        });
        for recipient in recipients {
            self.add_recipient(&recipient);
        }
    }
}

/// Calls `found` with the header block of each message that came back, in whatever form.
pub(super) fn returned(letter: &Letter<'_>, mut found: impl FnMut(&Fields<'_>)) {
    for part in &letter.tree.parts {
        if part.message.is_some() && !part.fields.is_empty() {
            found(&part.fields);
        } else if matches!(
            part.media.as_str(),
            "text/rfc822-headers"
                | "text/rfc822-header"
                | "message/rfc822-headers"
                | "message/rfc822"
                | "message/global-headers"
        ) {
            let (bytes, _) = part.bytes();
            found(&Fields::split(&bytes).0);
        }
    }
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && word.len() <= MAX_ADDRESS_BYTES
            && word.bytes().filter(|byte| *byte == b'@').count() == 1
            && !word
                .contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '/' | '='))
    })
}

/// Whether a local part is a server's.
pub(super) fn is_daemon(local: &str) -> bool {
    DAEMONS.iter().any(|daemon| local == *daemon || daemon.len() > 8 && local.starts_with(daemon))
}
