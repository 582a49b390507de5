//! Reading what happened with mail to leads.

use crewbox_core::outreach::{FirstReply, OutreachEvent};

use super::Store;
use crate::contract::{OutreachQuery, Scope, StoreError};

impl Store {
    /// Gives what happened to `add`, one event after the other, in no order. The events are those of one moment. None is
    /// kept, so that a long period takes no more memory than what `add` keeps.
    ///
    /// # Errors
    /// The engine's.
    pub async fn outreach_events<T: Send + 'static>(
        &self,
        scope: &Scope,
        query: OutreachQuery,
        sums: T,
        add: impl FnMut(&mut T, &OutreachEvent) + Send + 'static,
    ) -> Result<T, StoreError> {
        on!(self, e => e.outreach_events(scope, query, sums, add).await)
    }

    /// The conversations whose first reply by a person came in the period.
    ///
    /// # Errors
    /// The engine's.
    pub async fn first_replies(
        &self,
        scope: &Scope,
        query: OutreachQuery,
    ) -> Result<Vec<FirstReply>, StoreError> {
        on!(self, e => e.first_replies(scope, query).await)
    }
}
