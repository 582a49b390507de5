//! What a process keeps of each account to answer lists: the index, the names, the keys. Every read looks at the
//! head of the change log first, so a write by any process is seen by the next request here; a follower keeps
//! accounts up to date in between.
//!
//! Owns no truth: everything here can be dropped and read again. Never writes.

mod account;
mod accounts;
mod follow;
mod keys;
mod sign_in;

pub use account::{AccountLive, Names};
pub use accounts::Live;
pub use follow::LiveFollower;
pub use sign_in::{AuthError, Signed, SignedIn};
