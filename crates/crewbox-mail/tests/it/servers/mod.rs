//! Mailboxes on a real Dovecot, behind a connection that fails on purpose, into a real store: the workers as they
//! run, only their patience shortened and their clock in the test's hand.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails has nothing better to do than to panic")]

mod attachments;
mod conditions;
mod connection;
mod faults;
mod numbering;
mod odd;
mod post;
mod scripted;
mod sending;
