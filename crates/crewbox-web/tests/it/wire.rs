//! How responses travel: compressed as the client asks, and to web pages of the origins that are allowed.

use std::io::Read as _;

use axum::body::Body;
use axum::http::Request;
use crewbox_web::{Origin, Settings};
use serde_json::json;

use crate::world::{Reply, World};

const ORIGIN: &str = "https://crm.example.org";
const CODINGS: [&str; 3] = ["zstd", "br", "gzip"];

/// A call with further headers.
async fn call(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header("x-api-key", &world.key);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.request(request.body(Body::empty()).unwrap()).await
}

fn decoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        "zstd" => zstd::stream::read::Decoder::new(bytes).unwrap().read_to_end(&mut out).unwrap(),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out).unwrap(),
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap(),
        other => panic!("{other}"),
    };
    out
}

/// Different sentences, as people write them.
fn text(number: usize) -> String {
    const WORDS: [&str; 16] = [
        "thank you",
        "for the offer",
        "we would like",
        "to see",
        "a demo",
        "next week",
        "perhaps on",
        "Tuesday",
        "our budget",
        "is not yet",
        "decided",
        "please send",
        "the prices",
        "for a team",
        "of twelve",
        "by mail",
    ];
    let word = |place: usize| WORDS[(number * 7 + place * (number % 5 + 3)) % WORDS.len()];
    (0..60).map(word).collect::<Vec<_>>().join(" ")
}

const LIST: &str = "/api/v1/master-inbox/inbox-replies";

/// A world with a page, and its mailbox.
async fn with_a_page() -> (World, u64) {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    for number in 0..20 {
        let lead = format!("lead{number}@lead.test");
        world.lead(campaign, &lead).await;
        world.mail(mailbox, &lead, "spring@us.test", "", &text(number)).await;
    }
    (world, mailbox)
}

#[tokio::test]
async fn a_page_is_compressed_as_asked_and_each_form_has_its_tag() {
    let (world, mailbox) = with_a_page().await;
    let plain = call(&world, "POST", LIST, &[]).await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("vary"), Some("Accept-Encoding"));
    assert!(plain.bytes.len() > 20_000, "{} bytes", plain.bytes.len());
    let mut tags = vec![plain.header("etag").unwrap().to_owned()];
    for coding in CODINGS {
        // The page is kept after the second call, and its compressed form after the third.
        for time in 0..4 {
            let reply = call(&world, "POST", LIST, &[("accept-encoding", coding)]).await;
            assert_eq!(reply.header("content-encoding"), Some(coding));
            assert_eq!(reply.header("vary"), Some("Accept-Encoding"));
            assert!(decoded(coding, &reply.bytes) == plain.bytes, "{coding} {time}");
            assert!(reply.bytes.len() * 27 <= plain.bytes.len() * 6, "{coding}: {}", reply.bytes.len());
            let tag = reply.header("etag").unwrap().to_owned();
            let asked = [("accept-encoding", coding), ("if-none-match", &tag)];
            let same = call(&world, "POST", LIST, &asked).await;
            assert_eq!((same.status.as_u16(), same.header("etag")), (304, Some(&*tag)));
            assert!(same.bytes.is_empty() && same.header("content-encoding").is_none());
            assert_eq!(same.header("vary"), Some("Accept-Encoding"));
            if time == 0 {
                tags.push(tag);
            } else {
                assert_eq!(tags.last(), Some(&tag));
            }
        }
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 4);
    // A change makes every form another.
    world.mail(mailbox, "lead3@lead.test", "spring@us.test", "", "One more").await;
    for coding in CODINGS {
        let asked = [("accept-encoding", coding), ("if-none-match", &*tags.join(", "))];
        assert_eq!(call(&world, "POST", LIST, &asked).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_pages_documents_and_errors_are_compressed_and_short_ones_and_files_are_not() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    world.lead(campaign, "lea@lead.test").await;
    let long = text(1).repeat(300);
    let mail = world.mail(mailbox, "lea@lead.test", "spring@us.test", "", &long).await;
    let message = format!("/api/v1/messages/{}", mail["message_id"]);
    for path in ["/openapi.json", "/docs", "/metrics", LIST, &message] {
        let method = if path == LIST { "POST" } else { "GET" };
        let plain = call(&world, method, path, &[]).await;
        for coding in CODINGS {
            let reply = call(&world, method, path, &[("accept-encoding", coding)]).await;
            assert_eq!(reply.header("content-encoding"), Some(coding), "{path}");
            // Metrics count the calls for them.
            let same = path == "/metrics" || decoded(coding, &reply.bytes) == plain.bytes;
            assert!(same && reply.bytes.len() < plain.bytes.len() / 2, "{path} {coding}");
        }
    }
    let all = [("accept-encoding", "zstd, br, gzip")];
    let raw = call(&world, "GET", &format!("{message}/raw"), &all).await;
    assert_eq!((raw.header("content-encoding"), raw.header("vary")), (None, None));
    let health = call(&world, "GET", "/healthz", &all).await;
    assert_eq!((health.header("content-encoding"), health.header("vary")), (None, None));
    let unknown = (0..30).map(|number| (format!("a_key_that_no_list_knows_{number}"), json!(1)));
    let body = serde_json::Value::Object(unknown.collect()).to_string();
    let request = Request::post(LIST).header("x-api-key", &world.key).header("accept-encoding", "gzip");
    let error = world.request(request.body(Body::from(body)).unwrap()).await;
    assert_eq!((error.status.as_u16(), error.header("content-encoding")), (422, Some("gzip")));
    assert!(String::from_utf8(decoded("gzip", &error.bytes)).unwrap().contains("a_key_that_no_list_knows_0"));
}

async fn with_origin() -> World {
    let allowed_origins =
        vec![Origin::parse(ORIGIN).unwrap(), Origin::parse("http://localhost:3000").unwrap()];
    World::with_settings(Settings { allowed_origins, ..Settings::default() }).await
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_call_and_read() {
    let world = with_origin().await;
    for route in crewbox_web::route::ROUTES.iter() {
        let asked = [("origin", ORIGIN), ("access-control-request-method", route.verbs[0].name())];
        let path = route.path.replace("{id}", "1").replace("{n}", "0");
        let reply = call(&world, "OPTIONS", &path, &asked).await;
        assert_eq!(reply.status, 204, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(ORIGIN), "{path}");
        let methods: Vec<&str> = reply.header("access-control-allow-methods").unwrap().split(", ").collect();
        assert!(route.verbs.iter().all(|verb| methods.contains(&verb.name())), "{path}: {methods:?}");
        let headers = reply.header("access-control-allow-headers").unwrap();
        for header in ["Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "If-None-Match"] {
            assert!(headers.contains(header), "{headers}");
        }
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        assert_eq!(reply.header("vary"), Some("Origin"));
    }
    for path in ["/api/v1/campaigns/", "/api/v1/campaigns/999", "/nowhere", "/healthz"] {
        for origin in [ORIGIN, "http://localhost:3000"] {
            let reply = call(&world, "GET", path, &[("origin", origin)]).await;
            assert_eq!(reply.header("access-control-allow-origin"), Some(origin), "{path}");
            let exposed = reply.header("access-control-expose-headers").unwrap();
            for header in ["ETag", "X-Request-Id", "X-Page-Shortened", "X-RateLimit-Remaining", "Retry-After"]
            {
                assert!(exposed.contains(header), "{exposed}");
            }
            assert_eq!(reply.header("access-control-allow-credentials"), None);
        }
    }
    let page = call(&world, "GET", "/docs", &[("origin", ORIGIN)]).await;
    let vary: Vec<_> = page.headers.get_all("vary").iter().collect();
    assert_eq!(vary, ["Accept-Encoding", "Origin"]);
}

#[tokio::test]
async fn a_page_of_another_origin_reads_nothing() {
    let (on, off) = (with_origin().await, World::new().await);
    let others = [
        "https://evil.example",
        "https://crm.example.org.evil.example",
        "http://crm.example.org",
        "null",
        "*",
    ];
    for origin in others {
        let asked = [("origin", origin), ("access-control-request-method", "POST")];
        let refused = call(&on, "OPTIONS", LIST, &asked).await;
        assert_eq!(refused.status, 403, "{origin}");
        assert!(refused.text().contains("--allow-origin"));
        let read = call(&on, "GET", "/api/v1/campaigns/", &[("origin", origin)]).await;
        assert_eq!(read.status, 200);
        for reply in [refused, read] {
            assert_eq!(reply.header("vary"), Some("Origin"));
            assert!(
                !reply.headers.keys().any(|name| name.as_str().starts_with("access-control")),
                "{origin}"
            );
        }
    }
    // Where no origin is allowed, there is no such protocol.
    let asked = [("origin", ORIGIN), ("access-control-request-method", "POST")];
    let reply = call(&off, "OPTIONS", LIST, &asked).await;
    assert_eq!((reply.status.as_u16(), reply.header("vary")), (405, None));
    let read = call(&off, "GET", "/api/v1/campaigns/", &[("origin", ORIGIN)]).await;
    assert!(!read.headers.keys().any(|name| name.as_str().starts_with("access-control")));
}
