//! What an event stream consists of, one piece after the other, until its client leaves, its key ends or the server stops.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use crewbox_app::events::{ChangeReader, Changed, SubscriptionReader, Update};
use crewbox_app::{Caller, Refusal};
use crewbox_core::id::Seq;
use crewbox_core::permission::Permission;
use crewbox_core::view::View;
use crewbox_store::live::Signed;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::news::news;
use super::rows::ShownRows;
use crate::app::App;
use crate::changes;
use crate::declare::output;
use crate::error::ApiError;
use crate::object::Put;

/// A silent stream sends a line this often: proxies end connections that are silent for thirty seconds and more, and a
/// client that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
const HEARTBEAT_LINE: &[u8] = b": heartbeat\n\n";
/// A client that lost its connection waits this long before it connects again, in milliseconds.
const RETRY_LINE: &[u8] = b"retry: 2000\n";

output! {
    /// A place in the log.
    struct Position {
        /// The number of a change.
        seq: u64,
    }
}

/// What a stream reads.
pub(super) enum Source {
    /// The log.
    Log(ChangeReader),
    /// What the log means for subscriptions, each with its name.
    Subscriptions(SubscriptionReader, Subscribed),
}

/// What subscriptions are called, and which of them want rows; both in their order.
#[derive(Default)]
pub(super) struct Subscribed {
    pub(super) names: Vec<String>,
    /// The list of each that wants its rows.
    pub(super) views: Vec<Option<View>>,
}

/// What a source has next.
enum Next {
    Changed(Changed),
    Update(Update),
}

/// One stream.
pub(super) struct Session {
    app: App,
    signed: Signed,
    source: Source,
    /// Moves with each change of a key, a member or another name.
    renamed: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
    /// When its client wants it to end.
    ends_at: Option<Instant>,
    has_begun: bool,
}

/// What a stream waited for.
enum Woken {
    Next(Next),
    Silence,
    Renamed,
    End,
}

impl Source {
    async fn next(&mut self) -> Result<Next, Refusal> {
        match self {
            Self::Log(reader) => reader.next().await.map(Next::Changed),
            Self::Subscriptions(reader, _) => reader.next().await.map(Next::Update),
        }
    }

    fn position(&self) -> Seq {
        match self {
            Self::Log(reader) => reader.position(),
            Self::Subscriptions(reader, _) => reader.position(),
        }
    }

    fn renamed(&self) -> watch::Receiver<()> {
        match self {
            Self::Log(reader) => reader.renamed(),
            Self::Subscriptions(reader, _) => reader.renamed(),
        }
    }

    /// Whether the stream begins with news, which only count as known once they have arrived.
    fn begins_with_news(&self) -> bool {
        matches!(self, Self::Subscriptions(reader, _) if reader.begins_with_news())
    }
}

impl Session {
    pub(super) fn new(app: App, signed: Signed, source: Source, ends_at: Option<Instant>) -> Self {
        let closing = app.0.closing.subscribe();
        let renamed = source.renamed();
        Self { app, signed, source, renamed, closing, ends_at, has_begun: false }
    }

    /// The next piece, with the stream that goes on after it. None where it has ended.
    pub(super) async fn next(mut self) -> Option<(Bytes, Self)> {
        let mut out = Vec::new();
        if !self.has_begun {
            self.has_begun = true;
            // The key may have been revoked before this stream began to wait for that.
            if !self.is_still_allowed().await {
                return None;
            }
            out.extend_from_slice(RETRY_LINE);
            if self.source.begins_with_news() {
                out.push(b'\n');
            } else {
                put_position(&mut out, "ready", self.source.position());
            }
            return Some((out.into(), self));
        }
        loop {
            match self.wait().await {
                Woken::End => return None,
                Woken::Renamed if self.is_still_allowed().await => {}
                Woken::Silence if self.is_still_allowed().await => {
                    // What was of no interest need not be looked at again after a lost connection.
                    out.extend_from_slice(format!("id: {}\n", self.source.position()).as_bytes());
                    out.extend_from_slice(HEARTBEAT_LINE);
                    return Some((out.into(), self));
                }
                Woken::Renamed | Woken::Silence => return None,
                Woken::Next(next) => {
                    let rows = match self.rows(&next).await {
                        Ok(rows) => rows,
                        Err(error) => {
                            // The client connects again, and is answered then.
                            tracing::warn!(?error, "the rows of an event stream cannot be read");
                            return None;
                        }
                    };
                    self.put(&mut out, next, &rows);
                    return Some((out.into(), self));
                }
            }
        }
    }

    /// The rows of an update.
    async fn rows(&self, next: &Next) -> Result<ShownRows, ApiError> {
        match (next, &self.source) {
            (Next::Update(update), Source::Subscriptions(_, subscribed)) => {
                ShownRows::read(&self.app, &self.signed, update, &subscribed.views).await
            }
            _ => Ok(ShownRows::default()),
        }
    }

    fn put(&self, out: &mut Vec<u8>, next: Next, rows: &ShownRows) {
        let names = self.signed.account.names();
        let (catalog, dialect) = (&names.catalog, self.signed.key.dialect);
        match (next, &self.source) {
            (Next::Changed(Changed::Resync(seq)), _) => put_position(out, "resync", seq),
            (Next::Changed(Changed::Changes(changes)), _) => {
                for change in &changes {
                    put_event(out, "change", change.seq, |out| {
                        changes::entry(dialect, catalog, change).put(out);
                    });
                }
            }
            (Next::Update(update), Source::Subscriptions(_, subscribed)) => {
                let news = news(&update, &subscribed.names, rows, catalog, dialect);
                put_event(out, "update", update.seq, |out| news.put(out));
            }
            (Next::Update(_), Source::Log(_)) => {}
        }
    }

    async fn wait(&mut self) -> Woken {
        let ends_at = self.ends_at;
        let end = async {
            match ends_at {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        let silence = self.longest_silence();
        let next = tokio::select! {
            biased;
            _ = self.closing.wait_for(|closing| *closing) => return Woken::End,
            // The hub that the source keeps has the sender.
            Ok(()) = self.renamed.changed() => return Woken::Renamed,
            next = self.source.next() => next,
            () = end => return Woken::End,
            () = sleep(silence) => return Woken::Silence,
        };
        match next {
            Ok(next) => Woken::Next(next),
            Err(error) => {
                // The client connects again, and is answered then.
                tracing::warn!(?error, "an event stream cannot be continued");
                Woken::End
            }
        }
    }

    /// Until the next heartbeat, or until the key expires.
    fn longest_silence(&self) -> Duration {
        let Some(at) = self.signed.key.expires_at else { return HEARTBEAT };
        let left = u64::try_from(at.0.saturating_sub(self.app.now().0)).unwrap_or_default();
        HEARTBEAT.min(Duration::from_millis(left))
    }

    /// Whether the key still is what the stream began with.
    async fn is_still_allowed(&self) -> bool {
        let now = self.app.now();
        let Ok(signed) = self.app.0.live.sign_in_again(&self.signed, now).await else { return false };
        let caller = Caller::signed_in(signed.scope, &signed.account, now);
        signed.scope == self.signed.scope && caller.require(Permission::ReadLog).is_ok()
    }
}

fn put_position(out: &mut Vec<u8>, event: &str, seq: Seq) {
    put_event(out, event, seq, |out| Position { seq: seq.0 }.put(out));
}

/// An event in the form of the HTML standard, section 9.2.5: JSON has no line break.
fn put_event(out: &mut Vec<u8>, event: &str, id: Seq, data: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(format!("id: {id}\nevent: {event}\ndata: ").as_bytes());
    data(out);
    out.extend_from_slice(b"\n\n");
}
