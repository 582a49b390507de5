//! Skewed data as a busy account has it, from a seed: what benches and tests run on.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crewbox_core::conversation::{Entry, Flags};
use crewbox_core::filter::{EmailStatus, Filter, Query};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId, MemberId, TagId};
use crewbox_core::time::{SECOND_MS, Timestamp};
use crewbox_core::view::{Sort, View};

/// Owners; the first has about 7 % of all conversations, the last about a sixtieth of that.
pub const OWNERS: u64 = 200;
/// Campaigns, unevenly used.
pub const CAMPAIGNS: u64 = 300;
/// Mailboxes.
pub const MAILBOXES: u64 = 100;
/// Clients; a campaign belongs to one of them or to none.
pub const CLIENTS: u64 = 20;
/// Tags.
pub const TAGS: u64 = 12;
/// One day, in milliseconds.
pub const DAY_MS: i64 = 86_400 * SECOND_MS;
/// The latest time in the data: 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp(1_767_225_600_000);
/// How far back the data goes: three years.
pub const SPAN_MS: i64 = 3 * 365 * DAY_MS;

/// Out of a hundred conversations, how many are nobody's.
const NOBODYS: u32 = 8;
/// Flattens the head of the owners' distribution so that the largest has about 7 %.
const OWNER_FLATTENING: f64 = 3.0;

/// Draws owners, campaigns and whole rows.
#[derive(Debug)]
pub struct Sampler {
    rng: ChaCha8Rng,
    /// Cumulative weights.
    owners: Vec<f64>,
}

/// `n` rows with ids from 1.
#[must_use]
pub fn entries(seed: u64, n: usize) -> Vec<Entry> {
    let mut sampler = Sampler::new(seed);
    (1..=n as u64).map(|id| sampler.entry(ConversationId(id))).collect()
}

impl Sampler {
    /// The same seed draws the same data.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut sum = 0.0;
        let owners = (0..OWNERS)
            .map(|rank| {
                sum += 1.0 / (rank as f64 + OWNER_FLATTENING);
                sum
            })
            .collect();
        Self { rng: ChaCha8Rng::seed_from_u64(seed), owners }
    }

    /// The source of randomness, for what a caller draws beside.
    pub fn rng(&mut self) -> &mut impl Rng {
        &mut self.rng
    }

    /// A member, the busier the likelier.
    pub fn owner(&mut self) -> MemberId {
        let total = self.owners.last().copied().unwrap_or_default();
        let drawn = self.rng.random_range(0.0..total);
        MemberId(self.owners.partition_point(|sum| *sum <= drawn) as u64 + 1)
    }

    /// A campaign; the square makes low numbers likelier.
    pub fn campaign(&mut self) -> CampaignId {
        let x: f64 = self.rng.random_range(0.0..1.0);
        CampaignId((x * x * CAMPAIGNS as f64) as u64 + 1)
    }

    /// A time within the span.
    pub fn time(&mut self) -> Timestamp {
        Timestamp(NOW.0 - self.rng.random_range(0..SPAN_MS))
    }

    fn percent(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    /// A row.
    pub fn entry(&mut self, id: ConversationId) -> Entry {
        let campaign = self.campaign();
        let sent = self.time();
        let replied = self.percent(70);
        let reply = Timestamp(NOW.0.min(sent.0 + self.rng.random_range(60 * SECOND_MS..20 * DAY_MS)));
        let mut flags = Flags::HAS_MESSAGE.with(Flags::SENT);
        flags.set(Flags::HAS_REPLY, replied);
        let facts = [
            (Flags::REPLIED, replied && self.percent(85)),
            (Flags::OPENED, self.percent(45)),
            (Flags::CLICKED, self.percent(12)),
            (Flags::UNSUBSCRIBED, self.percent(2)),
            (Flags::BOUNCED, self.percent(3)),
            (Flags::UNREAD, replied && self.percent(20)),
            (Flags::IMPORTANT, self.percent(4)),
            (Flags::ARCHIVED, self.percent(25)),
        ];
        for (fact, on) in facts {
            flags.set(fact, on);
        }
        let mut tags: Vec<TagId> = (1..=TAGS).filter(|_| self.rng.random_ratio(1, 30)).map(TagId).collect();
        tags.dedup();
        let subsequence = self.percent(3).then(|| CampaignId(1_000 + self.rng.random_range(0..10)));
        Entry {
            scheduled_time: None,
            reminder_time: None,
            task_time: None,
            id,
            owner: if self.percent(NOBODYS) { None } else { Some(self.owner()) },
            campaign,
            client: Some(campaign.0 % (CLIENTS + 1)).filter(|client| *client > 0).map(ClientId),
            mailbox: Some(MailboxId(self.rng.random_range(1..=MAILBOXES))),
            category: Some(self.rng.random_range(0..9)).filter(|id| *id > 0).map(CategoryId),
            subsequence,
            flags,
            reply_time: replied.then_some(reply),
            sent_time: Some(sent),
            snoozed_until: self.percent(2).then(|| Timestamp(NOW.0 + self.rng.random_range(1..30 * DAY_MS))),
            tags,
        }
    }

    /// What happens to a row in a working day: a new reply comes to the top; now and then it changes hands.
    pub fn moved(&mut self, row: &mut Entry, at: Timestamp) {
        row.reply_time = Some(at);
        row.flags.set(Flags::HAS_REPLY.with(Flags::REPLIED), true);
        row.flags.set(Flags::UNREAD, self.percent(20));
        if self.percent(50) {
            row.sent_time = Some(at);
        }
        if self.percent(10) {
            row.owner = Some(self.owner());
        }
        if self.percent(20) {
            row.category = Some(CategoryId(self.rng.random_range(1..9)));
        }
    }

    /// A query of one of the measured shapes, asked at `now` by a member drawn by load.
    pub fn query(&mut self, shape: Shape, now: Timestamp) -> Query {
        let me = self.owner();
        let mut filter = Filter::default();
        let mut view = View::AssignedToMe;
        let day = |days: i64| Timestamp(now.0 - days * DAY_MS);
        match shape {
            Shape::Alone => {}
            Shape::Category => filter.category.only = Some(vec![self.category()]),
            Shape::Narrow => {
                filter.category.only = Some(vec![self.category()]);
                filter.campaigns = Some(vec![self.campaign(), self.campaign()]);
                let end = self.rng.random_range(0..200);
                filter.reply_between = Some((day(end + 31), day(end)));
            }
            Shape::Wide => {
                filter.category.not = vec![self.category(), self.category(), self.category()];
                filter.statuses = vec![EmailStatus::Replied, EmailStatus::Opened];
                filter.read = Some(false);
                filter.reply_between = Some((day(1_000), day(-30)));
            }
            Shape::AccountInbox => view = View::Inbox,
            Shape::AccountUnread => view = View::Unread,
            Shape::AccountCampaigns => {
                view = View::Inbox;
                filter.campaigns = Some((0..5).map(|_| self.campaign()).collect());
                filter.statuses = vec![EmailStatus::Opened];
            }
            Shape::AccountSent => {
                view = View::Sent;
                filter.reply_between = Some((day(200), day(20)));
            }
        }
        let sort = if shape == Shape::AccountSent { Sort::SentTimeDesc } else { Sort::ReplyTimeDesc };
        Query { view, me, client: None, filter, sort, offset: 0, limit: 20 }
    }

    fn category(&mut self) -> CategoryId {
        CategoryId(self.rng.random_range(1..9))
    }
}

/// A filter shape of the benches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// assigned-me without a filter.
    Alone,
    /// One category.
    Category,
    /// One category, two campaigns, 31 days.
    Narrow,
    /// Three categories not, two statuses, unread, nearly all of the time there is.
    Wide,
    /// Every reply of the account.
    AccountInbox,
    /// Every unread reply.
    AccountUnread,
    /// Five campaigns and a status, over the whole account.
    AccountCampaigns,
    /// By sent time, narrowed by reply time, over the whole account.
    AccountSent,
}

impl Shape {
    /// A member's own lists: the shapes of the p99 figure.
    pub const OWN: [Self; 4] = [Self::Alone, Self::Category, Self::Narrow, Self::Wide];
    /// Lists over the whole account.
    pub const ACCOUNT: [Self; 4] =
        [Self::AccountInbox, Self::AccountUnread, Self::AccountCampaigns, Self::AccountSent];

    /// Its name in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alone => "assigned-me alone",
            Self::Category => "+ category",
            Self::Narrow => "+ category, 2 campaigns, 31 days",
            Self::Wide => "NOT IN + status + unread + wide range",
            Self::AccountInbox => "account: inbox",
            Self::AccountUnread => "account: unread",
            Self::AccountCampaigns => "account: 5 campaigns + status",
            Self::AccountSent => "account: sent order, reply range",
        }
    }
}
