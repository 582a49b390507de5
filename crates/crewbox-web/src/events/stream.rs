//! What an event stream consists of, one piece after the other, until its client leaves, its key ends or the server stops.

use std::time::Duration;

use bytes::Bytes;
use crewbox_app::Caller;
use crewbox_app::events::{ChangeReader, Changed};
use crewbox_core::change::Affected;
use crewbox_core::id::Seq;
use crewbox_core::permission::Permission;
use crewbox_store::live::Signed;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::app::App;
use crate::changes;
use crate::declare::output;
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

/// One stream.
pub(super) struct Session {
    app: App,
    signed: Signed,
    reader: ChangeReader,
    closing: watch::Receiver<bool>,
    /// When its client wants it to end.
    ends_at: Option<Instant>,
    has_begun: bool,
}

/// What a stream waited for.
enum Woken {
    Changed(Changed),
    Silence,
    End,
}

impl Session {
    pub(super) fn new(app: App, signed: Signed, reader: ChangeReader, ends_at: Option<Instant>) -> Self {
        let closing = app.0.closing.subscribe();
        Self { app, signed, reader, closing, ends_at, has_begun: false }
    }

    /// The next piece, with the stream that goes on after it. None where it has ended.
    pub(super) async fn next(mut self) -> Option<(Bytes, Self)> {
        let mut out = Vec::new();
        if !self.has_begun {
            self.has_begun = true;
            out.extend_from_slice(RETRY_LINE);
            put_position(&mut out, "ready", self.reader.position());
            return Some((out.into(), self));
        }
        match self.wait().await {
            Woken::End => return None,
            Woken::Silence => {
                if !self.is_still_allowed().await {
                    return None;
                }
                out.extend_from_slice(HEARTBEAT_LINE);
            }
            Woken::Changed(Changed::Resync(seq)) => put_position(&mut out, "resync", seq),
            Woken::Changed(Changed::Changes(changes)) => {
                let names_changed = changes.iter().any(|change| change.affects(Affected::Names));
                if names_changed && !self.is_still_allowed().await {
                    return None;
                }
                let names = self.signed.account.names();
                for change in &changes {
                    put_event(&mut out, "change", change.seq, |out| {
                        changes::entry(self.signed.key.dialect, &names.catalog, change).put(out);
                    });
                }
            }
        }
        Some((out.into(), self))
    }

    async fn wait(&mut self) -> Woken {
        let silence = match self.signed.key.expires_at {
            Some(at) => HEARTBEAT.min(Duration::from_millis(
                u64::try_from(at.0.saturating_sub(self.app.now().0)).unwrap_or_default(),
            )),
            None => HEARTBEAT,
        };
        let ends_at = self.ends_at;
        let end = async {
            match ends_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let changed = tokio::select! {
            biased;
            _ = self.closing.wait_for(|closing| *closing) => return Woken::End,
            changed = self.reader.next() => changed,
            () = end => return Woken::End,
            () = sleep(silence) => return Woken::Silence,
        };
        match changed {
            Ok(changed) => Woken::Changed(changed),
            Err(error) => {
                // The client connects again, and is answered then.
                tracing::warn!(?error, "an event stream cannot be continued");
                Woken::End
            }
        }
    }

    /// Whether the key still is what the stream began with.
    async fn is_still_allowed(&self) -> bool {
        let now = self.app.now();
        let Ok(signed) = self.app.0.live.sign_in_again(&self.signed, now).await else { return false };
        let caller = Caller::signed_in(signed.scope, &signed.account, now);
        signed.scope == self.signed.scope && caller.require(Permission::ReadChanges).is_ok()
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
