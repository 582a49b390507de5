//! One IMAP connection: commands with deadlines, answers as plain values, failures as [`Failure`](crate::Failure).
//!
//! Owns the talk with the server. Never changes anything on it but to put a copy into Sent: folders are opened
//! with EXAMINE, mail is read with BODY.PEEK. What the server says unasked is a hint and no more.

#[cfg(feature = "fuzz")]
mod any;
mod connection;
mod counts;
mod exchange;
mod failing;
mod fetch;
mod folders;
mod idle;
mod log_in;
mod names;
mod rest;
mod tolerant;
mod wire;

#[cfg(feature = "fuzz")]
pub use any::any_responses;
pub use connection::{Connection, Examined};
pub use fetch::{Fetched, Given};
pub(crate) use names::{Use, by_name, readable};
pub use wire::Deadlines;
