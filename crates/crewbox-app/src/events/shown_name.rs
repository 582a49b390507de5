//! Whether the rows of a client show a name that has changed.

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::filter::{CategoryFilter, Filter};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, MailboxId, MemberId, TagId};
use crewbox_core::time::Timestamp;
use crewbox_store::live::AccountLive;

use crate::labels::has_conversation;

/// Whether a row that readers of this client see shows the name that the change has changed; without a client, some row may.
pub(super) fn is_shown(
    held: &AccountLive,
    now: Timestamp,
    client: Option<ClientId>,
    change: &Change,
) -> bool {
    let (Some(client), Some(id)) = (client, change.subject) else { return true };
    let names = held.names();
    let campaigns = || names.catalog.campaigns.iter().filter(|campaign| campaign.client == Some(client));
    let has = |filter| has_conversation(held, now, client, filter);
    match change.kind {
        ChangeKind::CampaignSaved => campaigns().any(|campaign| campaign.id == CampaignId(id)),
        ChangeKind::MailboxSaved | ChangeKind::MailboxChanged => {
            has(Filter { mailboxes: Some(vec![MailboxId(id)]), ..Filter::default() })
        }
        ChangeKind::CategorySaved => {
            let only = CategoryFilter { none: false, only: Some(vec![CategoryId(id)]), not: Vec::new() };
            has(Filter { category: only, ..Filter::default() })
        }
        ChangeKind::TagSaved => {
            campaigns().any(|campaign| campaign.tags.contains(&TagId(id)))
                || has(Filter { tags: Some(vec![TagId(id)]), ..Filter::default() })
        }
        ChangeKind::MemberChanged => has(Filter { owners: Some(vec![MemberId(id)]), ..Filter::default() }),
        // A kind that is not known here yet: the rows are read again once too often.
        _ => true,
    }
}
