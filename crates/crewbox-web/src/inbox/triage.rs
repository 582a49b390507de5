//! The actions that change one fact of a conversation.

use crewbox_app::conversation::{self, Triage};
use crewbox_app::{Caller, FieldError, Refusal};
use crewbox_core::conversation::Flags;
use crewbox_core::id::{CategoryId, ConversationId};
use crewbox_core::time::Timestamp;

use crate::answer::Success;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::checked::{Check, Checked};
use crate::declare::{Required, input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::At;
use crate::value::{Nullable, OrBlank};

input! {
    /// Read or unread.
    pub(crate) struct ReadStatus {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// True for read, false for unread.
        read_status: bool,
    }
}

output! {
    /// A conversation's read state.
    pub(crate) struct ReadStatusSet {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Whether it is read. A conversation without a reply is always read.
        is_read: bool,
        /// When the conversation last changed.
        updated_at: At,
    }
}

/// `/change-read-status`.
pub(crate) async fn read_status(
    call: SignedCall,
    Body(given): Body<ReadStatus>,
) -> Result<Numbered<Success<ReadStatusSet>>, ApiError> {
    let action = Triage::Read(given.read_status);
    let held = conversation::triage(call.services(), &call.caller(), given.email_lead_map_id, action).await?;
    let data = ReadStatusSet {
        email_lead_map_id: held.id,
        is_read: !held.flags.has(Flags::UNREAD),
        updated_at: call.at(held.updated_at),
    };
    Ok(call.numbered(held.changes, Success { message: "Read status updated successfully", data }))
}

input! {
    /// A category, or none.
    pub(crate) struct SetCategory {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: Required<ConversationId>,
        /// A category, or null for none. An empty text is taken for null.
        category_id: Nullable<OrBlank<CategoryId>>,
    }
}

impl SetCategory {
    fn action(&self) -> Triage {
        Triage::Category(self.category_id.0.as_ref().map(|id| id.0))
    }
}

impl Check for SetCategory {
    fn check(&self, caller: &Caller) -> Result<Vec<FieldError>, Refusal> {
        conversation::check_triage(caller, self.action())
    }
}

output! {
    /// A conversation's category.
    pub(crate) struct CategorySet {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Its category; null for none.
        category_id: Nullable<CategoryId>,
        /// When the conversation last changed.
        updated_at: At,
    }
}

/// `/update-category`.
pub(crate) async fn category(
    call: SignedCall,
    body: Checked<SetCategory>,
) -> Result<Numbered<Success<CategorySet>>, ApiError> {
    let caller = call.caller();
    let given = body.read(&call, &caller)?;
    let (action, id) = (given.action(), given.email_lead_map_id.get()?);
    let held = conversation::triage(call.services(), &caller, id, action).await?;
    let data = CategorySet {
        email_lead_map_id: held.id,
        category_id: Nullable(held.category),
        updated_at: call.at(held.updated_at),
    };
    Ok(call.numbered(held.changes, Success { message: "Lead category updated successfully", data }))
}

input! {
    /// Archived or brought back.
    pub(crate) struct SetArchived {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// True to archive, false to bring back.
        archived: bool,
    }
}

output! {
    /// Whether a conversation is archived.
    pub(crate) struct ArchivedSet {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Whether it is archived.
        is_archived: bool,
        /// When the conversation last changed.
        updated_at: At,
    }
}

/// `/update-archived`.
pub(crate) async fn archived(
    call: SignedCall,
    Body(given): Body<SetArchived>,
) -> Result<Numbered<Success<ArchivedSet>>, ApiError> {
    let action = Triage::Archived(given.archived);
    let held = conversation::triage(call.services(), &call.caller(), given.email_lead_map_id, action).await?;
    let data = ArchivedSet {
        email_lead_map_id: held.id,
        is_archived: held.flags.has(Flags::ARCHIVED),
        updated_at: call.at(held.updated_at),
    };
    Ok(call.numbered(held.changes, Success { message: "Archive status updated successfully", data }))
}

input! {
    /// Important or not.
    pub(crate) struct SetImportant {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// Important or not.
        important: bool,
    }
}

output! {
    /// Whether a conversation is important.
    pub(crate) struct ImportantSet {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Whether it is important.
        is_important: bool,
        /// When the conversation last changed.
        updated_at: At,
    }
}

/// `/update-important`.
pub(crate) async fn important(
    call: SignedCall,
    Body(given): Body<SetImportant>,
) -> Result<Numbered<Success<ImportantSet>>, ApiError> {
    let action = Triage::Important(given.important);
    let held = conversation::triage(call.services(), &call.caller(), given.email_lead_map_id, action).await?;
    let data = ImportantSet {
        email_lead_map_id: held.id,
        is_important: held.flags.has(Flags::IMPORTANT),
        updated_at: call.at(held.updated_at),
    };
    Ok(call.numbered(held.changes, Success { message: "Importance updated successfully", data }))
}

input! {
    /// A snooze.
    pub(crate) struct SetSnooze {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: Required<ConversationId>,
        /// A time in the future, or null to wake it.
        until: Nullable<Timestamp>,
    }
}

impl SetSnooze {
    const fn action(&self) -> Triage {
        Triage::Snooze(self.until.0)
    }
}

impl Check for SetSnooze {
    fn check(&self, caller: &Caller) -> Result<Vec<FieldError>, Refusal> {
        conversation::check_triage(caller, self.action())
    }
}

output! {
    /// A conversation's snooze.
    pub(crate) struct SnoozeSet {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Whether it is snoozed.
        is_snoozed: bool,
        /// When the snooze ends; null for none.
        snoozed_until: Nullable<At>,
        /// When the conversation last changed.
        updated_at: At,
    }
}

/// `/update-snooze`.
pub(crate) async fn snooze(
    call: SignedCall,
    body: Checked<SetSnooze>,
) -> Result<Numbered<Success<SnoozeSet>>, ApiError> {
    let caller = call.caller();
    let given = body.read(&call, &caller)?;
    let (action, id) = (given.action(), given.email_lead_map_id.get()?);
    let held = conversation::triage(call.services(), &caller, id, action).await?;
    let until = held.snoozed_until.filter(|until| *until > call.now);
    let data = SnoozeSet {
        email_lead_map_id: held.id,
        is_snoozed: until.is_some(),
        snoozed_until: Nullable(until.map(|at| call.at(at))),
        updated_at: call.at(held.updated_at),
    };
    Ok(call.numbered(held.changes, Success { message: "Snooze updated successfully", data }))
}
