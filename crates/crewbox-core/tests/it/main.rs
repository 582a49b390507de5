//! The core's integration tests, one binary.

mod index_against_oracle;
