//! What members did: the pasts that it is computed from, and what is kept of it.

use crewbox_core::id::{CampaignId, ConversationId, Seq};
use crewbox_core::team::{Activity, Past};

/// A conversation's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationPast {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// Its past.
    pub past: Past,
}

/// What members did in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationActivities {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// What they did, in order of time.
    pub activities: Vec<Activity>,
}

/// What is kept of what members did, and up to which change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptActivities {
    /// The change up to which the log was followed; none where nothing was kept yet.
    pub seq: Option<Seq>,
    /// Every conversation with activities.
    pub conversations: Vec<ConversationActivities>,
}

/// What members did in some conversations, to keep.
#[derive(Clone, Debug)]
pub struct NewActivities {
    /// The change up to which the log was followed, once all that this needs is kept.
    pub seq: Option<Seq>,
    /// Replaces what is kept of each of these.
    pub conversations: Vec<(ConversationId, Vec<Activity>)>,
}
