//! What tests build on: real mail servers on loopback, a connection that fails on purpose, letters, and
//! sample conversations, and an account to begin with.
//!
//! Owns nothing of the product. Servers run in a directory of their own on free ports, as root or as anybody, and
//! end with their value. The benchmark is a binary beside.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "a step of a test that fails has nothing better to do than to panic"
)]

pub mod account;
#[cfg(feature = "browser")]
pub mod axe;
pub mod bed;
#[cfg(feature = "browser")]
pub mod browser;
#[cfg(any(feature = "bench", feature = "browser"))]
pub mod call;
pub mod clock;
pub mod dovecot;
pub mod figures;
pub mod fuzz;
pub mod letter;
pub mod ports;
pub mod power;
pub mod proxy;
pub mod sample;
pub mod scripted;
pub mod smtp;
pub mod trace;
pub mod vectors;
