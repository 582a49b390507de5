//! How long leads take to reply.

use super::event::LeadState;
use crate::time::{SECOND_MS, Timestamp};

/// The first reply by a person in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstReply {
    /// Who replied.
    pub lead: LeadState,
    /// When the first mail was sent; none where we sent none.
    pub sent_at: Option<Timestamp>,
    /// When the reply came.
    pub replied_at: Timestamp,
}

impl FirstReply {
    /// Whole seconds from the first mail to the reply; none where the lead wrote first. At the most what fits, which is 136
    /// years.
    #[must_use]
    pub fn seconds(&self) -> Option<u32> {
        let waited = self.replied_at.0.saturating_sub(self.sent_at?.0);
        let seconds = u64::try_from(waited).ok()? / SECOND_MS.unsigned_abs();
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Flags;
    use crate::id::{CampaignId, ConversationId};

    #[test]
    fn a_lead_who_wrote_first_took_no_time_to_reply() {
        let lead = LeadState {
            conversation: ConversationId(1),
            campaign: CampaignId(1),
            client: None,
            category: None,
            flags: Flags::NONE,
        };
        let seconds = |sent_at: Option<i64>| {
            FirstReply { lead, sent_at: sent_at.map(Timestamp), replied_at: Timestamp(5_999) }.seconds()
        };
        assert_eq!(seconds(Some(1_000)), Some(4));
        assert_eq!(seconds(Some(6_000)), None);
        assert_eq!(seconds(None), None);
    }
}
