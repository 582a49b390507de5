//! Requests with invalid keys: an address that sends many of them is told to wait.
//!
//! Owns how many such requests came from an address lately. Requests with a valid key are never refused for it: an office
//! or a proxy shares an address, and a key is too long to be guessed. It keeps a client with a wrong configuration from
//! filling the log and the server's time.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use tokio::time::{Duration, Instant};

/// Invalid keys that an address may send in a window: a person who pastes a key wrongly needs a few.
const ALLOWED: u32 = 30;
/// The window.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered. Beyond that, those whose window is over are forgotten, and failing that all.
const MOST_ADDRESSES: usize = 10_000;

/// Requests with invalid keys by address.
#[derive(Debug, Default)]
pub(crate) struct BadKeys(Mutex<HashMap<IpAddr, Count>>);

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Instant,
    count: u32,
}

impl BadKeys {
    /// Counts such a request. Some when there were too many: the seconds to wait, at least 1.
    pub(crate) fn count(&self, address: IpAddr, now: Instant) -> Option<i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |one: &Count| now.saturating_duration_since(one.since);
        let is_over = |one: &Count| age(one) >= WINDOW;
        if counts.len() >= MOST_ADDRESSES {
            counts.retain(|_, one| !is_over(one));
            if counts.len() >= MOST_ADDRESSES {
                counts.clear();
            }
        }
        let one = counts.entry(network(address)).or_insert(Count { since: now, count: 0 });
        if is_over(one) {
            *one = Count { since: now, count: 0 };
        }
        one.count = one.count.saturating_add(1);
        let wait = WINDOW.saturating_sub(age(one)).as_millis().div_ceil(1_000);
        (one.count > ALLOWED).then(|| i64::try_from(wait).unwrap_or(i64::MAX).max(1))
    }
}

/// An IPv6 client has a whole network of 64 bits to itself.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_after_many_invalid_keys_and_others_do_not() {
        let (bad, began) = (BadKeys::default(), Instant::now());
        let after = |millis| began + Duration::from_millis(millis);
        let one: IpAddr = "203.0.113.9".parse().unwrap();
        for _ in 0..ALLOWED {
            assert_eq!(bad.count(one, after(1_000)), None);
        }
        assert_eq!(bad.count(one, after(31_500)), Some(30));
        assert_eq!(bad.count("203.0.113.8".parse().unwrap(), after(31_500)), None);
        assert_eq!(bad.count(one, after(61_000)), None, "a new window");
        let v6 = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(v6("2001:db8:1:2:3:4:5:6")), network(v6("2001:db8:1:2:ffff::")));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let bad = BadKeys::default();
        for number in 0..(2 * MOST_ADDRESSES as u32) {
            bad.count(IpAddr::from(number.to_be_bytes()), Instant::now());
        }
        assert!(bad.0.lock().unwrap().len() <= MOST_ADDRESSES);
    }
}
