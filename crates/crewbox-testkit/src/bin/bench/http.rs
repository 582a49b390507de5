//! The whole list call against a fixed body of the same size, from the same server.
//!
//! Owns that section. Both sides have the same client, connections and turns.

use crewbox_core::sample::{Sampler, Shape};

use crate::Failure;
use crate::ask::{Draw, ask};
use crate::fill::Filled;
use crate::load::{Mix, MixResult, Plan, Stream};
use crate::report::{self, Report};
use crate::server::Server;

/// Connections of each side: enough to keep both cores at work.
const CONNECTIONS: u32 = 32;
/// Turns of each side.
const ROUNDS: u32 = 8;
/// Length of a turn.
const SLICE_MS: u64 = 1_000;
/// Different requests of each shape.
const REQUESTS: usize = 2_000;
/// Share of the fixed body's requests a second.
const TARGET: f64 = 0.6;

/// Measures.
pub(crate) fn measure(
    server: &Server,
    filled: &Filled,
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    report.section(
        "The whole call",
        "--only http",
        "assigned-me with authentication, random members, over keep-alive connections from a second process, in \
         turns with a handler of the same server that answers a fixed body of a page's size.",
    );
    let mut sampler = Sampler::new(seed ^ 2);
    let mut pools = vec![vec![Server::fixed(filled)]];
    for shape in Shape::OWN {
        let requests = (0..REQUESTS).map(|_| Ok(ask(filled, &mut sampler, shape, Draw::Evenly)?.request));
        pools.push(requests.collect::<Result<_, Failure>>()?);
    }
    // What members send: mostly the bare list, else the three filters alike.
    let mixed = pools[1].iter().chain(&pools[1]).chain(&pools[1]).chain(pools[2..].iter().flatten());
    let mixed = mixed.cloned().collect();
    pools.push(mixed);
    let names = ["fixed body"]
        .into_iter()
        .chain(Shape::OWN.map(Shape::name))
        .chain(["all of these, half of them alone"]);
    let plan = Plan {
        address: server.address,
        server: std::process::id(),
        mixes: (0..pools.len())
            .map(|pool| Mix { streams: vec![Stream { pool, connections: CONNECTIONS }] })
            .collect(),
        pools,
        rounds: ROUNDS,
        slice_ms: SLICE_MS,
    };
    let results = plan.run()?;
    let fixed = results.first().ok_or("the plan gave no result")?;
    let share = |result: &MixResult| result.rate(0) / fixed.rate(0);
    let rows: Vec<Vec<String>> = names
        .zip(&results)
        .map(|(name, result)| {
            let stream = &result.streams[0];
            vec![
                name.to_owned(),
                report::percent(share(result)),
                report::thousands(result.rate(0) as u64),
                report::time(stream.p50()),
                report::time(stream.p99()),
                report::time(result.server_time()),
                (stream.bytes / stream.answers.max(1)).to_string(),
            ]
        })
        .collect();
    report.table(
        &["call", "of the fixed body", "a second", "p50", "p99", "server time a call", "bytes"],
        &rows,
    );
    let alone = results.get(1).ok_or("the plan gave too few results")?;
    let mixed = results.last().ok_or("the plan gave no result")?;
    let judged = [("assigned-me alone", alone), ("assigned-me, filters mixed", mixed)];
    for (what, result) in judged {
        let share = share(result);
        let what = format!("whole call against a fixed body, requests a second, {what}");
        report.judge(what, "≥ 60 %, aim 75 %", report::percent(share), share >= TARGET);
    }
    report.note(&format!(
        "{CONNECTIONS} connections, turns of {SLICE_MS} ms, {ROUNDS} each after one that does not count; the fixed \
         body has {} bytes.",
        report::thousands(server.page_bytes as u64)
    ));
    Ok(())
}
