//! One message of the store.
//!
//! Owns who may read what of it. How a mail is read is the mail crate's.

mod attachment;
mod class;
mod images;
mod raw;
mod read;
mod reading;
mod reread;

pub use attachment::{Attached, attachment, no_attachment};
pub use class::{Corrected, correct};
pub use images::{Fetched, ImageSource, InlineImage, own_images, remote_image, with_images};
pub use raw::raw;
pub use read::read;
pub(crate) use read::with_whole_text;
pub use reading::reading;
pub use reread::{context_again, reread};
