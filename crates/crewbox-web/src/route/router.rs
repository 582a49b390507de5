//! The router made from the table.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::{Method, Response, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::any;

use super::dispatch;
use super::not_served;
use super::table::ROUTES;
use crate::app::{App, Documents};
use crate::coding::{CompressedForms, Effort};
use crate::openapi;
use crate::page::reference;

/// The documents of the routes, made at the first request for one: that takes some 30 MB for a moment, which most servers
/// never need.
static DOCUMENTS: LazyLock<Documents> = LazyLock::new(|| {
    let document = openapi::document();
    let json = document.to_json().expect("a document of plain values is JSON");
    let forms = || Arc::new(CompressedForms::new(Effort::Once));
    Documents {
        openapi: json.into(),
        openapi_compressed: forms(),
        reference: reference::sections(&ROUTES),
        reference_compressed: forms(),
    }
});

/// The whole HTTP interface over an application.
pub fn router(app: App) -> Router {
    app.0.metrics.set_routes(ROUTES.iter().map(|route| (route.verbs[0].name(), route.path)));
    app.0.documents.get_or_init(|| &DOCUMENTS);
    let mut paths: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for (place, route) in ROUTES.iter().enumerate() {
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, places)) => places.push(place),
            None => paths.push((route.path, vec![place])),
        }
    }
    let mut router = Router::new();
    for (path, places) in paths {
        let places: Arc<[usize]> = places.into();
        let on = || {
            let (app, places) = (app.clone(), Arc::clone(&places));
            any(move |request: Request| dispatch::answer(app, places, request))
        };
        router = router.route(path, on());
        router = router.route(&format!("{path}/"), on());
    }
    for path in not_served::PATHS {
        let on = || {
            let app = app.clone();
            any(move |request: Request| dispatch::not_served(app, request))
        };
        router = router.route(&format!("/api/v1{path}"), on());
        if !path.ends_with('}') || path.ends_with("{id}") {
            router = router.route(&format!("/api/v1{path}/"), on());
        }
    }
    if app.0.fixed_body.is_some() {
        let app = app.clone();
        router = router.route("/bench/fixed", any(move |request: Request| dispatch::fixed(app, request)));
    }
    let Some(pages) = app.0.beside.clone() else {
        return router.fallback(move |request: Request| dispatch::nowhere(app, request));
    };
    let pages = pages.layer(from_fn_with_state(app.clone(), super::beside::beside));
    let nowhere = Router::new().fallback_service(pages.clone()).layer(from_fn_with_state(app, nowhere));
    router.merge(pages).fallback_service(nowhere)
}

/// Answers a path that nothing is at: a browser gets the page for that, everything else the error of the API.
async fn nowhere(State(app): State<App>, request: Request, next: Next) -> Response<HttpBody> {
    if !is_browser(&request) {
        return dispatch::nowhere(app, request).await;
    }
    let response = next.run(request).await;
    app.0.metrics.count(None, response.status().as_u16(), Duration::ZERO);
    response
}

/// Whether a person asks for a page: what only reads, takes HTML, and does not begin as a path of the table does, such as
/// `/api` and `/metrics`.
fn is_browser(request: &Request) -> bool {
    let mut accepted =
        request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let first = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
    let begins = first(request.uri().path());
    matches!(*request.method(), Method::GET | Method::HEAD)
        && accepted.any(|types| types.to_ascii_lowercase().contains("text/html"))
        && !ROUTES.iter().any(|route| first(route.path) == begins)
}
