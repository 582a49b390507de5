//! The built binary, driven as a person or a script drives it: arguments, environment, stdout, stderr, signals and
//! HTTP. Nothing of the inside is touched.
#![expect(clippy::unwrap_used, reason = "a failed step of a test has nothing better to do than to panic")]

mod accounts;
mod at_rest;
mod attack;
mod bed;
mod browser;
mod bulk;
mod classify;
mod crashes;
mod demo;
mod drive;
mod erase;
mod flow;
mod full_disk;
mod hostile;
mod http;
mod idle;
mod interop;
mod kills;
mod large;
mod lead_input;
mod leads;
mod mail;
mod mailbox_input;
mod mailboxes;
#[cfg(feature = "crash-points")]
mod poison;
mod read_only;
mod replies;
mod shortage;
mod start;
mod subscribers;
mod team;
