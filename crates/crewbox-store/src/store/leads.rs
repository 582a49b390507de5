//! Reading leads.

use crewbox_core::conversation::Conversation;
use crewbox_core::id::{CampaignId, ConversationId, LeadId, QuarantineId, Seq};
use crewbox_core::model::Lead;

use super::Store;
use crate::contract::{HeldOfPerson, LeadPage, LeadQuery, Scope, StoreError};

impl Store {
    /// A campaign's leads.
    ///
    /// # Errors
    /// `NotFound(Campaign)`.
    pub async fn leads(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        query: &LeadQuery,
    ) -> Result<LeadPage, StoreError> {
        on!(self, e => e.leads(scope, campaign, query).await)
    }

    /// A campaign's leads, newest conversation first: those before a conversation, or the newest ones.
    ///
    /// # Errors
    /// `NotFound(Campaign)`.
    pub async fn leads_before(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        before: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(Conversation, Lead)>, StoreError> {
        on!(self, e => e.leads_before(scope, campaign, before, limit).await)
    }

    /// One lead with its conversations, ascending.
    ///
    /// # Errors
    /// `NotFound(Lead)`.
    pub async fn lead(&self, scope: &Scope, id: LeadId) -> Result<(Lead, Vec<Conversation>), StoreError> {
        on!(self, e => e.lead(scope, id).await)
    }

    /// The leads of an address, in any of its spellings, that the scope sees: one for each client, and the team's own.
    /// Each with its conversations, ascending.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn leads_by_email(
        &self,
        scope: &Scope,
        email: &str,
    ) -> Result<Vec<(Lead, Vec<Conversation>)>, StoreError> {
        on!(self, e => e.leads_by_email(scope, email).await)
    }

    /// What the scope sees of a person besides the conversations of their leads, by one of these leads; and the files of
    /// raw mail of all that is to be erased, these quarantined mails included.
    ///
    /// # Errors
    /// `NotFound(Lead)`.
    pub async fn held_of_person(
        &self,
        scope: &Scope,
        lead: LeadId,
        quarantined: &[QuarantineId],
    ) -> Result<HeldOfPerson, StoreError> {
        on!(self, e => e.held_of_person(scope, lead, quarantined).await)
    }

    /// Removes these files of large mails now, without waiting for a sweep, unless a row names them; how many.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn remove_files(&self, scope: &Scope, contents: &[[u8; 32]]) -> Result<u64, StoreError> {
        on!(self, e => e.remove_files(scope.account(), contents).await)
    }

    /// Lets the search index follow the log up to a change, in at most so many transactions; whether it has. It goes on by
    /// itself where it has not.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn search_follow(&self, scope: &Scope, to: Seq, steps: u32) -> Result<bool, StoreError> {
        on!(self, e => e.search_follow(scope.account(), to, steps).await)
    }
}
