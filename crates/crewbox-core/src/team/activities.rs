//! The activities of all conversations of an account, in memory, and what they add up to.
//!
//! Rows are in no order: a figure of any period is one pass over their times, which are a column of their own. Each row
//! knows the one before it of the same conversation, member and figure, so that conversations are counted once without a
//! set: a row begins one if the row before it is earlier than the period.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasherDefault;

use super::activity::{Activity, ActivityKind, PerformanceFigure};
use super::durations::Durations;
use crate::conversation_set::ConversationSet;
use crate::id::{CampaignId, CategoryId, ConversationId, IdHasher, MemberId};
use crate::time::Timestamp;

/// No row.
const NONE: u32 = u32::MAX;

/// What is asked for: a stretch of time, and perhaps some campaigns.
#[derive(Clone, Debug)]
pub struct Period {
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// Only in these campaigns.
    pub campaigns: Option<HashSet<CampaignId>>,
}

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

/// The activities of all conversations.
#[derive(Debug, Default)]
pub struct Activities {
    /// The times of the rows, in milliseconds; a free row has the least number.
    times: Vec<i64>,
    rows: Vec<Row>,
    free: Vec<u32>,
    /// The first row of each conversation that has any.
    first: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
    members: Vec<MemberId>,
    codes: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    conversation: ConversationId,
    campaign: CampaignId,
    kind: ActivityKind,
    /// The member's code.
    member: u32,
    /// The row before of the same conversation, member and [`Once`].
    before: u32,
    /// Another row of the same conversation.
    next: u32,
}

/// What a conversation counts for once in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Once {
    Worked,
    Archived,
    Category(CategoryId),
}

impl Once {
    fn of(kind: ActivityKind) -> Self {
        match kind {
            ActivityKind::Archived => Self::Archived,
            ActivityKind::Categorised(category) => Self::Category(category),
            _ => Self::Worked,
        }
    }
}

/// Figures under way.
#[derive(Default)]
struct Tally {
    figures: MemberFigures,
    campaigns: HashSet<CampaignId>,
    first_response: Vec<u32>,
    response: Vec<u32>,
}

impl Activities {
    /// Replaces the activities of a conversation. They are in order of time.
    pub fn put(&mut self, conversation: ConversationId, campaign: CampaignId, activities: &[Activity]) {
        self.remove(conversation);
        let mut added: Vec<u32> = Vec::with_capacity(activities.len());
        for activity in activities {
            let member = self.code(activity.member);
            let before = added.iter().rev().copied().find(|slot| {
                let row = self.rows[*slot as usize];
                row.member == member && Once::of(row.kind) == Once::of(activity.kind)
            });
            let next = added.last().copied().unwrap_or(NONE);
            let before = before.unwrap_or(NONE);
            let row = Row { conversation, campaign, kind: activity.kind, member, before, next };
            added.push(self.add(activity.at, row));
        }
        if let Some(last) = added.last() {
            self.first.insert(conversation.0, *last);
        }
    }

    /// Removes a conversation.
    pub fn remove(&mut self, conversation: ConversationId) {
        let mut slot = self.first.remove(&conversation.0).unwrap_or(NONE);
        while slot != NONE {
            self.times[slot as usize] = i64::MIN;
            self.free.push(slot);
            slot = self.rows[slot as usize].next;
        }
    }

    fn add(&mut self, at: Timestamp, row: Row) -> u32 {
        // The least number marks free rows.
        let at = at.0.max(i64::MIN + 1);
        if let Some(slot) = self.free.pop() {
            (self.times[slot as usize], self.rows[slot as usize]) = (at, row);
            return slot;
        }
        self.times.push(at);
        self.rows.push(row);
        (self.rows.len() - 1) as u32
    }

    fn code(&mut self, member: MemberId) -> u32 {
        let next = self.members.len() as u32;
        let code = *self.codes.entry(member.0).or_insert(next);
        if code == next {
            self.members.push(member);
        }
        code
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The figures of every member who did anything in a period.
    #[must_use]
    pub fn figures(&self, period: &Period) -> BTreeMap<MemberId, MemberFigures> {
        let mut tallies: Vec<Option<Tally>> = Vec::new();
        tallies.resize_with(self.members.len(), || None);
        for row in self.rows_in(period) {
            let tally = tallies[row.member as usize].get_or_insert_default();
            let begins = row.before == NONE || self.times[row.before as usize] < period.from.0;
            tally.add(row.kind, u64::from(begins));
            if begins && Once::of(row.kind) == Once::Worked {
                tally.campaigns.insert(row.campaign);
            }
        }
        let done = |(code, tally): (usize, Option<Tally>)| Some((self.members[code], tally?.done()));
        tallies.into_iter().enumerate().filter_map(done).collect()
    }

    /// The conversations behind a figure of a member.
    #[must_use]
    pub fn conversations(
        &self,
        member: MemberId,
        figure: PerformanceFigure,
        period: &Period,
    ) -> ConversationSet {
        let mut found = ConversationSet::default();
        let Some(code) = self.codes.get(&member.0) else { return found };
        let rows = self.rows_in(period).filter(|row| row.member == *code && figure.counts(row.kind));
        for row in rows {
            found.insert(row.conversation);
        }
        found
    }

    fn rows_in<'a>(&'a self, period: &'a Period) -> impl Iterator<Item = &'a Row> {
        let (from, to) = (period.from.0.max(i64::MIN + 1), period.to.0);
        let in_time = self.times.iter().enumerate().filter(move |(_, at)| from <= **at && **at < to);
        let rows = in_time.map(|(slot, _)| &self.rows[slot]);
        rows.filter(|row| period.campaigns.as_ref().is_none_or(|some| some.contains(&row.campaign)))
    }
}

impl Tally {
    /// `begins` is 1 for the first of its kind of the conversation in the period, otherwise 0.
    fn add(&mut self, kind: ActivityKind, begins: u64) {
        let figures = &mut self.figures;
        match kind {
            ActivityKind::Archived => figures.archived += begins,
            ActivityKind::Categorised(category) => *figures.categories.entry(category).or_default() += begins,
            ActivityKind::Received => {
                figures.conversations += begins;
                figures.replies_received += 1;
            }
            ActivityKind::Sent | ActivityKind::Responded(_) | ActivityKind::FirstResponded(_) => {
                figures.conversations += begins;
                figures.replies_sent += 1;
            }
        }
        if let ActivityKind::Responded(seconds) | ActivityKind::FirstResponded(seconds) = kind {
            self.response.push(seconds);
        }
        if let ActivityKind::FirstResponded(seconds) = kind {
            self.first_response.push(seconds);
        }
    }

    fn done(mut self) -> MemberFigures {
        self.figures.campaigns = self.campaigns.len() as u64;
        self.figures.first_response = Durations::of(&mut self.first_response);
        self.figures.response = Durations::of(&mut self.response);
        self.figures
    }
}
