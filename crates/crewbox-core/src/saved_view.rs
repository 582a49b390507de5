//! A saved view: a list with what narrows it, under a name, for one member or for the team.

use serde::{Deserialize, Serialize};

use crate::id::{ClientId, MemberId, SavedViewId};
use crate::list_filter::ListFilter;
use crate::time::Timestamp;
use crate::view::{Sort, View};

/// A list that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedList {
    /// Which list.
    pub view: View,
    /// What narrows it.
    pub filters: ListFilter,
    /// Its order; none for the first of the view.
    pub sort: Option<Sort>,
}

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: SavedViewId,
    /// Who saved it; none for the operator.
    pub author: Option<MemberId>,
    /// The client whose own members and keys may see it; none for the team only.
    pub client: Option<ClientId>,
    /// Its name.
    pub name: String,
    /// Whether others see it, too.
    pub shared: bool,
    /// The list.
    pub list: SavedList,
    /// When it was saved first.
    pub created_at: Timestamp,
}

impl SavedView {
    /// Whether a member sees it: their own, and those that are shared. Who is restricted to a client sees those for this
    /// client, because the name of another one may tell of other clients.
    #[must_use]
    pub fn is_seen_by(&self, member: Option<MemberId>, restriction: Option<ClientId>) -> bool {
        (restriction.is_none() || restriction == self.client) && (self.shared || self.author == member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_seen_by_its_author_and_a_shared_one_by_those_who_may_know_of_it() {
        let saved = |client, shared| SavedView {
            id: SavedViewId(1),
            author: Some(MemberId(1)),
            client,
            name: "Mine".to_owned(),
            shared,
            list: SavedList { view: View::Inbox, filters: ListFilter::default(), sort: None },
            created_at: Timestamp(0),
        };
        let (ann, bo) = (Some(MemberId(1)), Some(MemberId(2)));
        let (north, south) = (Some(ClientId(1)), Some(ClientId(2)));
        for shared in [false, true] {
            let (teams, norths) = (saved(None, shared), saved(north, shared));
            assert!(teams.is_seen_by(ann, None) && norths.is_seen_by(ann, None));
            assert!(norths.is_seen_by(ann, north) && !norths.is_seen_by(ann, south));
            assert!(!teams.is_seen_by(ann, north), "a key restricted to a client sees nothing of the team");
            assert_eq!([teams.is_seen_by(bo, None), norths.is_seen_by(bo, north)], [shared; 2]);
            assert!(!norths.is_seen_by(bo, south));
        }
    }
}
