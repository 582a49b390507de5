//! E-mail accounts over HTTP: saved sealed, shown without secrets, asked about, and posted to.
//!
//! Owns bodies and answers. What a call requires and does is the use case's.

mod account;
mod change;
mod deliver;
mod fields;
mod ledger;
mod remove;
mod save;
mod tags;
mod test;

pub(crate) use account::{EmailAccount, account, get, list};
pub(crate) use change::change;
pub(crate) use deliver::deliver;
pub(crate) use ledger::ledger;
pub(crate) use remove::remove;
pub(crate) use save::save;
pub(crate) use tags::{add_tags, list_tags, remove_tags};
pub(crate) use test::test;
