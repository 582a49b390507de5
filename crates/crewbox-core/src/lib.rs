//! What an inbox is: ids, times, the model, views, filters, changes and the index that answers lists.
//!
//! Owns the meaning of every field and the rules by which a conversation changes. Never does I/O, never
//! reads a clock (`now` is always an argument), and knows nothing of SQL, HTTP, IMAP or MIME.

pub mod address;
pub mod address_list;
pub mod bulk;
pub mod change;
pub mod conversation;
pub mod conversation_set;
pub mod draft;
pub mod duplicate;
pub mod filter;
pub mod id;
pub mod index;
pub mod lead;
pub mod list_filter;
pub mod mailbox;
pub mod message;
pub mod model;
pub mod outgoing;
pub mod outreach;
pub mod own_addresses;
pub mod permission;
pub mod preferences;
pub mod reach;
pub mod reading;
pub mod recipients;
pub mod reminder;
pub mod saved_view;
pub mod signature;
pub mod task;
pub mod team;
pub mod template;
pub mod text;
pub mod threading;
pub mod time;
pub mod untracked;
pub mod view;
pub mod webhook;
