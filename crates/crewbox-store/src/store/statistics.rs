//! Reading the figures of campaigns.

use crewbox_core::id::CampaignId;

use super::Store;
use crate::contract::{CampaignFigures, Scope, SentPage, SentQuery, StoreError};

impl Store {
    /// A campaign's figures.
    ///
    /// # Errors
    /// `NotFound(Campaign)`.
    pub async fn campaign_figures(
        &self,
        scope: &Scope,
        campaign: CampaignId,
    ) -> Result<CampaignFigures, StoreError> {
        on!(self, e => e.campaign_figures(scope, campaign).await)
    }

    /// The mails that were sent in a campaign, newest first, with the total.
    ///
    /// # Errors
    /// `NotFound(Campaign)`.
    pub async fn sent_mails(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        query: &SentQuery,
    ) -> Result<SentPage, StoreError> {
        on!(self, e => e.sent_mails(scope, campaign, query).await)
    }
}
