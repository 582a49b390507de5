//! What belongs to a conversation, read by its type, and saved views.

use crewbox_core::id::{ConversationId, SavedViewId, Seq, TemplateId};
use crewbox_core::saved_view::SavedView;
use crewbox_core::template::Template;
use crewbox_core::time::Timestamp;

use super::Store;
use crate::contract::{
    DomainUndo, DueReminders, HeldDraft, HeldParticipant, HeldReminder, PartUndo, ReadsPart, ReadsParts,
    Scope, StoreError,
};
use crate::sqlite;

impl Store {
    /// What of this type belongs to a conversation: messages that wait to be sent ([`Outgoing`]), by time.
    ///
    /// [`Outgoing`]: crewbox_core::outgoing::Outgoing
    ///
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn parts<T>(&self, scope: &Scope, id: ConversationId) -> Result<Vec<T>, StoreError>
    where
        sqlite::Engine: ReadsParts<T>,
    {
        on!(self, e => e.parts(scope, id))
    }

    /// What of this type has this id: a [`Note`](crate::contract::Note), for example.
    ///
    /// # Errors
    /// `NotFound` of its kind, also where the scope does not see its conversation.
    pub async fn part<T>(&self, scope: &Scope, id: u64) -> Result<T, StoreError>
    where
        sqlite::Engine: ReadsPart<T>,
    {
        on!(self, e => e.part(scope, id))
    }

    /// Who takes part in a conversation besides its lead, in the order of their addresses; who was detached, too.
    ///
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn participants(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Vec<HeldParticipant>, StoreError> {
        on!(self, e => e.participants(scope, id).await)
    }

    /// What undoing a change of a note, a task or a reminder would do.
    ///
    /// # Errors
    /// `NotFound(Change)` for a change of which nothing was kept; `NotFound(Conversation)`, also where the scope does not see
    /// it.
    pub async fn part_undo(&self, scope: &Scope, change: Seq) -> Result<PartUndo, StoreError> {
        on!(self, e => e.part_undo(scope, change).await)
    }

    /// What undoing that domains were blocked, or blocked no longer, would do.
    ///
    /// # Errors
    /// `NotFound(Change)` for a change of which nothing was kept, and for a scope of one client.
    pub async fn domain_undo(&self, scope: &Scope, change: Seq) -> Result<DomainUndo, StoreError> {
        on!(self, e => e.domain_undo(scope, change).await)
    }

    /// The saved views that the scope sees, oldest first.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn saved_views(&self, scope: &Scope) -> Result<Vec<SavedView>, StoreError> {
        on!(self, e => e.saved_views(scope).await)
    }

    /// A saved view.
    ///
    /// # Errors
    /// `NotFound(SavedView)`.
    pub async fn saved_view(&self, scope: &Scope, id: SavedViewId) -> Result<SavedView, StoreError> {
        on!(self, e => e.saved_view(scope, id).await)
    }

    /// The templates that the scope sees, by name; with or without their texts.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn templates(&self, scope: &Scope, with_texts: bool) -> Result<Vec<Template>, StoreError> {
        on!(self, e => e.templates(scope, with_texts).await)
    }

    /// A template.
    ///
    /// # Errors
    /// `NotFound(Template)`.
    pub async fn template(&self, scope: &Scope, id: TemplateId) -> Result<Template, StoreError> {
        on!(self, e => e.template(scope, id).await)
    }

    /// The draft of the member who asks, or the one of version 0 where there is none.
    ///
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn draft(&self, scope: &Scope, id: ConversationId) -> Result<HeldDraft, StoreError> {
        on!(self, e => e.draft(scope, id).await)
    }

    /// The drafts of the member who asks in these conversations. Those without one, and those that the scope does not see,
    /// are left out.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn drafts(
        &self,
        scope: &Scope,
        ids: &[ConversationId],
    ) -> Result<Vec<(ConversationId, HeldDraft)>, StoreError> {
        on!(self, e => e.drafts(scope, ids).await)
    }

    /// The reminders of an account that are to be reported as due by `now`, at most `limit` of them, and when the next
    /// one falls due.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn due_reminders(
        &self,
        scope: &Scope,
        now: Timestamp,
        limit: u32,
    ) -> Result<DueReminders, StoreError> {
        on!(self, e => e.due_reminders(scope, now, limit).await)
    }

    /// The earliest open reminder of each of these conversations, in their order; none where there is none, or where the
    /// scope does not see the conversation.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn next_reminders(
        &self,
        scope: &Scope,
        conversations: &[ConversationId],
    ) -> Result<Vec<Option<HeldReminder>>, StoreError> {
        on!(self, e => e.next_reminders(scope, conversations).await)
    }
}
