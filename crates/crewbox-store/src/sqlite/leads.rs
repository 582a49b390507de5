//! The engine's calls that read leads.

use crewbox_core::conversation::Conversation;
use crewbox_core::id::{CampaignId, ConversationId, LeadId};
use crewbox_core::model::Lead;

use super::{Engine, Result, read};
use crate::contract::{LeadPage, LeadQuery, Scope};

impl Engine {
    pub(crate) async fn leads(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        query: &LeadQuery,
    ) -> Result<LeadPage> {
        let (scope, query) = (*scope, query.clone());
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::leads::leads(db, &scope, campaign, &query))
        })
        .await
    }

    pub(crate) async fn leads_before(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        before: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(Conversation, Lead)>> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::leads::leads_before(db, &scope, campaign, before, limit))
        })
        .await
    }

    pub(crate) async fn lead(&self, scope: &Scope, id: LeadId) -> Result<(Lead, Vec<Conversation>)> {
        self.shared.readers.snapshot(|db| read::leads::lead(db, scope, id))
    }

    pub(crate) async fn leads_by_email(
        &self,
        scope: &Scope,
        email: &str,
    ) -> Result<Vec<(Lead, Vec<Conversation>)>> {
        self.shared.readers.snapshot(|db| read::leads::leads_by_email(db, scope, email))
    }
}
