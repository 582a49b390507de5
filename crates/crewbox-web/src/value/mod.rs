//! The values that bodies, queries and paths hold: each type reads itself and describes itself.
//!
//! Owns what is accepted of a single value, and the sentence that refuses it. Which keys a body has is declared with
//! [`crate::declare`].

mod id;
mod list;
mod map;
mod money;
pub(crate) mod names;
mod number;
pub(crate) mod read;
mod text;
mod time;

pub(crate) use id::OrBlank;
pub(crate) use list::{AnyIds, IdSet, Ids, List, Several, count, items};
pub(crate) use map::{Map, Nothing};
pub(crate) use money::Money;
pub(crate) use names::wire_names;
pub(crate) use number::{Count, FromZero, not_whole, whole};
pub(crate) use read::{Named, Nullable, Parameter, Shown, Value};
pub(crate) use text::{NonBlank, TOO_LARGE_FOR_TEXT, Trimmed, is_address, read as read_text};
pub(crate) use time::Until;

/// Characters a name may have: more would break every list it is shown in.
pub(crate) const MAX_NAME: usize = 200;
