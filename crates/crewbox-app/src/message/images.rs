//! The images of a mail that is shown with its own layout.
//!
//! Owns that nothing is loaded from elsewhere unless the person asks, and trackers never are.

use crewbox_core::id::MessageId;
use crewbox_core::permission::Permission;
pub use crewbox_mail::fetch::Fetched;
pub use crewbox_mail::{ImageSource, InlineImage, with_images};
use crewbox_mail::{images, inline_images};

use super::raw;
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;
use crate::stored_mail::StoredMail;

/// Bytes of a mail whose own images are shown: its images are at most 4 MiB, in Base64.
const MAX_MAIL: usize = 8 * 1024 * 1024;

/// The images of a message that its sanitised HTML shows and that came with it. Those of a mail of more than 8 MiB are left
/// out, and so are those that are no image or too large.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; the store's.
pub async fn own_images(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    html: &str,
) -> Result<Vec<InlineImage>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let wanted: Vec<String> = images(html)
        .into_iter()
        .filter_map(|source| if let ImageSource::Part(id) = source { Some(id) } else { None })
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    match raw(services, caller, message, MAX_MAIL).await? {
        StoredMail::Large(_) => Ok(Vec::new()),
        StoredMail::Whole(bytes) => blocking(move || inline_images(&bytes, &wanted)).await,
    }
}

/// Fetches an image from its server. Whoever calls it has checked that a person asked for it; nothing about them is sent.
///
/// # Errors
/// [`Refusal::Gone`] for one that is not there, or that may not be fetched; [`Refusal::Unavailable`] without a mail side.
pub async fn remote_image(services: &Services, address: &str) -> Result<Fetched, Refusal> {
    let images = &services.mail()?.images;
    images.fetch(address).await.map_err(|sentence| Refusal::Gone(sentence.to_owned()))
}
