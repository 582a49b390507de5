//! The HTTP layer: the API's routes, its two dialects, its errors, and the pages.
//!
//! Owns everything a client sees over HTTP and nothing behind it: no SQL, no MIME, no clock (the binary passes one in).
//! What a call requires and does is a use case of crewbox-app, which also reaches mail; this crate does not see it.

mod analytics;
mod answer;
mod app;
mod bad_keys;
mod body;
mod bounded;
mod bulk;
mod call;
mod campaign;
mod categories;
mod change_seq;
mod changes;
mod checked;
mod client_keys;
mod clients;
mod coding;
mod connections;
mod cors;
mod csv;
mod declare;
mod describe;
mod domains;
mod download;
mod error;
mod events;
mod forwarded;
mod fragments;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod handler;
mod idempotency;
mod inbox;
mod kept_files;
mod key_uses;
mod large;
mod lead;
mod link;
mod list;
mod mailbox;
mod mcp;
mod me;
mod members;
mod message;
mod metrics;
mod object;
pub mod openapi;
mod page;
mod pages;
mod payload;
mod pieces;
mod problem;
mod quarantine;
mod rate;
mod request;
pub mod route;
mod row;
mod schema;
mod send;
mod sender_events;
mod serve;
mod stalled;
mod tags;
mod team;
mod untracked;
mod value;
mod webhook;
mod wire;

pub use app::{App, MAX_CONNECTIONS, Settings};
pub use cors::Origin;
pub use route::router;
pub use serve::serve;
pub use webhook::webhook_renderer;
