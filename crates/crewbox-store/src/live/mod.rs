//! What a process keeps of each account to answer lists: the index, the names, the keys. Follows the change
//! log on every read, so a write by any process is seen by the next request here.
//!
//! Owns no truth: everything here can be dropped and read again. Never writes but the wake-ups of snoozes.

mod account;
mod accounts;
mod keys;
mod sign_in;

pub use account::{AccountLive, Names};
pub use accounts::Live;
pub use sign_in::{AuthError, Signed};
