//! Changing an account without its servers, and the tags that accounts have.

use crewbox_core::id::{MailboxId, TagId};
use crewbox_core::permission::Permission;
use crewbox_store::contract::MailboxChange;
use crewbox_store::{Op, Thing};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Changes an account's name, signature or client; what is not given stays.
///
/// # Errors
/// [`Refusal::NotFound`] for an account or a client that the caller does not see; the store's.
pub async fn change(
    services: &Services,
    caller: &Caller,
    id: MailboxId,
    change: MailboxChange,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    let mailbox = caller.mailbox(id)?.id;
    if let Some(client) = change.client.filter(|client| caller.names().client(*client).is_none()) {
        return Err(Refusal::NotFound(Thing::Client, client.get()));
    }
    caller.commit_one(services, Op::ChangeMailbox { mailbox, change }).await?;
    Ok(())
}

/// A tag that an account was to get or to lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The account.
    pub mailbox: MailboxId,
    /// The tag.
    pub tag: TagId,
    /// Whether that changed anything.
    pub changed: bool,
}

/// Gives each of these accounts each of these tags, or takes them away (`on` false).
///
/// # Errors
/// [`Refusal::NotFound`] for an account or a tag that the caller does not see; the store's.
pub async fn tag(
    services: &Services,
    caller: &Caller,
    mailboxes: Vec<MailboxId>,
    tags: Vec<TagId>,
    on: bool,
) -> Result<Vec<Tagged>, Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    if let Some(tag) = tags.iter().find(|tag| caller.tag(**tag).is_none()) {
        return Err(Refusal::NotFound(Thing::Tag, tag.get()));
    }
    let mut tagged = Vec::with_capacity(mailboxes.len() * tags.len());
    for id in &mailboxes {
        let mailbox = caller.mailbox(*id)?;
        let became =
            |tag: &TagId| Tagged { mailbox: *id, tag: *tag, changed: mailbox.tags.contains(tag) != on };
        tagged.extend(tags.iter().map(became));
    }
    caller.commit_one(services, Op::TagMailboxes { mailboxes, tags, on }).await?;
    Ok(tagged)
}
