//! What a browser follows, as the query of its stream says.

use axum::http::request::Parts;
use crewbox_app::events::{MAX_SUBSCRIPTIONS, Subscribe};
use crewbox_core::id::{ConversationId, Seq};
use crewbox_core::list_filter::ListFilter;

use crate::inbox::{Place, VIEWS};

/// Lists that a stream follows; beyond them a browser's pages are updated when they are looked at.
const MOST_LISTS: usize = 9;

/// What a browser follows.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The lists as the browser names them.
    pub(super) lists: Vec<String>,
    /// The open conversations.
    pub(super) open: Vec<ConversationId>,
    pub(super) subscriptions: Vec<Subscribe>,
    /// The last change that the browser knows.
    pub(super) since: Option<Seq>,
}

impl Asked {
    pub(super) fn by(parts: &Parts) -> Self {
        let mut asked = Self::default();
        let mut open = Vec::new();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "list" if asked.lists.len() < MOST_LISTS => {
                    let (view, query) = value.split_once('?').unwrap_or((&value, ""));
                    let Ok(place) = Place::parse(view, None, query) else { continue };
                    // What a search or a figure finds cannot be followed: the list is asked again whenever a row of the view
                    // has changed.
                    let filter =
                        Place { search: String::new(), ..place.clone() }.filter().unwrap_or_default();
                    let filter = ListFilter { search: None, activity: None, ..filter };
                    let view = place.view.view;
                    asked.subscriptions.push(Subscribe::List { view, filter, sort: None, limit: 0 });
                    asked.lists.push(value.into_owned());
                }
                "open" => open.extend(value.parse().ok().filter(|id| *id > 0).map(ConversationId)),
                "since" => asked.since = value.parse().ok().map(Seq),
                _ => {}
            }
        }
        asked.subscriptions.push(Subscribe::Counts(VIEWS.iter().map(|listed| listed.view).collect()));
        asked.subscriptions.push(Subscribe::Failures);
        open.truncate(MAX_SUBSCRIPTIONS - asked.subscriptions.len());
        asked.subscriptions.extend(open.iter().copied().map(Subscribe::Conversation));
        asked.open = open;
        asked
    }

    /// The same without the conversations.
    pub(super) fn lists_only(mut self) -> Self {
        self.open.clear();
        self.subscriptions.retain(|one| !matches!(one, Subscribe::Conversation(_)));
        self
    }
}
