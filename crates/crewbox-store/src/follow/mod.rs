//! Following the change log: the one way in which a part of the program learns that something happened.
//!
//! A [`Follower`] is called with each account's changes in their order. [`run`](fn@run) drives it: it sleeps until a head
//! in [`LogHeads`] moves, reads the changes after the follower's position, a page at a time, and calls it.
//! One watcher keeps the heads for all followers and all accounts: a commit of this process moves them at once,
//! and a cheap look finds the commits of other processes.
//!
//! Each follower runs on a task of its own and reads the log at its own speed, so a slow one delays nobody and
//! nothing is queued in memory. Never polls an account, never writes, and knows no engine.

mod due;
mod follower;
mod heads;
mod positions;
mod run;
#[cfg(test)]
mod tests;

pub use due::{reached, reached_or_set_back};
pub use follower::{Follower, Log, Then};
pub use heads::LogHeads;
pub(crate) use run::PAGE;
pub use run::run;
