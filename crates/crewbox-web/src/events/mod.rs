//! GET `/events`: changes as server-sent events, as they happen.
//!
//! Owns when a stream begins and ends, and what it is resumed from. What is in it belongs to [`stream`].

mod body;
mod news;
mod rows;
mod stream;
mod subscription;

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use crewbox_app::events::Subscribe;
use crewbox_app::saved_view::saved_view;
use crewbox_app::{FieldError, Refusal};
use crewbox_core::id::{MAX_ID, Seq};
use crewbox_core::saved_view::SavedList;
use tokio::time::Instant;
use utoipa::openapi::Response;

use crate::answer::{Answer, IntoAnswer, bytes_of};
use crate::call::SignedCall;
use crate::declare::query;
use crate::error::ApiError;
use crate::handler::Query;
use crate::problem::{Problems, provided};
use crate::schema::{Components, Describe as _};
use crate::value::{Count, FromZero};
use body::EventBody;
use news::News;
use stream::{Session, Source, Subscribed};
use subscription::{Followed, Named, Subscriptions};

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// Proxies of the nginx kind pass each event on at once.
const NO_BUFFERING: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// Seconds that a stream may be asked to last: a day. One without a limit lasts until one of the sides ends it.
const MAX_SECONDS: u64 = 86_400;

query! {
    /// From where, and for how long.
    pub(crate) struct Asked {
        /// The number of the last change already known, for a first connection. A header `Last-Event-ID`, which browsers
        /// send when they connect again, counts instead. Without both, the stream begins with the next change.
        since: Option<FromZero>,
        /// Ends the stream after so many seconds; 0 ends it after the changes that are there already.
        seconds: Option<Count<0, MAX_SECONDS>>,
        /// What to follow in place of the log: a JSON array of at most 16 `SubscriptionBody`.
        subscriptions: Option<Subscriptions>,
    }
}

/// A stream of events.
pub(crate) struct EventStream(EventBody);

impl IntoAnswer for EventStream {
    fn into_answer(self) -> Answer {
        Answer::stream(EVENT_STREAM, self.0.into_body()).header(NO_BUFFERING.0, NO_BUFFERING.1)
    }

    fn describe(components: &mut Components) -> Response {
        // A schema of a text cannot refer to what the text holds.
        News::schema(components);
        bytes_of(
            "text/event-stream",
            "Server-sent events. `ready`: the stream has begun after the change `seq`. `change`: a change, as in \
             `/changes`; its `id` is its number. `resync`: not all changes are kept, so read what you show again; \
             the stream goes on after the change `seq`. `update`: \
             `News` for the subscriptions of the stream, as of the change that is its `id`; changes within 200 ms come \
             together. A line `: heartbeat` comes where nothing else does.",
        )
    }
}

/// GET `/events`.
pub(crate) async fn events(call: SignedCall, Query(asked): Query<Asked>) -> Result<EventStream, ApiError> {
    let since = match resumed_after(&call)? {
        Some(seq) => Some(seq),
        None => asked.since.map(|since| Seq(since.0)),
    };
    let (all, caller) = (&call.app.0.events, call.caller());
    let source = match asked.subscriptions {
        None => Source::Log(all.read(&caller, since).await?),
        Some(Subscriptions(subscriptions)) => {
            let (mut subscribed, mut subscribe) = (Subscribed::default(), Vec::new());
            for Named { name, followed, rows } in subscriptions {
                let followed = resolved(&call, followed).await?;
                subscribed.names.push(name);
                subscribed.views.push(match &followed {
                    Subscribe::List { view, .. } if rows => Some(*view),
                    _ => None,
                });
                subscribe.push(followed);
            }
            let reader = all.subscribe(call.services(), &caller, subscribe, since).await?;
            Source::Subscriptions(reader, subscribed)
        }
    };
    let ends_at = asked.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds.0));
    let session = Session::new(call.app.clone(), call.signed().clone(), source, ends_at);
    Ok(EventStream(EventBody::new(session)))
}

/// What is followed, with the saved view read that it names. A view that is changed later is followed as it was.
async fn resolved(call: &SignedCall, followed: Followed) -> Result<Subscribe, ApiError> {
    match followed {
        Followed::Ready(subscribe) => Ok(subscribe),
        Followed::Saved { id, sort, limit } => {
            let SavedList { view, filters, sort: saved } =
                saved_view(call.services(), &call.caller(), id).await?.list;
            let sort = sort.or(saved);
            if sort.is_some_and(|sort| !view.base().sorts.contains(&sort)) {
                let wrong = FieldError::of("sortBy", "is not an order of this view");
                return Err(Refusal::from(wrong).into());
            }
            Ok(Subscribe::List { view, filter: filters, sort, limit })
        }
    }
}

/// The change that a client which connects again has seen.
fn resumed_after(call: &SignedCall) -> Result<Option<Seq>, ApiError> {
    let Some(value) = call.last_event_id.as_ref().filter(|value| !value.is_empty()) else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    match text.trim().parse::<u64>() {
        Ok(seq) if seq <= MAX_ID => Ok(Some(Seq(seq))),
        _ => {
            let mut problems = Problems::default();
            let sentence = "Last-Event-ID must be the id of an event of this stream";
            problems.note(LAST_EVENT_ID, sentence, provided(&text.as_ref()));
            problems.finish().map(|()| None).map_err(ApiError::from)
        }
    }
}
