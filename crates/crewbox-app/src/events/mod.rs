//! Changes as they happen, for readers who wait for them: event streams, and whatever else serves one.
//!
//! One follower of the change log ([`Events::follower`]) hands each account's new changes to the account's readers. It
//! keeps the newest ones in memory, once for all readers. A reader that is further behind reads the log itself, so a slow
//! reader holds back nobody and nothing is queued for it: a reader is a number, the change that it has come to.
//!
//! Owns the changes kept in memory and who waits for them. Never writes, and keeps nothing for an account without readers.

mod accounts;
mod follow;
mod reader;
mod recent;

pub use accounts::Events;
pub use follow::EventsFollower;
pub use reader::{ChangeReader, Changed};
