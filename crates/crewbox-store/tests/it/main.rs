//! What every engine must do, seen from outside through the contract alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod accounts;
mod background;
mod blocked;
mod check;
mod correct;
mod identity;
mod ingest;
mod live;
mod log;
mod outbox;
mod world;
