//! A bulk action of a hundred thousand rows and its undo, and what other writes wait meanwhile.
//!
//! Owns that section. Every write is an HTTP call, durable when it is answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::Failure;
use crate::call::{Connection, request};
use crate::fill::Filled;
use crate::latency::Latency;
use crate::report::{self, Report};
use crate::server::Server;

/// Rows that the action has at the least, where the account has as many.
const ROWS: u64 = 100_000;
/// Categories of an account.
const CATEGORIES: u64 = 9;
/// Members who work meanwhile.
const CLIENTS: u64 = 8;
/// Between two writes of one of them: faster than any hand.
const PAUSE: Duration = Duration::from_millis(20);
/// How long they write alone, to compare with.
const ALONE: Duration = Duration::from_secs(5);
/// Of 100,000 rows at the most.
const TARGET: Duration = Duration::from_secs(10);
/// Of any other write at the most.
const WAIT_TARGET: Duration = Duration::from_millis(50);
/// How often it is asked whether the action has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Measures.
pub(crate) fn measure(
    server: &Server<'_>,
    filled: &Filled,
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    report.section(
        "Bulk actions",
        "--only bulk",
        "One action on all conversations of some categories, and its undo, while eight members assign conversations by \
         calls of their own, each 20 ms after the answer to the one before.",
    );
    let mut rows = Vec::new();
    let mut row = |what: &str, took: Option<Duration>, beside: &Latency| {
        rows.push(vec![
            what.to_owned(),
            took.map_or_else(|| "–".to_owned(), report::time),
            report::thousands(beside.count()),
            report::time(beside.p50()),
            report::time(beside.p99()),
            report::time(beside.max()),
        ]);
    };
    let (_, alone) = beside(server, filled, seed, || {
        std::thread::park_timeout(ALONE);
        Ok(())
    })?;
    row("nothing", None, &alone);
    let action = |categories: &[u64], dry_run: bool| {
        json!({"view": "views", "filters": {"leadCategories": {"categoryIdsIn": categories}},
            "action": {"type": "important", "value": true}, "dry_run": dry_run})
    };
    let key = filled.owners.first().map_or("", |owner| &owner.key);
    let call = |path: &str, body: &Value| -> Result<Value, Failure> {
        let request = request("POST", &format!("/api/v1{path}"), key, &body.to_string());
        Ok(serde_json::from_slice(Connection::open(server.address)?.call(&request)?)?)
    };
    let mut categories: Vec<u64> = Vec::new();
    for category in 1..=CATEGORIES {
        categories.push(category);
        let counted = call("/master-inbox/bulk", &action(&categories, true))?;
        if counted["data"]["matched"].as_u64().unwrap_or_default() >= ROWS {
            break;
        }
    }
    let ((job, took), during) = beside(server, filled, seed ^ 1, || {
        let started = Instant::now();
        let id = call("/master-inbox/bulk", &action(&categories, false))?["data"]["bulk_id"].clone();
        Ok((ended(server.address, key, &id)?, started.elapsed()))
    })?;
    let changed = job["changed"].as_u64().unwrap_or_default();
    row(&format!("an action on {} rows", report::thousands(changed)), Some(took), &during);
    let (undo, of_undo) = beside(server, filled, seed ^ 2, || {
        let started = Instant::now();
        let undone = call(&format!("/bulk/{}/undo", job["bulk_id"]), &json!({}))?;
        ended(server.address, key, &undone["data"]["bulk_id"])?;
        Ok(started.elapsed())
    })?;
    row("its undo", Some(undo), &of_undo);
    report.table(&["beside", "took", "other writes", "p50", "p99", "slowest"], &rows);
    let scaled = took.mul_f64(100_000.0 / changed.max(1) as f64);
    report.judge("a bulk action, for each 100,000 rows", "≤ 10 s", report::time(scaled), scaled <= TARGET);
    for (what, beside) in [("a bulk action", &during), ("its undo", &of_undo)] {
        let ratio = beside.p99().as_secs_f64() / alone.p99().as_secs_f64();
        report.judge(
            format!("the slowest other write beside {what}"),
            "≤ 50 ms",
            format!("{} (p99 {} of that beside nothing)", report::time(beside.max()), report::times(ratio)),
            beside.max() <= WAIT_TARGET,
        );
    }
    Ok(())
}

/// The job once it has ended.
fn ended(address: SocketAddr, key: &str, id: &Value) -> Result<Value, Failure> {
    let mut connection = Connection::open(address)?;
    loop {
        let request = request("GET", &format!("/api/v1/bulk/{id}"), key, "");
        let job: Value = serde_json::from_slice(connection.call(&request)?)?;
        if job["state"] != "running" {
            return Ok(job);
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}

/// Does work while others write; what it gives, and how long their writes took.
fn beside<T: Send>(
    server: &Server<'_>,
    filled: &Filled,
    seed: u64,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, Latency), Failure> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn({
                    let is_over = &is_over;
                    move || write(server.address, filled, seed ^ (client << 32), is_over)
                })
            })
            .collect();
        let done = work();
        is_over.store(true, Ordering::SeqCst);
        let mut all = Latency::new()?;
        for writer in writers {
            all.merge(&writer.join().map_err(|_| "a writer panicked")??)?;
        }
        Ok((done?, all))
    })
}

/// A member who assigns one conversation after the other.
fn write(address: SocketAddr, filled: &Filled, seed: u64, is_over: &AtomicBool) -> Result<Latency, Failure> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut connection = Connection::open(address)?;
    let mut latency = Latency::new()?;
    let owners = &filled.owners;
    while !is_over.load(Ordering::SeqCst) {
        let by = &owners[random.random_range(0..owners.len())];
        let to = &owners[random.random_range(0..owners.len())];
        let id = random.random_range(1..=filled.conversations);
        let body = json!({"email_lead_map_id": id, "team_member_id": to.member}).to_string();
        let request = request("POST", "/api/v1/master-inbox/update-team-member", &by.key, &body);
        latency.measure(|| connection.call(&request).map(drop))?;
        std::thread::park_timeout(PAUSE);
    }
    Ok(latency)
}
