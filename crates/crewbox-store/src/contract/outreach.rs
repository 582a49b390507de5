//! What happened with mail to leads in a period, which figures are counted from.

use std::collections::HashSet;

use crewbox_core::id::CampaignId;
use crewbox_core::time::Timestamp;

/// Asks for what happened.
#[derive(Clone, Debug)]
pub struct OutreachQuery {
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// Only in this campaign: then only its conversations are read.
    pub campaign: Option<CampaignId>,
    /// Only in these campaigns; all that the scope sees for none.
    pub campaigns: Option<HashSet<CampaignId>>,
}

impl OutreachQuery {
    /// Whether it asks for what happened in a campaign.
    pub(crate) fn has(&self, campaign: CampaignId) -> bool {
        self.campaigns.as_ref().is_none_or(|some| some.contains(&campaign))
    }
}
