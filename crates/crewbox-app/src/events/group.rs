//! What is followed once for all who ask for the same: a view with filters, as one member or the members of a client see it.

use std::sync::{Arc, Mutex, PoisonError};

use crewbox_core::filter::Query;
use crewbox_core::id::{ClientId, MemberId};
use crewbox_core::view::{Partition, Sort, View};
use crewbox_store::Catalog;

use crate::conversation::{ListFilter, compiled};

/// Rows that match a view and filters, followed together. Equal ones are one.
#[derive(Debug)]
pub(super) struct Group {
    view: View,
    me: MemberId,
    /// Set where only this client's rows are in it.
    client: Option<ClientId>,
    filter: ListFilter,
    query: Mutex<Arc<Query>>,
}

impl Group {
    pub(super) fn new(
        view: View,
        me: MemberId,
        client: Option<ClientId>,
        filter: ListFilter,
        names: &Catalog,
    ) -> Self {
        let query = query(view, me, client, filter.clone(), names);
        Self { view, me: query.me, client, filter, query: Mutex::new(Arc::new(query)) }
    }

    /// The client whose rows alone are in it; none for rows of the whole account.
    pub(super) const fn client(&self) -> Option<ClientId> {
        self.client
    }

    /// The same text for groups that have the same rows.
    pub(super) fn key(&self) -> String {
        format!("{:?} {} {:?} {:?}", self.view, self.me, self.client, self.filter)
    }

    /// The query that its rows match: without an order, and of no rows, since only the total is asked of it.
    pub(super) fn query(&self) -> Arc<Query> {
        Arc::clone(&self.query.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether its rows depend on more than the rows themselves: which campaigns have a tag.
    pub(super) const fn has_names(&self) -> bool {
        self.filter.campaign_tags.is_some()
    }

    /// Looks the names in the filter up again.
    pub(super) fn renew(&self, names: &Catalog) {
        if self.has_names() {
            let renewed = query(self.view, self.me, self.client, self.filter.clone(), names);
            *self.query.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
        }
    }
}

fn query(view: View, me: MemberId, client: Option<ClientId>, filter: ListFilter, names: &Catalog) -> Query {
    // A list that is not of one member's rows is the same for all of them.
    let me = if view.base().partition == Partition::Mine { me } else { MemberId(0) };
    let filter = compiled(filter, None, names);
    Query { view, me, client, filter, sort: Sort::default(), offset: 0, limit: 0 }
}
