//! The activities of all conversations of an account, in memory, and what they add up to.
//!
//! Rows are kept by day, so that figures of a period are one pass over the rows of its days. Each row knows the time of the
//! one before it of the same conversation, member and figure, so that conversations are counted once without a set: a row
//! begins one if the row before it is earlier than the period.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use super::activity::{Activity, ActivityKind, PerformanceFigure};
use super::kept_periods::{Kept, KeptPeriods};
use super::period::Period;
use super::tally::{Counted, MemberFigures, Once, Tally, Way};
use crate::conversation_set::ConversationSet;
use crate::id::{CampaignId, ConversationId, IdHasher, MemberId};
use crate::time::{SECOND_MS, Timestamp};

/// No row.
const NONE: u32 = u32::MAX;
/// Earlier than every row: the time before a row that is the first of its kind.
const NEVER: i64 = i64::MIN;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400 * SECOND_MS;

/// The replies of a member on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayReplies {
    /// As [`MemberFigures::replies_received`].
    pub received: u64,
    /// As [`MemberFigures::replies_sent`].
    pub sent: u64,
}

/// The activities of all conversations.
#[derive(Debug, Default)]
pub struct Activities {
    /// The rows of each day that has any, in no order.
    days: BTreeMap<i64, Vec<Row>>,
    /// Where each row is, by its number.
    places: Vec<Place>,
    /// Numbers of no row.
    free: Vec<u32>,
    /// The number of the last row of each conversation that has any.
    last: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
    members: Codes,
    campaigns: Codes,
    kept: KeptPeriods,
}

/// Where a row is.
#[derive(Clone, Copy, Debug)]
struct Place {
    day: i64,
    at: u32,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// In milliseconds.
    time: i64,
    /// The time of the row before of the same conversation, member and [`Once`].
    before: i64,
    conversation: ConversationId,
    kind: ActivityKind,
    /// The codes of both.
    campaign: u32,
    member: u32,
    /// Its own number.
    number: u32,
    /// The number of the row before of the same conversation.
    previous: u32,
}

impl Row {
    /// As it counts in a period that it belongs to.
    fn counted(&self, period: &Period) -> Counted {
        Counted { kind: self.kind, campaign: self.campaign, begins: self.before < period.from.0 }
    }
}

/// Small numbers for ids.
#[derive(Debug, Default)]
struct Codes {
    ids: Vec<u64>,
    codes: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
}

impl Codes {
    /// The code of an id, a new one where it has none.
    fn of(&mut self, id: u64) -> u32 {
        let next = self.ids.len() as u32;
        let code = *self.codes.entry(id).or_insert(next);
        if code == next {
            self.ids.push(id);
        }
        code
    }
}

impl Activities {
    /// Replaces the activities of a conversation. They are in order of time.
    pub fn put(&mut self, conversation: ConversationId, campaign: CampaignId, activities: &[Activity]) {
        self.remove(conversation);
        let campaign = self.campaigns.of(campaign.0);
        let mut previous = NONE;
        for (at, activity) in activities.iter().enumerate() {
            let is_same = |other: &&Activity| {
                other.member == activity.member && Once::of(other.kind) == Once::of(activity.kind)
            };
            let before = activities[..at].iter().rev().find(is_same);
            let number = self.free.pop().unwrap_or(self.places.len() as u32);
            let row = Row {
                time: time(activity.at),
                before: before.map_or(NEVER, |before| time(before.at)),
                conversation,
                kind: activity.kind,
                campaign,
                member: self.members.of(activity.member.0),
                number,
                previous,
            };
            self.add(row);
            previous = number;
        }
        if previous != NONE {
            self.last.insert(conversation.0, previous);
        }
    }

    /// Removes a conversation.
    pub fn remove(&mut self, conversation: ConversationId) {
        let mut number = self.last.remove(&conversation.0).unwrap_or(NONE);
        while number != NONE {
            self.free.push(number);
            number = self.take(self.places[number as usize]).map_or(NONE, |row| row.previous);
        }
    }

    fn add(&mut self, row: Row) {
        self.tell(&row, Way::Comes);
        let day = row.time.div_euclid(DAY_MS);
        let rows = self.days.entry(day).or_default();
        let place = Place { day, at: rows.len() as u32 };
        rows.push(row);
        match self.places.get_mut(row.number as usize) {
            Some(free) => *free = place,
            None => self.places.push(place),
        }
    }

    /// Takes out the row at a place, where the last one of its day is then.
    fn take(&mut self, place: Place) -> Option<Row> {
        let rows = self.days.get_mut(&place.day)?;
        let row = rows.swap_remove(place.at as usize);
        match rows.get(place.at as usize) {
            Some(moved) => self.places[moved.number as usize] = place,
            None if rows.is_empty() => drop(self.days.remove(&place.day)),
            None => {}
        }
        self.tell(&row, Way::Goes);
        Some(row)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The figures of every member who did anything in a period. Those of the periods that were asked for last are kept.
    #[must_use]
    pub fn figures(&self, period: &Period) -> BTreeMap<MemberId, MemberFigures> {
        // One that ends after every row, as all do that end now, is the same one a second later.
        let is_open = self.newest().is_none_or(|newest| newest < period.to);
        let open = is_open.then(|| Period { to: Timestamp(i64::MAX), ..period.clone() });
        let period = open.as_ref().unwrap_or(period);
        let count = |kept: &mut Kept| {
            for row in self.rows_in(period) {
                kept.tally(row.member).count(row.counted(period), Way::Comes);
            }
        };
        let read = |kept: &Kept| {
            let of_member =
                |(code, tally): (usize, &Tally)| Some((MemberId(self.members.ids[code]), tally.figures()?));
            kept.tallies().filter_map(of_member).collect()
        };
        self.kept.read(period, count, read)
    }

    /// The time of the newest row.
    fn newest(&self) -> Option<Timestamp> {
        let (_, rows) = self.days.last_key_value()?;
        rows.iter().map(|row| Timestamp(row.time)).max()
    }

    /// Tells the periods that are kept of a row that comes or goes.
    fn tell(&mut self, row: &Row, way: Way) {
        let campaign = CampaignId(self.campaigns.ids[row.campaign as usize]);
        self.kept.tell(way, |kept, way| {
            let counted = row.counted(&kept.period);
            if kept.period.has(Timestamp(row.time), campaign) {
                kept.tally(row.member).count(counted, way);
            }
        });
    }

    /// The replies of every member who received or sent any in a period, on each of its days. `starts` has the time at which
    /// each day begins, ascending; the last one ends with the period. What is before the first is not counted.
    #[must_use]
    pub fn replies_by_day(
        &self,
        period: &Period,
        starts: &[Timestamp],
    ) -> BTreeMap<MemberId, Vec<DayReplies>> {
        let mut found: BTreeMap<MemberId, Vec<DayReplies>> = BTreeMap::new();
        for row in self.rows_in(period) {
            let is_received = PerformanceFigure::RepliesReceived.counts(row.kind);
            let is_sent = PerformanceFigure::RepliesSent.counts(row.kind);
            let day = starts.partition_point(|start| start.0 <= row.time).checked_sub(1);
            let Some(day) = day.filter(|_| is_received || is_sent) else { continue };
            let member = MemberId(self.members.ids[row.member as usize]);
            let days = found.entry(member).or_insert_with(|| vec![DayReplies::default(); starts.len()]);
            days[day].received += u64::from(is_received);
            days[day].sent += u64::from(is_sent);
        }
        found
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
        let Some(code) = self.members.codes.get(&member.0) else { return found };
        let rows = self.rows_in(period).filter(|row| row.member == *code && figure.counts(row.kind));
        for row in rows {
            found.insert(row.conversation);
        }
        found
    }

    fn rows_in<'a>(&'a self, period: &Period) -> impl Iterator<Item = &'a Row> {
        let (from, to) = (period.from.0, period.to.0);
        // By the campaigns' codes.
        let wanted: Option<Vec<bool>> = period.campaigns.as_ref().map(|campaigns| {
            self.campaigns.ids.iter().map(|id| campaigns.contains(&CampaignId(*id))).collect()
        });
        let days = match from < to {
            true => self.days.range(from.div_euclid(DAY_MS)..=to.div_euclid(DAY_MS)),
            false => self.days.range(..NEVER),
        };
        let in_time = days.flat_map(|(_, rows)| rows).filter(move |row| from <= row.time && row.time < to);
        in_time.filter(move |row| wanted.as_ref().is_none_or(|wanted| wanted[row.campaign as usize]))
    }
}

/// A time in milliseconds, later than [`NEVER`].
fn time(at: Timestamp) -> i64 {
    at.0.max(NEVER + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};

    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::id::CategoryId;

    /// The figures of a period, counted without any of the means above.
    fn counted(
        all: &BTreeMap<u64, (CampaignId, Vec<Activity>)>,
        period: &Period,
    ) -> BTreeMap<MemberId, MemberFigures> {
        let mut tallies: BTreeMap<MemberId, Tally> = BTreeMap::new();
        let wanted =
            |campaign: &CampaignId| period.campaigns.as_ref().is_none_or(|some| some.contains(campaign));
        for (campaign, activities) in all.values().filter(|(campaign, _)| wanted(campaign)) {
            let mut counted: Vec<(MemberId, Once)> = Vec::new();
            for activity in activities.iter().filter(|one| period.from <= one.at && one.at < period.to) {
                let once = (activity.member, Once::of(activity.kind));
                let begins = !counted.contains(&once);
                counted.push(once);
                let row = Counted { kind: activity.kind, campaign: campaign.0 as u32, begins };
                tallies.entry(activity.member).or_default().count(row, Way::Comes);
            }
        }
        tallies.values_mut().for_each(Tally::settle);
        tallies.into_iter().filter_map(|(member, tally)| Some((member, tally.figures()?))).collect()
    }

    #[test]
    fn figures_are_as_counted_one_by_one_however_often_a_conversation_is_replaced() {
        let given = std::env::var("CREWBOX_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        println!("CREWBOX_SEED={seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (mut all, mut activities) = (BTreeMap::new(), Activities::default());
        let days = 20;
        let whole = Period { from: Timestamp(-9 * DAY_MS), to: Timestamp(12 * DAY_MS), campaigns: None };
        let mut again = vec![whole];
        for _ in 0..400 {
            let conversation = random.random_range(1..60);
            let mut of_this: Vec<Activity> = (0..random.random_range(0..8_u32))
                .map(|_| Activity {
                    member: MemberId(random.random_range(1..5)),
                    at: Timestamp(random.random_range(-days * DAY_MS..days * DAY_MS)),
                    kind: match random.random_range(0..6) {
                        0 => ActivityKind::Received,
                        1 => ActivityKind::Sent,
                        2 => ActivityKind::Responded(random.random_range(0..900)),
                        3 => ActivityKind::FirstResponded(random.random_range(0..900)),
                        4 => ActivityKind::Archived,
                        _ => ActivityKind::Categorised(CategoryId(random.random_range(1..4))),
                    },
                })
                .collect();
            of_this.sort_by_key(|activity| activity.at);
            let campaign = CampaignId(random.random_range(1..6));
            if random.random_ratio(1, 8) {
                all.remove(&conversation);
                activities.remove(ConversationId(conversation));
            } else {
                activities.put(ConversationId(conversation), campaign, &of_this);
                all.insert(conversation, (campaign, of_this));
            }
            let mut end = || Timestamp(random.random_range(-days * DAY_MS..days * DAY_MS));
            let (from, to) = (end(), end());
            let campaigns = random
                .random_ratio(1, 2)
                .then(|| HashSet::from([CampaignId(2), CampaignId(4), CampaignId(9)]));
            let period = Period { from, to, campaigns };
            assert_eq!(activities.figures(&period), counted(&all, &period));
            // Those that are asked for again and again are kept, and follow what has changed since.
            for before in &again {
                assert_eq!(activities.figures(before), counted(&all, before));
            }
            if again.len() < 3 {
                again.push(period.clone());
            }
            // The days of a period are periods themselves.
            let starts: Vec<Timestamp> = (0..4).map(|day| Timestamp(from.0 + day * 7 * DAY_MS)).collect();
            let by_day = activities.replies_by_day(&period, &starts);
            for (day, start) in starts.iter().enumerate() {
                let end = starts.get(day + 1).map_or(to, |next| Timestamp(next.0.min(to.0)));
                let figures = counted(&all, &Period { from: *start, to: end, ..period.clone() });
                for (member, days) in &by_day {
                    let expected =
                        figures.get(member).map_or((0, 0), |one| (one.replies_received, one.replies_sent));
                    assert_eq!((days[day].received, days[day].sent), expected, "{member} on day {day}");
                }
            }
            assert_eq!(activities.len(), all.values().map(|(_, one)| one.len()).sum::<usize>());
        }
        all.keys().for_each(|conversation| activities.remove(ConversationId(*conversation)));
        assert!(activities.is_empty() && activities.days.is_empty());
    }
}
