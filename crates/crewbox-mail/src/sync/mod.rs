//! Mail in: one worker for each mailbox brings its folders into the store.
//!
//! Owns the protocol logic as a pure machine (`machine`), the types between the two (`step`), and the part that
//! speaks IMAP (`driver`). Never sets a flag on a server, never trusts untagged data beyond taking it as a hint.

mod backoff;
pub mod connection_limits;
pub mod driver;
pub mod imap;
pub mod ledger;
pub mod machine;
pub mod memory_budget;
pub mod step;
pub mod supervisor;
mod uid_range;
