//! What tells a call that makes or sends something from others.

use bytes::Bytes;
use crewbox_app::Idempotency;

use crate::call::Call;

/// How such a call is known when it comes again: by its header or its body.
pub(crate) fn idempotency(call: &Call) -> Idempotency {
    Idempotency {
        key: call.idempotency.as_ref().map(|key| Bytes::copy_from_slice(key.as_bytes())),
        action: call.uri.path().trim_end_matches('/').to_owned(),
        request: call.body.clone(),
    }
}
