//! Messages: one complete, its class, its bytes and attachments; and the quarantine.

mod class;
mod item;

use axum::http::{HeaderName, HeaderValue, header};
use crewbox_app::quarantine::{self, Retried};
use crewbox_app::{Caller, message};
use crewbox_core::id::{AccountId, MessageId, QuarantineId};
use crewbox_store::Scope;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use class::correct;
pub(crate) use item::item;

use crate::answer::{Answer, success};
use crate::call::{Call, LinkCall, SignedCall};
use crate::error::ApiError;
use crate::object::{Obj, Quoted};
use crate::request::Problems;

const NO_SNIFF: (HeaderName, HeaderValue) =
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
/// Should a browser show it all the same, nothing in it runs.
const SANDBOX: (HeaderName, HeaderValue) =
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
const RFC822: HeaderValue = HeaderValue::from_static("message/rfc822");
/// Mails in quarantine a page holds at the most, and unless asked for fewer.
const MAX_LIMIT: i64 = 100;

/// GET `/messages/{id}/raw`.
pub(crate) async fn raw(call: SignedCall) -> Result<Answer, ApiError> {
    let id = call.path_message()?;
    let raw = call.app.0.live.store().raw(call.scope(), id).await?;
    Ok(download(RFC822, &format!("message-{id}.eml"), raw))
}

/// GET `/messages/{id}/attachments/{n}`, with a signed link or a key.
pub(crate) async fn attachment(LinkCall { call, signed }: LinkCall) -> Result<Answer, ApiError> {
    let id = call.path_message()?;
    let number = call.path_id("n")?;
    let gone = || ApiError::NotFound(format!("Attachment {number} not found in message {id}"));
    let index = u32::try_from(number).map_err(|_| gone())?;
    let caller = match signed {
        Some(signed) => Caller::signed_in(signed.scope, &signed.account, call.now),
        None => linked(&call, id, index).await?,
    };
    let (attachment, bytes) = message::attachment(&call.app.0.services, &caller, id, index).await?;
    let kind = HeaderValue::from_str(&attachment.file_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    Ok(download(kind, &attachment.file_name, bytes))
}

/// The caller that a signed link makes: one who may read this attachment.
async fn linked(call: &Call, message: MessageId, index: u32) -> Result<Caller, ApiError> {
    let query = call.query();
    let number = |name| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let (account, expires) = number("account").zip(number("expires")).ok_or(ApiError::KeyMissing)?;
    let account = AccountId(u64::try_from(account).map_err(|_| ApiError::KeyInvalid)?);
    let signature = query.get("signature").ok_or(ApiError::KeyMissing)?;
    if !call.app.0.links.opens(account, message, index, expires, &signature, call.now) {
        return Err(ApiError::Forbidden("This link is not valid, or no longer; ask for the message again"));
    }
    let live = call.app.0.live.account(account, call.now).await?;
    Ok(Caller::signed_in(Scope::operator(account), &live, call.now))
}

fn download(kind: HeaderValue, name: &str, bytes: Vec<u8>) -> Answer {
    Answer::bytes(kind, bytes)
        .header(header::CONTENT_DISPOSITION, disposition(name))
        .header(NO_SNIFF.0, NO_SNIFF.1)
        .header(SANDBOX.0, SANDBOX.1)
        .header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"))
}

/// What RFC 8187 lets stand in an extended value and every browser reads; the rest is encoded.
const NOT_IN_FILE_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// `attachment` with the name as RFC 6266 has it: UTF-8, percent-encoded.
fn disposition(name: &str) -> HeaderValue {
    let text = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, NOT_IN_FILE_NAMES));
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// GET `/quarantine`.
pub(crate) async fn quarantine(call: SignedCall) -> Result<Answer, ApiError> {
    let mut problems = Problems::default();
    let limit = call.query().number("limit", 1, MAX_LIMIT, &mut problems).unwrap_or(MAX_LIMIT);
    let offset = call.query().number("offset", 0, i64::MAX, &mut problems).unwrap_or(0);
    problems.finish()?;
    let (limit, offset) = (u32::try_from(limit).unwrap_or(0), u64::try_from(offset).unwrap_or(0));
    let (items, total) = call.app.0.live.store().quarantine(call.scope(), offset, limit).await?;
    let rows: Vec<Obj> = items
        .iter()
        .map(|item| {
            Obj::new()
                .with("id", item.id)
                .with("mailbox", item.mailbox)
                .with("folder", &item.folder)
                .with("uid", item.uid)
                .with("reason", &item.reason)
                .with("size", item.size)
                .with("received_at", call.at(item.received_at))
        })
        .collect();
    Ok(Answer::value(&Obj::new().with("items", rows).with("total_count", total)))
}

/// POST `/quarantine/{id}/retry`.
pub(crate) async fn quarantine_retry(call: SignedCall) -> Result<Answer, ApiError> {
    let id = QuarantineId(call.path_id("id")?);
    Ok(Answer::value(&match quarantine::retry(call.services(), &call.caller(), id).await? {
        Retried::Stored(stored) => success("The mail could be read")
            .with("message_id", stored.message)
            .with("campaign_lead_map_id", stored.conversation.map(|id| Quoted(id.get()))),
        Retried::Quarantined(reason) => success("The mail still cannot be read safely")
            .with("message_id", None::<u64>)
            .with("quarantine_id", id)
            .with("reason", reason),
    }))
}

/// GET `/quarantine/{id}/raw`.
pub(crate) async fn quarantine_raw(call: SignedCall) -> Result<Answer, ApiError> {
    let id = QuarantineId(call.path_id("id")?);
    let raw = call.app.0.live.store().quarantine_raw(call.scope(), id).await?;
    Ok(download(RFC822, &format!("quarantine-{id}.eml"), raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        let value = disposition("ü\"\r\n;/..\\a b.pdf");
        assert_eq!(value, "attachment; filename*=UTF-8''%C3%BC%22%0D%0A%3B%2F..%5Ca%20b.pdf");
    }
}
