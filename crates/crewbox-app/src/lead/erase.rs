//! Removing a lead from all campaigns, and erasing the person.

use crewbox_core::address::spellings;
use crewbox_core::id::{ConversationId, LeadId, QuarantineId};
use crewbox_core::permission::Permission;
use crewbox_mail::{HEADER_BYTES, is_sent_by};
use crewbox_store::contract::{Erase, Erased, RawBytes};
use crewbox_store::{Op, Outcome, StoreError};

use super::read::of_person;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Quarantined mails read at a time.
const PAGE: u32 = 200;
/// Transactions of the search index that a call waits for: some seconds, unless the index is being built.
const SEARCH_STEPS: u32 = 16;
/// Places at which a test lets the process die while it erases a person: before the commit, after it, and after the files.
pub const ERASE_CRASH_POINTS: &[&str] = &["erase.before-commit", "erase.committed", "erase.removed-files"];

/// Removes a lead from all campaigns: its conversations go with their messages for good, the lead itself stays. As
/// [`super::by_email`] shows leads: of callers who see the whole account, the leads of all clients with its address. Returns
/// the conversations that were deleted.
///
/// # Errors
/// [`Refusal::NotFound`] for a lead that the caller does not see; [`Refusal::Conflict`] while a message is being sent; the
/// store's.
pub async fn remove_everywhere(
    services: &Services,
    caller: &Caller,
    lead: LeadId,
) -> Result<Vec<ConversationId>, Refusal> {
    caller.require(Permission::DeleteConversations)?;
    let conversations: Vec<ConversationId> =
        of_person(services, caller, lead).await?.into_iter().map(|conversation| conversation.id).collect();
    if !conversations.is_empty() {
        let ops = conversations.iter().copied().map(Op::DeleteConversation).collect();
        caller.commit(services, ops).await?;
    }
    Ok(conversations)
}

/// A person that was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasedPerson {
    /// What it was.
    pub erased: Erased,
    /// Files of large mails among it.
    pub files: u64,
    /// Whether the words have left the search index, too. They leave it by themselves where the index is behind.
    pub search_is_done: bool,
}

/// Erases a person, by one of their leads: leads, conversations with messages, notes, tasks, reminders and drafts, mail that
/// belongs to no conversation, quarantined mail, mail in conversations with others. The log, ids and tombstones stay, so that
/// the mail never comes back. What others wrote about the person stays.
///
/// # Errors
/// [`Refusal::NotFound`] for a lead that the caller does not see; [`Refusal::Conflict`] while a message to the person is
/// being sent; the store's.
pub async fn erase(services: &Services, caller: &Caller, lead: LeadId) -> Result<ErasedPerson, Refusal> {
    caller.require(Permission::DeleteConversations)?;
    let (store, scope) = (services.store(), caller.scope());
    let address = store.lead(scope, lead).await?.0.fields.email;
    let quarantined = quarantined_from(services, caller, &spellings(&address)).await?;
    let held = store.held_of_person(scope, lead, &quarantined).await?;
    let op = Op::Erase(Box::new(Erase { lead, messages: held.messages, quarantined }));
    crewbox_crash::point("erase.before-commit");
    let committed = caller.commit(services, vec![op]).await?;
    crewbox_crash::point("erase.committed");
    let erased = match committed.outcomes.as_slice() {
        [Outcome::Erased(erased)] => *erased,
        other => return Err(Refusal::Internal(format!("erasing a person gave {other:?}"))),
    };
    let files = store.remove_files(scope, &held.files).await?;
    crewbox_crash::point("erase.removed-files");
    let search_is_done = store.search_follow(scope, committed.seq, SEARCH_STEPS).await?;
    Ok(ErasedPerson { erased, files, search_is_done })
}

/// Quarantined mail that was sent from one of these addresses.
async fn quarantined_from(
    services: &Services,
    caller: &Caller,
    addresses: &[String],
) -> Result<Vec<QuarantineId>, Refusal> {
    let (store, scope) = (services.store(), caller.scope());
    let (mut found, mut offset) = (Vec::new(), 0);
    loop {
        let (items, _) = store.quarantine(scope, offset, PAGE).await?;
        if items.is_empty() {
            return Ok(found);
        }
        offset += items.len() as u64;
        for item in items {
            let head = match header(services, caller, item.id).await {
                Ok(head) => head,
                // Of what is damaged or gone meanwhile nobody can tell whose it is.
                Err(StoreError::Damaged(..) | StoreError::NotFound(..)) => continue,
                Err(other) => return Err(other.into()),
            };
            if is_sent_by(&head, addresses) {
                found.push(item.id);
            }
        }
    }
}

/// The first bytes of a quarantined mail, which have its header.
async fn header(services: &Services, caller: &Caller, id: QuarantineId) -> Result<Vec<u8>, StoreError> {
    match services.store().quarantine_raw_up_to(caller.scope(), id, HEADER_BYTES).await? {
        RawBytes::Whole(raw) => Ok(raw),
        // One read of a file, about as long as a read of the database.
        RawBytes::Large(mail) => services.store().piece(&mail, 0, HEADER_BYTES),
    }
}
