//! The core's integration tests, one binary.

mod corrected_class;
mod index_against_oracle;
mod oracle;
