//! Reading leads.

use crewbox_core::conversation::Conversation;
use crewbox_core::id::{CampaignId, ConversationId, LeadId};
use crewbox_core::model::Lead;

use super::Store;
use crate::contract::{LeadPage, LeadQuery, Scope, StoreError};

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
}
