//! Messages: one complete, its class, its bytes and attachments.

mod class;
mod item;
mod name;

use axum::http::HeaderValue;
use crewbox_app::{Caller, message};
use crewbox_core::id::{AccountId, MessageId};
use crewbox_store::Scope;

pub(crate) use class::correct;
pub(crate) use item::item;

use crate::call::{Call, LinkCall, SignedCall};
use crate::declare::query;
use crate::download::{Download, MAIL};
use crate::error::ApiError;
use crate::handler::{Path, Query};
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
) -> Result<Download, ApiError> {
    let bytes = message::raw(call.services(), &call.caller(), id).await?;
    Ok(Download { media_type: MAIL, file_name: format!("message-{id}.eml"), bytes })
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
    let (attachment, bytes) = message::attachment(&call.app.0.services, &caller, id, index).await?;
    let media_type = HeaderValue::from_str(&attachment.file_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    Ok(Download { media_type, file_name: attachment.file_name, bytes })
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
