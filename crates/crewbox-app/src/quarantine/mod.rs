//! Mail kept raw because it could not be read safely.
//!
//! Owns what reading it again requires, and that a try that ends the process counts as this reader's only one.

mod read;
mod retry;
#[cfg(test)]
mod tests;

pub use read::{list, raw};
pub use retry::{Retried, retry};
