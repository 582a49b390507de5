//! Mail in: one worker a mailbox keeps its folders and the store alike.
//!
//! Owns the protocol logic as a pure machine (`machine`), the words it is driven by (`step`), and the shell that
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
