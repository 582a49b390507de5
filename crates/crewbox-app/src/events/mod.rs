//! Changes as they happen, for readers who wait for them: event streams, and whatever else serves one.
//!
//! One follower of the change log ([`Events::follower`]) hands each account's new changes to the account's readers. It
//! keeps the newest ones in memory, once for all readers. A reader that is further behind reads the log itself, so a slow
//! reader holds back nobody and nothing is queued for it: a reader is a number, the change that it has come to.
//!
//! A reader follows the log as it is ([`ChangeReader`]), or what it means for lists, counts and conversations
//! ([`SubscriptionReader`]). What it means for equal lists is found out once, for all changes of [`TOGETHER`].
//!
//! A reader who is restricted to a client sees the changes of that client, under their numbers among these
//! ([`Change::seq_for`](crewbox_core::change::Change::seq_for)). Whatever happens for others reaches it neither as an event nor
//! by a number nor by a resync.
//!
//! Owns the changes kept in memory and who waits for them. Never writes, and keeps nothing for an account without readers.

mod accounts;
#[cfg(test)]
mod client_tests;
mod evaluate;
mod follow;
mod group;
mod hub;
mod reader;
mod recent;
mod shown_name;
mod stretch;
mod subscribed;
mod subscription;
#[cfg(test)]
mod tests;

pub use accounts::Events;
pub use follow::{EventsFollower, TOGETHER};
pub use reader::{ChangeReader, Changed};
pub use stretch::{RowChange, RowMoved};
pub use subscribed::{MAX_SUBSCRIPTIONS, SubscriptionReader};
pub use subscription::{Counted, Part, Subscribe, Update};
