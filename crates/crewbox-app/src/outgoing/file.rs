//! The files of a message: given with it, or attachments of messages here.

use crewbox_core::id::MessageId;
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
const MAX_FILE_BYTES: u64 = 35 * 1024 * 1024 / 78 * 57;

/// A file to attach.
#[derive(Debug)]
pub enum File {
    /// Its bytes came with the command.
    Given(DraftAttachment),
    /// It is an attachment of a message here.
    Stored {
        /// The message.
        message: MessageId,
        /// The attachment's number, from 0.
        index: u32,
        /// Its new name.
        name: Option<String>,
    },
}

/// A file that is cut out of a stored message, and its place among all files.
struct Wanted {
    place: usize,
    message: MessageId,
    index: u32,
    name: Option<String>,
}

/// The files' bytes, with all files of a forwarded message. Each message that files come from is read once, after their
/// sizes were found to fit.
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
            File::Stored { message, index, name } => {
                wanted.push(Wanted { place: all.len(), message, index, name });
                all.push(None);
            }
        }
    }
    for attachment in forwarded.iter().flat_map(|message| &message.attachments) {
        let message = forwarded.map_or(MessageId(0), |message| message.id);
        wanted.push(Wanted { place: all.len(), message, index: attachment.index, name: None });
        all.push(None);
    }
    let mut messages: Vec<MessageId> = wanted.iter().map(|one| one.message).collect();
    messages.sort_unstable();
    messages.dedup();
    let (store, scope) = (services.store(), caller.scope());
    for message in &messages {
        let (found, _) = seen(store.message(scope, *message, BodyLimits::NONE).await)?;
        for one in wanted.iter().filter(|one| one.message == *message) {
            let listed = found.attachments.iter().find(|listed| listed.index == one.index);
            total = total.saturating_add(listed.ok_or_else(no_attachment)?.file_size);
        }
    }
    if total > MAX_FILE_BYTES {
        return Err(too_large(forwarded.is_some()).into());
    }
    for message in messages {
        let of_message = || wanted.iter().filter(|one| one.message == message);
        let indexes: Vec<u32> = of_message().map(|one| one.index).collect();
        let raw = seen(store.raw(scope, message).await)?;
        let found = blocking(move || crewbox_mail::attachments_at(&raw, &indexes)).await?;
        for (one, found) in of_message().zip(found) {
            let (attachment, bytes) = found.ok_or_else(no_attachment)?;
            all[one.place] = Some(DraftAttachment {
                file_name: one.name.clone().unwrap_or(attachment.file_name),
                file_type: attachment.file_type,
                bytes,
            });
        }
    }
    Ok(all.into_iter().flatten().collect())
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
