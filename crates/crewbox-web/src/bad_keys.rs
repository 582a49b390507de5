//! Requests with invalid keys: an address that sends many of them is told to wait.
//!
//! Owns how many such requests came from an address lately. Requests with a valid key are never refused for it: an office
//! or a proxy shares an address, and a key is too long to be guessed. It keeps a client with a wrong configuration from
//! filling the log and the server's time.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use crewbox_core::time::{SECOND_MS, Timestamp};

/// Invalid keys that an address may send in a window: a person who pastes a key wrongly needs a few.
const ALLOWED: u32 = 30;
/// The window, in milliseconds.
const WINDOW: i64 = 60 * SECOND_MS;
/// Addresses that are remembered. Beyond that, those whose window is over are forgotten, and failing that all.
const MOST_ADDRESSES: usize = 10_000;

/// Requests with invalid keys by address.
#[derive(Debug, Default)]
pub(crate) struct BadKeys(Mutex<HashMap<IpAddr, Count>>);

#[derive(Clone, Copy, Debug)]
struct Count {
    since: i64,
    count: u32,
}

impl BadKeys {
    /// Counts such a request. Some when there were too many: the seconds to wait, at least 1.
    pub(crate) fn count(&self, address: IpAddr, now: Timestamp) -> Option<i64> {
        let now = now.millis();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |one: &Count| one.since > now || now - one.since >= WINDOW;
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
        let wait = (one.since + WINDOW - now + SECOND_MS - 1) / SECOND_MS;
        (one.count > ALLOWED).then_some(wait.max(1))
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
        let bad = BadKeys::default();
        let one: IpAddr = "203.0.113.9".parse().unwrap();
        for _ in 0..ALLOWED {
            assert_eq!(bad.count(one, Timestamp(1_000)), None);
        }
        assert_eq!(bad.count(one, Timestamp(31_500)), Some(30));
        assert_eq!(bad.count("203.0.113.8".parse().unwrap(), Timestamp(31_500)), None);
        assert_eq!(bad.count(one, Timestamp(61_000)), None, "a new window");
        let v6 = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(v6("2001:db8:1:2:3:4:5:6")), network(v6("2001:db8:1:2:ffff::")));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let bad = BadKeys::default();
        for number in 0..(2 * MOST_ADDRESSES as u32) {
            bad.count(IpAddr::from(number.to_be_bytes()), Timestamp(1));
        }
        assert!(bad.0.lock().unwrap().len() <= MOST_ADDRESSES);
    }
}
