//! What every request shares: the live accounts, the clock, what use cases work with, caches and counters.
//!
//! Owns no truth. Cheap to clone; made once by the binary (or a test).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use axum::http::HeaderValue;
use bytes::Bytes;
use crewbox_app::events::{Events, EventsFollower};
use crewbox_app::repeated::CallsUnderWay;
use crewbox_app::{Caller, Refusal, Services, key};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::{Live, Scope, StoreError};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use tokio::sync::watch;

use crate::bad_keys::BadKeys;
use crate::body::Bodies;
use crate::coding::CompressedForms;
use crate::cors::Origin;
use crate::fragments::Fragments;
use crate::kept_files::KeptFiles;
use crate::key_uses::KeyUses;
use crate::large::LargeResponses;
use crate::link::LinkKey;
use crate::metrics::Metrics;
use crate::pages::Pages;
use crate::rate::Limiter;

/// Memory the rendered rows may take: about 100,000 rows of ordinary mail, more than all first pages of a
/// large team.
const FRAGMENT_BYTES: usize = 256 * 1024 * 1024;
/// Memory that whole pages may take: three lists for each member of a team of a thousand. Their compressed forms take at
/// most as much again, and mostly a fifth for each coding that clients ask for.
const PAGE_BYTES: usize = 128 * 1024 * 1024;

/// Connections unless the limit of open files asks for fewer. Each takes some ten kilobytes, and a team's browsers and
/// programs are some hundreds.
pub const MAX_CONNECTIONS: usize = 8_192;

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where clients reach this server (`https://inbox.example.org`, no slash at the end), for links in
    /// answers; without it links begin with the address the call was made to.
    pub public_url: Option<String>,
    /// Bytes of rendered rows kept in memory.
    pub fragment_bytes: usize,
    /// Bytes of whole pages of lists kept in memory.
    pub page_bytes: usize,
    /// Proxies that are believed about who calls and how (`X-Forwarded-For`, `X-Forwarded-Proto`). What comes from these
    /// networks, or from this machine, may read `/metrics`.
    pub trusted_proxies: Vec<IpNet>,
    /// The origins of web pages whose scripts may call the API from a browser; none: no page of another origin may.
    pub allowed_origins: Vec<Origin>,
    /// Connections that may be open at once: fewer than the process may open files, which the store needs too.
    pub connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            fragment_bytes: FRAGMENT_BYTES,
            page_bytes: PAGE_BYTES,
            trusted_proxies: vec![
                IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8)),
                IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
            ],
            allowed_origins: Vec::new(),
            connections: MAX_CONNECTIONS,
        }
    }
}

/// What the routes look like, for clients.
pub(crate) struct Documents {
    /// The OpenAPI document, as JSON.
    pub(crate) openapi: Bytes,
    pub(crate) openapi_compressed: Arc<CompressedForms>,
    /// The same for people: the sections of a page.
    pub(crate) reference: String,
    /// Of that page.
    pub(crate) reference_compressed: Arc<CompressedForms>,
}

/// The application.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) live: Live,
    pub(crate) services: Services,
    pub(crate) events: Events,
    /// True once the server stops: streams end.
    pub(crate) closing: watch::Sender<bool>,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) links: LinkKey,
    pub(crate) fragments: Fragments,
    pub(crate) pages: Pages,
    pub(crate) large: LargeResponses,
    pub(crate) bodies: Bodies,
    pub(crate) keyed_calls: CallsUnderWay,
    pub(crate) limiter: Limiter,
    pub(crate) bad_keys: BadKeys,
    pub(crate) key_uses: KeyUses,
    pub(crate) metrics: Metrics,
    /// Set once by the router, which knows the routes.
    pub(crate) documents: OnceLock<&'static LazyLock<Documents>>,
    pub(crate) fixed_body: Option<Bytes>,
    /// What else is served beside the API.
    pub(crate) beside: Option<axum::Router>,
    pub(crate) kept_files: KeptFiles,
    ready: AtomicBool,
    boot: u32,
    requests: AtomicU64,
}

impl App {
    /// An application over these accounts. `boot` is any number that differs from start to start, so that
    /// request ids of two runs differ. It answers 503 until [`App::set_ready`].
    ///
    /// # Errors
    /// When the store cannot give the key that signs links.
    pub fn new(live: Live, clock: Clock, boot: u32, settings: Settings) -> Result<Self, StoreError> {
        let links = LinkKey::new(live.store().derived_key("attachment links")?);
        Ok(Self(Arc::new(Shared {
            fragments: Fragments::new(settings.fragment_bytes),
            pages: Pages::new(settings.page_bytes),
            services: Services::new(live.store().clone()),
            events: Events::new(live.clone(), Arc::clone(&clock)),
            closing: watch::Sender::new(false),
            live,
            clock,
            settings,
            links,
            large: LargeResponses::new(),
            bodies: Bodies::default(),
            keyed_calls: CallsUnderWay::default(),
            limiter: Limiter::default(),
            bad_keys: BadKeys::default(),
            key_uses: KeyUses::default(),
            metrics: Metrics::default(),
            documents: OnceLock::new(),
            fixed_body: None,
            beside: None,
            kept_files: KeptFiles::default(),
            ready: AtomicBool::new(false),
            boot,
            requests: AtomicU64::new(0),
        })))
    }

    /// Adds `GET` and `POST /bench/fixed`, which answer these bytes: what a measurement compares lists with.
    /// Only before the application is first cloned.
    #[must_use]
    pub fn fixed_body_route(mut self, body: Bytes) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.fixed_body = Some(body);
        }
        self
    }

    /// Writes down when keys were last used, as far as it is not written yet. The server calls this once in a while.
    ///
    /// # Errors
    /// The use case's; what could not be written is written after the next use.
    pub async fn note_key_uses(&self) -> Result<(), Refusal> {
        for (account, uses) in self.0.key_uses.take() {
            let scope = Scope::operator(account);
            let caller = Caller::operator(self.0.services.store(), scope, self.now()).await?;
            key::note_uses(&self.0.services, &caller, &uses).await?;
        }
        Ok(())
    }

    /// Serves these routes beside the API's, with the same connections and limits. Each of their requests has the
    /// browser's address ([`IpAddr`](std::net::IpAddr)) and scheme ([`Scheme`](axum::http::uri::Scheme)) in its extensions,
    /// as trusted proxies say. Their responses are compressed as browsers ask; one with a [`LargeFile`](crewbox_app::LargeFile)
    /// in its extensions is sent that file. Their fallback answers browsers where nothing is, outside of the API. Only before
    /// the application is first cloned.
    #[must_use]
    pub fn beside(mut self, routes: axum::Router) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.beside = Some(routes);
        }
        self
    }

    /// What the use cases work with, in place of the store alone. Only before the application is first cloned.
    #[must_use]
    pub fn services(mut self, services: Services) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.services = services;
        }
        self
    }

    /// What hands new changes to event streams, for `Store::follow`.
    #[must_use]
    pub fn events_follower(&self) -> EventsFollower {
        self.0.events.follower()
    }

    /// The changes as they happen, which the event streams of the API read.
    #[must_use]
    pub fn events(&self) -> Events {
        self.0.events.clone()
    }

    /// True once the server stops: streams end.
    #[must_use]
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// From now on requests are answered: every account is loaded.
    pub fn set_ready(&self) {
        self.0.ready.store(true, Ordering::Release);
    }

    /// Whether requests are answered.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Acquire)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The next request's id: unique over this run and, by `boot`, over runs.
    pub(crate) fn next_request_id(&self) -> HeaderValue {
        let number = self.0.requests.fetch_add(1, Ordering::Relaxed) + 1;
        HeaderValue::from_str(&format!("{:08x}-{number:08x}", self.0.boot))
            .unwrap_or_else(|_| HeaderValue::from_static("0"))
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("ready", &self.is_ready()).finish_non_exhaustive()
    }
}
