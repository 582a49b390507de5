//! Mailboxes on a real Dovecot, behind a connection that fails on purpose, into a real store: the workers as they
//! run, only their patience shortened and their clock in the test's hand.

mod conditions;
mod connection;
mod numbering;
mod post;
mod scripted;
