//! Changes as they happen, for readers who wait for them: event streams, and whatever else serves one.
//!
//! One follower of the change log ([`Events::follower`]) hands each account's new changes to the account's readers. It
//! keeps the newest ones in memory, once for all readers. A reader that is further behind reads the log itself, so a slow
//! reader holds back nobody and nothing is queued for it: a reader is a number, the change that it has come to.
//!
//! A reader follows the log as it is ([`ChangeReader`]), or what it means for lists, counts and conversations
//! ([`SubscriptionReader`]). What it means for equal lists is found out once, for all changes of [`TOGETHER`].
//!
//! Owns the changes kept in memory and who waits for them. Never writes, and keeps nothing for an account without readers.

mod accounts;
mod evaluate;
mod follow;
mod group;
mod hub;
mod reader;
mod recent;
mod subscribed;
mod subscription;
#[cfg(test)]
mod tests;

pub use accounts::Events;
pub use evaluate::{RowChange, RowMoved};
pub use follow::{EventsFollower, TOGETHER};
pub use reader::{ChangeReader, Changed};
pub use subscribed::{MAX_SUBSCRIPTIONS, SubscriptionReader};
pub use subscription::{Counted, Part, Subscribe, Update};
