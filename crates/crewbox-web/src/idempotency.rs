//! What tells a call that makes or sends something from others.

use bytes::Bytes;
use crewbox_app::Idempotency;

use crate::call::Call;

/// How such a call is known when it comes again: by its header or its body.
pub(crate) fn idempotency(call: &Call) -> Idempotency {
    Idempotency {
        key: call.idempotency.as_ref().map(|key| Bytes::copy_from_slice(key.as_bytes())),
        action: call.uri.path().trim_end_matches('/').to_owned(),
        // A long mail is known by its hash.
        request: call
            .mail
            .as_ref()
            .map_or_else(|| call.body.clone(), |mail| Bytes::copy_from_slice(&mail.content())),
    }
}

/// How any other call is known by its header: the method counts, and what is asked for includes the query.
pub(crate) fn keyed(verb: &str, call: &Call) -> Idempotency {
    let Idempotency { key, action, request } = idempotency(call);
    let query = call.uri.query().unwrap_or_default().split('&');
    // The same call may send its API key in another place.
    let query: Vec<&str> = query.filter(|pair| !pair.starts_with("api_key=")).collect();
    let request = [request.as_ref(), b"?", query.join("&").as_bytes()].concat();
    Idempotency { key, action: format!("{verb} {action}"), request: request.into() }
}
