//! What came of the mail to leads in a random history, against figures that are computed from the same history in the
//! plainest way. The seed is printed; `CREWBOX_SEED` replays it.

use std::collections::{BTreeMap, BTreeSet};

use crewbox_core::model::Dialect;
use crewbox_testkit::figures::figure;
use serde_json::{Value, json};

use crate::outreach_model::{Mail, Told, count, naive};
use crate::world::World;

/// Things that happen, unless `CREWBOX_HISTORY` says otherwise.
const STEPS: u64 = 120;
/// The seed, unless `CREWBOX_SEED` says otherwise.
const SEED: u64 = 20_261_127;
/// Leads of each campaign.
const LEADS: usize = 3;
const DAY_MS: i64 = 86_400_000;
/// Zones without summer time, and how far their clocks are ahead of UTC, in ms.
const ZONES: [(&str, i64); 2] = [("UTC", 0), ("Asia/Kolkata", 19_800_000)];

/// Numbers that only look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }
}

/// Compares figures with those of the same history, by the names on both sides.
fn check(shown: &Value, expected: &BTreeMap<&'static str, u64>, names: &[(&str, &str)], context: &str) {
    for (shown_as, name) in names {
        let figure = match &shown[*shown_as] {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        let expected = expected.get(name).copied().unwrap_or_default();
        assert_eq!(figure, Some(expected), "{shown_as} of {context}: {shown}");
    }
}

const OF_DAYS: &[(&str, &str)] = &[
    ("sent", "sent"),
    ("opened", "opened"),
    ("replied", "replied"),
    ("bounced", "bounced"),
    ("unsubscribed", "unsubscribed"),
];
const OVERALL: &[(&str, &str)] = &[
    ("sent", "sent"),
    ("opened", "opened"),
    ("replied", "replied"),
    ("bounced", "bounced"),
    ("unsubscribed", "unsubscribed"),
    ("unique_lead_count", "unique_sent"),
    ("unique_open_count", "unique_opened"),
    ("positive_replied", "positive_replied"),
];
const OF_CAMPAIGN: &[(&str, &str)] = &[
    ("sent_count", "sent"),
    ("unique_sent_count", "unique_sent"),
    ("open_count", "opened"),
    ("unique_open_count", "unique_opened"),
    ("click_count", "clicked"),
    ("unique_click_count", "unique_clicked"),
    ("reply_count", "replied"),
    ("positive_reply_count", "positive_replied"),
    ("bounce_count", "bounced"),
    ("unsubscribed_count", "unsubscribed"),
];
const OF_MAILBOX: &[(&str, &str)] = &[
    ("sent_count", "sent"),
    ("open_count", "opened"),
    ("click_count", "clicked"),
    ("reply_count", "replied"),
    ("positive_reply_count", "positive_replied"),
    ("bounce_count", "bounced"),
    ("unsubscribed_count", "unsubscribed"),
];
const RESPONSES: &[(&str, &str)] = &[
    ("leads_contacted", "unique_sent"),
    ("not_replied", "not_replied"),
    ("total_response", "replied"),
    ("total_unique_response", "unique_replied"),
];

struct History {
    world: World,
    random: Random,
    client: u64,
    clients_key: String,
    /// Each with its mailbox and its address; the first is the client's.
    campaigns: Vec<(u64, u64, &'static str)>,
    told: Vec<Told>,
}

impl History {
    async fn new(seed: u64) -> Self {
        let world = World::new().await;
        let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
        let client = client["clientId"].as_u64().unwrap();
        let clients_key =
            world.new_key(world.account, world.owner, Dialect::Documented, Some(client), None).await;
        let mut campaigns = Vec::new();
        let mut told = Vec::new();
        for (number, (name, of)) in [("Spring", Some(client)), ("Autumn", None)].into_iter().enumerate() {
            let (campaign, mailbox) = world.campaign(name, of).await;
            campaigns.push((campaign, mailbox, ["spring@us.test", "autumn@us.test"][number]));
            for at in 0..LEADS {
                let lead = format!("lead{at}@{}.test", name.to_lowercase());
                let id = world.lead(campaign, &lead).await;
                let found = world.get(&format!("/leads/?email={lead}")).await.ok();
                let lead_id = found["id"].to_string().trim_matches('"').parse().unwrap();
                let conversation = Told {
                    id,
                    lead_id,
                    lead,
                    campaign: number,
                    mails: Vec::new(),
                    unsubscribed_by_hand: None,
                    category: None,
                };
                told.push(conversation);
            }
        }
        Self { world, random: Random(seed), client, clients_key, campaigns, told }
    }

    async fn step(&mut self) {
        let Self { world, random, campaigns, told, .. } = self;
        world.advance(i64::try_from(random.below(600) * random.below(60_000)).unwrap());
        let now = world.now().millis();
        let place = random.place(told.len());
        let one = &mut told[place];
        let (campaign, mailbox, ours) = campaigns[one.campaign];
        match random.below(12) {
            0..4 => {
                let stored = world.mail(mailbox, ours, &one.lead, "", "Hello").await;
                let id = stored["message_id"].as_u64().unwrap();
                one.mails.push(Mail { at: now, id, is_ours: true, class: String::new(), tracked: [None; 2] });
            }
            4..7 => {
                let is_automatic = random.below(4) == 0;
                let more = if is_automatic { "Auto-Submitted: auto-replied\n" } else { "" };
                let text = if is_automatic { "I am out of the office until Monday." } else { "Yes, please" };
                let stored = world.mail(mailbox, &one.lead, ours, more, text).await;
                Self::received(world, one, now, &stored).await;
            }
            7 => {
                let Some(sent) = one.mails.iter().rfind(|mail| mail.is_ours) else { return };
                let sent = world.get(&format!("/messages/{}", sent.id)).await.ok();
                let header =
                    format!("In-Reply-To: {}\nFailed: {}\n", sent["message_id"].as_str().unwrap(), one.lead);
                let stored =
                    world.mail(mailbox, "mailer-daemon@mx.test", ours, &header, "Not delivered").await;
                Self::received(world, one, now, &stored).await;
            }
            8 => {
                let sent: Vec<usize> = (0..one.mails.len()).filter(|at| one.mails[*at].is_ours).collect();
                let Some(at) = sent.get(random.place(sent.len().max(1))) else { return };
                let mail = &mut one.mails[*at];
                let shown = world.get(&format!("/messages/{}", mail.id)).await.ok();
                let which = random.place(2);
                let kind = ["EMAIL_OPEN", "EMAIL_LINK_CLICK"][which];
                let event = json!({"event_type": kind,
                    "stats_id": shown["stats_id"], "event_timestamp": iso(now)});
                world.post("/events/ingest", event).await.ok();
                mail.tracked[which].get_or_insert(now);
            }
            9 => {
                let category = 1 + random.below(7);
                one.category = Some(category);
                let body = json!({"email_lead_map_id": one.id, "category_id": category});
                world.post("/master-inbox/update-category", body).await.ok();
            }
            10 => {
                // A class that turns out to be another one changes the past.
                let Some(mail) = one.mails.iter_mut().rev().find(|mail| !mail.is_ours) else { return };
                if mail.class == "bounce" {
                    return;
                }
                mail.class = ["human", "unsubscribe", "automatic"][random.place(3)].to_owned();
                let path = format!("/messages/{}/class", mail.id);
                let body = json!({"class": mail.class}).to_string();
                world.call("PATCH", &path, &world.key, body).await.ok();
                Self::look(world, one).await;
            }
            _ => {
                if random.below(4) == 0 {
                    let path = format!("/campaigns/{campaign}/leads/{}/unsubscribe", one.lead_id);
                    world.post(&path, json!({})).await.ok();
                    one.unsubscribed_by_hand.get_or_insert(now);
                }
            }
        }
    }

    async fn received(world: &World, one: &mut Told, at: i64, stored: &Value) {
        let id = stored["message_id"].as_u64().unwrap();
        let shown = world.get(&format!("/messages/{id}")).await.ok();
        let class = shown["class"].as_str().unwrap().to_owned();
        one.mails.push(Mail { at, id, is_ours: false, class, tracked: [None; 2] });
        Self::look(world, one).await;
    }

    /// What mail does to the category is not what is tested here.
    async fn look(world: &World, one: &mut Told) {
        let row = world.get(&format!("/master-inbox/{}", one.id)).await.ok();
        one.category = row["category"]["id"].as_u64();
    }

    async fn get(&self, path: &str, query: &str) -> Value {
        self.world.get(&format!("{path}?{query}")).await.ok()
    }

    /// Compares all figures of a period of whole days.
    async fn compare(&self, first: i64, last: i64, zone: (&str, i64)) {
        let (name, ahead) = zone;
        let days = format!("start_date={}&end_date={}&timezone={name}", date(first), date(last));
        let period = (first * DAY_MS - ahead, (last + 1) * DAY_MS - ahead);
        let all = naive(self.told.iter(), period);

        let daily = self.get("/analytics/day-wise-overall-stats", &days).await;
        let positive = self.get("/analytics/day-wise-positive-reply-stats", &days).await;
        let of_days = |shown: &Value| shown["data"]["day_wise_stats"].as_array().unwrap().clone();
        assert_eq!(of_days(&daily).len() as i64, last - first + 1);
        for ((day, daily), positive) in (first..=last).zip(of_days(&daily)).zip(of_days(&positive)) {
            let expected = naive(self.told.iter(), (day * DAY_MS - ahead, (day + 1) * DAY_MS - ahead));
            assert_eq!(daily["day"], date(day));
            check(&daily["email_engagement_metrics"], &expected, OF_DAYS, &date(day));
            let positive = &positive["email_engagement_metrics"];
            check(positive, &expected, &[("positive_replied", "positive_replied")], &date(day));
        }
        let overall = self.get("/analytics/overall-stats-v2", &days).await;
        check(&overall["data"]["overall_stats"], &all, OVERALL, &days);

        let responses = self.get("/analytics/campaign/response-stats", &days).await;
        let responses = responses["data"]["campaign_wise_response_stats"].as_array().unwrap();
        for (number, (campaign, mailbox, _)) in self.campaigns.iter().enumerate() {
            let expected = naive(self.told.iter().filter(|one| one.campaign == number), period);
            let row = responses.iter().find(|row| row["email_campaign_id"] == *campaign);
            assert_eq!(row.is_some(), expected.values().any(|figure| *figure > 0), "{responses:?}");
            if let Some(row) = row {
                check(row, &expected, RESPONSES, &days);
            }
            let path = format!("/campaigns/{campaign}/top-level-analytics-by-date");
            check(&self.get(&path, &days).await, &expected, OF_CAMPAIGN, &days);
            let mailboxes = self.get(&format!("/campaigns/{campaign}/mailbox-statistics"), &days).await;
            let of_mailbox =
                mailboxes["data"].as_array().unwrap().iter().find(|row| row["email_account_id"] == *mailbox);
            check(of_mailbox.unwrap(), &expected, OF_MAILBOX, &days);
        }
        self.compare_clients(&days, period).await;
        self.compare_replies(&days, period).await;
    }

    async fn compare_clients(&self, days: &str, period: (i64, i64)) {
        let expected = naive(self.told.iter().filter(|one| one.campaign == 0), period);
        let clients = self.get("/analytics/client/overall-stats", days).await;
        let clients = &clients["data"]["client_wise_performance"];
        assert_eq!(clients.as_array().unwrap().len(), 1);
        check(&clients[0]["campaign_stats"], &expected, OVERALL, days);
        let query = format!("{days}&client_ids={}", self.client);
        let of_client = self.get("/analytics/overall-stats-v2", &query).await;
        let path = format!("/analytics/overall-stats-v2?{days}");
        let seen = self.world.call("GET", &path, &self.clients_key, "").await.ok();
        assert_eq!(seen, of_client, "a client sees what its campaigns have");
        check(&seen["data"]["overall_stats"], &expected, OVERALL, days);
    }

    async fn compare_replies(&self, days: &str, period: (i64, i64)) {
        let mut categories: BTreeMap<Option<u64>, u64> = BTreeMap::new();
        for one in &self.told {
            *categories.entry(one.category).or_default() += count(one.replies(), period);
        }
        let mut expected: Vec<u64> = categories.into_values().filter(|replies| *replies > 0).collect();
        expected.sort_by_key(|replies| std::cmp::Reverse(*replies));
        let shown = self.get("/analytics/lead/category-wise-response", days).await;
        let rows =
            shown["data"]["lead_responses_by_category"]["leadResponseGrouping"].as_array().unwrap().clone();
        let replies: Vec<u64> = rows.iter().map(|row| row["total_response"].as_u64().unwrap()).collect();
        assert_eq!(replies, expected, "{shown}");
        let names: BTreeSet<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), rows.len());

        let waited = self.told.iter().filter_map(|one| {
            let first = one.replies().min()?;
            let sent = one.sent().min().filter(|sent| *sent <= first)?;
            (count([first], period) == 1).then_some((first - sent) / 1_000)
        });
        let mut waited: Vec<i64> = waited.collect();
        waited.sort_unstable();
        let shown = self.get("/analytics/campaign/lead-to-reply-time", days).await;
        let times = &shown["data"]["lead_to_reply_time"];
        let n = waited.len();
        if n == 0 {
            assert_eq!(times, &json!({"average_time_diff": null, "median_time_diff": null}));
            return;
        }
        let mean = (waited.iter().sum::<i64>() * 2 + n as i64) / (2 * n as i64);
        let median = (waited[n / 2] + waited[(n - 1) / 2]) / 2;
        let expected = json!({"average_time_diff": text(mean), "median_time_diff": text(median)});
        assert_eq!(times, &expected);
    }

    /// What happened in all days is what the campaign has now.
    async fn compare_with_now(&self) {
        for (campaign, _, _) in &self.campaigns {
            let now = self.world.get(&format!("/campaigns/{campaign}/analytics")).await.ok();
            let path = format!("/campaigns/{campaign}/analytics-by-date");
            let all = self.get(&path, "start_date=2000-01-01&end_date=2049-12-31").await;
            for key in [
                "sent_count",
                "unique_sent_count",
                "unique_open_count",
                "unique_click_count",
                "reply_count",
                "bounce_count",
                "unsubscribed_count",
                "total_count",
                "block_count",
            ] {
                assert_eq!(all[key], now[key], "{key}: {all} {now}");
            }
        }
    }
}

fn iso(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).unwrap().to_string()
}

/// The date of a day counted from 1970-01-01.
fn date(day: i64) -> String {
    iso(day * DAY_MS)[..10].to_owned()
}

fn text(seconds: i64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!("{days}d {}h {}m {}s", rest / 3_600, rest % 3_600 / 60, rest % 60)
}

#[tokio::test]
async fn the_figures_of_each_day_are_those_of_a_plain_recomputation() {
    let seed = figure("CREWBOX_SEED", SEED);
    println!("CREWBOX_SEED={seed}");
    let mut history = History::new(seed).await;
    let start = history.world.now().millis();
    let steps = figure("CREWBOX_HISTORY", STEPS);
    for step in 1..=steps {
        history.step().await;
        if step % 40 == 0 || step == steps {
            let (zone, ahead) = ZONES[history.random.place(2)];
            let day = |at: i64| (at + ahead).div_euclid(DAY_MS);
            let end = day(history.world.now().millis());
            // No call takes a longer period than a year.
            let begin = day(start).max(end - 363);
            history.compare(begin - 1, end + 1, (zone, ahead)).await;
            let first =
                begin + i64::try_from(history.random.below((end - begin + 1).unsigned_abs())).unwrap();
            let last = first + i64::try_from(history.random.below((end - first + 1).unsigned_abs())).unwrap();
            history.compare(first, last, (zone, ahead)).await;
            history.compare_with_now().await;
        }
    }
    let all = naive(history.told.iter(), (i64::MIN, i64::MAX));
    println!("{all:?}");
    if steps == STEPS && seed == SEED {
        assert!(all.values().all(|figure| *figure > 0), "something of each kind happened");
    }
}
