//! Search: how fast the index catches up, what it weighs, and how long a search with filters takes.
//!
//! Owns that section. Terms are words of the mails' own vocabulary, some common and some rare.

use std::time::Instant;

use crewbox_core::id::ConversationId;
use crewbox_store::BodyLimits;
use crewbox_store::contract::Search;
use crewbox_testkit::sample::Sampler;
use rand::RngExt as _;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::call::{Connection, request};
use crate::fill::Filled;
use crate::latency::Latency;
use crate::report::{self, Report};
use crate::server::Server;
use crate::text::Vocabulary;
use crate::{Failure, memory};

/// Terms asked.
const TERMS: usize = 20;
/// Times each is asked; the first does not count.
const TIMES: usize = 4;
/// Shorter words match names only, not texts.
const SHORTEST: usize = 3;
/// Conversations whose texts are weighed to estimate all texts.
const WEIGHED: usize = 500;
/// Ninety-nine of a hundred searches are faster, those for common terms included.
const TARGET_MS: u128 = 60;
/// Gigabytes a million texts of 2 KB.
const TARGET_GB: f64 = 1.5;

/// Lets the search index take in what it lacks, and says how fast it was.
pub(crate) fn catch_up(
    runtime: &Runtime,
    server: &Server<'_>,
    filled: &Filled,
    report: &mut Report,
) -> Result<(), Failure> {
    let behind = runtime.block_on(server.store.search_behind())?;
    let started = Instant::now();
    let progress = |left: u64| eprintln!("   {} messages left", report::thousands(left));
    runtime.block_on(server.store.search_catch_up(&progress))?;
    let took = started.elapsed();
    let rate = if behind == 0 { "–".to_owned() } else { report::rate(behind, took) };
    report.section(
        "Search",
        "--only search",
        "The filled account's texts, then searches over HTTP with filters.",
    );
    let (messages, bytes) = runtime.block_on(texts(server, filled))?;
    let held = held(filled)?;
    let per_million = held as f64 / bytes * 2_048.0 * 1e6 / 1e9;
    report.table(
        &["taken in", "a second", "messages (about)", "their texts (about)", "search index"],
        &[vec![
            report::thousands(behind),
            rate,
            report::thousands(messages as u64),
            report::mebibytes(bytes as u64),
            report::mebibytes(held),
        ]],
    );
    let measured = format!("{per_million:.2} GB");
    report.judge("search index, a million texts of 2 KB", "≤ 1.5 GB", measured, per_million <= TARGET_GB);
    Ok(())
}

/// Searches.
pub(crate) fn measure(
    runtime: &Runtime,
    server: &Server<'_>,
    filled: &Filled,
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    let words = Vocabulary::new();
    let mut sampler = Sampler::new(seed ^ 6);
    let mut terms = Vec::new();
    while terms.len() < TERMS {
        let random = sampler.rng();
        // As people write and as a dictionary lists, by turns.
        let word = if terms.len() % 2 == 0 { words.word(random) } else { words.any_word(random) };
        if word.len() >= SHORTEST && !terms.iter().any(|known| known == word) {
            terms.push(word.to_owned());
        }
    }
    let mut connection = Connection::open(server.address)?;
    let mut rows = Vec::new();
    let (mut alone, mut call) = (Latency::new()?, Latency::new()?);
    for term in &terms {
        let mut found = 0;
        let owner = &filled.owners[sampler.rng().random_range(0..filled.owners.len())];
        let body = json!({"filters": {
            "search": term, "emailStatus": ["Replied"], "leadCategories": {"categoryIdsNotIn": [3, 4]}
        }});
        let request = request("POST", "/api/v1/master-inbox/inbox-replies", &owner.key, &body.to_string());
        let mut total = 0;
        let (mut this_alone, mut this_call) = (Latency::new()?, Latency::new()?);
        for time in 0..TIMES {
            let search = Search { text: term.clone() };
            let started = Instant::now();
            let answer = runtime.block_on(server.store.search(&filled.scope(), &search))?;
            let took = started.elapsed();
            found = answer.conversations.len();
            let called = Instant::now();
            let page: serde_json::Value = serde_json::from_slice(connection.call(&request)?)?;
            let call_took = called.elapsed();
            total = page["total_count"].as_u64().unwrap_or_default();
            if time > 0 {
                this_alone.note(took);
                this_call.note(call_took);
            }
        }
        alone.merge(&this_alone)?;
        call.merge(&this_call)?;
        rows.push(vec![
            term.clone(),
            report::thousands(found as u64),
            report::thousands(total),
            report::time(this_alone.p50()),
            report::time(this_call.p50()),
        ]);
    }
    report.table(
        &["term", "conversations with it", "of them replied, by filters", "search", "whole call"],
        &rows,
    );
    let met = call.p99().as_millis() <= TARGET_MS;
    report.judge(
        "search with filters, whole call, p99 of 20 terms",
        "≤ 60 ms",
        report::time(call.p99()),
        met,
    );
    report.note(&format!(
        "Search alone: p50 {}, p99 {}; whole call with filters: p50 {}, p99 {}.",
        report::time(alone.p50()),
        report::time(alone.p99()),
        report::time(call.p50()),
        report::time(call.p99()),
    ));
    Ok(())
}

/// About how many messages the account has, and how many bytes their texts.
async fn texts(server: &Server<'_>, filled: &Filled) -> Result<(f64, f64), Failure> {
    let (_, entries) = server.store.all_entries(&filled.scope()).await?;
    let step = (entries.len() / WEIGHED).max(1);
    let ids: Vec<ConversationId> = entries.iter().step_by(step).map(|entry| entry.id).collect();
    drop(entries);
    let (mut messages, mut bytes) = (0, 0);
    for id in &ids {
        for (_, bodies) in server.store.history(&filled.scope(), *id, BodyLimits::WHOLE).await?.messages {
            messages += 1;
            bytes += bodies.text.len();
        }
    }
    let scale = filled.conversations as f64 / ids.len() as f64;
    Ok((messages as f64 * scale, bytes as f64 * scale))
}

/// Bytes of the search index's files.
fn held(filled: &Filled) -> Result<u64, Failure> {
    let mut bytes = 0;
    for file in std::fs::read_dir(&filled.dir)? {
        let file = file?;
        if file.file_name().to_string_lossy().starts_with("search") {
            bytes += memory::tree(&file.path())?;
        }
    }
    Ok(bytes)
}
