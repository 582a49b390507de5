//! The sync machine against a model server and a model store, through thousands of lives full of faults.
//!
//! A life: mail comes, goes and moves, folders are numbered afresh, the connection breaks, the store is full, the
//! process is killed before and after any step, another worker takes over. Then the faults end, and the store must
//! hold what the mailbox holds: every mail, once, at its place. `CREWBOX_SEEDS` says how many lives,
//! `CREWBOX_SEED` replays one.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails has nothing better to do than to panic")]

mod events;
mod judge;
mod server;
mod store;
mod world;

use std::time::Instant;

use world::World;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn the_store_holds_what_the_mailbox_holds_after_any_life() {
    let lives = match number("CREWBOX_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CREWBOX_SEEDS").unwrap_or(2_000),
    };
    let started = Instant::now();
    let (mut steps, mut kills, mut mails, mut faults) = (0, 0, 0, 0);
    let count = lives.end - lives.start;
    for seed in lives {
        let mut world = World::new(seed);
        let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.live()));
        if lived.is_err() {
            panic!("replay with CREWBOX_SEED={seed}");
        }
        steps += world.steps;
        kills += world.kills;
        faults += world.faults;
        mails += world.server.contents.len();
    }
    println!(
        "soak: sync machine, {count} lives: {steps} steps, {mails} mails, {kills} kills, {faults} other faults: \
         0 lost, 0 doubled, {:.1} s",
        started.elapsed().as_secs_f64()
    );
    assert!(kills > 0 && faults > 0 || count == 1);
}
