//! What every engine must do, seen from outside through the contract alone.

mod accounts;
mod check;
mod ingest;
mod live;
mod log;
mod world;
