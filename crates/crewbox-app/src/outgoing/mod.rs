//! Mail out: a reply or a forward becomes a draft, the draft a mail, the mail a row of the outbox. Also its status, and
//! taking it back.
//!
//! Owns which message is answered, through which mailbox, to which recipients, with which files, and when a repeated
//! request is the same one. Never sends: the mail crate's outbox sends what is queued.

mod content;
mod failed;
mod file;
mod forward;
mod prepare;
mod queue;
mod queued;
mod recipients;
mod reply;
mod signature;
mod status;
mod take_back;
mod target;
mod tried;
mod unsent;
mod waiting;
mod written;

pub use content::{Content, MAX_HEADER, MAX_HTML, MAX_UNDO_SECONDS, SignatureOf};
pub use failed::{failed, try_again};
pub use file::{File, MAX_FILE_BYTES, MAX_FILES, StoredIn};
pub use forward::{Forward, forward};
pub use prepare::{AnswerKind, Prepared, prepare};
pub use queued::Queued;
pub use reply::{Reply, reply};
pub use signature::signature;
pub use status::status;
pub use take_back::take_back;
pub use tried::until_tried;
pub use unsent::{Unsent, rewrite, take_back_to_draft, unsent};
pub use waiting::waiting;
