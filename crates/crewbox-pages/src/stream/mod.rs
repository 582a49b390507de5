//! GET `/parts/stream`: what has changed for the pages of a browser, as server-sent events.
//!
//! Owns when a stream begins and ends. It carries ids, numbers, who changed what and who reads what; the pages fetch what they show as
//! parts. Any number of pages share one stream: it follows a list and an open conversation of each.

mod asked;
mod news;
mod presence;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use crewbox_app::Refusal;
use crewbox_app::events::{SubscriptionReader, Update};
use crewbox_core::id::Seq;
use http_body_util::channel::{Channel, Sender};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use self::asked::Asked;
use self::news::news;
use self::presence::Watcher;
use crate::app::Pages;
use crate::assets;
use crate::error::PageError;
use crate::guard::Visitor;
use crate::policy;

/// A silent stream sends a line this often: proxies end connections that are silent for thirty seconds and more. Then it is
/// also checked that the session still is valid.
const HEARTBEAT: Duration = Duration::from_secs(15);
const HEARTBEAT_LINE: &str = ": heartbeat\n\n";
/// Proxies of the nginx kind pass each event on at once.
const NO_BUFFERING: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// Pieces made before the browser has taken the first: nothing is queued for one that does not read.
const AHEAD: usize = 1;

/// GET `/parts/stream`.
pub(crate) async fn open(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let mut asked = Asked::by(&parts);
    let subscriptions = std::mem::take(&mut asked.subscriptions);
    let reader =
        match pages.events.subscribe(&pages.services, &visitor.caller, subscriptions, asked.since).await {
            // One of the open conversations was deleted: its page finds out by itself.
            Err(Refusal::NotFound(..)) => {
                asked = Asked::by(&parts).lists_only();
                let kept = std::mem::take(&mut asked.subscriptions);
                pages.events.subscribe(&pages.services, &visitor.caller, kept, asked.since).await?
            }
            other => other?,
        };
    let (sender, body) = Channel::<Bytes>::new(AHEAD);
    let (renamed, closing) = (reader.renamed(), pages.closing.clone());
    let presence = Watcher::of(&pages.services, &visitor.caller);
    let silent_since = Instant::now();
    let pages = pages.clone();
    let stream = Stream { pages, parts, visitor, asked, reader, presence, renamed, closing, silent_since };
    tokio::spawn(stream.run(sender));
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, EVENT_STREAM);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(NO_BUFFERING.0, NO_BUFFERING.1);
    policy::protect(headers);
    Ok(response)
}

struct Stream {
    pages: Pages,
    /// The request that began it, whose cookie is checked again.
    parts: Parts,
    visitor: Visitor,
    asked: Asked,
    reader: SubscriptionReader,
    presence: Watcher,
    /// Moves with each change of a member, a session or another name.
    renamed: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
    /// When the last piece was sent. The next heartbeat follows from this alone, so it tells nothing of what happens elsewhere.
    silent_since: Instant,
}

/// What a stream waited for.
enum Woken {
    Update(Update),
    Presence,
    Silence,
    Renamed,
    End,
}

impl Stream {
    /// Sends what is new until the browser leaves, the session ends or the server stops.
    async fn run(mut self, mut sender: Sender<Bytes>) {
        let hello = event("hello", self.reader.position(), &assets::VERSION);
        if sender.send_data(hello).await.is_err() {
            return;
        }
        loop {
            let piece = match self.wait().await {
                Woken::End => return,
                Woken::Silence | Woken::Renamed | Woken::Presence if !self.is_still_allowed().await => return,
                Woken::Renamed => continue,
                Woken::Presence => {
                    let services = &self.pages.services;
                    match self.presence.report(services, &self.visitor.caller).await {
                        Some(report) => event("presence", self.reader.position(), &report),
                        None => continue,
                    }
                }
                Woken::Silence => Bytes::from_static(HEARTBEAT_LINE.as_bytes()),
                Woken::Update(update) => {
                    event("news", update.seq, &news(&update, &self.asked, &self.visitor.caller))
                }
            };
            if sender.send_data(piece).await.is_err() {
                return;
            }
            self.silent_since = Instant::now();
        }
    }

    async fn wait(&mut self) -> Woken {
        let stopped = async {
            // The server's stop, or that it is gone.
            let _ = self.closing.wait_for(|closing| *closing).await;
        };
        tokio::select! {
            biased;
            () = stopped => Woken::End,
            // The hub that the reader keeps has the sender.
            Ok(()) = self.renamed.changed() => Woken::Renamed,
            update = self.reader.next() => match update {
                Ok(update) => Woken::Update(update),
                Err(error) => {
                    // The browser connects again, and is answered then.
                    tracing::warn!(?error, "the stream of a page cannot be continued");
                    Woken::End
                }
            },
            () = self.presence.is_due() => Woken::Presence,
            () = sleep_until(self.silent_since + HEARTBEAT) => Woken::Silence,
        }
    }

    /// Whether the session is valid and reaches what it reached when the stream began.
    async fn is_still_allowed(&mut self) -> bool {
        let before = *self.visitor.caller.scope();
        match Visitor::of(&self.pages, &self.parts).await {
            Ok(visitor) => {
                self.visitor = visitor;
                *self.visitor.caller.scope() == before
            }
            Err(_) => false,
        }
    }
}

/// An event in the form of the HTML standard, section 9.2.5. The data has no line break.
fn event(name: &str, id: Seq, data: &str) -> Bytes {
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n").into()
}
