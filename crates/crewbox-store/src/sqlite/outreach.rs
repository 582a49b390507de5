//! The engine's calls that read what happened with mail to leads.

use crewbox_core::outreach::{FirstReply, OutreachEvent};

use super::{Engine, Result, read};
use crate::contract::{OutreachQuery, Scope};

impl Engine {
    pub(crate) async fn outreach_events<T: Send + 'static>(
        &self,
        scope: &Scope,
        query: OutreachQuery,
        mut sums: T,
        mut add: impl FnMut(&mut T, &OutreachEvent) + Send + 'static,
    ) -> Result<T> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| {
                read::outreach::events(db, &scope, &query, &mut |event| add(&mut sums, event))
            })?;
            Ok(sums)
        })
        .await
    }

    pub(crate) async fn first_replies(&self, scope: &Scope, query: OutreachQuery) -> Result<Vec<FirstReply>> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::outreach::first_replies(db, &scope, &query))
        })
        .await
    }
}
