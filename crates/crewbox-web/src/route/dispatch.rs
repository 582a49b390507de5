//! From a request to its response, the same for every route: method, key, rate limit, body, handler, errors,
//! request id, `ETag`, counters.
//!
//! Owns the order of these steps. Never logs a path, a query, a header or a body: only a route's template.

use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use crewbox_app::Caller;
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::live::{AuthError, Signed};
use http_body_util::BodyExt as _;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use super::entry::{Needs, Reads, Route, Verb};
use super::not_served::{self, is_word_for_id};
use super::repeat;
use super::respond::{Asked, respond};
use super::table::ROUTES;
use crate::answer::{Answer, JSON};
use crate::app::App;
use crate::body::{Body, MailFiles, Received, SMALL_BODY, drain};
use crate::call::Call;
use crate::connections::{Connection, is_in};
use crate::cors::{self, Cors, Preflight};
use crate::error::ApiError;
use crate::forwarded;
use crate::idempotency::keyed;
use crate::rate::Standing;
use crate::request::QueryString;

/// A longer body may take a millisecond and more to parse, decode or hash.
const LONG_BODY: usize = SMALL_BODY;

const THIS_MACHINE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What is learnt on the way, for the response's shape and headers.
#[derive(Default)]
struct Learnt {
    dialect: Dialect,
    standing: Option<Standing>,
}

/// Answers a request to a path of the table; `places` are its routes.
pub(super) async fn answer(app: App, places: Arc<[usize]>, request: Request) -> Response<HttpBody> {
    let started = Instant::now();
    let verb = Verb::of(request.method());
    let place = places.iter().copied().find(|place| verb.is_some_and(|verb| ROUTES[*place].answers(verb)));
    let id = app.next_request_id();
    let asked = Asked::by(request.headers());
    let cors = Cors::of(&app.0.settings.allowed_origins, request.method(), request.headers());
    if let Some(preflight) = cors.preflight() {
        return before_call(&app, &cors, preflight, &places, request).await;
    }
    let mut learnt = Learnt::default();
    let result = match place {
        Some(place) => run(&app, &ROUTES[place], request, &mut learnt).await,
        None => {
            let path = request.uri().path();
            let is_other_call = places.iter().any(|place| is_word_for_id(ROUTES[*place].path, path));
            drain_request(request).await;
            Err(if is_other_call {
                ApiError::NotFound(not_served::SENTENCE.to_owned())
            } else {
                ApiError::Method(allow(&places))
            })
        }
    };
    let template = place.map_or("(method)", |place| ROUTES[place].path);
    let answer = result.unwrap_or_else(|error| fail(&error, learnt.dialect, &id, template));
    let mut response = respond(&app, answer, &asked).await;
    cors.mark(response.headers_mut());
    if let Some(standing) = learnt.standing {
        let headers = response.headers_mut();
        headers.insert(RATE_LIMIT, HeaderValue::from(standing.limit));
        headers.insert(RATE_REMAINING, HeaderValue::from(standing.remaining));
        headers.insert(RATE_RESET, HeaderValue::from(standing.reset));
    }
    response.headers_mut().insert(REQUEST_ID, id);
    app.0.metrics.count(place, response.status().as_u16(), started.elapsed());
    tracing::debug!(route = template, status = response.status().as_u16(), "answered");
    response
}

/// Answers a browser that asks whether a page may call these routes. Nothing of a call is done for it.
async fn before_call(
    app: &App,
    cors: &Cors,
    preflight: Preflight,
    places: &[usize],
    request: Request,
) -> Response<HttpBody> {
    let id = app.next_request_id();
    let asked = Asked::by(request.headers());
    drain_request(request).await;
    let mut response = match preflight {
        Preflight::Allowed => {
            let mut response = Response::new(HttpBody::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            cors::allow_call(response.headers_mut(), &allow(places));
            response
        }
        Preflight::Refused => {
            let error = ApiError::Forbidden(cors::REFUSED);
            respond(app, fail(&error, Dialect::Documented, &id, "(preflight)"), &asked).await
        }
    };
    cors.mark(response.headers_mut());
    response.headers_mut().insert(REQUEST_ID, id);
    app.0.metrics.count(None, response.status().as_u16(), Duration::ZERO);
    response
}

/// Answers a path that is not in the table.
pub(super) async fn nowhere(app: App, request: Request) -> Response<HttpBody> {
    not_found(app, request, "There is nothing at this path").await
}

/// Answers a call that belongs to sending campaigns.
pub(super) async fn not_served(app: App, request: Request) -> Response<HttpBody> {
    not_found(app, request, not_served::SENTENCE).await
}

async fn not_found(app: App, request: Request, sentence: &str) -> Response<HttpBody> {
    let id = app.next_request_id();
    let asked = Asked::by(request.headers());
    let cors = Cors::of(&app.0.settings.allowed_origins, request.method(), request.headers());
    drain_request(request).await;
    let error = ApiError::NotFound(sentence.to_owned());
    let mut response = respond(&app, fail(&error, Dialect::Documented, &id, "(none)"), &asked).await;
    cors.mark(response.headers_mut());
    response.headers_mut().insert(REQUEST_ID, id);
    app.0.metrics.count(None, response.status().as_u16(), Duration::ZERO);
    response
}

/// Answers a request without a `Host`, or with several.
pub(crate) async fn bad_host(app: &App, request: Request) -> Response<HttpBody> {
    let id = app.next_request_id();
    drain_request(request).await;
    let error = ApiError::Malformed("The request must have exactly one Host header");
    let answer = fail(&error, Dialect::Documented, &id, "(none)");
    let mut response = respond(app, answer, &Asked::default()).await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    // What follows on this connection cannot be trusted to be a request of its own.
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    app.0.metrics.count(None, response.status().as_u16(), Duration::ZERO);
    response
}

/// Answers the measurement's fixed body, through the same server and with the same headers as a list, but
/// none of its work.
pub(super) async fn fixed(app: App, request: Request) -> Response<HttpBody> {
    let id = app.next_request_id();
    let asked = Asked::by(request.headers());
    let _ = request.into_body().collect().await;
    let answer = Answer::bytes(JSON, app.0.fixed_body.clone().unwrap_or_default());
    let mut response = respond(&app, answer, &asked).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

async fn drain_request(request: Request) {
    let (parts, body) = request.into_parts();
    drain(&parts.headers, body).await;
}

async fn run(
    app: &App,
    route: &'static Route,
    request: Request,
    learnt: &mut Learnt,
) -> Result<Answer, ApiError> {
    let now = app.now();
    let (parts, body) = request.into_parts();
    let signed = match authorise(app, route, &parts, now, learnt).await {
        Ok(signed) => signed,
        Err(error) => {
            drain(&parts.headers, body).await;
            return Err(error);
        }
    };
    let host = parts.headers.get(header::HOST).cloned();
    let connection = parts.extensions.get::<Arc<Connection>>();
    let https = forwarded::is_https(&app.0.settings.trusted_proxies, peer(&parts), &parts.headers);
    let idempotency = parts.headers.get(IDEMPOTENCY_KEY).cloned();
    let last_event_id = parts.headers.get(LAST_EVENT_ID).cloned();
    let mut call = Call {
        app: app.clone(),
        template: route.path,
        strict: route.is_strict(),
        uri: parts.uri,
        host,
        https,
        body: Bytes::new(),
        mail: None,
        idempotency,
        once: None,
        last_event_id,
        headers: HeaderMap::new(),
        now,
    };
    if let (Some(check), Some(signed)) = (route.target, &signed)
        && let Err(error) = check(&call, signed)
    {
        drain(&parts.headers, body).await;
        return Err(error);
    }
    let received = if route.reads == Reads::Nothing {
        drain(&parts.headers, body).await;
        Received::default()
    } else {
        let files = signed.as_ref().filter(|_| route.reads == Reads::Mail);
        let files =
            files.map(|signed| MailFiles { store: app.0.services.store().clone(), scope: signed.scope });
        app.0.bodies.receive(&parts.headers, body, route.reads.limit(), files).await?
    };
    match received.body.clone() {
        Body::Memory(bytes) => call.body = bytes,
        Body::Mail(mail) => call.mail = Some(mail),
    }
    call.headers = parts.headers;
    let _works = connection.map(Connection::work);
    match signed {
        Some(signed) if repeat::is_keyed(route, call.idempotency.as_ref()) => {
            handle_once(route, call, signed).await
        }
        signed => handle(route, call, signed).await,
    }
}

/// Answers a call with an `Idempotency-Key`: as the first time, if it was answered before.
async fn handle_once(route: &'static Route, mut call: Call, signed: Signed) -> Result<Answer, ApiError> {
    let app = call.app.clone();
    let (services, caller) = (&app.0.services, Caller::signed_in(signed.scope, &signed.account, call.now));
    let asked = keyed(route.verbs[0].name(), &call);
    let keyed = match repeat::begin(services, &caller, &app.0.keyed_calls, route, asked).await? {
        Ok(answer) => return Ok(answer),
        Err(keyed) => keyed,
    };
    call.once = Some(Arc::clone(&keyed.once));
    let answer = handle(route, call, Some(signed)).await?;
    if let Some(kept) = repeat::kept(route, &answer) {
        repeat::keep(services, &caller, &keyed, kept).await;
    }
    Ok(answer)
}

async fn handle(route: &'static Route, call: Call, signed: Option<Signed>) -> Result<Answer, ApiError> {
    let is_long = call.body.len() > LONG_BODY && may_block();
    let app = call.app.clone();
    let _turn = if is_long { app.0.bodies.turn().await } else { None };
    let mut handler = route.run(call, signed);
    poll_fn(|context| {
        // A handler that panics fails its own request only.
        let poll = AssertUnwindSafe(|| handler.as_mut().poll(context));
        let polled = if is_long { block_in_place(|| catch_unwind(poll)) } else { catch_unwind(poll) };
        match polled {
            Ok(polled) => polled,
            Err(_) => std::task::Poll::Ready(Err(ApiError::Internal("a handler panicked".to_owned()))),
        }
    })
    .await
}

/// Whether this thread can give its other work to another one before it takes long (`block_in_place`).
fn may_block() -> bool {
    Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// The caller that the key names, if the route's permission allows them.
async fn authorise(
    app: &App,
    route: &Route,
    parts: &Parts,
    now: Timestamp,
    learnt: &mut Learnt,
) -> Result<Option<Signed>, ApiError> {
    if route.needs == Needs::Nobody {
        return Ok(None);
    }
    if !app.is_ready() {
        return Err(ApiError::Unavailable("The server is starting"));
    }
    let query = parts.uri.query().and_then(|query| QueryString(query).get("api_key"));
    let key = match query.as_deref().or_else(|| from_headers(&parts.headers)) {
        Some(key) => key,
        None if matches!(route.needs, Needs::Trusted(_)) && is_trusted(app, parts) => return Ok(None),
        None if route.needs == Needs::Link => return Ok(None),
        None => return Err(ApiError::KeyMissing),
    };
    let signed = match app.0.live.sign_in(key, now).await {
        Ok(signed) => signed,
        Err(AuthError::Invalid) => {
            let client = forwarded::client(&app.0.settings.trusted_proxies, peer(parts), &parts.headers);
            let wait =
                app.0.bad_keys.count(client.unwrap_or_else(|| peer(parts)), tokio::time::Instant::now());
            return Err(wait.map_or(ApiError::KeyInvalid, ApiError::TooManyBadKeys));
        }
        Err(AuthError::Store(error)) => return Err(error.into()),
    };
    learnt.dialect = signed.key.dialect;
    app.0.key_uses.note(signed.scope.account(), signed.key.id, now);
    if let Some(limit) = signed.key.rate_limit {
        let key = (signed.scope.account(), signed.key.id);
        let standing = app.0.limiter.count(key, limit, tokio::time::Instant::now(), now);
        learnt.standing = Some(standing);
        if standing.retry_after.is_some() {
            return Err(ApiError::RateLimited(standing));
        }
    }
    route.needs.permit(&signed)?;
    Ok(Some(signed))
}

/// The address that the connection comes from. A request without a connection is made within this process.
fn peer(parts: &Parts) -> IpAddr {
    parts.extensions.get::<Arc<Connection>>().map_or(THIS_MACHINE, |one| one.address)
}

/// Where a request comes from, and whether by HTTPS.
pub(super) fn origin(app: &App, request: &Request) -> (IpAddr, bool) {
    let trusted = &app.0.settings.trusted_proxies;
    let peer = request.extensions().get::<Arc<Connection>>().map_or(THIS_MACHINE, |one| one.address);
    let client = forwarded::client(trusted, peer, request.headers()).unwrap_or(peer);
    (client, forwarded::is_https(trusted, peer, request.headers()))
}

/// Whether the client is this machine, or in a trusted network.
fn is_trusted(app: &App, parts: &Parts) -> bool {
    let trusted = &app.0.settings.trusted_proxies;
    let client = forwarded::client(trusted, peer(parts), &parts.headers);
    client.is_some_and(|client| client.is_loopback() || is_in(trusted, client))
}

fn from_headers(headers: &HeaderMap) -> Option<&str> {
    let bearer = || {
        let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    };
    let own = || Some(headers.get(API_KEY)?.to_str().ok()?.trim());
    bearer().or_else(own).filter(|key| !key.is_empty())
}

fn fail(error: &ApiError, dialect: Dialect, id: &HeaderValue, template: &'static str) -> Answer {
    if let ApiError::Internal(error) = error {
        tracing::error!(
            route = template,
            request_id = id.to_str().unwrap_or_default(),
            error,
            "a request failed"
        );
    }
    let failure = error.answer(dialect, id);
    let answer = Answer { status: failure.status, ..Answer::json(failure.body) };
    match failure.header {
        Some((name, value)) => answer.header(name, value),
        None => answer,
    }
}

fn allow(places: &[usize]) -> String {
    let answers = |verb: &Verb| places.iter().any(|place| ROUTES[*place].answers(*verb));
    let mut names: Vec<&str> = Verb::ALL.into_iter().filter(answers).map(Verb::name).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}
