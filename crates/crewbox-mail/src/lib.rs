//! Mail as pure functions: raw bytes become a [`Mail`](crewbox_core::message::Mail), and a mail with what
//! the store knows becomes a place; around them the shells that fetch mail by IMAP and send it by SMTP. Owns MIME,
//! charsets, classification, folding, the threading rules, sync and sending. Never reads a clock (it is handed
//! one), knows nothing of SQL or HTTP servers.

mod address;
mod body;
pub mod budget;
mod classify;
pub mod compose;
mod credentials;
mod digest;
mod failure;
pub mod fetch;
mod fold;
pub mod form;
mod free_mail;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod html;
mod ids;
pub mod intake;
mod marks;
pub mod mbox;
mod mime;
pub mod net;
pub mod oauth;
pub mod outbox;
mod place;
mod pool;
pub mod post;
pub mod probe;
mod read;
mod reading;
mod sender;
mod sent_by;
#[cfg(test)]
mod shortened_tests;
pub mod sync;

pub use address::{Answering, answering};
pub use body::{
    AttachedBytes, InlineImage, PieceDecoder, attachment, attachments_at, find_attachment, inline_images,
};
pub use compose::{ComposeError, Composed, DraftError, Envelope, compose, compose_into};
pub use credentials::Credentials;
pub use failure::Failure;
pub use fold::new_text;
pub use html::images::{ImageSource, images, with_images};
pub use html::sanitise::{BLOCKED_IMAGE, SANITISER_VERSION};
pub use marks::{Container, Marks, NotMail};
pub use place::place;
pub use pool::{Job, Pool, QUEUE_LENGTH, STACK_BYTES};
pub use read::{ReadContext, Unreadable, origin, read, reader};
pub use reading::reading;
pub use sender::{DirectionHint, Origin};
pub use sent_by::{HEADER_BYTES, is_sent_by};
