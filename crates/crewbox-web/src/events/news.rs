//! News for subscriptions, as JSON.

use crewbox_app::events::{Counted, Part, RowChange, RowMoved, Update};
use crewbox_core::id::ConversationId;
use crewbox_core::model::Dialect;
use crewbox_store::Catalog;

use super::rows::{ShownRow, ShownRows};
use crate::changes::{ChangeEntry, entry};
use crate::declare::output;
use crate::value::Map;

output! {
    /// What is new for the subscriptions of a stream. All of it is as of one change.
    pub(crate) struct News {
        /// The number of the change.
        seq: u64,
        /// What is new, for each subscription that has news.
        updates: Vec<SubscriptionNews>,
    }
}

output! {
    /// What is new for a subscription. `first`: the first rows of a list. `rows`: rows of a list entered, left or changed.
    /// `counts`: numbers of rows. `changes`: changes of the conversation. `resync`: too much has changed, or a name that rows show,
    /// so read what you show again.
    pub(crate) struct SubscriptionNews {
        /// The name of the subscription.
        name: String,
        /// `first`, `rows`, `counts`, `changes` or `resync`.
        news: &'static str,
        /// How many rows the list has now; always exact.
        total_count: Option<u64>,
        /// The first rows, in the order asked for.
        ids: Option<Vec<ConversationId>>,
        /// Rows that match now and did not before.
        entered: Option<Vec<RowNews>>,
        /// Rows that matched before and do not now.
        left: Option<Vec<RowNews>>,
        /// Rows that match as before, and look different or have another place.
        changed: Option<Vec<RowNews>>,
        /// The numbers of rows that are different, by list.
        counts: Option<Map<RowCount>>,
        /// The changes, oldest first.
        changes: Option<Vec<ChangeEntry>>,
    }
}

output! {
    /// A row with news.
    pub(crate) struct RowNews {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// The last change of it: who did what.
        change: ChangeEntry,
        /// The row as the list shows it now, where it entered or changed. An update has at most 100 rows and 256 KiB of
        /// them, and none with a text over 16 KiB: what it leaves out is read with the list's own call.
        row: Option<ShownRow>,
    }
}

output! {
    /// How many rows a list has.
    pub(crate) struct RowCount {
        /// All of them.
        total_count: u64,
        /// Those that are unread.
        unread_count: u64,
    }
}

/// The news of a stream whose subscriptions have these names.
pub(super) fn news(
    update: &Update,
    names: &[String],
    rows: &ShownRows,
    catalog: &Catalog,
    dialect: Dialect,
) -> News {
    let of = |(place, part): &(usize, Part)| {
        let name = names.get(*place).cloned().unwrap_or_default();
        let row = |conversation| rows.of(*place, conversation);
        part_news(name, part, &|change| entry(dialect, catalog, change), &row)
    };
    News { seq: update.seq.0, updates: update.parts.iter().map(of).collect() }
}

fn part_news(
    name: String,
    part: &Part,
    entry: &dyn Fn(&crewbox_core::change::Change) -> ChangeEntry,
    shown: &dyn Fn(ConversationId) -> Option<ShownRow>,
) -> SubscriptionNews {
    let empty = |news| SubscriptionNews {
        name,
        news,
        total_count: None,
        ids: None,
        entered: None,
        left: None,
        changed: None,
        counts: None,
        changes: None,
    };
    match part {
        Part::First(ids, total) => {
            SubscriptionNews { total_count: Some(*total), ids: Some(ids.clone()), ..empty("first") }
        }
        Part::Rows(rows, total) => {
            let of = |moved| {
                Some(
                    rows.iter()
                        .filter(|row| row.moved == moved)
                        .map(|row| row_news(row, entry, shown))
                        .collect(),
                )
            };
            SubscriptionNews {
                total_count: Some(*total),
                entered: of(RowMoved::Entered),
                left: of(RowMoved::Left),
                changed: of(RowMoved::Changed),
                ..empty("rows")
            }
        }
        Part::Counts(counts) => {
            SubscriptionNews { counts: Some(Map(counts.iter().map(counted).collect())), ..empty("counts") }
        }
        Part::Changes(changes) => SubscriptionNews {
            changes: Some(changes.iter().map(|change| entry(change)).collect()),
            ..empty("changes")
        },
        Part::Resync(total) => SubscriptionNews { total_count: *total, ..empty("resync") },
    }
}

fn row_news(
    row: &RowChange,
    entry: &dyn Fn(&crewbox_core::change::Change) -> ChangeEntry,
    shown: &dyn Fn(ConversationId) -> Option<ShownRow>,
) -> RowNews {
    RowNews { email_lead_map_id: row.conversation, change: entry(&row.change), row: shown(row.conversation) }
}

fn counted(counted: &Counted) -> (String, RowCount) {
    let count = RowCount { total_count: counted.total, unread_count: counted.unread };
    (counted.view.base().path.to_owned(), count)
}
