//! The loop that drives one follower.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use crewbox_core::id::AccountId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::follower::{Follower, Log, Then};
use super::positions::Positions;
use crate::contract::StoreError;

/// Changes read at a time: bounds the memory of a follower that has much to catch up with.
pub(crate) const PAGE: u32 = 1_000;
/// The shortest time between two rounds over the accounts. A commit after a pause is followed at once; of many
/// commits, those within this time are followed together.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(20);

/// Drives a follower until `stop` is true or its sender is gone. A call that has begun is finished first.
pub async fn run<L: Log, F: Follower>(log: &L, follower: &mut F, mut stop: watch::Receiver<bool>) {
    let mut moved = log.heads().subscribe();
    let mut positions = Positions::default();
    let mut round: VecDeque<AccountId> = VecDeque::new();
    let mut not_before = Instant::now();
    loop {
        if round.is_empty() {
            // Whatever moves from here on is seen by the wait below.
            moved.mark_unchanged();
            round = positions.behind(log.heads(), Instant::now()).into();
        }
        tokio::select! {
            biased;
            () = told_to_stop(&mut stop) => return,
            event = follower.wait() => {
                if follower.act(event).await == Then::BeginAgain {
                    positions.begin_again();
                    round.clear();
                }
            }
            () = tokio::time::sleep_until(not_before), if !round.is_empty() => {
                let Some(account) = round.pop_front() else { continue };
                match advance(log, follower, &mut positions, account).await {
                    Ok(full) if round.is_empty() && !full => not_before = Instant::now() + BETWEEN_ROUNDS,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(follower = F::NAME, %account, %error, "cannot follow the change log yet");
                        positions.failed(account, Instant::now());
                    }
                }
            }
            Ok(()) = moved.changed(), if round.is_empty() => {}
            () = at(positions.next_retry()), if round.is_empty() => {}
        }
    }
}

/// Takes in one page of an account's changes, and answers whether it was a full one.
async fn advance<L: Log, F: Follower>(
    log: &L,
    follower: &mut F,
    positions: &mut Positions,
    account: AccountId,
) -> Result<bool, StoreError> {
    let Some(since) = positions.at(account) else {
        positions.set(account, follower.begin(account).await?);
        return Ok(false);
    };
    let changes = log.changes_after(account, since, PAGE).await?;
    if changes.is_empty() {
        return Err(StoreError::Engine("the change log ends before its head".to_owned()));
    }
    positions.set(account, follower.follow(account, &changes).await?);
    Ok(changes.len() == PAGE as usize)
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => pending().await,
    }
}

async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, with whoever could stop this.
    let _ = stop.wait_for(|stop| *stop).await;
}
