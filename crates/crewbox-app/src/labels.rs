//! Which categories and tags a caller sees.
//!
//! Owns the rule for callers who are restricted to a client. The names that a team gives to categories and tags may say
//! something about other clients, so such a caller sees those that something of its own client has.

use crewbox_core::filter::{CategoryFilter, Filter, Query};
use crewbox_core::id::{CategoryId, ClientId, MemberId, TagId};
use crewbox_core::model::{Category, SYSTEM_CATEGORIES, Tag};
use crewbox_core::time::Timestamp;
use crewbox_core::view::{Sort, View};
use crewbox_store::live::AccountLive;

use crate::caller::Caller;

impl Caller {
    /// A category that the caller sees: one that every account has, or one of the team's. A restricted caller sees one of
    /// the team's if a conversation of its client has it.
    #[must_use]
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        if self.scope().client().is_none() || is_fixed(id) {
            return self.names().category(id);
        }
        let own = || self.names().categories.iter().find(|category| !is_fixed(category.id));
        // One that does not exist costs the same look-up as one that others have.
        let asked = self.names().category(id).or_else(own)?;
        (self.sees_category(asked) && asked.id == id).then_some(asked)
    }

    /// A tag that the caller sees: a restricted caller sees one that a campaign, a mailbox or a conversation of its client has.
    #[must_use]
    pub fn tag(&self, id: TagId) -> Option<&Tag> {
        if self.scope().client().is_none() {
            return self.names().tag(id);
        }
        // As above.
        let asked = self.names().tag(id).or_else(|| self.names().tags.first())?;
        (self.sees_tag(asked) && asked.id == id).then_some(asked)
    }

    pub(crate) fn sees_category(&self, category: &Category) -> bool {
        let Some(client) = self.scope().client() else { return true };
        let only = CategoryFilter { none: false, only: Some(vec![category.id]), not: Vec::new() };
        is_fixed(category.id) || self.has_conversation(client, Filter { category: only, ..Filter::default() })
    }

    pub(crate) fn sees_tag(&self, tag: &Tag) -> bool {
        let Some(client) = self.scope().client() else { return true };
        let campaigns = self.names().campaigns.iter();
        let mut of_client = campaigns.filter(|campaign| campaign.client == Some(client));
        let mut mailboxes = self.names().mailboxes.iter().filter(|mailbox| mailbox.client == Some(client));
        of_client.any(|campaign| campaign.tags.contains(&tag.id))
            || mailboxes.any(|mailbox| mailbox.tags.contains(&tag.id))
            || self.has_conversation(client, Filter { tags: Some(vec![tag.id]), ..Filter::default() })
    }

    /// Whether a conversation of the client passes a filter. Callers who did not sign in to a server have no index; they
    /// are never restricted to a client.
    fn has_conversation(&self, client: ClientId, filter: Filter) -> bool {
        self.live().is_ok_and(|account| has_conversation(account, self.now(), client, filter))
    }
}

/// Whether a conversation of the client passes a filter.
pub(crate) fn has_conversation(
    account: &AccountLive,
    now: Timestamp,
    client: ClientId,
    filter: Filter,
) -> bool {
    let query = Query {
        view: View::Everything,
        // The list of everything is the same whoever asks.
        me: MemberId(0),
        client: Some(client),
        filter,
        sort: Sort::default(),
        offset: 0,
        limit: 0,
    };
    account.list(&query, now).total > 0
}

/// Whether every account has the category.
fn is_fixed(id: CategoryId) -> bool {
    SYSTEM_CATEGORIES.iter().any(|(fixed, ..)| *fixed == id)
}
