//! Messages: one complete, its class, its bytes and attachments.

mod class;
mod item;
mod name;

use axum::http::HeaderValue;
use crewbox_app::message::Attached;
use crewbox_app::{Caller, LargeAttachment, LargeRaw, message};
use crewbox_core::id::{AccountId, MessageId};
use crewbox_core::message::Attachment;
use crewbox_store::Scope;

pub(crate) use class::correct;
pub(crate) use item::item;

use crate::app::App;
use crate::call::{Call, LinkCall, SignedCall};
use crate::declare::query;
use crate::download::{self, Content, Download, MailFile};
use crate::error::ApiError;
use crate::handler::{Path, Query};
use crate::large::SMALL_BYTES;
use crate::pieces;
use crate::value::{FromZero, Trimmed};
use name::NamedMessage;

/// Characters of a signature in a link: 32 bytes in hexadecimal digits.
const SIGNATURE: usize = 64;

query! {
    /// A signed link, in place of a key.
    pub(crate) struct Link {
        /// The account of the message.
        account: Option<FromZero>,
        /// When the link ends, in seconds since 1970.
        expires: Option<FromZero>,
        /// The signature over the rest of the link.
        signature: Option<Trimmed<SIGNATURE>>,
    }
}

/// GET `/messages/{id}/raw`.
pub(crate) async fn raw(
    call: SignedCall,
    Path(NamedMessage(id)): Path<NamedMessage>,
) -> Result<MailFile, ApiError> {
    let raw = message::raw(call.services(), &call.caller(), id, SMALL_BYTES).await?;
    download::mail(&call, raw, format!("message-{id}.eml")).await
}

/// GET `/messages/{id}/attachments/{n}`, with a signed link or a key.
pub(crate) async fn attachment(
    LinkCall { call, signed }: LinkCall,
    Path((NamedMessage(id), number)): Path<(NamedMessage, FromZero)>,
    Query(link): Query<Link>,
) -> Result<Download, ApiError> {
    let number = number.0;
    let index = u32::try_from(number)
        .map_err(|_| ApiError::NotFound(format!("Attachment {number} not found in message {id}")))?;
    let caller = match signed {
        Some(signed) => Caller::signed_in(signed.scope, &signed.account, call.now),
        None => linked(&call, id, index, &link).await?,
    };
    let attached = message::attachment(&call.app.0.services, &caller, id, index, SMALL_BYTES).await?;
    let (attachment, content) = match attached {
        Attached::Whole(attachment, bytes) => (attachment, Content::Whole(bytes.into())),
        Attached::In(mail) => {
            let found = large_attachment(&call.app, mail, index).await?;
            found.ok_or_else(|| message::no_attachment(id, index))?
        }
    };
    let media_type = HeaderValue::from_str(&attachment.file_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    Ok(Download { media_type, file_name: attachment.file_name, content })
}

/// An attachment of a large mail. The mail is in memory while the attachment is looked for, and not while it is sent.
pub(crate) async fn large_attachment(
    app: &App,
    mail: LargeRaw,
    index: u32,
) -> Result<Option<(Attachment, Content)>, ApiError> {
    // What cannot be decoded in pieces is in memory beside the mail, and has no more bytes than it.
    let bytes = usize::try_from(mail.size()).unwrap_or(usize::MAX).saturating_mul(2);
    let turn = app.0.large.turn_of(bytes).await?;
    let (turn, found) = turn.run(move || mail.attachment(index)).await?;
    let Some((attachment, found)) = found? else { return Ok(None) };
    let content = match found {
        LargeAttachment::Decoded(bytes) => Content::Whole(turn.keep(bytes.into()).await?),
        LargeAttachment::InPieces(pieces) => {
            let length = attachment.file_size;
            Content::InPieces(pieces::body(pieces, length, turn.memory()))
        }
    };
    Ok(Some((attachment, content)))
}

/// The caller that a signed link makes: one who may read this attachment.
async fn linked(call: &Call, message: MessageId, index: u32, link: &Link) -> Result<Caller, ApiError> {
    let numbers = link.account.zip(link.expires);
    let ((account, expires), signature) = numbers.zip(link.signature.as_ref()).ok_or(ApiError::KeyMissing)?;
    let account = AccountId(account.0);
    let expires = i64::try_from(expires.0).map_err(|_| ApiError::KeyInvalid)?;
    if !call.app.0.links.opens(account, message, index, expires, &signature.0, call.now) {
        return Err(ApiError::Forbidden("This link is not valid, or no longer; ask for the message again"));
    }
    let live = call.app.0.live.account(account, call.now).await?;
    Ok(Caller::signed_in(Scope::operator(account), &live, call.now))
}
