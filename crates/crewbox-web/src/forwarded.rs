//! Who a request comes from where proxies are in between: which of them are believed, and what they say.
//!
//! Owns the meaning of `X-Forwarded-For` and `X-Forwarded-Proto`. Anybody can send these, so they count only from a
//! trusted address.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::connections::is_in;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The address of the client: what the trusted proxies say, each of which adds the address that it was called from to the
/// end; else the connection's. None where a trusted proxy says what is no address.
///
/// This machine is a trusted proxy always: otherwise whoever comes through a proxy on it would count as this machine.
pub(crate) fn client(trusted: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let mut client = peer;
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or("?")).collect();
    for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
        if !is_trusted(trusted, client) {
            break;
        }
        client = address(hop.trim())?;
    }
    Some(client)
}

/// Whether the client called a trusted proxy by HTTPS.
pub(crate) fn is_https(trusted: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> bool {
    headers.get(FORWARDED_PROTO).is_some_and(|proto| proto == "https") && is_trusted(trusted, peer)
}

/// Whether what this address forwards is believed.
fn is_trusted(trusted: &[IpNet], address: IpAddr) -> bool {
    address.is_loopback() || is_in(trusted, address)
}

/// An address as proxies write it: with a port, or in brackets, or neither.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.split_once(']')).map(|(bare, _)| bare);
    let parsed = bare.unwrap_or(text).parse().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    parsed.or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8"].map(|net| net.parse().unwrap()).into();
        for (peer, lines, expected) in [
            ("192.0.2.1", &["127.0.0.1"][..], Some("192.0.2.1")),
            ("127.0.0.1", &[], Some("127.0.0.1")),
            ("127.0.0.1", &["198.51.100.7"], Some("198.51.100.7")),
            ("127.0.0.1", &["127.0.0.1, 198.51.100.7"], Some("198.51.100.7")),
            ("127.0.0.1", &["198.51.100.7, 10.1.1.1"], Some("198.51.100.7")),
            ("127.0.0.1", &["127.0.0.1", "198.51.100.7:4711"], Some("198.51.100.7")),
            ("127.0.0.1", &["[2001:db8::1]:80"], Some("2001:db8::1")),
            ("127.0.0.1", &["::ffff:198.51.100.7"], Some("198.51.100.7")),
            ("127.0.0.1", &["10.9.9.9"], Some("10.9.9.9")),
            ("127.0.0.1", &["unknown"], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
            }
            let found = client(&trusted, peer.parse().unwrap(), &headers);
            assert_eq!(found, expected.map(|text| text.parse().unwrap()), "{peer} {lines:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
        assert!(is_https(&trusted, "10.1.1.1".parse().unwrap(), &headers));
        assert!(!is_https(&trusted, "192.0.2.1".parse().unwrap(), &headers));
    }
}
