//! What some changes did to the rows of groups: which rows entered, left or changed.
//!
//! A row's state before and after a stretch of the log follows from its entry in the index and the log's own before and
//! after, so nothing is remembered of any row, and the answer for a stretch is the same whenever it is asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crewbox_core::change::{Affected, Change, ChangeKind, Field};
use crewbox_core::conversation::Entry;
use crewbox_core::id::{AccountId, ConversationId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::live::AccountLive;
use crewbox_store::{Live, Scope};

use super::group::Group;
use crate::changes;
use crate::refusal::Refusal;

/// Changes that are looked at row by row. After more of them, a reader is better off asking for its list again.
pub(super) const MOST_PENDING: u32 = 1_000;

/// What a stretch of the log did.
#[derive(Debug)]
pub(super) struct Evaluated {
    /// The stretch begins after this change.
    pub(super) from: Seq,
    /// The last change of it.
    pub(super) to: Seq,
    /// By group; those without a change are not here.
    groups: HashMap<usize, GroupChange>,
    /// The changes by conversation; none where all is to be read again.
    conversations: Option<HashMap<ConversationId, Vec<Arc<Change>>>>,
}

/// What happened to the rows of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupChange {
    /// These rows have changed, and so many match now.
    Rows(Vec<RowChange>, u64),
    /// More than is told row by row, or a name that rows show; so many match now.
    Resync(u64),
}

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

impl Evaluated {
    /// What happened to a group.
    pub(super) fn of(&self, group: &Arc<Group>) -> Option<&GroupChange> {
        self.groups.get(&id(group))
    }

    /// Whether there is such a change of a conversation; true where all is to be read again.
    pub(super) fn any(&self, is_it: impl Fn(&Change) -> bool) -> bool {
        let Some(conversations) = &self.conversations else { return true };
        conversations.values().flatten().any(|change| is_it(change))
    }

    /// The changes of a conversation; none where all is to be read again.
    pub(super) fn of_conversation(&self, id: ConversationId) -> Option<&[Arc<Change>]> {
        let conversations = self.conversations.as_ref()?;
        Some(conversations.get(&id).map_or(&[], Vec::as_slice))
    }
}

/// A group's identity while somebody has it.
fn id(group: &Arc<Group>) -> usize {
    Arc::as_ptr(group) as usize
}

/// What the changes after `from` up to `to` did to the rows of these groups.
pub(super) async fn evaluate(
    live: &Live,
    account: AccountId,
    now: Timestamp,
    (from, to): (Seq, Seq),
    groups: &[Arc<Group>],
) -> Result<Evaluated, Refusal> {
    let scope = Scope::operator(account);
    let page = changes::read(live.store(), &scope, from, MOST_PENDING + 1).await;
    // The index is at `to` at least from here on.
    let held = live.account(account, now).await?;
    let changes = match page {
        Ok(page) => page.changes,
        Err(Refusal::Gone(_)) => return Ok(resync(&held, now, from, to, groups)),
        Err(error) => return Err(error),
    };
    let changes: Vec<Arc<Change>> =
        changes.into_iter().take_while(|change| change.seq <= to).map(Arc::new).collect();
    if changes.len() > MOST_PENDING as usize {
        return Ok(resync(&held, now, from, to, groups));
    }
    let mut conversations: HashMap<ConversationId, Vec<Arc<Change>>> = HashMap::new();
    for change in &changes {
        if let Some(conversation) = change.conversation {
            conversations.entry(conversation).or_default().push(Arc::clone(change));
        }
    }
    let mut rows: BTreeMap<ConversationId, Row<'_>> = BTreeMap::new();
    {
        let index = held.read();
        for (conversation, changes) in &conversations {
            if changes.iter().any(|change| change.affects(Affected::Conversation)) {
                rows.insert(*conversation, Row { changes, after: index.get(*conversation), is_gone: false });
            }
        }
    }
    // What the index has seen beyond `to` is taken back.
    let later = match changes::read(live.store(), &scope, to, MOST_PENDING + 1).await {
        Ok(page) if page.changes.len() <= MOST_PENDING as usize => page.changes,
        Ok(_) | Err(Refusal::Gone(_)) => return Ok(resync(&held, now, from, to, groups)),
        Err(error) => return Err(error),
    };
    for change in later.iter().rev() {
        if let Some(row) = change.conversation.and_then(|id| rows.get_mut(&id)) {
            row.is_gone |= change.kind == ChangeKind::ConversationDeleted;
            if let Some(after) = &mut row.after {
                change.detail.iter().rev().for_each(|delta| after.undo(delta));
            }
        }
    }
    let names = held.names();
    if changes.iter().any(|change| change.detail.iter().any(|delta| delta.field == Field::ShownNames)) {
        // Any row may show the name: what is shown is read again.
        return Ok(resync(&held, now, from, to, groups));
    }
    let renames = changes.iter().any(|change| change.kind == ChangeKind::CampaignSaved);
    let mut result = HashMap::new();
    for group in groups {
        // The tags of campaigns may mean other rows now.
        if renames && group.has_names() {
            group.renew(&names.catalog);
            result.insert(id(group), GroupChange::Resync(total(&held, now, group)));
            continue;
        }
        let query = group.query();
        let matches = |entry: &Entry| query.matches(entry, LOG_TIME);
        let changed: Vec<RowChange> =
            rows.iter().filter_map(|(id, row)| row.changed(*id, &matches)).collect();
        if !changed.is_empty() {
            result.insert(id(group), GroupChange::Rows(changed, total(&held, now, group)));
        }
    }
    Ok(Evaluated { from, to, groups: result, conversations: Some(conversations) })
}

/// A snooze counts as over once the log says so, which is within a moment after its time.
const LOG_TIME: Timestamp = Timestamp(i64::MIN);

/// A row with some of its changes.
struct Row<'a> {
    /// At least one.
    changes: &'a [Arc<Change>],
    /// As it is after them; none where it was deleted.
    after: Option<Entry>,
    /// Deleted after these changes: a later stretch tells it.
    is_gone: bool,
}

impl Row<'_> {
    /// What happened to it in a list of the rows that match.
    fn changed(&self, id: ConversationId, matches: &impl Fn(&Entry) -> bool) -> Option<RowChange> {
        let has = |kind| self.changes.iter().any(|change| change.kind == kind);
        let moved = match &self.after {
            None if self.is_gone => return None,
            // What it was is lost with it; whoever does not show it ignores this.
            None if has(ChangeKind::ConversationCreated) => return None,
            None => RowMoved::Left,
            Some(after) => match (self.matched_before(after, matches), matches(after)) {
                (false, false) => return None,
                (false, true) => RowMoved::Entered,
                (true, false) => RowMoved::Left,
                (true, true) => RowMoved::Changed,
            },
        };
        let affects = |change: &&Arc<Change>| change.affects(Affected::Conversation);
        let change = self.changes.iter().rev().find(affects)?;
        Some(RowChange { conversation: id, moved, change: Arc::clone(change) })
    }

    fn matched_before(&self, after: &Entry, matches: &impl Fn(&Entry) -> bool) -> bool {
        if self.changes.iter().any(|change| change.kind == ChangeKind::ConversationCreated) {
            return false;
        }
        let mut before = after.clone();
        let deltas = self.changes.iter().rev().flat_map(|change| change.detail.iter().rev());
        deltas.for_each(|delta| before.undo(delta));
        matches(&before)
    }
}

/// How many rows of a group match.
pub(super) fn total(held: &AccountLive, now: Timestamp, group: &Group) -> u64 {
    held.list(&group.query(), now).total
}

fn resync(held: &AccountLive, now: Timestamp, from: Seq, to: Seq, groups: &[Arc<Group>]) -> Evaluated {
    let names = held.names();
    let of_group = |group: &Arc<Group>| {
        group.renew(&names.catalog);
        (id(group), GroupChange::Resync(total(held, now, group)))
    };
    Evaluated { from, to, groups: groups.iter().map(of_group).collect(), conversations: None }
}
