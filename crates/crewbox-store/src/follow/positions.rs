//! How far a follower has come in each account, and which accounts wait after an error.

use std::collections::HashMap;
use std::time::Duration;

use crewbox_core::id::{AccountId, Seq};
use tokio::time::Instant;

use super::heads::LogHeads;

/// An account whose changes could not be taken in is tried again after this, ...
const FIRST_RETRY: Duration = Duration::from_millis(200);
/// ... doubled each time up to this: a full disk is noticed soon after there is room again.
const LONGEST_RETRY: Duration = Duration::from_secs(10);

/// The positions of one follower.
#[derive(Debug, Default)]
pub(super) struct Positions(HashMap<AccountId, Position>);

#[derive(Debug, Default)]
struct Position {
    /// The change after which the follower continues; none before it has begun.
    at: Option<Seq>,
    /// When it is tried again, and after how long, while the last try failed.
    retry: Option<(Instant, Duration)>,
}

impl Positions {
    /// The accounts with changes to take in that may be tried at `now`, ascending.
    pub(super) fn behind(&self, heads: &LogHeads, now: Instant) -> Vec<AccountId> {
        let mut behind = Vec::new();
        heads.for_each(|account, head| {
            let is_behind = match self.0.get(&account) {
                None => true,
                Some(Position { retry: Some((at, _)), .. }) => *at <= now,
                Some(position) => position.at.is_none_or(|at| at < head),
            };
            if is_behind {
                behind.push(account);
            }
        });
        behind
    }

    /// The change after which the follower continues in an account; none before it has begun there.
    pub(super) fn at(&self, account: AccountId) -> Option<Seq> {
        self.0.get(&account)?.at
    }

    /// The follower has come this far.
    pub(super) fn set(&mut self, account: AccountId, at: Seq) {
        self.0.insert(account, Position { at: Some(at), retry: None });
    }

    /// A try failed at `now`.
    pub(super) fn failed(&mut self, account: AccountId, now: Instant) {
        let position = self.0.entry(account).or_default();
        let wait = position.retry.map_or(FIRST_RETRY, |(_, wait)| (wait * 2).min(LONGEST_RETRY));
        position.retry = Some((now + wait, wait));
    }

    /// When the next account that failed is tried again.
    pub(super) fn next_retry(&self) -> Option<Instant> {
        self.0.values().filter_map(|position| position.retry.map(|(at, _)| at)).min()
    }

    /// Forgets how far the follower has come: every account begins again.
    pub(super) fn begin_again(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_failed_waits_ever_longer_and_the_others_go_on() {
        let heads = LogHeads::default();
        let (one, two) = (AccountId(1), AccountId(2));
        heads.publish([(one, Seq(3)), (two, Seq(5))]);
        let mut positions = Positions::default();
        let mut now = Instant::now();
        assert_eq!(positions.behind(&heads, now), [one, two], "neither has begun");
        positions.set(one, Seq(3));
        positions.set(two, Seq(4));
        assert_eq!((positions.behind(&heads, now), positions.next_retry()), (vec![two], None));
        let mut waits = Vec::new();
        for _ in 0..8 {
            positions.failed(two, now);
            assert_eq!(positions.behind(&heads, now), []);
            let next = positions.next_retry().unwrap();
            waits.push((next - now).as_millis());
            assert_eq!(positions.behind(&heads, next), [two]);
            now = next;
        }
        assert_eq!(waits, [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
        heads.publish([(one, Seq(4))]);
        positions.failed(two, now);
        assert_eq!(positions.behind(&heads, now), [one]);
        positions.set(two, Seq(5));
        assert_eq!(positions.next_retry(), None);
    }

    #[test]
    fn a_head_never_moves_back() {
        let heads = LogHeads::default();
        let mut moved = heads.subscribe();
        heads.publish([(AccountId(1), Seq(3))]);
        assert!(moved.has_changed().unwrap());
        moved.mark_unchanged();
        heads.publish([(AccountId(1), Seq(2))]);
        assert!(!moved.has_changed().unwrap());
        let mut all = Vec::new();
        heads.for_each(|account, head| all.push((account.get(), head.0)));
        assert_eq!(all, [(1, 3)]);
    }
}
