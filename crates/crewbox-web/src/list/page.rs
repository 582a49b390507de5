//! A page of a list: how it is written and described, in both dialects.

use std::sync::Arc;

use crewbox_core::index::Page;
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_core::view::NextTime;
use utoipa::openapi::{RefOr, Schema};

use super::table::List;
use crate::answer::Answer;
use crate::declare::{Output as _, output};
use crate::fragments::Fragment;
use crate::object::Obj;
use crate::payload::{Payload, Pieces};
use crate::row::{self, Extras, ListRow, LiveListRow, NextReminder, Rendered};
use crate::schema::{Components, Describe, Properties, array, either};

/// Room for the envelope and what is spliced into a row.
pub(super) const AROUND: usize = 128;
/// The key of the rows in the documented dialect.
const MESSAGES: &str = "messages";

output! {
    /// What follows the rows.
    struct PageEnd {
        /// How many conversations match, on all pages; always exact.
        total_count: u64,
        /// The `offset` that was asked for.
        offset: u64,
        /// The `limit` that was asked for.
        limit: u32,
    }
}

output! {
    /// What follows the rows in the live dialect.
    struct LivePageEnd {
        /// The `offset` that was asked for.
        offset: u64,
        /// The `limit` that was asked for.
        limit: u32,
    }
}

/// A page of a list, as it is described: it is written in pieces, in the dialect of the caller's key.
pub(crate) struct ListPage;

impl Describe for ListPage {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        let rows = array(ListRow::schema(components), None);
        properties.add(MESSAGES, true, rows.into(), &["The rows, in the order asked for."]);
        PageEnd::describe_keys(&mut properties, components);
        let page = components.add("List", properties.done(&["A page of a list."]));

        let mut properties = Properties::default();
        let rows = array(LiveListRow::schema(components), None);
        row::describe_envelope(&mut properties, components, rows, "The rows, in the order asked for.");
        LivePageEnd::describe_keys(&mut properties, components);
        let live = components.add("LiveList", properties.done(&["A page of a list, in the live dialect."]));

        let says = "A `List` for a key of the documented dialect, a `LiveList` for one of the live dialect. A header \
                    `X-Page-Shortened` says how many rows or messages are left out because the response would be \
                    over 32 MiB, `X-Search-Behind` how many of the newest messages a search did not look at.";
        either(says, [page, live])
    }
}

/// A page with all that its response is written from.
pub(super) struct Sheet {
    pub(super) list: &'static List,
    pub(super) dialect: Dialect,
    pub(super) now: Timestamp,
    pub(super) offset: u64,
    pub(super) limit: u32,
    pub(super) page: Page,
    pub(super) rows: Vec<Option<Arc<Fragment>>>,
    /// Of the first rows, where asked for: the page has no more rows than these.
    pub(super) histories: Option<Vec<Rendered>>,
    /// Of every row, in the list of reminders.
    pub(super) reminders: Option<Vec<NextReminder>>,
}

impl Sheet {
    pub(super) fn answer(self) -> Answer {
        let shown = self.histories.as_ref().map_or(self.rows.len(), Vec::len);
        let rows_omitted = self.rows.iter().skip(shown).flatten().count() as u64;
        let messages_omitted = self.histories.iter().flatten().map(|history| history.omitted).sum();
        Answer::json(self.write(shown)).tagged().shortened(rows_omitted, messages_omitted)
    }

    fn write(mut self, shown: usize) -> Payload {
        let mut histories = self.histories.take();
        let rows = &self.rows[..shown.min(self.rows.len())];
        let copied = |bytes: usize| Pieces::copied(bytes) + AROUND;
        let size: usize = rows.iter().flatten().map(|row| copied(row.bytes.len())).sum::<usize>()
            + histories.iter().flatten().map(|history| copied(history.bytes.len())).sum::<usize>();
        let mut out = match self.dialect {
            Dialect::Documented => Obj::new().open(MESSAGES),
            Dialect::Live => row::open_envelope(),
        };
        out.reserve(size + AROUND);
        out.push(b'[');
        let mut out = Pieces::resumed(out);
        let mut first = true;
        let is_scheduled = self.list.view.base().has == Some(NextTime::Scheduled);
        let reminders = self.reminders.as_deref();
        for (place, (hit, row)) in self.page.hits.iter().zip(rows).enumerate() {
            let Some(row) = row else { continue };
            if !first {
                out.open.push(b',');
            }
            first = false;
            let history = histories.as_mut().and_then(|all| all.get_mut(place));
            let extras = Extras {
                age_at: self.list.ages.then_some(self.now),
                scheduled: hit.next_time.filter(|_| is_scheduled),
                reminder: reminders.and_then(|all| all.get(place)).map(|reminder| (reminder, self.now)),
                history: history.map(|history| std::mem::take(&mut history.bytes).into()),
            };
            row::splice(&mut out, row, hit.snoozed_until, self.dialect, &extras);
        }
        out.open.push(b']');
        let mut page = Obj::resumed(std::mem::take(&mut out.open));
        let (total_count, offset, limit) = (self.page.total, self.offset, self.limit);
        match self.dialect {
            Dialect::Documented => PageEnd { total_count, offset, limit }.put_keys(&mut page),
            Dialect::Live => LivePageEnd { offset, limit }.put_keys(&mut page),
        }
        out.open = page.done();
        out.finish()
    }
}
