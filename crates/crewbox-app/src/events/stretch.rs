//! A stretch of a log, with the rows that its changes concern as they are at its end: the account's log, or a client's.
//!
//! A row's state before and after a stretch follows from its entry in the index and the log's own before and after, so nothing
//! is remembered of any row, and the answer for a stretch is the same whenever it is asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crewbox_core::change::{Affected, Change, ChangeKind, Field};
use crewbox_core::conversation::Entry;
use crewbox_core::id::{ClientId, ConversationId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::{Live, Scope, Store};

use crate::changes;
use crate::refusal::Refusal;

/// Changes that are looked at row by row. After more of them, a reader is better off asking for its list again.
pub(super) const MOST_PENDING: u32 = 1_000;

/// A row of a list that is another one than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Which row.
    pub conversation: ConversationId,
    /// What happened to it.
    pub moved: RowMoved,
    /// The last change that it had: who did it, and what.
    pub change: Arc<Change>,
}

/// What can happen to a row of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowMoved {
    /// It matches, and did not before.
    Entered,
    /// It no longer matches.
    Left,
    /// It matches as before, and looks different or has another place.
    Changed,
}

/// The changes of a stretch.
#[derive(Debug)]
pub(super) struct Stretch {
    changes: Vec<Arc<Change>>,
    conversations: HashMap<ConversationId, Vec<Arc<Change>>>,
    /// Those by which rows show another name, whoever's rows.
    pub(super) renames: Vec<Arc<Change>>,
}

/// A row that a stretch concerns.
#[derive(Debug)]
pub(super) struct Row {
    /// As it is after the stretch; none where it was deleted.
    after: Option<Entry>,
    /// Deleted after the stretch: a later one tells it.
    is_gone: bool,
}

/// The rows that a stretch concerns.
pub(super) type Rows = BTreeMap<ConversationId, Row>;

impl Stretch {
    /// The changes of a conversation, oldest first.
    pub(super) fn of_conversation(&self, id: ConversationId) -> &[Arc<Change>] {
        self.conversations.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether readers of this client see such a change of a conversation.
    pub(super) fn any(&self, client: Option<ClientId>, is_it: impl Fn(&Change) -> bool) -> bool {
        self.conversations.values().flatten().any(|change| change.seq_for(client).is_some() && is_it(change))
    }

    /// The number of the newest change that readers of this client see, as they see it.
    pub(super) fn newest(&self, client: Option<ClientId>) -> Option<Seq> {
        self.changes.iter().rev().find_map(|change| change.seq_for(client))
    }

    /// Whether a campaign was saved, which readers of this client see: its tags may be other ones.
    pub(super) fn saves_campaign(&self, client: Option<ClientId>) -> bool {
        let is_saved = |change: &Arc<Change>| change.kind == ChangeKind::CampaignSaved;
        self.changes.iter().any(|change| is_saved(change) && change.seq_for(client).is_some())
    }

    /// What happened to a row in a list, of readers of this client, of the rows that match.
    pub(super) fn changed(
        &self,
        (id, row): (ConversationId, &Row),
        client: Option<ClientId>,
        matches: &impl Fn(&Entry) -> bool,
    ) -> Option<RowChange> {
        let changes = self.of_conversation(id);
        let has = |kind| changes.iter().any(|change| change.kind == kind);
        let moved = match &row.after {
            None if row.is_gone => return None,
            // What it was is lost with it; whoever does not show it ignores this.
            None if has(ChangeKind::ConversationCreated) => return None,
            None => RowMoved::Left,
            Some(after) => match (matched_before(changes, after, matches), matches(after)) {
                (false, false) => return None,
                (false, true) => RowMoved::Entered,
                (true, false) => RowMoved::Left,
                (true, true) => RowMoved::Changed,
            },
        };
        let affects = |change: &&Arc<Change>| change.affects(Affected::Conversation);
        let change = changes.iter().rev().find(affects)?;
        change.seq_for(client)?;
        Some(RowChange { conversation: id, moved, change: Arc::clone(change) })
    }
}

fn matched_before(changes: &[Arc<Change>], after: &Entry, matches: &impl Fn(&Entry) -> bool) -> bool {
    if changes.iter().any(|change| change.kind == ChangeKind::ConversationCreated) {
        return false;
    }
    let mut before = after.clone();
    let deltas = changes.iter().rev().flat_map(|change| change.detail.iter().rev());
    deltas.for_each(|delta| before.undo(delta));
    matches(&before)
}

/// Reads the changes after `from` up to `to`, both numbers of the account, of the log that the scope sees. None where there are
/// more than are looked at row by row, or where they are no longer kept.
pub(super) async fn look(
    live: &Live,
    scope: &Scope,
    now: Timestamp,
    (from, to): (Seq, Seq),
) -> Result<Option<(Arc<Stretch>, Rows)>, Refusal> {
    let (store, client) = (live.store(), scope.client());
    let begin = store.seq_as_seen(scope, from).await?;
    let Some(changes) = read(store, scope, begin).await? else { return Ok(None) };
    // The index is at `to` at least from here on.
    let held = live.account(scope.account(), now).await?;
    let changes: Vec<Arc<Change>> =
        changes.into_iter().take_while(|change| change.seq <= to).map(Arc::new).collect();
    if changes.len() > MOST_PENDING as usize {
        return Ok(None);
    }
    let mut conversations: HashMap<ConversationId, Vec<Arc<Change>>> = HashMap::new();
    for change in &changes {
        if let Some(conversation) = change.conversation {
            conversations.entry(conversation).or_default().push(Arc::clone(change));
        }
    }
    let mut rows = Rows::new();
    {
        let index = held.read();
        for (conversation, changes) in &conversations {
            if changes.iter().any(|change| change.affects(Affected::Conversation)) {
                rows.insert(*conversation, Row { after: index.get(*conversation), is_gone: false });
            }
        }
    }
    // What the index has seen beyond `to` is taken back.
    let end = match client {
        None => to,
        Some(_) => changes.last().and_then(|last| last.seq_for(client)).unwrap_or(begin),
    };
    let Some(later) = read(store, scope, end).await?.filter(|later| later.len() <= MOST_PENDING as usize)
    else {
        return Ok(None);
    };
    for change in later.iter().rev() {
        if let Some(row) = change.conversation.and_then(|id| rows.get_mut(&id)) {
            row.is_gone |= change.kind == ChangeKind::ConversationDeleted;
            if let Some(after) = &mut row.after {
                change.detail.iter().rev().for_each(|delta| after.undo(delta));
            }
        }
    }
    let renames = match client {
        None => changes.iter().filter(|change| renames(change)).cloned().collect(),
        // A name that belongs to no client is not in its log.
        Some(_) => {
            let renames = store.renames(scope, from, MOST_PENDING).await?;
            renames.into_iter().take_while(|change| change.seq <= to).map(Arc::new).collect()
        }
    };
    Ok(Some((Arc::new(Stretch { changes, conversations, renames }), rows)))
}

/// Changes after this one, one more than are looked at at the most; none where they are no longer kept.
async fn read(store: &Store, scope: &Scope, after: Seq) -> Result<Option<Vec<Change>>, Refusal> {
    match changes::read(store, scope, after, MOST_PENDING + 1).await {
        Ok(page) => Ok(Some(page.changes)),
        Err(Refusal::Gone(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn renames(change: &Change) -> bool {
    change.detail.iter().any(|delta| delta.field == Field::ShownNames)
}
