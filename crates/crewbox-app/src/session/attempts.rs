//! Failed attempts to sign in, by address of the member and of the client: the more, the longer the next one waits.
//!
//! Owns the waiting times. Held in memory: a restart forgets them, which costs an attacker more than it gives.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crewbox_core::time::Timestamp;

/// Attempts that nobody waits for: people mistype.
const FREE: u32 = 5;
/// The first wait, milliseconds; each further failure doubles it.
const FIRST_WAIT_MS: i64 = 2_000;
/// No wait is longer: a member who is attacked can sign in some time.
const LONGEST_WAIT_MS: i64 = 15 * 60 * 1_000;
/// After so long without a failure, the count begins again.
const FORGOTTEN_MS: i64 = 60 * 60 * 1_000;
/// Addresses remembered of each kind, a few hundred kilobytes. Beyond that the one that failed longest ago is forgotten.
const MOST: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    fn waits_until(self) -> Timestamp {
        let doublings = self.count.saturating_sub(FREE);
        if doublings == 0 {
            return self.last;
        }
        let wait = FIRST_WAIT_MS.saturating_mul(1_i64.checked_shl(doublings - 1).unwrap_or(i64::MAX));
        Timestamp(self.last.millis().saturating_add(wait.clamp(0, LONGEST_WAIT_MS)))
    }

    fn is_forgotten(self, now: Timestamp) -> bool {
        now.millis() - self.last.millis() > FORGOTTEN_MS
    }
}

/// The failures, by both addresses.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    of_members: Mutex<HashMap<String, Failures>>,
    of_clients: Mutex<HashMap<IpAddr, Failures>>,
}

impl Attempts {
    /// Seconds to wait before the next attempt, at least 1; none where it may be made now.
    pub(super) fn wait(&self, email: &str, from: IpAddr, now: Timestamp) -> Option<u64> {
        let until = |failures: Option<Failures>| failures.map(Failures::waits_until);
        let member = until(lock(&self.of_members).get(email).copied());
        let client = until(lock(&self.of_clients).get(&from).copied());
        let left = member.max(client)?.millis() - now.millis();
        (left > 0).then(|| u64::try_from(left).unwrap_or_default().div_ceil(1_000))
    }

    /// Counts an attempt as failed, before it is known: many at once must not pass together.
    pub(super) fn begin(&self, email: &str, from: IpAddr, now: Timestamp) {
        count(&mut lock(&self.of_members), email.to_owned(), now);
        count(&mut lock(&self.of_clients), from, now);
    }

    /// The attempt was right.
    pub(super) fn succeed(&self, email: &str, from: IpAddr) {
        lock(&self.of_members).remove(email);
        lock(&self.of_clients).remove(&from);
    }
}

fn count<K: Hash + Eq + Clone>(of: &mut HashMap<K, Failures>, who: K, now: Timestamp) {
    if of.len() >= MOST && !of.contains_key(&who) {
        of.retain(|_, failures| !failures.is_forgotten(now));
        if of.len() >= MOST {
            let oldest = of.iter().min_by_key(|(_, failures)| failures.last).map(|(who, _)| who.clone());
            oldest.map(|who| of.remove(&who));
        }
    }
    let failures = of.entry(who).or_insert(Failures { count: 0, last: now });
    if failures.is_forgotten(now) {
        failures.count = 0;
    }
    *failures = Failures { count: failures.count.saturating_add(1), last: now };
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour_and_end_with_success() {
        let attempts = Attempts::default();
        let now = Timestamp(1_000_000);
        for _ in 0..FREE {
            assert_eq!(attempts.wait("a@us.test", HERE, now), None);
            attempts.begin("a@us.test", HERE, now);
        }
        let mut waits = Vec::new();
        for _ in 0..40 {
            attempts.begin("a@us.test", HERE, now);
            waits.push(attempts.wait("a@us.test", HERE, now).unwrap());
        }
        assert_eq!(waits[..4], [2, 4, 8, 16]);
        assert_eq!(waits[39], 900);
        assert!(attempts.wait("b@us.test", HERE, now).is_some(), "the client's address waits too");
        let elsewhere = IpAddr::from([192, 0, 2, 1]);
        assert!(attempts.wait("a@us.test", elsewhere, now).is_some(), "and the member's from elsewhere");
        assert_eq!(attempts.wait("b@us.test", elsewhere, now), None);
        attempts.succeed("a@us.test", HERE);
        assert_eq!(attempts.wait("a@us.test", HERE, now), None);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_old_failures_are_forgotten() {
        let attempts = Attempts::default();
        for n in 0..MOST + 10 {
            let now = Timestamp(i64::try_from(n).unwrap());
            attempts.begin(&format!("{n}@us.test"), HERE, now);
        }
        assert_eq!(lock(&attempts.of_members).len(), MOST);
        assert!(!lock(&attempts.of_members).contains_key("0@us.test"));
        let later = Timestamp(FORGOTTEN_MS * 3);
        attempts.begin("x@us.test", HERE, later);
        assert_eq!(attempts.wait("x@us.test", HERE, later), None);
        assert_eq!(lock(&attempts.of_members).len(), 1);
    }
}
