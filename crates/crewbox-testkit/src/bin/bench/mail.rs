//! Small mails, ready for the store: what reading them would have given, without reading them. The path from
//! raw bytes is measured by the import.
//!
//! Owns the form of a filled account's mails. The conversation a mail belongs to is in its Message-ID, so
//! that the place function needs no rule.

use crewbox_core::id::ConversationId;
use crewbox_core::message::{Address, Class, Direction, Mail, Verdict, Verdicts};
use crewbox_core::threading::{Facts, Placement};
use crewbox_core::time::Timestamp;
use sha2::{Digest as _, Sha256};

/// What decides a mail.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    pub(crate) conversation: ConversationId,
    pub(crate) lead: Address,
    pub(crate) mailbox: Address,
    pub(crate) direction: Direction,
    pub(crate) class: Class,
    pub(crate) at: Timestamp,
    pub(crate) subject: &'a str,
    pub(crate) text: String,
}

impl Letter<'_> {
    /// The mail and its bytes.
    pub(crate) fn write(self) -> (Mail, Vec<u8>) {
        let (from, to) = match self.direction {
            Direction::Inbound => (self.lead, self.mailbox),
            Direction::Outbound => (self.mailbox, self.lead),
        };
        let way = if self.direction == Direction::Inbound { "in" } else { "out" };
        let message_id = format!("{}.{way}.{}@bench.example", self.conversation, self.at.millis());
        let raw = format!(
            "Message-ID: <{message_id}>\r\nFrom: {} <{}>\r\nTo: {} <{}>\r\nSubject: {}\r\nX-Millis: {}\r\n\r\n{}",
            from.name,
            from.email,
            to.name,
            to.email,
            self.subject,
            self.at.millis(),
            self.text
        )
        .into_bytes();
        let content: [u8; 32] = Sha256::digest(&raw).into();
        let mail = Mail {
            crewbox_ref: None,
            content,
            message_id,
            own_message_id: true,
            digest: content,
            files_digest: [0; 32],
            references: Vec::new(),
            direction: self.direction,
            verdicts: Verdicts::always(Verdict::of(self.class, String::new())),
            failed_recipients: if self.class == Class::Bounce { vec![to.email.clone()] } else { Vec::new() },
            from,
            to: vec![to],
            cc: Vec::new(),
            subject: self.subject.to_owned(),
            at: self.at,
            text: self.text,
            html: None,
            sanitiser: 0,
            folds: Vec::new(),
            attachments: Vec::new(),
            decoded_lossy: false,
            notice: None,
            bounced_ids: Vec::new(),
            size: raw.len() as u64,
        };
        (mail, raw)
    }
}

/// Places a mail by its Message-ID.
pub(crate) fn place(mail: &Mail, _facts: &Facts) -> Placement {
    let conversation = mail.message_id.split('.').next().and_then(|id| id.parse().ok());
    match conversation {
        Some(id) => Placement::Joins {
            conversation: ConversationId(id),
            reason: "Its Message-ID names the conversation.".to_owned(),
            participants: Vec::new(),
            stats_id: None,
        },
        None => Placement::Untracked { reason: "It names no conversation.".to_owned() },
    }
}
