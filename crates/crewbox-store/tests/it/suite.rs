//! The conformance suite, compiled once for each engine.
//!
//! The module that includes it names its engine as `Tested`, so a second engine joins with one line: its name, in a file
//! like `sqlite.rs`. No file of the suite knows where an engine keeps its data.

mod accounts;
mod background;
mod blocked;
mod clients;
mod correct;
mod expectations;
pub(crate) mod identity;
mod ingest;
mod live;
mod log;
mod outbox;
mod parts;
pub(crate) mod world;
