//! What fuzz targets run: each function takes any bytes, and panics where a promise of this crate is broken.
//!
//! Compiled with the feature `fuzz` only, which no release has.

pub use crate::list::any_filters as filters;
