//! The part of a conversation that people decide about its lead: letting it go on, and giving it an earlier state back.

use super::lead_state::{Delayed, LeadState, LeadStatus, Pushed};
use super::{Conversation, Flags};
use crate::change::{Change, Delta, Field};
use crate::id::CampaignId;
use crate::time::Timestamp;

/// Whether two changes of leads set the same field.
pub(super) fn overlap(change: &Change, later: &Change) -> bool {
    let sets = |delta: &Delta| match delta.field {
        Field::Flags => unsubscribed(delta.before) != unsubscribed(delta.after),
        field => OF_LEAD.contains(&field),
    };
    change
        .detail
        .iter()
        .filter(|delta| sets(delta))
        .any(|delta| later.detail.iter().any(|other| other.field == delta.field && sets(other)))
}

/// The fields of a lead's state, besides two flags.
const OF_LEAD: [Field; 5] = [
    Field::LeadStatus,
    Field::ResumesAt,
    Field::Subsequence,
    Field::SubsequenceStart,
    Field::StopOnParentReply,
];

/// Whether these flags have the lead unsubscribed, and by hand.
fn unsubscribed(bits: Option<i64>) -> (bool, bool) {
    let flags = Flags(bits.and_then(|bits| u16::try_from(bits).ok()).unwrap_or_default());
    (flags.has(Flags::UNSUBSCRIBED), flags.has(Flags::UNSUBSCRIBED_BY_HAND))
}

impl Conversation {
    /// Lets the lead go on after a delay.
    pub(super) fn resume(&mut self, delay: i64, now: Timestamp) {
        let running = if self.sent_count > 0 { LeadStatus::InProgress } else { LeadStatus::Started };
        if self.lead_status == running && self.resumed.is_some_and(|held| held.is_of(delay)) {
            return;
        }
        self.lead_status = running;
        self.resumed = Some(Delayed::from_now(now, delay));
    }

    /// What people decided about the lead.
    #[must_use]
    pub fn lead_state(&self) -> LeadState {
        LeadState {
            status: self.lead_status,
            resumed: self.resumed,
            unsubscribed_by_hand: self.flags.has(Flags::UNSUBSCRIBED_BY_HAND),
            unsubscribed_by_message: self.flags.has(Flags::UNSUBSCRIBED)
                && !self.flags.has(Flags::UNSUBSCRIBED_BY_HAND),
            subsequence: self.subsequence,
            pushed: self.pushed,
        }
    }

    pub(super) fn restore_lead(&mut self, state: &LeadState) {
        self.lead_status = state.status;
        self.resumed = state.resumed;
        self.flags.set(Flags::UNSUBSCRIBED_BY_HAND, state.unsubscribed_by_hand);
        let unsubscribed = state.unsubscribed_by_hand || state.unsubscribed_by_message;
        self.flags.set(Flags::UNSUBSCRIBED, unsubscribed);
        (self.subsequence, self.pushed) = (state.subsequence, state.pushed);
    }

    /// The state with every field of a change as it was before, or after it (`undone` false).
    pub(super) fn lead_state_around(&self, change: &Change, undone: bool) -> LeadState {
        let mut state = self.lead_state();
        for delta in &change.detail {
            let value = if undone { delta.before } else { delta.after };
            match delta.field {
                Field::LeadStatus => {
                    state.status = match value.and_then(LeadStatus::numbered) {
                        // A message was sent meanwhile.
                        Some(LeadStatus::Started) if self.sent_count > 0 => LeadStatus::InProgress,
                        known => known.unwrap_or(state.status),
                    };
                }
                // The log does not have since when. It is asked for again where the same delay is.
                Field::ResumesAt => state.resumed = value.map(|at| self.resumed_at(Timestamp(at))),
                Field::Flags => {
                    let (unsubscribed, by_hand) = unsubscribed(value);
                    state.unsubscribed_by_hand = by_hand;
                    state.unsubscribed_by_message |= unsubscribed && !by_hand;
                }
                Field::Subsequence => {
                    let id = value.and_then(|id| u64::try_from(id).ok());
                    state.subsequence = id.map(CampaignId);
                }
                Field::SubsequenceStart => {
                    let stops = state.pushed.is_some_and(|pushed| pushed.stop_on_parent_reply);
                    state.pushed = value.map(|at| Pushed {
                        start: self.pushed_at(Timestamp(at)),
                        stop_on_parent_reply: stops,
                    });
                }
                Field::StopOnParentReply => {
                    if let Some(pushed) = &mut state.pushed {
                        pushed.stop_on_parent_reply = value == Some(1);
                    }
                }
                _ => {}
            }
        }
        state
    }

    fn resumed_at(&self, until: Timestamp) -> Delayed {
        self.resumed.filter(|held| held.until == until).unwrap_or(Delayed { since: until, until })
    }

    fn pushed_at(&self, until: Timestamp) -> Delayed {
        let held = self.pushed.map(|pushed| pushed.start).filter(|held| held.until == until);
        held.unwrap_or(Delayed { since: until, until })
    }
}
