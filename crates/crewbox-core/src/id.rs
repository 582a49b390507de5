//! Newtype ids. Every id is a positive integer below 2^53, unique within its account and table, never
//! reused: clients parse JSON numbers as doubles. Zero is never an id.

use serde::{Deserialize, Serialize};

/// The greatest id: what a double holds exactly (clients parse ids as JSON numbers).
pub const MAX_ID: u64 = (1 << 53) - 1;

/// Declares ids. A record that one crate alone hands out may have its id beside it.
#[macro_export]
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The bare number, as it is in the API.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<u64> for $name {
            fn from(id: u64) -> Self {
                Self(id)
            }
        }
    )*};
}

id! {
    /// A tenant of this server: nothing crosses from one account to another. Never used twice.
    AccountId;
    /// A person of the team who signs in; every API key belongs to one ("me").
    MemberId;
    /// A customer of an agency; client-scoped keys see only what is their client's.
    ClientId;
    /// A campaign, or a sub-sequence of one.
    CampaignId;
    /// A person written to, unique by e-mail within the account.
    LeadId;
    /// A connected e-mail account ("email account" in the API).
    MailboxId;
    /// A conversation: one lead in one campaign. The API's `campaign_lead_map_id`.
    ConversationId;
    /// One stored message.
    MessageId;
    /// A lead category, such as 1 Interested.
    CategoryId;
    /// A tag, of campaigns and conversations alike.
    TagId;
    /// An API key's row (never the secret).
    KeyId;
    /// A member's session in a browser, or a link that begins one.
    SessionId;
    /// A mail kept raw because it could not be read safely.
    QuarantineId;
    /// A message in the outbox.
    OutgoingId;
    /// A rule that acts on conversations by itself.
    RuleId;
    /// A note on a conversation.
    NoteId;
    /// A task on a conversation.
    TaskId;
    /// A receiver of events.
    WebhookId;
    /// An event to be delivered to a receiver.
    DeliveryId;
    /// A reminder of a conversation.
    ReminderId;
    /// A saved view.
    SavedViewId;
    /// A template.
    TemplateId;
    /// A bulk action.
    BulkId;
}

/// A change's number: dense and rising within an account, in commit order. Zero is "before everything".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The numbers of the changes of one commit: in a row, maybe none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeqRange {
    last: Seq,
    count: u64,
}

impl SeqRange {
    /// The `count` numbers that end with `last`.
    #[must_use]
    pub const fn ending(last: Seq, count: u64) -> Self {
        Self { last, count }
    }

    /// The first and the last number; none where nothing changed.
    #[must_use]
    pub const fn ends(self) -> Option<(Seq, Seq)> {
        match self.count {
            0 => None,
            count => Some((Seq(self.last.0.saturating_sub(count - 1)), self.last)),
        }
    }
}

/// A conversation's dense number within one index in one process. Never leaves the process, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// Hashes ids by one multiplication each: they are our own counters, so nobody can choose them to collide. What a caller
/// chooses may be hashed only where a table is small and keys are compared as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl IdHasher {
    /// 2^64 divided by the golden ratio: neighbouring ids end up far from each other.
    pub const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
}

impl std::hash::Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        let product = (self.0 ^ id).wrapping_mul(Self::FACTOR);
        self.0 = product ^ product >> 32;
    }

    /// An enum's discriminant.
    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }
}
