//! The store's contract: what is asked and answered, in the words of the domain. No engine's type, error or
//! dialect passes through here; every engine must pass the same conformance suite.

mod batch;
mod bulk;
mod data_location;
mod erase;
mod error;
mod expectation;
mod ingest;
mod key;
mod mail_bytes;
mod mailbox;
mod member;
mod outreach;
mod part;
mod participant;
mod quarantined;
mod raw_bytes;
mod read;
mod saved_view;
mod scope;
mod statistics;
mod steps;
mod stored_response;
mod team;
mod template;
mod webhook;

pub use batch::*;
pub use bulk::NewBulk;
pub use data_location::DataLocation;
pub use erase::{Erase, Erased, HeldOfPerson};
pub use error::{StoreError, Thing};
pub use expectation::{Expectation, MOST_CHANGES_SINCE, Newer, Overtaken, Seen};
pub use ingest::{Ingest, Ingested, Location};
pub use key::{NewKey, NewSession};
pub use mail_bytes::{ArrivedMail, MailBytes, MailReader};
pub use mailbox::{MailboxChange, MailboxSecrets, NewMailbox};
pub use member::{MemberChange, NewMember};
pub use outreach::OutreachQuery;
pub use part::{
    Activity, ChangedDomain, DomainUndo, DueReminders, HeldDraft, HeldReminder, HeldTask, NewNote, NewPart,
    NewReminder, NewTask, Note, PartUndo, PartUndoState,
};
pub use participant::{DetachedMail, HeldParticipant};
pub use quarantined::NewQuarantined;
pub use raw_bytes::{LargeMail, RawBytes};
pub use read::{
    BlockedDomain, BlockedQuery, BodyLimits, Catalog, ChangePage, Excerpt, Fault, Found, Head, HistoryPage,
    LeadPage, LeadQuery, NewAccount, QuarantineItem, QuarantinedMail, RawMail, ReadsPart, ReadsParts, Row,
    Search, SignIn, UntrackedQuery,
};
pub use saved_view::{NewSavedView, SavedViewChange};
pub use scope::Scope;
pub use statistics::{CampaignFigures, SentFate, SentMail, SentPage, SentQuery};
pub use steps::{AttachTo, NewOutgoing, OutboxStep, SyncStep};
pub use stored_response::StoredResponse;
pub use team::{ConversationActivities, ConversationPast, KeptActivities, NewActivities};
pub use template::NewTemplate;
pub use webhook::{Delivery, DeliveryCounts, DeliveryState, NewDelivery, SavedWebhook, Tried};
