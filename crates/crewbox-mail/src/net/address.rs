//! Which addresses a mailbox's settings may not name: this machine's own and those of private networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is on this machine, on a private network, or no host's at all.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => private_v4(address),
        IpAddr::V6(address) => private_v6(address) || embedded(address).into_iter().flatten().any(private_v4),
    }
}

/// The IPv4 addresses to which a gateway may forward what is sent to this IPv6 address. Most forms contain one; a
/// Teredo address contains that of its server and, inverted, that of its client.
fn embedded(address: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let segments = address.segments();
    let at = |first: usize| {
        let [a, b] = segments[first].to_be_bytes();
        let [c, d] = segments[first + 1].to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        // Compatible (RFC 4291, section 2.5.5.1), mapped (2.5.5.2), translated (SIIT, RFC 2765), NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0, ..]
        | [0, 0, 0, 0, 0, 0xffff, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..]
        | [0x64, 0xff9b, 0, 0, 0, 0, ..] => [Some(at(6)), None],
        // 6to4 (RFC 3056).
        [0x2002, ..] => [Some(at(1)), None],
        // Teredo (RFC 4380).
        [0x2001, 0, ..] => [Some(at(2)), Some(Ipv4Addr::from_bits(!at(6).to_bits()))],
        // ISATAP (RFC 5214), whatever its prefix.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => [Some(at(6)), None],
        _ => [None, None],
    }
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
    let [first, second, third, ..] = address.segments();
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        // Site-local, long withdrawn and still routed inside.
        || (first & 0xffc0) == 0xfec0
        // NAT64 of a network's own (RFC 8215): where in it the IPv4 address is, only that network knows.
        || (first == 0x64 && second == 0xff9b && third == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_recognised_in_every_form() {
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
            "64:ff9b::192.168.0.1",
            "64:ff9b:1::808:808",
            "64:ff9b:1:ffff::1",
            "::10.0.0.1",
            "::127.0.0.1",
            "::ffff:0:10.0.0.1",
            "::ffff:0:169.254.169.254",
            "2002:a00:1::",
            "2002:7f00:1::1",
            "2002:c0a8:101:1::5",
            "2001:0:a00:1:0:0:f7f7:f7f7",
            // Its client is 192.168.0.1, inverted.
            "2001:0:808:808:8000:63bf:3f57:fffe",
            "2600::5efe:10.0.0.1",
            "2600::200:5efe:127.0.0.1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_private(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "::ffff:0:8.8.8.8",
            "::8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2001:0:808:808:0:0:f7f7:f7f7",
            "2001:4860:4860::8888",
            "2600::5efe:8.8.8.8",
        ] {
            assert!(!is_private(outside.parse().unwrap()), "{outside}");
        }
    }
}
