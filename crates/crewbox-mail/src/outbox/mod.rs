//! Mail out: each message of the outbox leaves once.
//!
//! Owns the worker that takes what is due, the SMTP talk, and the order of the two that makes "never twice" true:
//! the store says *sending* before the first byte of a message leaves, and from then on only the server's answer,
//! or a copy found in Sent, says more. Never sends again what may have left.

mod hello;
mod relay;
mod sending;
mod sendings;
pub mod smtp;
mod worker;

pub use worker::{Config, Outbox};

/// The points of [`crewbox_crash`] that sending passes, in their order.
pub const CRASH_POINTS: &[&str] =
    &["outbox.announced", "outbox.started", "outbox.data", "outbox.answered", "outbox.accepted"];
