//! Attacks on the built server: seeded, bounded, on loopback only.
//!
//! Each is small by itself; `cargo xtask attack` and `cargo xtask soak` run the full figures.

mod bombs;
mod clocks;
mod damage;
mod hostile_imap;
mod injection;
mod power;
mod requests;
mod workload;
