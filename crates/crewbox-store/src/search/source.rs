//! What search reads of the store: the log, texts, leads. Every engine gives one; search itself knows no table
//! but its own.

use crewbox_core::change::{Affected, Change, ChangeKind};
use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{AccountId, ClientId, ConversationId, MessageId, Seq};
use crewbox_core::time::Timestamp;

use crate::contract::StoreError;

/// A log entry, as far as search cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its number.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: ChangeKind,
    /// To which conversation.
    pub conversation: Option<ConversationId>,
    /// To what else: a message, a lead.
    pub subject: Option<u64>,
}

impl Logged {
    pub(super) const fn of(change: &Change) -> Self {
        let Change { seq, at, kind, conversation, subject, .. } = *change;
        Self { seq, at, kind, conversation, subject }
    }
}

/// A message's searched text, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Where it is; a message without conversation is in no list and not searched.
    pub conversation: Option<ConversationId>,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// What a conversation's lead is found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadText {
    /// Address.
    pub email: String,
    /// Given and family name with a space between, or the one there is.
    pub name: String,
    /// Company, or empty.
    pub company: String,
}

impl LeadText {
    /// From the lead's fields.
    #[must_use]
    pub fn of(email: &str, first: Option<&str>, last: Option<&str>, company: Option<&str>) -> Self {
        let name = match (first.unwrap_or_default(), last.unwrap_or_default()) {
            ("", name) | (name, "") => name.to_owned(),
            (first, last) => [first, " ", last].concat(),
        };
        Self { email: email.to_owned(), name, company: company.unwrap_or_default().to_owned() }
    }

    pub(super) fn fields(&self) -> [&str; 3] {
        [&self.email, &self.name, &self.company]
    }
}

/// A reader of its own, used by one thread at a time. Every read is of one account.
pub trait Source: Send {
    /// Every account.
    ///
    /// # Errors
    /// The engine's.
    fn accounts(&self) -> Result<Vec<AccountId>, StoreError>;

    /// The newest change.
    ///
    /// # Errors
    /// The engine's.
    fn head(&self, account: AccountId) -> Result<Seq, StoreError>;

    /// At most `limit` changes after `since`, ascending without a gap.
    ///
    /// # Errors
    /// The engine's.
    fn log(&self, account: AccountId, since: Seq, limit: u32) -> Result<Vec<Logged>, StoreError>;

    /// One message's text; none if there is no such message.
    ///
    /// # Errors
    /// The engine's.
    fn text(&self, account: AccountId, message: MessageId) -> Result<Option<Text>, StoreError>;

    /// A conversation's lead; none if there is no such conversation.
    ///
    /// # Errors
    /// The engine's.
    fn lead(&self, account: AccountId, conversation: ConversationId) -> Result<Option<LeadText>, StoreError>;

    /// A conversation's client; none if it has none or there is no such conversation.
    ///
    /// # Errors
    /// The engine's.
    fn client(
        &self,
        account: AccountId,
        conversation: ConversationId,
    ) -> Result<Option<ClientId>, StoreError>;

    /// All conversations of a client.
    ///
    /// # Errors
    /// The engine's.
    fn of_client(&self, account: AccountId, client: ClientId) -> Result<ConversationSet, StoreError>;
}

/// What a change means to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doc {
    /// A message joined a conversation.
    Message(MessageId),
    /// A message's text may differ from what was indexed.
    AgainMessage(MessageId),
    /// A conversation came to be, with its lead.
    Lead(ConversationId),
    /// Its lead's fields changed.
    AgainLead(ConversationId),
    /// A message's text was erased.
    ErasedMessage(MessageId),
    /// All texts of a conversation were erased, and its lead.
    ErasedConversation(ConversationId),
}

impl Doc {
    pub(super) fn of(change: &Logged) -> Option<Self> {
        let message = || change.subject.map(MessageId);
        change.kind.affects().iter().find_map(|affected| match affected {
            Affected::NewText => change.conversation.and_then(|_| message()).map(Self::Message),
            Affected::ChangedText => message().map(Self::AgainMessage),
            Affected::ErasedText => match message() {
                Some(message) => Some(Self::ErasedMessage(message)),
                None => change.conversation.map(Self::ErasedConversation),
            },
            Affected::NewLead => change.conversation.map(Self::Lead),
            Affected::ChangedLead => change.conversation.map(Self::AgainLead),
            _ => None,
        })
    }

    /// Whether it is of something that may be in already.
    pub(super) const fn is_again(self) -> bool {
        !matches!(self, Self::Message(_) | Self::Lead(_))
    }
}
