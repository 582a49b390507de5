//! Declarations of bodies, queries and answers. One declaration makes the struct, reads or writes it and describes it
//! in the OpenAPI document, so that these cannot differ.
//!
//! ```ignore
//! input! {
//!     /// A tag to make.
//!     pub(crate) struct NewTag {
//!         /// Its name.
//!         name: NonBlank<MAX_NAME>,
//!         /// Its colour.
//!         colour: Option<Trimmed<20>>,
//!     }
//! }
//! ```
//!
//! Owns how fields are gone through. What a single value may be is owned by [`crate::value`].

pub(crate) mod input;
pub(crate) mod name;
pub(crate) mod output;
pub(crate) mod query;

pub(crate) use input::{BodyField, Change, Input, Required, input};
pub(crate) use output::{Joined, Output, output};
pub(crate) use query::{QueryInput, QueryParameter, query};
