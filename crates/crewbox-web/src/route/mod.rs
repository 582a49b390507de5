//! The route table's shape, and the router made from it.
//!
//! Every route is one entry of [`ROUTES`]: its methods, its path, whom it needs, its body's keys, what it does.
//! The authorisation matrix, the canary test, 405 with `Allow` and the OpenAPI document all iterate it.

mod dispatch;
mod table;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;

pub use table::ROUTES;

use crate::answer::Answer;
use crate::app::App;
use crate::call::Call;
use crate::error::ApiError;

/// A method a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods' own names")]
pub enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Patch, Self::Delete];

    /// As it stands in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn of(method: &axum::http::Method) -> Option<Self> {
        match method.as_str() {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// Whom a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Everybody.
    Nobody,
    /// A signed link, or a key.
    Link,
    /// Any accepted key; one narrowed to a client sees what is that client's.
    Key,
    /// A key that is not narrowed to one client.
    Team,
    /// An owner's or admin's key that is not narrowed to one client.
    Manager,
}

/// What a route takes as body.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Nothing; what comes is not read.
    None,
    /// A JSON object with these keys.
    Keys(&'static [Key]),
    /// Bytes as they are.
    Raw,
}

/// A key of a body.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// One sentence on it.
    pub says: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Number,
    Boolean,
    Text,
    Time,
    Object,
    Ids,
    Texts,
    Objects,
}

/// An optional key.
pub(crate) const fn key(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key { name, kind, required: false, says }
}

/// A key that must be there.
pub(crate) const fn required(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key { name, kind, required: true, says }
}

/// What an answer looks like, for the OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it; openapi.rs has their schemas")]
pub enum Shape {
    List,
    Item,
    Success,
    Queued,
    Object,
    Array,
    Bytes,
    Text,
}

/// Handles a call.
pub(crate) type Handler = fn(Call) -> Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

/// A route.
pub struct Route {
    /// Its documented methods, the first above all; what it answers says [`Route::answers`].
    pub verbs: &'static [Verb],
    /// Its path, with `{name}` for a part that varies. Answered with and without a slash at the end.
    pub path: &'static str,
    /// Whom it answers.
    pub needs: Needs,
    /// Its body.
    pub body: Body,
    /// Names of the query keys it reads, besides `api_key`.
    pub query: &'static [&'static str],
    /// Its answer.
    pub shape: Shape,
    /// It makes a message to be sent: its body may hold files, and an `Idempotency-Key` makes a retry safe.
    pub sends: bool,
    /// One sentence on what it does.
    pub says: &'static str,
    pub(crate) run: Handler,
}

impl Route {
    /// Whether it answers this method: POST and PATCH stand for each other, since clients mix them up.
    #[must_use]
    pub fn answers(&self, verb: Verb) -> bool {
        let writes = |verb: &Verb| matches!(verb, Verb::Post | Verb::Patch);
        self.verbs.contains(&verb) || (writes(&verb) && self.verbs.iter().any(writes))
    }

    /// Whether unknown keys of its body are refused.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.path.starts_with("/api/v1/master-inbox/")
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verbs[0].name(), self.path)
    }
}

/// The whole HTTP interface over an application.
pub fn router(app: App) -> Router {
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
        if path != "/" {
            router = router.route(&format!("{path}/"), on());
        }
    }
    if app.0.fixed_body.is_some() {
        let app = app.clone();
        router = router.route("/bench/fixed", any(move |request: Request| dispatch::fixed(app, request)));
    }
    router.fallback(move |request: Request| dispatch::nowhere(app, request))
}
