//! When a request is one that was made before: a retry makes or sends nothing a second time.

use std::ops::RangeInclusive;

use bytes::Bytes;
use crewbox_core::id::ConversationId;
use crewbox_core::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};

/// A request without a key that comes again is the same request for so long (the API's promise).
const SAME_FOR_MS: i64 = 60 * 1_000;
/// Bytes of a key.
pub const MAX_KEY_BYTES: usize = 255;
const FIELD: &str = "Idempotency-Key";

/// What tells a request from others.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The key that the caller gave it. It holds for good.
    pub key: Option<Bytes>,
    /// What the request does, such as the path of an API call: one key may be used for two actions.
    pub action: String,
    /// The whole of what is asked. Without a key the same bytes are the same request for a minute.
    pub request: Bytes,
}

/// The fingerprint of a request.
pub(crate) struct Fingerprint {
    pub(crate) bytes: [u8; 32],
    /// For how long it holds, in milliseconds; none for ever.
    pub(crate) holds: Option<i64>,
    /// Digest of what is asked.
    pub(crate) asked: [u8; 32],
}

impl Fingerprint {
    /// The times of a request that this one repeats; none for any time. After a clock was set back, requests are in the
    /// future: those that are too far in it are others, or a clock that was wrong by a year once would swallow each
    /// request that looks like an older one for a year.
    pub(crate) fn repeats(&self, now: Timestamp) -> Option<RangeInclusive<Timestamp>> {
        self.holds.map(|holds| now.within(holds))
    }
}

impl Fingerprint {
    /// By the key, or without one by what is asked; either way within one member, action and conversation, and within the
    /// client that the caller is restricted to, so that no caller gets an answer that another one caused.
    pub(crate) async fn of(
        caller: &Caller,
        idempotency: Idempotency,
        conversation: ConversationId,
    ) -> Result<Self, Refusal> {
        let Idempotency { key, action, request } = idempotency;
        let key = key.filter(|key| !key.is_empty());
        if key.as_ref().is_some_and(|key| key.len() > MAX_KEY_BYTES) {
            let sentence = format!("{FIELD} is longer than {MAX_KEY_BYTES} bytes");
            return Err(FieldError::says(FIELD, sentence).into());
        }
        let asked: [u8; 32] = blocking(move || Sha256::digest(&request).into()).await?;
        let member = caller.scope().actor().map_or(0, |member| member.get());
        let hash = match caller.scope().client() {
            Some(client) => Sha256::new().chain_update(b"client/").chain_update(client.get().to_be_bytes()),
            None => Sha256::new(),
        };
        let bytes = hash
            .chain_update(if key.is_some() { b"key//" } else { b"body/" })
            .chain_update(member.to_be_bytes())
            .chain_update(conversation.get().to_be_bytes())
            .chain_update((action.len() as u64).to_be_bytes())
            .chain_update(action)
            .chain_update(key.as_deref().unwrap_or(&asked))
            .finalize()
            .into();
        Ok(Self { bytes, holds: key.is_none().then_some(SAME_FOR_MS), asked })
    }
}

/// A key that came before with another request.
pub(crate) fn other_request() -> Refusal {
    let sentence =
        format!("{FIELD} was used before with another body: nothing was done; a new request needs a new key");
    FieldError::says(FIELD, sentence).into()
}
