//! Removing a lead from all campaigns, erasing the person, and unsubscribing from all campaigns.

use crewbox_app::lead;
use crewbox_core::id::LeadId;

use super::state::{DONE, LeadActionDone};
use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Path, Query};

query! {
    /// What to remove.
    pub(crate) struct HowToDelete {
        /// True erases the person: also the lead itself, mail that belongs to no conversation, quarantined mail, and mail in
        /// conversations with others. What stays are ids, the change log and what is needed so that the mail never comes
        /// back. Otherwise the lead stays, and only its conversations are deleted.
        erase: bool = false,
    }
}

output! {
    /// A lead that was removed from all campaigns, or a person that was erased.
    pub(crate) struct DeletedLead {
        /// The lead it was.
        lead_id: LeadId,
        /// Whether the person was erased.
        erased: bool,
        /// Conversations that were deleted, with their messages.
        conversations: u64,
        /// What was erased; left out where the person was not.
        report: Option<ErasureReport>,
    }
}

output! {
    /// How much was erased of a person.
    pub(crate) struct ErasureReport {
        /// Leads: one for each client that had the person.
        leads: u64,
        /// Messages of their conversations, and messages from the person in conversations with others.
        messages: u64,
        /// Messages that belonged to no conversation.
        untracked_messages: u64,
        /// Quarantined mails.
        quarantined_messages: u64,
        /// Answers and forwarded mails, whatever their state.
        outgoing_messages: u64,
        /// Notes.
        notes: u64,
        /// Tasks.
        tasks: u64,
        /// Reminders.
        reminders: u64,
        /// Drafts of answers.
        drafts: u64,
        /// Conversations with others in which the person took part.
        participations: u64,
        /// Files of large mails.
        files: u64,
        /// Whether the words have left the search index. Where the index is behind they leave it later, by themselves.
        search_index_done: bool,
    }
}

/// DELETE `/leads/{id}`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<LeadId>,
    Query(how): Query<HowToDelete>,
) -> Result<Success<DeletedLead>, ApiError> {
    let (services, caller) = (call.services(), call.caller());
    if !how.erase {
        let conversations = lead::remove_everywhere(services, &caller, id).await?.len() as u64;
        let data = DeletedLead { lead_id: id, erased: false, conversations, report: None };
        return Ok(Success { message: "Lead removed from all campaigns", data });
    }
    let person = lead::erase(services, &caller, id).await?;
    let erased = person.erased;
    let report = ErasureReport {
        leads: erased.leads,
        messages: erased.messages,
        untracked_messages: erased.untracked,
        quarantined_messages: erased.quarantined,
        outgoing_messages: erased.outgoing,
        notes: erased.notes,
        tasks: erased.tasks,
        reminders: erased.reminders,
        drafts: erased.drafts,
        participations: erased.participations,
        files: person.files,
        search_index_done: person.search_is_done,
    };
    let conversations = erased.conversations;
    let data = DeletedLead { lead_id: id, erased: true, conversations, report: Some(report) };
    Ok(Success { message: "Person erased", data })
}

/// POST `/leads/{id}/unsubscribe`.
pub(crate) async fn unsubscribe_everywhere(
    call: SignedCall,
    Path(id): Path<LeadId>,
) -> Result<Json<LeadActionDone>, ApiError> {
    lead::unsubscribe(call.services(), &call.caller(), id).await?;
    Ok(Json(DONE))
}
