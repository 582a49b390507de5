//! What some changes did to the rows of groups: which rows entered, left or changed.
//!
//! Owns who is told what of them. Groups of the whole account follow from the account's log. Those of a client follow from it,
//! too, unless it has more changes than are looked at: then from the client's own, so that a client's readers read their lists
//! again because of their own changes only.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crewbox_core::change::Change;
use crewbox_core::conversation::Entry;
use crewbox_core::id::{AccountId, ClientId, ConversationId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::live::AccountLive;
use crewbox_store::{Live, Scope};

use super::group::Group;
use super::shown_name::is_shown;
use super::stretch::{RowChange, Rows, Stretch, look};
use crate::refusal::Refusal;

/// What a stretch of the log did.
#[derive(Debug)]
pub(super) struct Evaluated {
    /// The stretch begins after this change.
    pub(super) from: Seq,
    /// The last change of it.
    pub(super) to: Seq,
    /// By group; those without a change are not here.
    groups: HashMap<usize, GroupChange>,
    /// The changes, for readers of a client or of the whole account. None where they read all again.
    seen: HashMap<Option<ClientId>, Option<Arc<Stretch>>>,
}

/// What happened to the rows of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupChange {
    /// These rows have changed, and so many match now.
    Rows(Vec<RowChange>, u64),
    /// More than is told row by row, or a name that rows show; so many match now.
    Resync(u64),
}

/// What the readers of a client, or of the whole account, see of a stretch.
pub(super) enum Seen<'a> {
    /// These changes, among those of others.
    Changes(&'a Stretch),
    /// So much that they read all again.
    Resync,
    /// It was not looked at for them.
    Unknown,
}

impl Evaluated {
    /// What happened to a group.
    pub(super) fn of(&self, group: &Arc<Group>) -> Option<&GroupChange> {
        self.groups.get(&id(group))
    }

    /// Whether readers of a client, or of the whole account, see such a change of a conversation; true where they read all again.
    pub(super) fn any(&self, client: Option<ClientId>, is_it: impl Fn(&Change) -> bool) -> bool {
        match self.seen_by(client) {
            Seen::Changes(stretch) => stretch.any(client, is_it),
            Seen::Resync | Seen::Unknown => true,
        }
    }

    /// What the readers of a client, or of the whole account, see of it.
    pub(super) fn seen_by(&self, client: Option<ClientId>) -> Seen<'_> {
        match (self.seen.get(&client), self.seen.get(&None)) {
            (Some(Some(stretch)), _) => Seen::Changes(stretch),
            (Some(None), _) => Seen::Resync,
            (None, Some(Some(whole))) if whole.renames.is_empty() => Seen::Changes(whole),
            (None, _) => Seen::Unknown,
        }
    }

    /// The changes of a conversation; none where all is to be read again.
    pub(super) fn of_conversation(
        &self,
        client: Option<ClientId>,
        id: ConversationId,
    ) -> Option<&[Arc<Change>]> {
        match self.seen_by(client) {
            Seen::Changes(stretch) => Some(stretch.of_conversation(id)),
            Seen::Resync | Seen::Unknown => None,
        }
    }
}

/// A group's identity while somebody has it.
fn id(group: &Arc<Group>) -> usize {
    Arc::as_ptr(group) as usize
}

/// What the changes after `from` up to `to` did to the rows of these groups. With `only`, all of them are of this client, and
/// nothing else is looked at.
pub(super) async fn evaluate(
    live: &Live,
    account: AccountId,
    now: Timestamp,
    (from, to): (Seq, Seq),
    groups: &[Arc<Group>],
    only: Option<ClientId>,
) -> Result<Evaluated, Refusal> {
    let scope = Scope::operator(account);
    let mut looks = Looks::default();
    if only.is_none() {
        looks.whole = look(live, &scope, now, (from, to)).await?;
    }
    let clients: BTreeSet<ClientId> = groups.iter().filter_map(|group| group.client()).chain(only).collect();
    if looks.whole.is_none() {
        for client in &clients {
            let seen = look(live, &scope.within(*client), now, (from, to)).await?;
            looks.clients.insert(*client, seen);
        }
    }
    let held = live.account(account, now).await?;
    let mut seen = HashMap::new();
    for client in clients.into_iter().map(Some).chain(only.is_none().then_some(None)) {
        let stretch = looks.of(client).map(|(stretch, _)| stretch);
        // Any row may show the name: what is shown is read again.
        let is_renamed =
            |stretch: &Stretch| stretch.renames.iter().any(|change| is_shown(&held, now, client, change));
        seen.insert(client, stretch.filter(|stretch| !is_renamed(stretch)).cloned());
    }
    let mut result = HashMap::new();
    for group in groups {
        let client = group.client();
        let known = seen.get(&client).is_some_and(Option::is_some);
        if let Some(change) = looks.of(client).filter(|_| known).map_or_else(
            || Some(resync(&held, now, group)),
            |(stretch, rows)| changed(&held, now, group, stretch, rows),
        ) {
            result.insert(id(group), change);
        }
    }
    Ok(Evaluated { from, to, groups: result, seen })
}

/// What was looked at; none where that was too much.
#[derive(Default)]
struct Looks {
    whole: Option<(Arc<Stretch>, Rows)>,
    clients: HashMap<ClientId, Option<(Arc<Stretch>, Rows)>>,
}

impl Looks {
    /// The stretch that readers of this client, or of the whole account, see.
    fn of(&self, client: Option<ClientId>) -> Option<&(Arc<Stretch>, Rows)> {
        match (&self.whole, client) {
            (Some(whole), _) => Some(whole),
            (None, Some(client)) => self.clients.get(&client)?.as_ref(),
            (None, None) => None,
        }
    }
}

/// A snooze counts as over once the log says so, which is within a moment after its time.
const LOG_TIME: Timestamp = Timestamp(i64::MIN);

/// What the changes of a stretch did to a group, if anything.
fn changed(
    held: &AccountLive,
    now: Timestamp,
    group: &Group,
    stretch: &Stretch,
    rows: &Rows,
) -> Option<GroupChange> {
    // The tags of campaigns may mean other rows now.
    if group.has_names() && stretch.saves_campaign(group.client()) {
        return Some(resync(held, now, group));
    }
    let query = group.query();
    let matches = |entry: &Entry| query.matches(entry, LOG_TIME);
    let changed: Vec<RowChange> =
        rows.iter().filter_map(|(id, row)| stretch.changed((*id, row), group.client(), &matches)).collect();
    (!changed.is_empty()).then(|| GroupChange::Rows(changed, total(held, now, group)))
}

/// How many rows of a group match.
fn total(held: &AccountLive, now: Timestamp, group: &Group) -> u64 {
    held.list(&group.query(), now).total
}

fn resync(held: &AccountLive, now: Timestamp, group: &Group) -> GroupChange {
    group.renew(&held.names().catalog);
    GroupChange::Resync(total(held, now, group))
}
