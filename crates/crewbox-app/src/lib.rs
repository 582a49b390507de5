//! The use cases that pages, API, command line and rules share.
//!
//! Owns every rule that needs a look-up: a use case takes the caller, the time and a command, requires a permission,
//! validates, commits, and gives domain values or a [`Refusal`]. Rules that are functions of known facts are in core.
//! Knows nothing of HTTP, JSON, pages or the command line: each of those renders results and refusals in its own words.

pub mod account;
pub mod analytics;
pub mod block_list;
mod blocking;
pub mod bulk;
mod caller;
pub mod campaign;
pub mod catalog;
mod changed;
pub mod changes;
pub mod conversation;
pub mod events;
pub mod figures;
mod idempotency;
pub mod key;
mod labels;
pub mod lead;
pub mod lead_table;
pub mod mailbox;
pub mod member;
pub mod message;
mod once_keys;
pub mod outgoing;
mod overtaken;
pub mod presence;
mod present_members;
pub mod profile;
pub mod quarantine;
mod random;
mod refusal;
pub mod reminders;
pub mod repeated;
pub mod saved_view;
pub mod sender_event;
mod services;
pub mod session;
pub mod snooze;
pub mod statistics;
mod stored_mail;
pub mod team;
mod team_activities;
pub mod template;
pub mod undo;
pub mod untracked;
pub mod webhook;
pub mod zone;

pub use caller::Caller;
pub use changed::Changed;
pub use idempotency::{Idempotency, MAX_KEY_BYTES};
pub use once_keys::OnceKeys;
pub use random::Random;
pub use refusal::{FieldError, Given, Problem, Refusal};
pub use services::{Intake, MailServices, Net, NetPolicy, Services};
pub use stored_mail::{LargeAttachment, LargeFile, LargeRaw, Pieces, StoredMail};
pub use team_activities::TeamActivities;
