//! The files of a message: given with it, attachments of messages here, or those of a message that was not sent.
//!
//! Owns the links that name such files. No other address is fetched: whoever names one would reach what this server reaches.

use crewbox_core::id::{MessageId, OutgoingId};
use crewbox_core::message::Message;
use crewbox_core::outgoing::DraftAttachment;
use crewbox_store::{BodyLimits, StoreError};

use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Files of one message.
pub const MAX_FILES: usize = 25;
/// Bytes of all files of one message: as base64, 78 bytes a line of 57, they fit into the 35 MB that a message may
/// have.
pub const MAX_FILE_BYTES: u64 = 35 * 1024 * 1024 / 78 * 57;

/// How the link of a file of a message that was not sent begins.
const UNSENT: &str = "unsent:";

/// A file to attach.
#[derive(Debug)]
pub enum File {
    /// Its bytes came with the command.
    Given(DraftAttachment),
    /// It is an attachment of a mail here.
    Stored {
        /// The mail.
        mail: StoredIn,
        /// The attachment's number, from 0.
        index: u32,
        /// Its new name.
        name: Option<String>,
    },
}

/// The mail that a file is cut out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoredIn {
    /// A message.
    Message(MessageId),
    /// A message that was not sent.
    Unsent(OutgoingId),
}

impl File {
    /// The file that a link names: the `file_url` of an attachment here, whatever the host, or the link of a file of a
    /// message that was not sent.
    #[must_use]
    pub fn linked(url: &str, name: Option<String>) -> Option<Self> {
        let (mail, index) = match url.strip_prefix(UNSENT) {
            Some(rest) => {
                let (outgoing, index) = rest.split_once('/')?;
                (StoredIn::Unsent(OutgoingId(outgoing.parse().ok()?)), index)
            }
            None => {
                let path = url.split(['?', '#']).next()?;
                let rest = path.split_once("/api/v1/messages/")?.1;
                let (message, index) = rest.split_once("/attachments/")?;
                (StoredIn::Message(MessageId(message.parse().ok()?)), index)
            }
        };
        Some(Self::Stored { mail, index: index.parse().ok()?, name })
    }
}

/// The link of a file of a message that was not sent. It attaches the file and downloads nothing.
pub(super) fn unsent_link(outgoing: OutgoingId, index: u32) -> String {
    format!("{UNSENT}{outgoing}/{index}")
}

/// A file that is cut out of a stored mail, and its place among all files.
struct Wanted {
    place: usize,
    mail: StoredIn,
    index: u32,
    name: Option<String>,
}

/// The files' bytes, with all files of a forwarded message. Each mail that files come from is read once, after their sizes
/// were found to fit; of mails that were not sent no sizes are kept, so they are counted as they are read.
pub(super) async fn load(
    services: &Services,
    caller: &Caller,
    files: Vec<File>,
    forwarded: Option<&Message>,
) -> Result<Vec<DraftAttachment>, Refusal> {
    let (mut all, mut wanted, mut total) = (Vec::new(), Vec::new(), 0_u64);
    for file in files {
        match file {
            File::Given(attachment) => {
                total = total.saturating_add(attachment.bytes.len() as u64);
                all.push(Some(attachment));
            }
            File::Stored { mail, index, name } => {
                wanted.push(Wanted { place: all.len(), mail, index, name });
                all.push(None);
            }
        }
    }
    if let Some(message) = forwarded {
        for attachment in &message.attachments {
            let mail = StoredIn::Message(message.id);
            wanted.push(Wanted { place: all.len(), mail, index: attachment.index, name: None });
            all.push(None);
        }
    }
    let mut mails: Vec<StoredIn> = wanted.iter().map(|one| one.mail).collect();
    mails.sort_unstable();
    mails.dedup();
    let (store, scope) = (services.store(), caller.scope());
    for mail in &mails {
        let StoredIn::Message(message) = mail else { continue };
        let (found, _) = seen(store.message(scope, *message, BodyLimits::NONE).await)?;
        for one in wanted.iter().filter(|one| one.mail == *mail) {
            let listed = found.attachments.iter().find(|listed| listed.index == one.index);
            total = total.saturating_add(listed.ok_or_else(no_attachment)?.file_size);
        }
    }
    fits(total, forwarded)?;
    for mail in mails {
        let of_mail = || wanted.iter().filter(|one| one.mail == mail);
        let indexes: Vec<u32> = of_mail().map(|one| one.index).collect();
        let raw = seen(match mail {
            StoredIn::Message(message) => store.raw(scope, message).await,
            StoredIn::Unsent(outgoing) => store.outgoing_raw(scope, outgoing).await,
        })?;
        let found = blocking(move || crewbox_mail::attachments_at(&raw, &indexes)).await?;
        for (one, found) in of_mail().zip(found) {
            let (attachment, bytes) = found.ok_or_else(no_attachment)?;
            if let StoredIn::Unsent(_) = mail {
                total = total.saturating_add(bytes.len() as u64);
                fits(total, forwarded)?;
            }
            all[one.place] = Some(DraftAttachment {
                file_name: one.name.clone().unwrap_or(attachment.file_name),
                file_type: attachment.file_type,
                bytes,
            });
        }
    }
    Ok(all.into_iter().flatten().collect())
}

fn fits(total: u64, forwarded: Option<&Message>) -> Result<(), Refusal> {
    if total > MAX_FILE_BYTES { Err(too_large(forwarded.is_some()).into()) } else { Ok(()) }
}

fn too_large(forwarded: bool) -> FieldError {
    if forwarded {
        let sentence = "message_id: its files are together over 26 MB, more than one mail can carry";
        FieldError::says("message_id", sentence)
    } else {
        let sentence = "attachments: all files together may have 26 MB: attach less";
        FieldError::says("attachments", sentence)
    }
}

fn no_attachment() -> Refusal {
    FieldError::says("attachments", "attachments: a file_url names no attachment here").into()
}

/// What the store reads; a message that the caller does not see has no attachment.
fn seen<T>(read: Result<T, StoreError>) -> Result<T, Refusal> {
    match read {
        Err(StoreError::NotFound(..)) => Err(no_attachment()),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_an_attachment_here_or_nothing() {
        let named = |url: &str| match File::linked(url, None) {
            Some(File::Stored { mail, index, .. }) => Some((mail, index)),
            _ => None,
        };
        let message = Some((StoredIn::Message(MessageId(12)), 3));
        assert_eq!(named("/api/v1/messages/12/attachments/3"), message);
        assert_eq!(named("https://box.test/api/v1/messages/12/attachments/3?expires=9#x"), message);
        assert_eq!(named(&unsent_link(OutgoingId(7), 0)), Some((StoredIn::Unsent(OutgoingId(7)), 0)));
        for other in [
            "",
            "https://x.test/plan.pdf",
            "unsent:7",
            "unsent:x/0",
            "/api/v1/messages/12",
            "file:///etc/passwd",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
