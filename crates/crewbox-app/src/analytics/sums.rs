//! Adding up what happened, in groups.

use std::collections::{BTreeMap, HashMap};

use crewbox_core::id::CategoryId;
use crewbox_core::model::Sentiment;
use crewbox_core::outreach::{OutreachEvent, OutreachFigures, Tally};
use crewbox_store::contract::OutreachQuery;

use super::turn::turn;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The figures of each group that has any. An event without a group is left out.
pub(super) async fn sums<K: Ord + Send + 'static>(
    services: &Services,
    caller: &Caller,
    query: OutreachQuery,
    group: impl Fn(&OutreachEvent) -> Option<K> + Send + 'static,
) -> Result<BTreeMap<K, OutreachFigures>, Refusal> {
    let sentiments: HashMap<CategoryId, Sentiment> =
        caller.names().categories.iter().map(|category| (category.id, category.sentiment)).collect();
    let add = move |tally: &mut Tally<K>, event: &OutreachEvent| {
        if let Some(group) = group(event) {
            let sentiment = event.lead.category.and_then(|id| sentiments.get(&id).copied());
            tally.add(group, event, sentiment);
        }
    };
    let _turn = turn().await?;
    let tally = services.store().outreach_events(caller.scope(), query, Tally::default(), add).await?;
    Ok(tally.done())
}

/// The figures of all events together.
pub(super) async fn sum(
    services: &Services,
    caller: &Caller,
    query: OutreachQuery,
) -> Result<OutreachFigures, Refusal> {
    let mut all = sums(services, caller, query, |_| Some(())).await?;
    Ok(all.remove(&()).unwrap_or_default())
}
