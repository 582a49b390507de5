//! The one place SQL lives: rows and the change log in one transaction, behind a contract that names no
//! engine.
//!
//! Owns durability, isolation between accounts, blobs, sealed secrets, search, and the live index that follows
//! the change log. Never parses mail, speaks no HTTP, and lets no caller read without a [`Scope`].

pub mod contract;
pub mod follow;
pub mod key;
pub mod live;
mod open;
mod private;
pub mod reads;
pub mod seal;
pub mod search;
mod sqlite;
mod store;
mod stuck_lock;
pub mod token;

pub use contract::{
    AttachTo, Batch, BodyLimits, Catalog, Committed, DataLocation, Expectation, Head, Ingest, Ingested,
    LeadOutcome, Location, MemberChange, NewKey, NewMember, NewOutgoing, NewSession, Newer, Op, OutboxStep,
    Outcome, Overtaken, Row, Scope, StoreError, SyncStep, Thing,
};
pub use live::Live;
pub use open::{Open, Role};
pub use sqlite::ArrivingMail;
pub use store::Store;

/// The points of [`crewbox_crash`] that the sweep of files passes, around each file that it removes.
pub const SWEEP_CRASH_POINTS: &[&str] = &["store.sweep-checked", "store.sweep-removed"];

/// The points of [`crewbox_crash`] that a write passes, in their order. Writes that carry no mail pass none of
/// them, so that the first hits are those that matter.
pub const CRASH_POINTS: &[&str] =
    &["store.blob-written", "store.blob-placed", "store.prepared", "store.before-commit", "store.committed"];
