//! When a stream reports who is in which conversation, and the report as JSON.
//!
//! Owns the rate: at most one report a second, however many members move about.

use std::collections::BTreeMap;
use std::time::Duration;

use crewbox_app::presence::{Seen, seen};
use crewbox_app::{Caller, Services};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

/// The shortest time between two reports: what changes faster cannot be read.
const REPORT_EACH: Duration = Duration::from_secs(1);

/// Follows who is in the conversations of an account, for one stream.
pub(super) struct Watcher {
    moved: watch::Receiver<()>,
    /// When the next report may be sent.
    not_before: Instant,
    /// When somebody is gone without another report.
    ends: Option<Instant>,
    sent: String,
}

impl Watcher {
    /// Its first report is due at once.
    pub(super) fn of(services: &Services, caller: &Caller) -> Self {
        let mut moved = services.presence().moved(caller.scope().account());
        moved.mark_changed();
        Self { moved, not_before: Instant::now(), ends: None, sent: String::new() }
    }

    /// Waits until it may be different. Loses nothing when it is dropped and called again.
    pub(super) async fn is_due(&mut self) {
        sleep_until(self.not_before).await;
        // The sender lives as long as the services. Should it be gone, nobody moves any more.
        let moved = async {
            if self.moved.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        match self.ends {
            Some(ends) => drop(timeout_at(ends, moved).await),
            None => moved.await,
        }
    }

    /// What there is to report, if it is not what was sent last: `{"3":{"reading":["Bo"],"writing":["Ana"]}}`.
    pub(super) async fn report(&mut self, services: &Services, caller: &Caller) -> Option<String> {
        let now = Instant::now();
        self.not_before = now + REPORT_EACH;
        let seen = match seen(services, caller).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(?error, "a page is not told who reads with it");
                return None;
            }
        };
        let left = seen.until.map(|until| until.millis().saturating_sub(caller.now().millis()));
        self.ends = left.map(|ms| now + Duration::from_millis(ms.unsigned_abs()));
        let report = json_of(&seen, caller);
        (report != self.sent).then(|| {
            self.sent.clone_from(&report);
            report
        })
    }
}

fn json_of(seen: &Seen, caller: &Caller) -> String {
    let mut conversations: BTreeMap<u64, [Vec<&str>; 2]> = BTreeMap::new();
    for one in &seen.present {
        let Some(member) = caller.names().member(one.member) else { continue };
        let kinds = conversations.entry(one.conversation.get()).or_default();
        kinds[usize::from(one.is_writing)].push(&member.name);
    }
    let named = |[reading, writing]: &[Vec<&str>; 2]| json!({ "reading": reading, "writing": writing });
    json!(conversations.iter().map(|(id, kinds)| (id.to_string(), named(kinds))).collect::<BTreeMap<_, _>>())
        .to_string()
}
