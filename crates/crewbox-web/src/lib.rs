//! The HTTP border: the API's routes, its two dialects, its errors, and the pages.
//!
//! Owns everything a client sees over HTTP and nothing behind it: no SQL, no MIME, no clock. What it needs of
//! mail comes through [`port::MailIn`], which the binary hands in.

mod account;
mod answer;
mod app;
mod call;
mod campaign;
mod error;
mod inbox;
mod link;
mod list;
mod mailbox;
mod message;
mod metrics;
mod object;
pub mod openapi;
mod page;
pub mod port;
mod rate;
mod request;
pub mod route;
mod row;
mod send;
mod serve;
mod untracked;

pub use app::{App, Settings};
pub use route::router;
pub use serve::serve;
