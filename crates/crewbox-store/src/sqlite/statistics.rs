//! The engine's calls that read the figures of campaigns.

use crewbox_core::id::CampaignId;

use super::{Engine, Result, read};
use crate::contract::{CampaignFigures, Scope, SentPage, SentQuery};

impl Engine {
    pub(crate) async fn campaign_figures(
        &self,
        scope: &Scope,
        campaign: CampaignId,
    ) -> Result<CampaignFigures> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::statistics::figures(db, &scope, campaign))
        })
        .await
    }

    pub(crate) async fn sent_mails(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        query: &SentQuery,
    ) -> Result<SentPage> {
        let (scope, query) = (*scope, query.clone());
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::statistics::sent(db, &scope, campaign, &query))
        })
        .await
    }
}
