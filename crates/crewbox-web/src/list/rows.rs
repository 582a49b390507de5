//! Rows of lists: those that are kept in memory, and those that are read and rendered.

use std::sync::Arc;

use crewbox_app::{Caller, conversation};
use crewbox_core::id::{ConversationId, Seq};
use crewbox_core::index::{Hit, Page};
use crewbox_core::model::Dialect;
use crewbox_store::Row;
use crewbox_store::live::{AccountLive, Names};

use crate::app::App;
use crate::error::ApiError;
use crate::fragments::{Fragment, Key};
use crate::large::Turn;
use crate::row;

/// Rows with long texts that are read together: their texts are in memory beside what is rendered of them.
const LONG_ROWS_AT_ONCE: usize = 1;

/// Reads rows for a caller.
pub(crate) struct RowReader<'a> {
    app: &'a App,
    account: &'a AccountLive,
    caller: &'a Caller,
    dialect: Dialect,
    /// What is read, names and rows, is at least as new as this.
    seq: Seq,
    names: Arc<Names>,
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(app: &'a App, account: &'a AccountLive, caller: &'a Caller, dialect: Dialect) -> Self {
        // The number before the names: the other way round a row could be kept as current although it was rendered
        // without a name made meanwhile.
        let seq = account.seq();
        Self { app, account, caller, dialect, seq, names: account.names() }
    }

    /// The rows with short texts, in the order of the hits; those that are not kept are fetched in one call. None for a
    /// conversation that went away meanwhile, and for one with a long text; whether there is such a one.
    pub(crate) async fn short(&self, hits: &[Hit]) -> Result<(Vec<Option<Arc<Fragment>>>, bool), ApiError> {
        let mut rows: Vec<_> = hits.iter().map(|hit| self.kept(hit)).collect();
        let short = missing(hits, &rows);
        if short.is_empty() {
            return Ok((rows, false));
        }
        let mut has_long = false;
        let limits = row::last_message(self.dialect, row::SHORT_IN_ROW);
        for row in conversation::rows(&self.app.0.services, self.caller, &short, limits).await? {
            if row::is_cut(&row) {
                has_long = true;
            } else {
                let rendered = row::render(&row, &self.names.catalog, self.dialect);
                self.keep(hits, &mut rows, row.conversation.id, rendered);
            }
        }
        Ok((rows, has_long))
    }

    /// All rows of a page, in its order; those with long texts are fetched in a second call. None for a conversation that
    /// went away meanwhile.
    pub(super) async fn all(
        &self,
        page: &Page,
        turn: &mut Option<Turn>,
    ) -> Result<Vec<Option<Arc<Fragment>>>, ApiError> {
        let hits = &page.hits;
        let (mut rows, has_long) = self.short(hits).await?;
        if !has_long {
            return Ok(rows);
        }
        let mut held = self.app.0.large.turn().await?;
        // Another call may have rendered them while this one waited.
        for (hit, row) in hits.iter().zip(&mut rows).filter(|(_, row)| row.is_none()) {
            *row = self.kept(hit);
        }
        for ids in missing(hits, &rows).chunks(LONG_ROWS_AT_ONCE) {
            let limits = row::last_message(self.dialect, row::SHOWN_IN_ROW);
            let found = conversation::rows(&self.app.0.services, self.caller, ids, limits).await?;
            let (names, dialect) = (Arc::clone(&self.names), self.dialect);
            let render = move |row: Row| (row.conversation.id, row::render(&row, &names.catalog, dialect));
            let (same, all) = held.run(move || found.into_iter().map(render).collect::<Vec<_>>()).await?;
            held = same;
            for (id, rendered) in all {
                self.keep(hits, &mut rows, id, rendered);
            }
        }
        *turn = Some(held);
        Ok(rows)
    }

    fn key(&self, conversation: ConversationId) -> Key {
        Key { account: self.account.id(), conversation, dialect: self.dialect }
    }

    fn kept(&self, hit: &Hit) -> Option<Arc<Fragment>> {
        let epoch = self.names.catalog.head.names_epoch;
        self.app.0.fragments.get(self.key(hit.conversation), hit.changed, epoch)
    }

    fn keep(&self, hits: &[Hit], rows: &mut [Option<Arc<Fragment>>], id: ConversationId, rendered: Fragment) {
        let fragment = Arc::new(Fragment { seq: self.seq, ..rendered });
        self.app.0.fragments.put(self.key(id), Arc::clone(&fragment));
        if let Some(place) = hits.iter().position(|hit| hit.conversation == id) {
            rows[place] = Some(fragment);
        }
    }
}

fn missing(hits: &[Hit], rows: &[Option<Arc<Fragment>>]) -> Vec<ConversationId> {
    let missing = hits.iter().zip(rows).filter(|(_, row)| row.is_none());
    missing.map(|(hit, _)| hit.conversation).collect()
}
