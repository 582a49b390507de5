//! Mail out over HTTP: replying, forwarding, the status of a message, and taking it back.
//!
//! Owns bodies and answers. Which message is answered, to which recipients and how often is the use cases' rule.

mod addresses;
mod files;
mod forward;
mod reply;
mod status;
mod take_back;
mod text;

pub(crate) use forward::{forward, forward_reply};
pub(crate) use reply::{reply, send_thread};
pub(crate) use status::status;
pub(crate) use take_back::take_back;
pub(crate) use text::Exact;
