//! The demo account: a plan drawn from a seed, its mails as real RFC 5322 bytes, and how they come into a store,
//! which is the way any mail comes in.
//!
//! Owns made-up people and texts only. Never puts a row past the contract.

mod cast;
mod fill;
mod language;
mod letter;
mod member;
mod member_work;
mod plan;
mod report;
mod script;
mod turn;

pub(crate) use fill::{Draw, fill};
pub(crate) use member::DemoMember;

/// Most members a demo draws: more would be a list of numbers.
pub(crate) const MAX_MEMBERS: u64 = 64;
/// Most conversations a demo draws; a million take some minutes.
pub(crate) const MAX_CONVERSATIONS: u64 = 1_000_000;
