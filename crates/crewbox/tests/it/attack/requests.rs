//! Odd requests: forms that two HTTP parsers read differently, and bytes that are no HTTP. One request never becomes
//! two, a second one never hides in a body, and the server serves others meanwhile.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crewbox_testkit::figures::figure;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::drive::House;

/// What must not be served: a request within the body of another.
const HIDDEN: &str = "GET /healthz?hidden HTTP/1.1\r\nHost: x\r\n\r\n";
/// A server that waits for more must not keep the test waiting.
const WAIT: Duration = Duration::from_millis(300);

/// A form, its headers and what follows them.
const FORMS: &[(&str, &str, &str)] = &[
    ("length and chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
    ("two lengths", "Content-Length: 0\r\nContent-Length: 44\r\n", ""),
    ("two lengths in one", "Content-Length: 0, 44\r\n", ""),
    ("equal lengths", "Content-Length: 0\r\nContent-Length: 0\r\n", ""),
    ("length with a plus", "Content-Length: +44\r\n", ""),
    ("negative length", "Content-Length: -1\r\n", ""),
    ("length in hexadecimal", "Content-Length: 0x2c\r\n", ""),
    ("length with an underscore", "Content-Length: 4_4\r\n", ""),
    ("length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", ""),
    ("empty length", "Content-Length: \r\n", ""),
    ("space before the colon", "Content-Length : 44\r\n", ""),
    ("tab before the colon", "Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"),
    ("folded header", "X-A: b\r\n Content-Length: 44\r\n", ""),
    ("folded encoding", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
    ("bare line feed", "X-A: b\nContent-Length: 44\r\n", ""),
    ("bare carriage return", "X-A: b\rContent-Length: 44\r\n", ""),
    ("nul in a header", "X-A: b\0c\r\n", ""),
    ("nul in a name", "X\0A: b\r\n", ""),
    ("header without colon", "Content-Length 44\r\n", ""),
    ("header without name", ": 44\r\n", ""),
    ("encoding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ("encoding list", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
    ("encoding not last", "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
    ("identity", "Transfer-Encoding: identity\r\n", ""),
    ("encoding misspelt", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
    ("encoding in quotes", "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"),
    ("encoding with vertical tab", "Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"),
    ("chunk size with a plus", "Transfer-Encoding: chunked\r\n", "+0\r\n\r\n"),
    ("chunk size with 0x", "Transfer-Encoding: chunked\r\n", "0x0\r\n\r\n"),
    ("chunk size beyond 64 bits", "Transfer-Encoding: chunked\r\n", "10000000000000000\r\n"),
    ("chunk size negative", "Transfer-Encoding: chunked\r\n", "-1\r\n\r\n"),
    ("chunk without its end", "Transfer-Encoding: chunked\r\n", "1\r\nZ0\r\n\r\n"),
    ("chunk ended by line feed", "Transfer-Encoding: chunked\r\n", "1\nZ\n0\n\n"),
    ("chunk size line without end", "Transfer-Encoding: chunked\r\n", "0;a=\n\r\n\r\n"),
    ("trailer that frames", "Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 44\r\n\r\n"),
    ("hop header", "Connection: Content-Length\r\nContent-Length: 44\r\n", ""),
    (
        "upgrade to HTTP/2",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
        "",
    ),
];

/// Forms whose body has ended where the second request begins (RFC 9112, 6.3), so that it is one in its own right.
const SEPARATE: &[&str] =
    &["encoding list", "encoding twice", "equal lengths", "trailer that frames", "upgrade to HTTP/2"];

/// Request lines that are none.
const LINES: &[&str] = &[
    "GET /healthz HTTP/0.9",
    "GET /healthz HTTP/1.2",
    "GET /healthz HTTP/2.0",
    "GET  /healthz HTTP/1.1",
    "GET /healthz  HTTP/1.1",
    "GET\t/healthz HTTP/1.1",
    "GET /healthz HTTP/1.1 x",
    "GET /health z HTTP/1.1",
    "GET /../../etc/passwd HTTP/1.1",
    "GET http://other.example/healthz HTTP/1.1",
    "GET //healthz HTTP/1.1",
    "GET * HTTP/1.1",
    "CONNECT other.example:443 HTTP/1.1",
    "TRACE /healthz HTTP/1.1",
    "GE\u{7f}T /healthz HTTP/1.1",
    " GET /healthz HTTP/1.1",
    "GET",
    "PRI * HTTP/2.0",
];

fn responses(url: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(WAIT)).unwrap();
    // A server that has seen enough may close before everything is sent.
    let _ = stream.write_all(bytes);
    let mut found = Vec::new();
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut part) {
        found.extend_from_slice(&part[..read]);
    }
    String::from_utf8_lossy(&found).into_owned()
}

fn statuses(responses: &str) -> Vec<u16> {
    responses.split("HTTP/1.1 ").skip(1).filter_map(|response| response.get(..3)?.parse().ok()).collect()
}

#[test]
fn one_odd_request_is_never_read_as_two() {
    let house = House::new();
    let server = house.serve();
    let mut refused = 0;
    for (form, headers, body) in FORMS {
        for method in ["POST", "GET"] {
            let request = format!("{method} /api/v1/me HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}{HIDDEN}");
            let statuses = statuses(&responses(&server.url, request.as_bytes()));
            // A body of 44 bytes is the hidden request: the server has read one request, and waits or is done.
            let framed = statuses.len() == 1 && statuses[0] < 500;
            let separate = SEPARATE.contains(form);
            let two = separate && statuses.len() == 2 && statuses.iter().all(|status| *status < 500);
            assert!(framed || two || statuses.is_empty(), "{method}, {form}: {statuses:?}");
            refused += u64::from(statuses.first().is_none_or(|status| *status == 400 || *status == 501));
        }
    }
    for line in LINES {
        let responses = responses(&server.url, format!("{line}\r\nHost: x\r\n\r\n").as_bytes());
        let statuses = statuses(&responses);
        assert!(statuses.len() <= 1 && statuses.iter().all(|status| *status < 500), "{line}: {responses}");
        assert!(!responses.contains("root:"), "{line}");
    }
    println!(
        "soak: odd requests: {} forms, {refused} refused at once, none read as two",
        FORMS.len() * 2 + LINES.len()
    );
    assert_eq!(server.call("GET", "/me", &house.key, &Value::Null).status, 200);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn random_bytes_and_damaged_requests_are_refused_and_the_server_goes_on() {
    let (requests, seed) = (figure("CREWBOX_ODD_REQUESTS", 40), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_ODD_REQUESTS={requests}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let house = House::new();
    let server = house.serve();
    let body = "{\"filters\":{\"search\":\"a\"},\"limit\":5}";
    let well = format!(
        "POST /api/v1/master-inbox/assigned-me?fetch_message_history=true HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        house.key,
        body.len()
    );
    for request in 0..requests {
        let mut bytes = well.clone().into_bytes();
        if rng.random_bool(0.2) {
            bytes = (0..rng.random_range(1..2000)).map(|_| rng.random()).collect();
        }
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes[at] = rng.random(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, [0, b'\n', b'\r', b'"', b'{', 0xff][rng.random_range(0..6)]),
                _ => bytes.truncate(at.max(1)),
            }
            if bytes.is_empty() {
                bytes.push(b'G');
            }
        }
        let responses = responses(&server.url, &bytes);
        let statuses = statuses(&responses);
        assert!(
            statuses.iter().all(|status| *status < 500),
            "request {request}: {responses} to {}",
            String::from_utf8_lossy(&bytes)
        );
        assert!(!responses.contains(&house.key), "request {request}: the key comes back");
    }
    println!("soak: damaged requests: {requests} from seed {seed}, no 5xx");
    assert_eq!(server.call("GET", "/me", &house.key, &Value::Null).status, 200);
    assert_eq!(server.stop(), Some(0));
}
