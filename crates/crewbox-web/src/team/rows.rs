//! The list call behind a figure: what to send to get exactly the conversations that it counts.

use crewbox_app::team;
use crewbox_core::model::Dialect;

use crate::declare::output;
use crate::inbox::saved_views::{SavedFilters, shown_filters};

output! {
    /// The call that lists exactly the conversations behind a figure.
    pub(crate) struct RowsCall {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The body.
        body: RowsBody,
    }
}

output! {
    /// The body of a list call.
    pub(crate) struct RowsBody {
        /// What narrows the list. Times are given to the millisecond.
        filters: SavedFilters,
        /// Rows to skip, where the figure is about one of them.
        offset: Option<u64>,
        /// Rows to return, likewise.
        limit: Option<u32>,
    }
}

impl From<&team::Rows> for RowsCall {
    fn from(rows: &team::Rows) -> Self {
        let filters = shown_filters(Dialect::Live, rows.filter.clone());
        let path = format!("/api/v1/master-inbox/{}", rows.view.base().path);
        Self { method: "POST".to_owned(), path, body: RowsBody { filters, offset: None, limit: None } }
    }
}

impl From<&team::Figure> for RowsCall {
    fn from(figure: &team::Figure) -> Self {
        (&figure.rows).into()
    }
}

impl RowsCall {
    /// The last row of a figure's list; none where there is no row.
    pub(super) fn last_of(figure: &team::Figure) -> Option<Self> {
        let last = figure.count.checked_sub(1)?;
        let Self { method, path, body } = figure.into();
        Some(Self { method, path, body: RowsBody { offset: Some(last), limit: Some(1), ..body } })
    }
}
