//! Adding events up. Their order does not matter.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasherDefault;

use super::event::{OutreachEvent, OutreachEventKind};
use crate::conversation::Flags;
use crate::id::{ConversationId, IdHasher};
use crate::model::Sentiment;

/// What events add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutreachFigures {
    /// Mails that were sent.
    pub sent: u64,
    /// Leads that a mail was sent to.
    pub leads_written_to: u64,
    /// Of these, those that have never replied.
    pub leads_without_reply: u64,
    /// Mails that were opened for the first time.
    pub opened: u64,
    /// Leads that opened a mail.
    pub leads_opened: u64,
    /// Mails that a link was followed in for the first time.
    pub clicked: u64,
    /// Leads that followed a link.
    pub leads_clicked: u64,
    /// Replies by people.
    pub replied: u64,
    /// Leads that replied.
    pub leads_replied: u64,
    /// Of these, those whose category is a positive one.
    pub leads_positive: u64,
    /// Replies of leads whose category is a positive one.
    pub replies_positive: u64,
    /// Replies of leads whose category is a neutral one.
    pub replies_neutral: u64,
    /// Replies of leads whose category is a negative one.
    pub replies_negative: u64,
    /// Replies of leads without a category.
    pub replies_uncategorised: u64,
    /// Leads whose address does not work.
    pub bounced: u64,
    /// Leads that unsubscribed.
    pub unsubscribed: u64,
}

/// Adds events up in groups, such as days or campaigns. A lead counts once in each group.
#[derive(Debug)]
pub struct Tally<K> {
    groups: BTreeMap<K, Group>,
}

type Leads = HashSet<ConversationId, BuildHasherDefault<IdHasher>>;

#[derive(Debug, Default)]
struct Group {
    figures: OutreachFigures,
    written_to: Leads,
    opened: Leads,
    clicked: Leads,
    replied: Leads,
    bounced: Leads,
    unsubscribed: Leads,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self { groups: BTreeMap::new() }
    }
}

impl<K: Ord> Tally<K> {
    /// Adds an event to a group. `sentiment` is that of the lead's category; none without a category.
    pub fn add(&mut self, group: K, event: &OutreachEvent, sentiment: Option<Sentiment>) {
        self.groups.entry(group).or_default().add(event, sentiment);
    }

    /// The figures of each group that has any.
    #[must_use]
    pub fn done(self) -> BTreeMap<K, OutreachFigures> {
        self.groups.into_iter().map(|(key, group)| (key, group.figures)).collect()
    }
}

impl Group {
    fn add(&mut self, event: &OutreachEvent, sentiment: Option<Sentiment>) {
        let (figures, lead) = (&mut self.figures, event.lead.conversation);
        let is_positive = sentiment == Some(Sentiment::Positive);
        match event.kind {
            OutreachEventKind::Sent => {
                figures.sent += 1;
                if self.written_to.insert(lead) {
                    figures.leads_written_to += 1;
                    figures.leads_without_reply += u64::from(!event.lead.flags.has(Flags::REPLIED));
                }
            }
            OutreachEventKind::Replied => {
                figures.replied += 1;
                let of_sentiment = match sentiment {
                    Some(Sentiment::Positive) => &mut figures.replies_positive,
                    Some(Sentiment::Neutral) => &mut figures.replies_neutral,
                    Some(Sentiment::Negative) => &mut figures.replies_negative,
                    None => &mut figures.replies_uncategorised,
                };
                *of_sentiment += 1;
                if self.replied.insert(lead) {
                    figures.leads_replied += 1;
                    figures.leads_positive += u64::from(is_positive);
                }
            }
            OutreachEventKind::Opened => {
                figures.opened += 1;
                figures.leads_opened += u64::from(self.opened.insert(lead));
            }
            OutreachEventKind::Clicked => {
                figures.clicked += 1;
                figures.leads_clicked += u64::from(self.clicked.insert(lead));
            }
            OutreachEventKind::Bounced => figures.bounced += u64::from(self.bounced.insert(lead)),
            OutreachEventKind::Unsubscribed => {
                figures.unsubscribed += u64::from(self.unsubscribed.insert(lead));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::LeadState;
    use super::*;
    use crate::id::CampaignId;
    use crate::time::Timestamp;

    fn event(kind: OutreachEventKind, lead: u64, flags: Flags) -> OutreachEvent {
        let lead = LeadState {
            conversation: ConversationId(lead),
            campaign: CampaignId(1),
            client: None,
            category: None,
            flags,
        };
        OutreachEvent { at: Timestamp(0), kind, mailbox: None, lead }
    }

    #[test]
    fn a_lead_counts_once_in_each_group_and_each_mail_counts() {
        use OutreachEventKind::{Bounced, Opened, Replied, Sent};
        let mut tally = Tally::default();
        for (group, kind, lead) in [
            (1, Sent, 1),
            (1, Sent, 1),
            (1, Sent, 2),
            (2, Sent, 1),
            (2, Opened, 1),
            (2, Opened, 1),
            (2, Replied, 1),
            (2, Replied, 1),
            (2, Replied, 3),
            (1, Bounced, 2),
            (1, Bounced, 2),
        ] {
            let flags = if lead == 2 { Flags::BOUNCED } else { Flags::REPLIED };
            let sentiment = (lead == 1).then_some(Sentiment::Positive);
            tally.add(group, &event(kind, lead, flags), sentiment);
        }
        let groups = tally.done();
        let first = OutreachFigures {
            sent: 3,
            leads_written_to: 2,
            leads_without_reply: 1,
            bounced: 1,
            ..OutreachFigures::default()
        };
        let second = OutreachFigures {
            sent: 1,
            leads_written_to: 1,
            opened: 2,
            leads_opened: 1,
            replied: 3,
            leads_replied: 2,
            leads_positive: 1,
            replies_positive: 2,
            replies_uncategorised: 1,
            ..OutreachFigures::default()
        };
        assert_eq!(groups.into_iter().collect::<Vec<_>>(), [(1, first), (2, second)]);
    }
}
