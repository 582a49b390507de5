//! Attacks on the built server: seeded, bounded, on loopback only.
//!
//! Each is small by itself; `cargo xtask attack` and `cargo xtask soak` run the full figures.

mod bombs;
mod clocks;
mod cost;
mod costly;
mod damage;
mod filled;
mod forms;
mod furnish;
mod hostile_imap;
mod identities;
mod injection;
mod meter;
mod power;
mod requests;
mod routes;
mod shapes;
mod silent;
mod workload;
