//! What the worker and its runs work with.

use crewbox_core::time::Clock;
use crewbox_mail::post::Poster;
use crewbox_store::{Live, Store};
use tokio::sync::watch;

use super::payload::RenderPayload;

/// What a run works with. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) store: Store,
    pub(super) live: Live,
    pub(super) poster: Poster,
    pub(super) clock: Clock,
    pub(super) render: RenderPayload,
    pub(super) stopped: watch::Receiver<bool>,
}
