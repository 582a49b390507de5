//! The router made from the table.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
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
    if let Some(beside) = app.0.beside.clone() {
        router = router.merge(beside.layer(from_fn_with_state(app.clone(), super::beside::beside)));
    }
    router.fallback(move |request: Request| dispatch::nowhere(app, request))
}
