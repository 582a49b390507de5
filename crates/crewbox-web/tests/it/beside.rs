//! Routes that are served beside the API's: what their requests learn, and how their responses are sent.

use std::io::Read as _;
use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::http::uri::Scheme;
use axum::http::{Request, StatusCode, header};
use axum::routing::{get, post};

use crate::world::World;

const PAGE: &str = "Hello, this is a line of a page.\n";

/// Routes that answer a long page, a file that never changes, a short text, and what a request knows of itself.
fn routes() -> Router {
    let page = |cache: &'static str| {
        let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, cache)];
        get(move || async move { (headers, PAGE.repeat(200)) })
    };
    let known = |request: Request<Body>| async move {
        let known = request.extensions();
        format!("{:?} {:?}", known.get::<IpAddr>(), known.get::<Scheme>())
    };
    Router::new()
        .route("/page", page("no-store"))
        .route("/assets/x.css", page("public, max-age=31536000, immutable"))
        .route("/short", get(|| async { "short" }))
        .route("/known", get(known))
        .route("/echo", post(|body: String| async move { body }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "the page for nothing") })
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_are_compressed_as_browsers_ask() {
    let world = World::with(|app| app.beside(routes())).await;
    let ask = async |path: &str, coding: &str| {
        let request = Request::get(path).header(header::ACCEPT_ENCODING, coding).body(Body::empty());
        world.request(request.unwrap()).await
    };
    for path in ["/page", "/assets/x.css", "/assets/x.css"] {
        let sent = ask(path, "gzip").await;
        assert_eq!(
            (sent.header("content-encoding"), sent.header("vary")),
            (Some("gzip"), Some("Accept-Encoding"))
        );
        let mut text = String::new();
        flate2::read::GzDecoder::new(sent.bytes.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, PAGE.repeat(200), "{path}");
        let plain = ask(path, "identity").await;
        assert_eq!((plain.header("content-encoding"), plain.text()), (None, PAGE.repeat(200).as_str()));
    }
    assert_eq!(ask("/short", "gzip, br, zstd").await.text(), "short");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_know_where_they_come_from_and_forms_have_a_limit() {
    let world = World::with(|app| app.beside(routes())).await;
    let request = Request::get("/known")
        .header("x-forwarded-for", "192.0.2.7")
        .header("x-forwarded-proto", "https")
        .body(Body::empty());
    let known = world.request(request.unwrap()).await;
    assert_eq!(known.text(), "Some(192.0.2.7) Some(\"https\")");
    let echoed = world.request(Request::post("/echo").body(Body::from("a=b")).unwrap()).await;
    assert_eq!(echoed.text(), "a=b");
    let large = vec![b'a'; 16 * 1024 * 1024 + 1];
    let refused = world.request(Request::post("/echo").body(Body::from(large)).unwrap()).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_a_page_where_nothing_is_and_everything_else_an_error_in_json() {
    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let world = World::with(|app| app.beside(routes())).await;
    let ask = async |method: &str, path: &str, accept: &str| {
        let request = Request::builder().method(method).uri(path).header(header::ACCEPT, accept);
        world.request(request.body(Body::empty()).unwrap()).await
    };
    for path in ["/nowhere", "/inbox/", "/apis", "/page/1"] {
        let page = ask("GET", path, BROWSER).await;
        assert_eq!((page.status, page.text()), (StatusCode::NOT_FOUND, "the page for nothing"), "{path}");
        assert!(ask("HEAD", path, BROWSER).await.bytes.is_empty(), "{path}");
    }
    for (method, path, accept) in [
        ("GET", "/nowhere", "*/*"),
        ("GET", "/nowhere", "application/json"),
        ("POST", "/nowhere", BROWSER),
        ("GET", "/api/v1/nowhere", BROWSER),
        ("GET", "/api", BROWSER),
        ("GET", "/metrics/1", BROWSER),
        ("GET", "/mcp/1", BROWSER),
        ("GET", "/docs/1", BROWSER),
    ] {
        let error = ask(method, path, accept).await;
        assert_eq!(error.status, StatusCode::NOT_FOUND, "{method} {path} {accept}");
        assert_eq!(error.json()["error"], "There is nothing at this path", "{method} {path} {accept}");
        assert!(error.header("x-request-id").is_some());
    }
    // Without pages, nobody gets one.
    let world = World::new().await;
    let request = Request::get("/nowhere").header(header::ACCEPT, BROWSER).body(Body::empty());
    let error = world.request(request.unwrap()).await;
    assert_eq!(error.json()["error"], "There is nothing at this path");
}
