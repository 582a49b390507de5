//! The surroundings of a conversation: accounts, members, keys, clients, campaigns, mailboxes, leads,
//! categories and tags, as plain records. No secret is ever part of one of these.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CampaignId, CategoryId, ClientId, KeyId, MailboxId, MemberId, SessionId, TagId};
use crate::preferences::Preferences;
use crate::time::Timestamp;

mod lead;

pub use lead::{Lead, LeadFields};

/// What a member may do, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, including the account itself. An account has at least one.
    Owner,
    /// Everything but the account itself.
    Admin,
    /// Works conversations.
    Member,
}

/// Which of the two wire dialects a key speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// The published contract: nested rows in `messages`, 422 on bad values.
    #[default]
    Documented,
    /// What the hosted service is seen to answer: flat rows in `data`, 400 on bad values.
    Live,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name, unique on the server.
    pub name: String,
}

/// A team member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id; `team_member_id` in the API.
    pub id: MemberId,
    /// Display name.
    pub name: String,
    /// Sign-in address, unique within the account, lower case.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Set for a client's own user, who sees only this client's rows.
    pub client: Option<ClientId>,
    /// Name of the time zone in which they read and type times (IANA); none for UTC.
    pub time_zone: Option<String>,
    /// What is put below their answers, as they typed it; none for the mailbox's signature.
    pub signature: Option<String>,
    /// The number of their second factor, from which its secret is derived; none where a password is enough.
    pub second_factor: Option<u64>,
    /// How they want the web inbox to work.
    pub preferences: Preferences,
}

/// How much of what its member may do an API key allows, from least to most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyLevel {
    /// Reading.
    Read,
    /// Reading, working conversations, and sending.
    Reply,
    /// Everything that the member may do.
    #[default]
    Manage,
}

/// An API key's public side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// The member that "me" means.
    pub member: MemberId,
    /// SHA-256 of the whole key as the client sends it.
    pub hash: [u8; 32],
    /// The dialect it speaks.
    pub dialect: Dialect,
    /// Requests per seconds, when limited.
    pub rate_limit: Option<RateLimit>,
    /// Narrows the key to one client's rows.
    pub client: Option<ClientId>,
    /// What people call it.
    pub name: Option<String>,
    /// How much it allows.
    pub level: KeyLevel,
    /// Whether an agent that uses it over MCP may send; otherwise it writes drafts.
    pub mcp_send: bool,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// No longer accepted from then on.
    pub revoked_at: Option<Timestamp>,
    /// No longer accepted from then on.
    pub expires_at: Option<Timestamp>,
}

/// A member's session in a browser, or a link that begins one. One that has ended is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub member: MemberId,
    /// SHA-256 of the whole token as the browser sends it.
    pub hash: [u8; 32],
    /// What its token does.
    pub kind: SessionKind,
    /// When it began.
    pub created_at: Timestamp,
    /// No longer accepted from then on.
    pub expires_at: Timestamp,
}

/// What a session's token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// It is a browser's cookie: each request is the member's.
    Browser,
    /// It is part of a link: it begins a browser's session, once.
    Link,
}

/// At most `requests` in any window of `seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests, at least 1.
    pub requests: u32,
    /// Seconds, at least 1.
    pub seconds: u32,
}

/// A customer of an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Display name.
    pub name: String,
    /// Contact address.
    pub email: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What the program that sends a campaign does with it. Kept and shown; Crewbox sends no campaigns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CampaignStatus {
    /// It is being sent.
    Active,
    /// It is paused.
    Paused,
    /// It is stopped.
    Stopped,
    /// All of it is sent.
    Completed,
    /// It is put away.
    Archived,
    /// It is being prepared.
    #[default]
    Drafted,
}

impl CampaignStatus {
    /// Every one, by its number.
    const ALL: [Self; 6] =
        [Self::Active, Self::Paused, Self::Stopped, Self::Completed, Self::Archived, Self::Drafted];

    /// Its number in the change log ([`Field::CampaignStatus`](crate::change::Field::CampaignStatus)).
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The one with this number in the change log.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }
}

/// Settings of the program that sends a campaign. Kept and shown; nothing here acts on them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the contract's own keys")]
pub struct CampaignSettings {
    pub track_settings: Option<Vec<String>>,
    pub stop_lead_settings: Option<String>,
    pub unsubscribe_text: Option<String>,
    pub send_as_plain_text: Option<bool>,
    pub force_plain_text: Option<bool>,
    pub follow_up_percentage: Option<u32>,
    pub enable_ai_esp_matching: Option<bool>,
}

impl CampaignSettings {
    /// These settings, with those that are given in place of what they were.
    #[must_use]
    pub fn changed_by(self, given: Self) -> Self {
        Self {
            track_settings: given.track_settings.or(self.track_settings),
            stop_lead_settings: given.stop_lead_settings.or(self.stop_lead_settings),
            unsubscribe_text: given.unsubscribe_text.or(self.unsubscribe_text),
            send_as_plain_text: given.send_as_plain_text.or(self.send_as_plain_text),
            force_plain_text: given.force_plain_text.or(self.force_plain_text),
            follow_up_percentage: given.follow_up_percentage.or(self.follow_up_percentage),
            enable_ai_esp_matching: given.enable_ai_esp_matching.or(self.enable_ai_esp_matching),
        }
    }
}

/// A campaign. A sub-sequence is a campaign with a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Display name.
    pub name: String,
    /// Whose it is; never changes, so a conversation's client never does either.
    pub client: Option<ClientId>,
    /// Set for a sub-sequence.
    pub parent: Option<CampaignId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed; when it was made, if never.
    pub updated_at: Timestamp,
    /// A deleted campaign keeps its row, so that its conversations stay explained.
    pub deleted_at: Option<Timestamp>,
    /// What its sender does with it.
    pub status: CampaignStatus,
    /// Its sender's settings.
    pub settings: CampaignSettings,
    /// Mailboxes it sends from.
    pub mailboxes: Vec<MailboxId>,
    /// Its tags, shown on every row of it.
    pub tags: Vec<TagId>,
}

/// A connected e-mail account, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its id; `email_account_id` in the API.
    pub id: MailboxId,
    /// The address, lower case, unique within the account.
    pub email: String,
    /// Further addresses its owner writes from, saved or learned, in the form in which addresses are compared; sorted.
    pub aliases: Vec<String>,
    /// Display name put into From.
    pub name: String,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// How to reach its servers.
    pub settings: MailboxSettings,
    /// Its tags, ascending.
    pub tags: Vec<TagId>,
    /// When it was saved.
    pub created_at: Timestamp,
    /// A removed mailbox keeps its row, so that its mail stays explained.
    pub removed_at: Option<Timestamp>,
}

/// How a connection to a mail server is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Ssl,
    /// STARTTLS.
    Tls,
    /// Plain text, only where the operator opted in.
    None,
}

/// Connection settings of a mailbox; passwords are sealed separately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxSettings {
    /// SMTP user name (and IMAP's unless `imap_user` is set).
    pub user: String,
    /// SMTP host.
    pub smtp_host: String,
    /// SMTP port.
    pub smtp_port: u16,
    /// SMTP security.
    pub smtp_security: Security,
    /// IMAP host.
    pub imap_host: String,
    /// IMAP port.
    pub imap_port: u16,
    /// IMAP security.
    pub imap_security: Security,
    /// IMAP user name where it differs.
    pub imap_user: Option<String>,
    /// HTML signature.
    pub signature: Option<String>,
    /// Log-in by a token instead of a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuth>,
}

/// How tokens are had for a mailbox (RFC 6749). The client's secret and the refresh token are sealed separately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuth {
    /// `google`, `microsoft`, or `other`.
    pub provider: String,
    /// The client id the operator registered with the provider.
    pub client_id: String,
    /// Where tokens are had.
    pub token_url: String,
    /// What is asked for.
    pub scope: String,
}

/// A lead category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its id; 1 to 7 are the contract's own.
    pub id: CategoryId,
    /// Display name.
    pub name: String,
    /// How a reply of this category is meant.
    pub sentiment: Sentiment,
    /// When it was made.
    pub created_at: Timestamp,
}

/// `sentiment_type` in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sentiment {
    /// Good news.
    Positive,
    /// Neither.
    Neutral,
    /// Bad news.
    Negative,
}

/// The categories every account starts with, by their fixed ids (the API's `fetch-categories`).
pub const SYSTEM_CATEGORIES: [(CategoryId, &str, Sentiment); 7] = [
    (CategoryId(1), "Interested", Sentiment::Positive),
    (CategoryId(2), "Meeting Request", Sentiment::Positive),
    (CategoryId(3), "Not Interested", Sentiment::Negative),
    (CategoryId(4), "Do Not Contact", Sentiment::Negative),
    (CategoryId(5), "Information Request", Sentiment::Positive),
    (CategoryId(6), "Out Of Office", Sentiment::Neutral),
    (CategoryId(7), "Wrong Person", Sentiment::Negative),
];

/// What an automatic out-of-office reply sets.
pub const OUT_OF_OFFICE: CategoryId = CategoryId(6);

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// Display name, unique within the account.
    pub name: String,
    /// `#RRGGBB`; none for one that was made without a colour.
    pub color: Option<String>,
}
