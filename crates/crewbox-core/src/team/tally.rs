//! What the rows of a member in a period add up to, while rows come and go.
//!
//! Owns what each kind of row counts for. Which rows belong to a period is decided elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use super::activity::ActivityKind;
use super::durations::Durations;
use crate::id::{CategoryId, IdHasher};

/// What a member did in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFigures {
    /// Replies by people in conversations that the member owned at that time.
    pub replies_received: u64,
    /// Messages sent after a reply.
    pub replies_sent: u64,
    /// Conversations with one of these.
    pub conversations: u64,
    /// Campaigns that these conversations are in.
    pub campaigns: u64,
    /// Conversations that the member archived.
    pub archived: u64,
    /// First responses of conversations.
    pub first_response: Durations,
    /// All responses.
    pub response: Durations,
    /// Conversations that the member gave a category, by category.
    pub categories: BTreeMap<CategoryId, u64>,
}

/// What a conversation counts for once in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Once {
    Worked,
    Archived,
    Category(CategoryId),
}

impl Once {
    pub(super) fn of(kind: ActivityKind) -> Self {
        match kind {
            ActivityKind::Archived => Self::Archived,
            ActivityKind::Categorised(category) => Self::Category(category),
            _ => Self::Worked,
        }
    }
}

/// A row, as it counts in a period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) kind: ActivityKind,
    /// The code of its campaign.
    pub(super) campaign: u32,
    /// It is the first of its conversation, member and [`Once`] in the period.
    pub(super) begins: bool,
}

/// Whether a row comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Comes,
    Goes,
}

impl Way {
    fn count(self, number: &mut u64) {
        *number = match self {
            Self::Comes => *number + 1,
            Self::Goes => number.saturating_sub(1),
        };
    }

    /// The same for an entry, which is removed with the last one.
    fn count_of<K: Ord>(self, map: &mut BTreeMap<K, u64>, key: K) {
        let number = map.entry(key).or_default();
        self.count(number);
        if self == Self::Goes {
            map.retain(|_, number| *number > 0);
        }
    }
}

/// The figures of a member.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rows: u64,
    /// Without those that the fields below are for.
    figures: MemberFigures,
    /// Conversations that were worked on, by the code of their campaign.
    campaigns: HashMap<u64, u64, BuildHasherDefault<IdHasher>>,
    first_response: Seconds,
    response: Seconds,
}

impl Tally {
    pub(super) fn count(&mut self, row: Counted, way: Way) {
        let Counted { kind, campaign, begins } = row;
        let figures = &mut self.figures;
        way.count(&mut self.rows);
        match kind {
            ActivityKind::Archived if begins => way.count(&mut figures.archived),
            ActivityKind::Categorised(category) if begins => way.count_of(&mut figures.categories, category),
            ActivityKind::Archived | ActivityKind::Categorised(_) => {}
            ActivityKind::Received => way.count(&mut figures.replies_received),
            ActivityKind::Sent | ActivityKind::Responded(_) | ActivityKind::FirstResponded(_) => {
                way.count(&mut figures.replies_sent);
            }
        }
        if begins && Once::of(kind) == Once::Worked {
            way.count(&mut figures.conversations);
            let of_campaign = self.campaigns.entry(u64::from(campaign)).or_default();
            way.count(of_campaign);
            if *of_campaign == 0 {
                self.campaigns.remove(&u64::from(campaign));
            }
        }
        if let ActivityKind::Responded(seconds) | ActivityKind::FirstResponded(seconds) = kind {
            self.response.count(seconds, way);
        }
        if let ActivityKind::FirstResponded(seconds) = kind {
            self.first_response.count(seconds, way);
        }
    }

    /// Ends the counting of many rows: from now on they come and go one at a time.
    pub(super) fn settle(&mut self) {
        self.first_response.sort();
        self.response.sort();
    }

    /// The figures, once they are settled; none without any row.
    pub(super) fn figures(&self) -> Option<MemberFigures> {
        (self.rows > 0).then(|| MemberFigures {
            campaigns: self.campaigns.len() as u64,
            first_response: self.first_response.durations(),
            response: self.response.durations(),
            ..self.figures.clone()
        })
    }
}

/// Durations in seconds.
#[derive(Debug, Default)]
struct Seconds {
    /// Ascending, once it is sorted.
    all: Vec<u32>,
    is_sorted: bool,
    total: u64,
}

impl Seconds {
    fn count(&mut self, seconds: u32, way: Way) {
        if !self.is_sorted {
            self.all.push(seconds);
            self.total += u64::from(seconds);
            return;
        }
        let at = self.all.partition_point(|other| *other < seconds);
        match way {
            Way::Comes => {
                self.all.insert(at, seconds);
                self.total += u64::from(seconds);
            }
            Way::Goes if self.all.get(at) == Some(&seconds) => {
                self.all.remove(at);
                self.total -= u64::from(seconds);
            }
            Way::Goes => {}
        }
    }

    fn sort(&mut self) {
        self.all.sort_unstable();
        self.is_sorted = true;
    }

    fn durations(&self) -> Durations {
        Durations::of_sorted(&self.all, self.total)
    }
}
