//! Reads: what a call may ask, and what it is given.

use std::sync::Arc;

use crewbox_core::change::Change;
use crewbox_core::conversation::{Conversation, LeadStatus};
use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::filter::EmailStatus;
use crewbox_core::id::{
    AccountId, CampaignId, CategoryId, ClientId, ConversationId, MailboxId, MemberId, QuarantineId, Seq,
    TagId,
};
use crewbox_core::message::{Bodies, Direction, Message};
use crewbox_core::model::{Account, ApiKey, Campaign, Category, Client, Lead, Mailbox, Member, Session, Tag};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;

use super::error::StoreError;
use super::ingest::Location;
use super::member::NewMember;
use super::scope::Scope;

/// The head of an account's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The newest change.
    pub seq: Seq,
    /// Bumped whenever a name shown on rows changes.
    pub names_epoch: u64,
}

/// A stretch of the log.
#[derive(Clone, Debug, Default)]
pub struct ChangePage {
    /// Ascending, without a gap; for a scope that is restricted to a client, those of the client.
    pub changes: Vec<Change>,
    /// The head when it was read. For such a scope its number is that of the client's newest change.
    pub head: Head,
}

/// The names and surroundings of an account, read as one.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is all of that kind, ascending by id")]
pub struct Catalog {
    pub account: Account,
    /// The head it was read at.
    pub head: Head,
    pub members: Vec<Member>,
    pub keys: Vec<ApiKey>,
    /// Those that have not ended; some may have expired.
    pub sessions: Vec<Session>,
    pub clients: Vec<Client>,
    pub campaigns: Vec<Campaign>,
    /// Removed ones too.
    pub mailboxes: Vec<Mailbox>,
    pub categories: Vec<Category>,
    pub tags: Vec<Tag>,
}

macro_rules! lookup {
    ($($name:ident: $field:ident, $id:ty, $row:ty;)*) => {$(
        #[doc = concat!("The one with this id, of `", stringify!($field), "`.")]
        #[must_use]
        pub fn $name(&self, id: $id) -> Option<&$row> {
            self.$field.binary_search_by_key(&id, |row| row.id).ok().and_then(|at| self.$field.get(at))
        }
    )*};
}

impl Catalog {
    lookup! {
        member: members, MemberId, Member;
        client: clients, ClientId, Client;
        campaign: campaigns, CampaignId, Campaign;
        mailbox: mailboxes, MailboxId, Mailbox;
        category: categories, CategoryId, Category;
        tag: tags, TagId, Tag;
    }
}

/// How many bytes of messages' texts a read returns at most. What is not returned is not read either, so that a
/// list costs what it shows and not what its mails weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes of each plain text; a longer one ends at the last whole character within.
    pub text: usize,
    /// Bytes of each HTML, likewise. The end may be within a tag.
    pub html: usize,
    /// Bytes of all texts of the read together. A history leaves out its oldest messages beyond this, a list its
    /// last ones; the first is always returned.
    pub total: usize,
}

impl BodyLimits {
    /// All of every text, as far as it is stored.
    pub const WHOLE: Self = Self { text: usize::MAX, html: usize::MAX, total: usize::MAX };
    /// No text of any message.
    pub const NONE: Self = Self { text: 0, html: 0, total: usize::MAX };

    /// Plain text only, up to this many bytes of each message.
    #[must_use]
    pub const fn text(bytes: usize) -> Self {
        Self { text: bytes, ..Self::NONE }
    }
}

/// A message's texts, or their beginnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The plain text; empty where none was wanted.
    pub text: String,
    /// The HTML, if there is any and it was wanted.
    pub html: Option<String>,
    /// The plain text was wanted and is longer than its limit, or than what is stored of a text.
    pub text_truncated: bool,
    /// The HTML was wanted and is longer than its limit.
    pub html_truncated: bool,
    /// Bytes of both as they are stored, whether they were wanted or not.
    pub stored: u64,
}

impl Excerpt {
    /// Whether a text that was wanted is longer than its limit.
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        self.text_truncated || self.html_truncated
    }
}

/// The messages of a conversation, or its newest ones.
#[derive(Clone, Debug, Default)]
pub struct HistoryPage {
    /// Oldest first.
    pub messages: Vec<(Message, Excerpt)>,
    /// Older messages that were left out ([`BodyLimits::total`]).
    pub omitted: u64,
    /// How many of those were sent by us.
    pub omitted_sent: u64,
}

/// An engine that reads what belongs to a conversation: one implementation for each type of such a thing.
pub trait ReadsParts<T> {
    /// Those of this conversation, in the order of the type's own.
    ///
    /// # Errors
    /// `NotFound(Conversation)`, engine errors.
    fn parts(&self, scope: &Scope, conversation: ConversationId) -> Result<Vec<T>, StoreError>;
}

/// An engine that reads something that members added to a conversation by its own id: one implementation for each type.
pub trait ReadsPart<T> {
    /// The one with this id, if the scope sees its conversation.
    ///
    /// # Errors
    /// `NotFound` of its kind, engine errors.
    fn part(&self, scope: &Scope, id: u64) -> Result<T, StoreError>;
}

/// What a list row is made of, besides the names in the [`Catalog`].
#[derive(Clone, Debug)]
pub struct Row {
    /// The conversation.
    pub conversation: Conversation,
    /// Its lead.
    pub lead: Lead,
    /// The latest reply if there is one, else the latest message sent. None also where it was not wanted.
    pub last_message: Option<(Message, Excerpt)>,
}

/// A search.
#[derive(Clone, Debug)]
pub struct Search {
    /// What to find, as the person typed it; at least one character.
    pub text: String,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Those with the term.
    pub conversations: ConversationSet,
    /// Messages behind the search index that were not looked at; 0 means the answer is exact. Under a client's scope it
    /// is at most 1.
    pub behind: u64,
}

/// Asks for a campaign's leads, newest conversation first.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the contract's own query keys")]
pub struct LeadQuery {
    pub limit: u32,
    pub offset: u64,
    pub status: Option<LeadStatus>,
    pub category: Option<CategoryId>,
    /// Any of; empty is no restriction.
    pub email_status: Vec<EmailStatus>,
    /// Added to the campaign after this.
    pub created_after: Option<Timestamp>,
    /// Last written to after this.
    pub sent_after: Option<Timestamp>,
    /// Last written to, or last replied, after this.
    pub event_after: Option<Timestamp>,
    /// Bytes of the fields of all leads together: the page ends before the lead that is over it. The first lead is always
    /// read.
    pub most_bytes: usize,
}

/// A page of a campaign's leads.
#[derive(Clone, Debug, Default)]
pub struct LeadPage {
    /// All that match.
    pub total: u64,
    /// The page.
    pub rows: Vec<(Conversation, Lead)>,
}

/// A mail in quarantine.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the API's own keys")]
pub struct QuarantineItem {
    pub id: QuarantineId,
    pub mailbox: MailboxId,
    pub folder: Option<String>,
    pub uid: Option<u32>,
    pub reason: String,
    pub size: u64,
    /// When it was put there.
    pub received_at: Timestamp,
}

/// A quarantined mail with its bytes, for trying it again.
#[derive(Clone, Debug)]
pub struct QuarantinedMail {
    /// What is known of it.
    pub item: QuarantineItem,
    /// Where it was seen, when from a server.
    pub location: Option<Location>,
    /// When its server took it in, if that is known.
    pub mail_at: Option<Timestamp>,
    /// It was read as history.
    pub backfill: bool,
    /// Which way it went, where that was known without reading it.
    pub direction: Option<Direction>,
    /// What came in, byte for byte.
    pub raw: Vec<u8>,
}

/// Asks for messages that belong to no conversation, newest first. Blocked domains' are left out.
#[derive(Clone, Debug, Default)]
pub struct UntrackedQuery {
    /// At most this many.
    pub limit: u32,
    /// Past so many.
    pub offset: u64,
    /// The sender's address holds this, in any case and with or without accents.
    pub from: Option<String>,
    /// A recipient's address holds this, likewise.
    pub to: Option<String>,
    /// The subject holds this, likewise.
    pub subject: Option<String>,
}

/// Asks for blocked domains, by name.
#[derive(Clone, Debug, Default)]
pub struct BlockedQuery {
    /// At most this many.
    pub limit: u32,
    /// Past so many.
    pub offset: u64,
    /// Only those whose name holds this.
    pub holds: Option<String>,
}

/// A domain that nobody writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedDomain {
    /// Its name, lower case.
    pub domain: String,
    /// Why it is blocked.
    pub source: String,
    /// Since when.
    pub at: Timestamp,
}

/// A stored message's raw bytes, for deriving it again.
#[derive(Clone, Debug)]
pub struct RawMail {
    /// The message as it is stored.
    pub message: Message,
    /// Its texts as they are stored.
    pub bodies: Bodies,
    /// What came in, byte for byte. None where it is missing or does not have its hash any more.
    pub raw: Option<Vec<u8>>,
    /// The addresses of its mailbox.
    pub own: Arc<OwnAddresses>,
    /// It was stored before attachments were part of a message's identity, and not read again since.
    pub lacks_files_digest: bool,
}

/// A new account with its first member and key.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Unique on the server.
    pub name: String,
    /// Its owner.
    pub owner: NewMember,
}

/// A member found by address, for checking a password.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The account.
    pub account: AccountId,
    /// The member.
    pub member: MemberId,
    /// argon2 PHC string; none if they have no password.
    pub password_hash: Option<String>,
    /// The number of their second factor.
    pub second_factor: Option<u64>,
}

/// One broken invariant `doctor` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The check that failed.
    pub check: &'static str,
    /// What is wrong, with ids, and no text of any mail.
    pub what: String,
}
