//! Mail as pure functions: raw bytes become a [`Mail`](crewbox_core::message::Mail), and a mail with what
//! the store knows becomes a place. Owns MIME, charsets, classification, folding and the threading rules.
//! Never does I/O but for the reader it is handed, never reads a clock, knows nothing of SQL or HTTP.

mod address;
mod body;
pub mod budget;
mod classify;
mod digest;
mod fold;
mod html;
mod ids;
pub mod intake;
pub mod mbox;
mod mime;
mod phrases;
mod place;
mod pool;
mod read;

pub use body::attachment;
pub use html::sanitise::{BLOCKED_IMAGE, SANITISER_VERSION};
pub use place::place;
pub use pool::{Job, Pool, QUEUE_LENGTH, STACK_BYTES};
pub use read::{ReadContext, Unreadable, read};
