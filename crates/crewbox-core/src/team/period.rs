//! The stretch of time, and perhaps the campaigns, that figures are asked for.

use std::collections::HashSet;

use crate::id::CampaignId;
use crate::time::Timestamp;

/// What is asked for: a stretch of time, and perhaps some campaigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// Only in these campaigns.
    pub campaigns: Option<HashSet<CampaignId>>,
}

impl Period {
    /// Whether a row of this time, in this campaign, belongs to it.
    pub(super) fn has(&self, at: Timestamp, campaign: CampaignId) -> bool {
        self.from <= at && at < self.to && self.campaigns.as_ref().is_none_or(|some| some.contains(&campaign))
    }
}
