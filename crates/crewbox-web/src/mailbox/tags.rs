//! The tags of accounts.

use crewbox_app::mailbox;
use crewbox_core::id::{MailboxId, TagId};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::tags::TagOf;
use crate::value::{Ids, List, Trimmed, wire_names};

/// Accounts a call names at the most: the contract's own limit.
const MOST_ACCOUNTS: usize = 25;
/// Tags a call names at the most.
const MOST_TAGS: usize = 100;
/// Addresses that are looked up in one call.
const MOST_ADDRESSES: usize = 1_000;
/// Characters of an address (RFC 5321).
const MAX_ADDRESS: usize = 254;

input! {
    /// Tags that accounts get, or lose.
    pub(crate) struct TagMapping {
        /// The accounts.
        email_account_ids: Ids<MailboxId, MOST_ACCOUNTS>,
        /// The tags.
        tag_ids: Ids<TagId, MOST_TAGS>,
    }
}

/// What became of a tag of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MappingAction {
    Created,
    Deleted,
    Skipped,
}

wire_names!(MappingAction { Created = "created", Deleted = "deleted", Skipped = "skipped" });

output! {
    /// A tag of an account.
    pub(crate) struct Mapped {
        /// The account.
        email_account_id: MailboxId,
        /// The tag.
        tag_id: TagId,
        /// What was done; `skipped` where it was so already.
        action: MappingAction,
    }
}

output! {
    /// How many tags of accounts changed.
    pub(crate) struct MappingSummary {
        /// Tags of accounts in the call.
        total_processed: usize,
        /// Tags that accounts got.
        created: usize,
        /// Tags that accounts lost.
        deleted: usize,
        /// Tags of accounts that were so already.
        skipped: usize,
        /// Always 0: a call fails as a whole.
        failed: usize,
    }
}

output! {
    /// What became of the tags.
    pub(crate) struct MappingDone {
        /// Each tag of each account.
        results: Vec<Mapped>,
        /// How many changed.
        summary: MappingSummary,
    }
}

input! {
    /// Accounts by their addresses.
    pub(crate) struct WhichAccounts {
        /// The addresses.
        email_ids: List<Trimmed<MAX_ADDRESS>, MOST_ADDRESSES>,
    }
}

output! {
    /// An account with its tags.
    pub(crate) struct TaggedAccount {
        /// Its address.
        email_id: String,
        /// Its id.
        email_account_id: MailboxId,
        /// Its tags.
        tags: Vec<TagOf>,
    }
}

/// POST `/email-accounts/tag-mapping`.
pub(crate) async fn add_tags(
    call: SignedCall,
    Body(mapping): Body<TagMapping>,
) -> Result<Success<MappingDone>, ApiError> {
    let data = map(&call, mapping, true).await?;
    Ok(Success { message: "Tag assignment operation completed", data })
}

/// DELETE `/email-accounts/tag-mapping`.
pub(crate) async fn remove_tags(
    call: SignedCall,
    Body(mapping): Body<TagMapping>,
) -> Result<Success<MappingDone>, ApiError> {
    let data = map(&call, mapping, false).await?;
    Ok(Success { message: "Tag removal operation completed", data })
}

async fn map(call: &SignedCall, mapping: TagMapping, on: bool) -> Result<MappingDone, ApiError> {
    let (mailboxes, tags) = (mapping.email_account_ids.0, mapping.tag_ids.0);
    let tagged = mailbox::tag(call.services(), &call.caller(), mailboxes, tags, on).await?;
    let changed = tagged.iter().filter(|one| one.changed).count();
    let done = if on { MappingAction::Created } else { MappingAction::Deleted };
    let summary = MappingSummary {
        total_processed: tagged.len(),
        created: if on { changed } else { 0 },
        deleted: if on { 0 } else { changed },
        skipped: tagged.len() - changed,
        failed: 0,
    };
    let results = tagged.into_iter().map(|one| Mapped {
        email_account_id: one.mailbox,
        tag_id: one.tag,
        action: if one.changed { done } else { MappingAction::Skipped },
    });
    Ok(MappingDone { results: results.collect(), summary })
}

/// POST `/email-accounts/tag-list`.
pub(crate) async fn list_tags(
    call: SignedCall,
    Body(which): Body<WhichAccounts>,
) -> Result<Success<Vec<TaggedAccount>>, ApiError> {
    let caller = call.caller();
    let asked: Vec<String> = which.email_ids.0.into_iter().map(|one| one.0.to_lowercase()).collect();
    let found = mailbox::list(call.services(), &caller).await?;
    let found = found.into_iter().filter(|state| asked.contains(&state.mailbox.email));
    let data = found.map(|state| TaggedAccount {
        email_account_id: state.mailbox.id,
        tags: state.mailbox.tags.iter().filter_map(|tag| caller.names().tag(*tag)).map(TagOf::from).collect(),
        email_id: state.mailbox.email,
    });
    Ok(Success { message: "Tags of the e-mail accounts", data: data.collect() })
}
