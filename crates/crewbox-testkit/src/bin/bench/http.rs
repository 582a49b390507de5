//! The whole list call against a fixed body of the same size, from the same server.
//!
//! Owns that section. Both sides have the same client, connections and turns.

use crewbox_testkit::sample::{Sampler, Shape};

use crate::Failure;
use crate::ask::{Draw, ask};
use crate::fill::Filled;
use crate::load::{Mix, MixResult, Plan, Stream};
use crate::report::{self, Report};
use crate::server::{self, Server};

/// Connections of each side: enough to keep both cores at work.
const CONNECTIONS: u32 = 32;
/// Turns of each side.
const ROUNDS: u32 = 6;
/// Length of a turn.
const SLICE_MS: u64 = 1_000;
/// Different requests of each shape.
const REQUESTS: usize = 2_000;
/// Share of the fixed body's requests a second.
const TARGET: f64 = 0.6;

/// Measures.
pub(crate) fn measure(
    server: &mut Server<'_>,
    filled: &Filled,
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    report.section(
        "The whole call",
        "--only http",
        "assigned-me with authentication, random members, over keep-alive connections from a second process, in \
         turns with a handler of the same server that answers a fixed body of the same mean size.",
    );
    let mut sampler = Sampler::new(seed ^ 2);
    let mut pools = Vec::new();
    for shape in Shape::OWN {
        let requests = (0..REQUESTS).map(|_| Ok(ask(filled, &mut sampler, shape, Draw::Evenly)?.request));
        pools.push(requests.collect::<Result<Vec<String>, Failure>>()?);
    }
    // What members send: half of the time the bare list, else one of the three filters.
    let alone = std::iter::repeat_n(&pools[0], pools.len() - 1);
    pools.push(alone.chain(&pools[1..]).flatten().cloned().collect());
    let fixed = pools.len();
    let names = Shape::OWN.map(Shape::name).into_iter().chain(["half alone, half filtered"]);
    let mut calls: Vec<_> =
        names.enumerate().map(|(pool, name)| (name.to_owned(), server.address, pool)).collect();
    // What it costs to put pages together, whatever clients repeat.
    calls.push(("half alone, half filtered, no page kept".to_owned(), server.without_pages()?, fixed - 1));
    let mut mixes = Vec::new();
    for (_, address, pool) in &calls {
        let one = |address, pool| Mix { streams: vec![Stream { address, pool, connections: CONNECTIONS }] };
        mixes.push(one(*address, *pool));
        mixes.push(one(server.fixed_like(&pools[*pool])?, fixed));
    }
    pools.push(vec![server::fixed(filled)]);
    let plan = Plan { server: std::process::id(), pools, mixes, rounds: ROUNDS, slice_ms: SLICE_MS };
    let results = plan.run()?;
    let mut rows = Vec::new();
    let mut shares = Vec::new();
    for ((name, ..), pair) in calls.iter().zip(results.chunks_exact(2)) {
        let (whole, fixed) = (&pair[0], &pair[1]);
        let share = whole.rate(0) / fixed.rate(0);
        shares.push(share);
        rows.push(vec![
            name.clone(),
            report::percent(share),
            report::thousands(whole.rate(0) as u64),
            report::thousands(fixed.rate(0) as u64),
            both(whole, fixed, |result| report::time(result.streams[0].p50())),
            both(whole, fixed, |result| report::time(result.streams[0].p99())),
            both(whole, fixed, |result| report::time(result.server_time())),
            (whole.streams[0].bytes / whole.streams[0].answers.max(1)).to_string(),
        ]);
    }
    report.table(
        &[
            "call",
            "share of the fixed body's rate",
            "a second",
            "fixed body",
            "p50",
            "p99",
            "server's processor time",
            "bytes",
        ],
        &rows,
    );
    for at in [0, fixed - 1] {
        let share = *shares.get(at).ok_or("the plan gave too few results")?;
        let what = &calls[at].0;
        let what = format!("whole call against a fixed body, requests a second, {what}");
        report.judge(what, "≥ 60 %, aim 75 %", report::percent(share), share >= TARGET);
    }
    report.note(&format!(
        "{CONNECTIONS} connections, turns of {SLICE_MS} ms, {ROUNDS} each after one that does not count. Times: \
         whole call, fixed body. A page that is asked for again is kept until something changes in its account, as long as \
         there is room; the last row is of a server that keeps none: what the first two calls after a change cost.",
    ));
    Ok(())
}

fn both(whole: &MixResult, fixed: &MixResult, figure: impl Fn(&MixResult) -> String) -> String {
    format!("{}, {}", figure(whole), figure(fixed))
}
