//! Webhooks: the calls that manage them, and the JSON that is posted to them.
//!
//! Owns names and shapes, those of the public reference. What is delivered when is the use cases' rule.

mod campaign;
mod delivered;
mod manage;
mod object;
mod payload;
mod value;

pub(crate) use campaign::{delete_named, delete_of, list as of_campaign, save};
pub(crate) use delivered::{retrigger, summary};
pub(crate) use manage::{create, delete, get, update};
pub use payload::webhook_renderer;
