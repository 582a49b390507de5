//! One try of one delivery: what it says, its signature, and what its answer means.

use std::sync::Arc;

use crewbox_core::webhook::{Association, Webhook, next_try};
use crewbox_mail::post::PostError;
use crewbox_store::contract::{Delivery, DeliveryState, Tried};
use crewbox_store::{Catalog, Scope, StoreError};

use super::payload::{self, Payload};
use super::secret;
use super::tools::Tools;

/// Why a delivery fails whose webhook has no secret any more.
const NO_SECRET: &str = "the webhook's secret was dropped: give it a new one";
/// Why a delivery fails whose lead, message or campaign is gone.
const GONE: &str = "what the event is about was deleted";
/// Why a delivery fails where the worker itself does.
const BROKEN: &str = "the delivery failed unexpectedly";

/// Tries a delivery once.
///
/// # Errors
/// The store's: nothing was sent then.
pub(super) async fn attempt(
    tools: &Tools,
    names: &Catalog,
    scope: &Scope,
    webhook: &Arc<Webhook>,
    delivery: &Delivery,
) -> Result<Tried, StoreError> {
    let tried = |outcome| judged(tools, delivery, outcome);
    let Some(secret) = tools.store.webhook_secret(scope, webhook.id).await? else {
        return Ok(tried(Err(last(NO_SECRET))));
    };
    let Some(subject) = payload::subject(&tools.store, names, scope, delivery).await? else {
        return Ok(tried(Err(last(GONE))));
    };
    let payload = Payload {
        webhook: Arc::clone(webhook),
        token: secret::token(&secret),
        event: delivery.what.event,
        at: delivery.what.at,
        subject,
    };
    let body = (tools.render)(&payload);
    drop(payload);
    let level = match webhook.association {
        Association::User => "user",
        Association::Client(_) => "client",
        Association::Campaign(_) => "campaign",
    };
    let headers = [
        ("x-request-id", delivery.what.request_id.clone()),
        ("x-smartlead-signature", secret::signature(&secret, &body)),
        ("x-webhook-level", level.to_owned()),
    ];
    Ok(tried(tools.poster.post(&webhook.url, &headers, body).await))
}

fn last(sentence: &str) -> PostError {
    PostError { sentence: sentence.to_owned(), is_final: true }
}

/// The outcome of a try that panicked: it is tried again, since the receiver may not have had it.
pub(super) fn broken(tools: &Tools, delivery: &Delivery) -> Tried {
    judged(tools, delivery, Err(PostError { sentence: BROKEN.to_owned(), is_final: false }))
}

/// What an answer means: 2xx is taken; 3xx and 4xx are final; everything else is tried again, a few times.
fn judged(tools: &Tools, delivery: &Delivery, outcome: Result<u16, PostError>) -> Tried {
    let status = outcome.as_ref().ok().copied();
    let (error, is_final) = match outcome {
        Ok(200..=299) => {
            let state = DeliveryState::Delivered;
            return Tried { delivery: delivery.id, state, next_try: None, status, error: None };
        }
        Ok(status @ 300..=399) => {
            (format!("the receiver answered {status}: redirects are not followed"), true)
        }
        Ok(status @ 400..=499) => (format!("the receiver answered {status}, which is final"), true),
        Ok(status) => (format!("the receiver answered {status}"), false),
        Err(error) => (error.sentence, error.is_final),
    };
    let again = next_try(delivery.tries.saturating_add(1), (tools.clock)()).filter(|_| !is_final);
    let state = if again.is_some() { DeliveryState::Waiting } else { DeliveryState::Failed };
    Tried { delivery: delivery.id, state, next_try: again, status, error: Some(error) }
}
