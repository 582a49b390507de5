//! Which addresses a mailbox's settings may not name: this machine's own and those of private networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is on this machine, on a private network, or no host's at all.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => private_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => private_v4(inner),
            None => private_v6(address),
        },
    }
}

/// The IPv4 address within an IPv6 one: mapped (RFC 4291), or by NAT64 (RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    address.to_ipv4_mapped().or_else(|| {
        let s = address.segments();
        let nat64 = s[0] == 0x64 && s[1] == 0xff9b && s[2..6] == [0; 4];
        let [a, b] = s[6].to_be_bytes();
        let [c, d] = s[7].to_be_bytes();
        nat64.then(|| Ipv4Addr::new(a, b, c, d))
    })
}

const fn private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        // Carriers' own (RFC 6598), protocol assignments, benchmarks (RFC 2544), and what is reserved.
        || (a == 100 && b >= 64 && b < 128)
        || (a == 192 && b == 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240
}

const fn private_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        // Site-local, long withdrawn and still routed inside.
        || (first & 0xffc0) == 0xfec0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_told_from_what_is_outside() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_private(inside.parse().unwrap()), "{inside}");
        }
        for outside in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
        {
            assert!(!is_private(outside.parse().unwrap()), "{outside}");
        }
    }
}
