//! What members did: how soon a started server answers, and how long the figures of a period take.
//!
//! Owns that section. The filled store's members answer nothing, so activities of a busy team are drawn, and kept in their
//! place.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crewbox_app::TeamActivities;
use crewbox_app::team::TeamFollower;
use crewbox_core::id::{CampaignId, CategoryId, ConversationId, MemberId};
use crewbox_core::team::{Activities, Activity, ActivityKind, Period};
use crewbox_core::time::{SECOND_MS, Timestamp};
use crewbox_store::contract::NewActivities;
use crewbox_store::{Batch, Op, Role, Store};
use crewbox_testkit::sample::{DAY_MS, NOW, OWNERS, Sampler};
use rand::RngExt as _;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::call::{Connection, request};
use crate::fill::Filled;
use crate::latency::Latency;
use crate::report::{self, Report};
use crate::server::Server;
use crate::{Failure, Options};

/// Times each call is made.
const TIMES: usize = 300;
/// Of a call at the most.
const TARGET: Duration = Duration::from_millis(5);
/// How often it is looked whether the follower has kept everything.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Drawn conversations that have activities, of a hundred.
const WORKED: u32 = 60;
/// Responses of a drawn conversation.
const RESPONSES: std::ops::Range<usize> = 0..3;
/// How long a response takes: up to five days.
const RESPONSE_SECONDS: std::ops::Range<u32> = 60..5 * 86_400;
/// Conversations kept in one transaction.
const KEPT_TOGETHER: usize = 1_000;
/// Categories that members give.
const CATEGORIES: std::ops::Range<u64> = 1..9;

/// Measures.
pub(crate) fn measure(
    runtime: &Runtime,
    filled: &Filled,
    options: &Options,
    report: &mut Report,
) -> Result<(), Failure> {
    report.section(
        "The team's figures",
        "--only team",
        "What members did, drawn for as many conversations as the account has: how long a start takes to compute it from \
         the store (once, after an upgrade) and to read it as kept, and `GET /team/performance` of a started server.",
    );
    let drawn = drawn(options);
    let store = filled.store(Role::Command)?;
    let was_kept = runtime.block_on(store.kept_activities(&filled.scope()))?.seq.is_some();
    let mut rows = Vec::new();
    if !was_kept {
        let started = Instant::now();
        runtime.block_on(keep(&store, filled))?;
        rows.push(vec!["computed and kept".to_owned(), report::time(started.elapsed())]);
        runtime.block_on(replace_kept(&store, filled, &drawn))?;
    }
    let kept = TeamActivities::default();
    let started = Instant::now();
    runtime.block_on(kept.load_kept(&store))?;
    rows.push(vec!["read as kept".to_owned(), report::time(started.elapsed())]);
    let count = runtime.block_on(kept.read(&store, filled.account, Activities::len))?;
    report.table(&["what members did", "took"], &rows);
    drop(kept);
    runtime.block_on(store.close());

    let mut rows = Vec::new();
    let server = Server::start(runtime, filled, Role::Command)?;
    let mut connection = Connection::open(server.address)?;
    let key = filled.owners.first().map_or("", |owner| &owner.key);
    for (period, _, from) in periods() {
        let path = format!("/api/v1/team/performance?from={from}");
        let request = request("GET", &path, key, "");
        connection.call(&request)?;
        let mut latency = Latency::new()?;
        for _ in 0..TIMES {
            let called = Instant::now();
            connection.call(&request)?;
            latency.note(called.elapsed());
        }
        row(&mut rows, &format!("whole call, {period}"), count, &latency);
        let met = latency.p99() <= TARGET;
        report.judge(format!("team performance p99, {period}"), "≤ 5 ms", report::time(latency.p99()), met);
    }
    drop(connection);
    server.stop()?;

    let mut activities = Activities::default();
    for (conversation, campaign, of_this) in drawn {
        activities.put(conversation, campaign, &of_this);
    }
    for (period, from, _) in periods() {
        let asked = Period { from, to: NOW, campaigns: None };
        let mut latency = Latency::new()?;
        for _ in 0..TIMES {
            std::hint::black_box(latency.measure(|| activities.figures(&asked)));
        }
        row(&mut rows, &format!("figures alone, {period}"), activities.len(), &latency);
    }
    report.table(&["figures of", "activities", "p50", "p99"], &rows);
    Ok(())
}

/// The periods that are asked for, by when they begin: they end now.
fn periods() -> [(&'static str, Timestamp, &'static str); 2] {
    let ago = |days: i64| Timestamp(NOW.0 - days * DAY_MS);
    [("30 days", ago(30), "2025-12-02"), ("a year", ago(365), "2025-01-01")]
}

fn row(rows: &mut Vec<Vec<String>>, what: &str, activities: usize, latency: &Latency) {
    rows.push(vec![
        what.to_owned(),
        report::thousands(activities as u64),
        report::time(latency.p50()),
        report::time(latency.p99()),
    ]);
}

/// Lets the follower keep what members did.
async fn keep(store: &Store, filled: &Filled) -> Result<(), Failure> {
    let mut follower = TeamFollower::new(store.clone(), TeamActivities::default(), Arc::new(|| NOW));
    let (stop, stopped) = watch::channel(false);
    let followed = store.clone();
    let following = tokio::spawn(async move { followed.follow(&mut follower, stopped).await });
    while store.kept_activities(&filled.scope()).await?.seq.is_none() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    stop.send_replace(true);
    Ok(following.await??)
}

/// Keeps drawn activities in place of the account's own.
async fn replace_kept(store: &Store, filled: &Filled, drawn: &[Drawn]) -> Result<(), Failure> {
    for some in drawn.chunks(KEPT_TOGETHER) {
        let conversations = some.iter().map(|(conversation, _, of_this)| (*conversation, of_this.clone()));
        let new = NewActivities { seq: None, conversations: conversations.collect() };
        store.commit(Batch::new(filled.scope(), NOW, vec![Op::KeepActivities(new)])).await?;
    }
    Ok(())
}

/// A conversation with its campaign and what members did in it.
type Drawn = (ConversationId, CampaignId, Vec<Activity>);

/// Activities as a busy team has them, over the span of the sample.
fn drawn(options: &Options) -> Vec<Drawn> {
    let mut sampler = Sampler::new(options.seed ^ 7);
    let mut drawn = Vec::new();
    for conversation in 1..=options.conversations {
        let (campaign, member, since) = (sampler.campaign(), sampler.owner(), sampler.time());
        let random = sampler.rng();
        if !random.random_ratio(WORKED, 100) {
            continue;
        }
        let mut at = since;
        let mut of_this: Vec<Activity> = Vec::new();
        let mut add = |at: Timestamp, member, kind| of_this.push(Activity { member, at, kind });
        add(at, member, ActivityKind::Received);
        for response in 0..random.random_range(RESPONSES) {
            let seconds: u32 = random.random_range(RESPONSE_SECONDS);
            at = Timestamp((at.0 + i64::from(seconds) * SECOND_MS).min(NOW.0));
            let kind = match response {
                0 => ActivityKind::FirstResponded(seconds),
                _ => ActivityKind::Responded(seconds),
            };
            // Now and then another member helps out.
            let by = match random.random_ratio(1, 10) {
                true => MemberId(random.random_range(1..=OWNERS)),
                false => member,
            };
            add(at, by, kind);
            add(at, member, ActivityKind::Received);
        }
        add(at, member, ActivityKind::Categorised(CategoryId(random.random_range(CATEGORIES))));
        if random.random_ratio(1, 2) {
            add(at, member, ActivityKind::Archived);
        }
        drawn.push((ConversationId(conversation), campaign, of_this));
    }
    drawn
}
