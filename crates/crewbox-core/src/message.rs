//! A message as it is kept: sender and recipients, what it is, where its text folds. The raw bytes and the
//! bodies live in the store beside it; everything here can be derived again from the raw bytes.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, MailboxId, MessageId};
use crate::time::Timestamp;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To us.
    Inbound,
    /// From one of our mailboxes.
    Outbound,
}

/// Bytes of a message's plain text that are stored. While a text is written it is in memory several times, and nobody
/// writes one as long; what is longer is a log or a dump. All of it is read from the raw mail where that is asked for.
pub const MAX_STORED_TEXT: usize = 2 * 1024 * 1024;

/// A stored text that is cut has at least so many bytes: it ends before a character of up to four.
pub const LEAST_CUT_TEXT: usize = MAX_STORED_TEXT - 3;

/// The part of a plain text that is stored: all of it, or its start up to a whole character.
#[must_use]
pub fn stored_text(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_STORED_TEXT)]
}

/// Whether a stored text of so many bytes may be the start of a longer one.
#[must_use]
pub const fn may_be_cut(stored: usize) -> bool {
    LEAST_CUT_TEXT <= stored && stored <= MAX_STORED_TEXT
}

/// The domain of ids that no mail carries itself.
const DERIVED: &str = "@no-message-id.invalid";

/// The id under which a mail without a Message-ID is kept: the same bytes give the same id. `content` is their SHA-256.
#[must_use]
pub fn derived_id(content: &[u8; 32]) -> String {
    let hex: String = content[..20].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}{DERIVED}")
}

/// Whether an id is one of those: nobody but us knows it.
#[must_use]
pub fn is_derived_id(id: &str) -> bool {
    id.ends_with(DERIVED)
}

/// What a message counts as in the figures of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountsAs {
    /// A mail that was sent.
    Sent,
    /// A reply by a person.
    Reply,
}

impl CountsAs {
    /// What a message of this direction and class counts as: what no person wrote is no reply.
    #[must_use]
    pub const fn of(direction: Direction, class: Class) -> Option<Self> {
        match (direction, class) {
            (Direction::Outbound, _) => Some(Self::Sent),
            (Direction::Inbound, Class::Human) => Some(Self::Reply),
            (Direction::Inbound, _) => None,
        }
    }
}

/// What an inbound message is. Outbound messages are always [`Class::Human`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Written by a person: the only class that makes a conversation Replied and unread.
    Human,
    /// A failed delivery (RFC 3464, or one of the many that carry no report type).
    Bounce,
    /// A delivery that is late but not lost (`Action: delayed`): changes nothing.
    Delayed,
    /// A feedback report (ARF, RFC 5965): the lead complained; sets Unsubscribed.
    Feedback,
    /// Out of office, a ticket receipt, … (RFC 3834); sets category 6.
    Automatic,
    /// Asks to be left alone; sets Unsubscribed.
    Unsubscribe,
    /// An answer to an invitation (iTIP REPLY).
    Calendar,
    /// A read receipt (RFC 8098): reports that a mail was displayed; changes nothing.
    Receipt,
}

impl Class {
    /// Every one, in the order in which they are documented.
    pub const ALL: &[Self] = &[
        Self::Human,
        Self::Automatic,
        Self::Bounce,
        Self::Delayed,
        Self::Feedback,
        Self::Unsubscribe,
        Self::Calendar,
        Self::Receipt,
    ];

    /// Its stable name, in the store and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Automatic => "automatic",
            Self::Bounce => "bounce",
            Self::Delayed => "delayed",
            Self::Feedback => "feedback",
            Self::Unsubscribe => "unsubscribe",
            Self::Calendar => "calendar",
            Self::Receipt => "receipt",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.name() == name)
    }

    /// Its number in the change log ([`Field::Class`]): its place among [`Class::ALL`].
    ///
    /// [`Field::Class`]: crate::change::Field::Class
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Human => 0,
            Self::Automatic => 1,
            Self::Bounce => 2,
            Self::Delayed => 3,
            Self::Feedback => 4,
            Self::Unsubscribe => 5,
            Self::Calendar => 6,
            Self::Receipt => 7,
        }
    }

    /// The one with this number in the change log.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.number() == number)
    }

    /// Whether it counts as a reply (sets the reply time, is shown as last message).
    #[must_use]
    pub const fn is_reply(self) -> bool {
        !matches!(self, Self::Bounce | Self::Delayed | Self::Feedback | Self::Receipt)
    }
}

/// What a mail is taken for, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it is.
    pub class: Class,
    /// What it may be instead: there is some proof, but not enough to take it from a person. Only beside
    /// [`Class::Human`].
    pub suspected: Option<Class>,
    /// What decided, as a sentence for people; never more than a short phrase of the mail.
    pub evidence: String,
    /// The return date that an automatic reply names, midnight UTC.
    pub returns_at: Option<Timestamp>,
}

impl Verdict {
    /// A verdict without doubt and without a return date.
    #[must_use]
    pub fn of(class: Class, evidence: impl Into<String>) -> Self {
        Self { class, suspected: None, evidence: evidence.into(), returns_at: None }
    }
}

/// What reading a mail cannot know, but the store can, and what counts as evidence for its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Circumstances {
    /// Its sender is the lead of a conversation that it can join.
    pub from_lead: bool,
    /// It arrived within [`PROMPT_MS`] after the message of ours that it answers.
    pub prompt: bool,
}

/// Programs reply at once; mail servers deliver both ways within this time, milliseconds. People rarely answer
/// faster, so it supports other evidence and proves nothing alone.
pub const PROMPT_MS: i64 = 5 * 60 * 1_000;

/// The verdicts on one mail: one for what its bytes say alone, and others where circumstances change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// Nothing is known besides the bytes.
    pub alone: Verdict,
    /// Where circumstances lead to another verdict.
    pub otherwise: Vec<(Circumstances, Verdict)>,
}

impl Verdicts {
    /// The same verdict under all circumstances.
    #[must_use]
    pub fn always(verdict: Verdict) -> Self {
        Self { alone: verdict, otherwise: Vec::new() }
    }

    /// The verdict under these circumstances.
    #[must_use]
    pub fn under(&self, circumstances: Circumstances) -> &Verdict {
        let other = self.otherwise.iter().find(|(these, _)| *these == circumstances);
        other.map_or(&self.alone, |(_, verdict)| verdict)
    }
}

/// An address with its display name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Display name, decoded; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `local@domain`, domain in lower case.
    pub email: String,
}

/// One attachment's description; the bytes are cut out of the raw message when asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its place among the message's attachments, from 0.
    pub index: u32,
    /// File name, decoded, without any path.
    pub file_name: String,
    /// MIME type in lower case, as declared.
    pub file_type: String,
    /// Decoded size in bytes.
    pub file_size: u64,
}

/// A folded stretch of the plain text, in bytes, at character borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Why it folds.
    pub kind: FoldKind,
}

/// What a fold hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FoldKind {
    /// Quoted history, with its attribution line.
    Quote,
    /// A signature.
    Signature,
}

/// Everything derived from one mail's raw bytes, before it has an id or a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// SHA-256 of the raw bytes.
    pub content: [u8; 32],
    /// Message-ID without angle brackets; derived from `content` where the mail has none.
    pub message_id: String,
    /// Whether the mail carried the Message-ID itself.
    pub own_message_id: bool,
    /// Digest of From, Date, Subject and body over decoded text with white space collapsed.
    pub digest: [u8; 32],
    /// Digest of the attachments: their number and the decoded bytes of each, text without regard to line ends. With
    /// `digest` and the Message-ID, what makes two mails the same message.
    pub files_digest: [u8; 32],
    /// `In-Reply-To` then `References` (newest first), without brackets, without repeats, capped.
    pub references: Vec<String>,
    /// Which way it went.
    pub direction: Direction,
    /// What it is: settled by [`crate::threading::settle`] when its place is decided.
    pub verdicts: Verdicts,
    /// From.
    pub from: Address,
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Subject, decoded.
    pub subject: String,
    /// When it was sent or came in; never in the future of the `now` it was read at.
    pub at: Timestamp,
    /// The whole plain text.
    pub text: String,
    /// Sanitised HTML, if the mail had any.
    pub html: Option<String>,
    /// Version of the sanitiser that made `html`.
    pub sanitiser: u16,
    /// Folds of `text`, ascending, not overlapping.
    pub folds: Vec<Fold>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// Some bytes did not decode and were replaced.
    pub decoded_lossy: bool,
    /// Sentences for the reader: what was over a budget and is shown as text, what cannot be shown, and why.
    pub notice: Option<String>,
    /// Message-IDs found in the headers a bounce returned.
    pub bounced_ids: Vec<String>,
    /// Recipients a bounce says failed, lower case.
    pub failed_recipients: Vec<String>,
    /// Value of `X-Crewbox-Ref`, if the mail carries one: looked at in outbound mail only.
    pub crewbox_ref: Option<String>,
    /// Size of the raw bytes.
    pub size: u64,
}

impl Mail {
    /// A mail of which nothing is known.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            content: [0; 32],
            message_id: String::new(),
            own_message_id: true,
            digest: [0; 32],
            files_digest: [0; 32],
            references: Vec::new(),
            direction: Direction::Inbound,
            verdicts: Verdicts::always(Verdict::of(Class::Human, String::new())),
            from: Address::default(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: String::new(),
            at: Timestamp(0),
            text: String::new(),
            html: None,
            sanitiser: 0,
            folds: Vec::new(),
            attachments: Vec::new(),
            decoded_lossy: false,
            notice: None,
            bounced_ids: Vec::new(),
            failed_recipients: Vec::new(),
            crewbox_ref: None,
            size: 0,
        }
    }
}

/// A stored message without its bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it belongs; none while untracked.
    pub conversation: Option<ConversationId>,
    /// The mailbox it first came through.
    pub mailbox: Option<MailboxId>,
    /// RFC 5322 Message-ID without brackets.
    pub message_id: String,
    /// A sent mail and the replies to it share one; `email_stats_id` in the API.
    pub stats_id: String,
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub class: Class,
    /// What it may be instead, where there is some proof but not enough.
    pub suspected: Option<Class>,
    /// What decided the class.
    pub evidence: String,
    /// It reports about a recipient who is not the lead.
    pub about_another: bool,
    /// When a person set the class; classifying again leaves it then.
    pub corrected_at: Option<Timestamp>,
    /// The return date that an automatic reply names.
    pub returns_at: Option<Timestamp>,
    /// Which threading rule placed it, as a sentence.
    pub reason: String,
    /// From.
    pub from: Address,
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// When it was sent (outbound) or received (inbound).
    pub at: Timestamp,
    /// First tracked opening.
    pub opened_at: Option<Timestamp>,
    /// Tracked openings.
    pub open_count: u32,
    /// First tracked click.
    pub clicked_at: Option<Timestamp>,
    /// Tracked clicks.
    pub click_count: u32,
    /// Folds of the text.
    pub folds: Vec<Fold>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// Size of the raw bytes.
    pub size: u64,
    /// Some bytes did not decode.
    pub decoded_lossy: bool,
    /// What was over a budget.
    pub notice: Option<String>,
}

/// A message's texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bodies {
    /// The whole plain text.
    pub text: String,
    /// Sanitised HTML, if there is any.
    pub html: Option<String>,
}
