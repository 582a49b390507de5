//! Durable writes: many clients against one, and what lists feel of a storm of writes.
//!
//! Owns that section. Every write counted is on disk before it is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crewbox_core::conversation::Edit;
use crewbox_core::id::ConversationId;
use crewbox_store::{Batch, Op};
use crewbox_testkit::sample::{NOW, Sampler, Shape};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::Failure;
use crate::ask::{Draw, ask};
use crate::call::request;
use crate::fill::Filled;
use crate::latency::Latency;
use crate::load::{Mix, Plan, Stream};
use crate::report::{self, Report};
use crate::server::{self, Server};

/// Clients that write at the same time.
const CLIENTS: u32 = 64;
/// Connections that read lists meanwhile.
const READERS: u32 = 8;
/// Turns of one writer and of many.
const ROUNDS: u64 = 4;
/// Length of a turn.
const SLICE: Duration = Duration::from_secs(2);
/// Different requests of each kind.
const REQUESTS: usize = 4_000;
/// Many clients against one, writes a second.
const GROUP_TARGET: f64 = 5.0;
/// Lists during the storm against lists beside fixed bodies, p99.
const LIST_RATIO: f64 = 3.0;
/// Below this, a list is quick whatever it is compared with.
const LIST_P99: Duration = Duration::from_millis(10);

/// Measures.
pub(crate) fn measure(
    runtime: &Runtime,
    server: &mut Server<'_>,
    filled: &Filled,
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    report.section(
        "Writes",
        "--only writes",
        "Edits of random conversations, each a commit of its own, durable when it returns: one after another, \
         and 64 at a time, in turns. Then the same over HTTP while others read lists.",
    );
    let (_, rows) = runtime.block_on(server.store.all_entries(&filled.scope()))?;
    let ids: Arc<Vec<ConversationId>> = Arc::new(rows.iter().map(|row| row.id).collect());
    drop(rows);
    grouped(runtime, server, filled, &ids, seed, report)?;
    storm(server, filled, &ids, seed, report)
}

/// One writer against many, at the store itself.
fn grouped(
    runtime: &Runtime,
    server: &Server<'_>,
    filled: &Filled,
    ids: &Arc<Vec<ConversationId>>,
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut sums = [(0_u64, 0.0_f64, Latency::new()?), (0, 0.0, Latency::new()?)];
    for round in 0..=ROUNDS {
        for (clients, sum) in [1, CLIENTS].into_iter().zip(&mut sums) {
            let started = Instant::now();
            let latency = runtime.block_on(write(server, filled, ids, clients, seed ^ round))?;
            if round > 0 {
                sum.0 += latency.count();
                sum.1 += started.elapsed().as_secs_f64();
                sum.2.merge(&latency)?;
            }
        }
    }
    let [one, many] = sums.map(|(count, seconds, latency)| (count as f64 / seconds, latency));
    let ratio = many.0 / one.0;
    let row = |what: &str, (rate, latency): &(f64, Latency)| {
        vec![
            what.to_owned(),
            report::thousands(*rate as u64),
            report::time(latency.p50()),
            report::time(latency.p99()),
            report::time(latency.max()),
        ]
    };
    report.table(
        &["writers", "durable commits a second", "p50", "p99", "slowest"],
        &[row("one, a sync a commit", &one), row("64 at a time", &many)],
    );
    report.judge(
        "durable writes, 64 clients against one",
        "≥ 5 ×",
        report::times(ratio),
        ratio >= GROUP_TARGET,
    );
    Ok(())
}

async fn write(
    server: &Server<'_>,
    filled: &Filled,
    ids: &Arc<Vec<ConversationId>>,
    clients: u32,
    seed: u64,
) -> Result<Latency, Failure> {
    let until = Instant::now() + SLICE;
    let mut writers: JoinSet<Result<Latency, Failure>> = JoinSet::new();
    let tick = Arc::new(AtomicU64::new(seed << 32));
    for client in 0..clients {
        let (store, ids, scope, tick) =
            (server.store.clone(), Arc::clone(ids), filled.scope(), Arc::clone(&tick));
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(u64::from(client));
        writers.spawn(async move {
            let mut latency = Latency::new()?;
            while Instant::now() < until {
                let conversation = ids[random.random_range(0..ids.len())];
                // A revenue never set before: an edit without effect would need no sync.
                let edit = Edit::Revenue(tick.fetch_add(1, Ordering::Relaxed) as i64);
                let ops = vec![Op::Edit { conversation, edit }];
                let started = Instant::now();
                store.commit(Batch::new(scope, NOW, ops)).await?;
                latency.note(started.elapsed());
            }
            Ok(latency)
        });
    }
    let mut sum = Latency::new()?;
    while let Some(done) = writers.join_next().await {
        sum.merge(&done??)?;
    }
    Ok(sum)
}

/// Lists during a storm of writes over HTTP, against lists beside as many calls of the fixed body.
fn storm(
    server: &mut Server<'_>,
    filled: &Filled,
    ids: &[ConversationId],
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut sampler = Sampler::new(seed ^ 4);
    let lists = (0..REQUESTS).map(|at| {
        let shape = Shape::OWN[at % Shape::OWN.len()];
        Ok(ask(filled, &mut sampler, shape, Draw::Evenly)?.request)
    });
    let lists = lists.collect::<Result<Vec<_>, Failure>>()?;
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 5);
    // Each conversation is categorised in two ways, so that a later call changes it again.
    let writes = (0..REQUESTS).map(|at| {
        let id = ids[random.random_range(0..ids.len() / 8)];
        let owner = &filled.owners[random.random_range(0..filled.owners.len())];
        let body = format!(r#"{{"email_lead_map_id":{id},"category_id":{}}}"#, at % 7 + 1);
        request("PATCH", "/api/v1/master-inbox/update-category", &owner.key, &body)
    });
    let (list, write, fixed) = (0, 1, 2);
    let fixed_at = server.fixed_like(&lists)?;
    let stream = |pool, connections| Stream {
        address: if pool == fixed { fixed_at } else { server.address },
        pool,
        connections,
    };
    let plan = Plan {
        server: std::process::id(),
        pools: vec![lists, writes.collect(), vec![server::fixed(filled)]],
        mixes: vec![
            Mix { streams: vec![stream(list, READERS), stream(write, CLIENTS)] },
            Mix { streams: vec![stream(list, READERS), stream(fixed, CLIENTS)] },
            Mix { streams: vec![stream(list, READERS)] },
        ],
        rounds: ROUNDS as u32,
        slice_ms: SLICE.as_millis() as u64,
    };
    let results = plan.run()?;
    let [stormy, baseline, alone] = &results[..] else { return Err("the plan gave too few results".into()) };
    let row = |what: &str, result: &crate::load::MixResult| {
        let lists = &result.streams[0];
        let beside = result.streams.get(1);
        vec![
            what.to_owned(),
            report::time(lists.p50()),
            report::time(lists.p99()),
            report::time(lists.max()),
            report::thousands(result.rate(0) as u64),
            beside.map_or_else(|| "–".to_owned(), |_| report::thousands(result.rate(1) as u64)),
            beside.map_or_else(|| "–".to_owned(), |stream| report::time(stream.p99())),
        ]
    };
    report.table(
        &[
            "8 connections read lists beside",
            "list p50",
            "list p99",
            "slowest list",
            "lists a second",
            "the others a second",
            "their p99",
        ],
        &[row("64 that write", stormy), row("64 that call the fixed body", baseline), row("nobody", alone)],
    );
    let (with, without) = (stormy.streams[0].p99(), baseline.streams[0].p99());
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    report.judge(
        "list p99 during a storm of writes, against fixed bodies in their place",
        "≤ 3 ×, or ≤ 10 ms",
        format!("{}, {}", report::times(ratio), report::time(with)),
        ratio <= LIST_RATIO || with <= LIST_P99,
    );
    Ok(())
}
