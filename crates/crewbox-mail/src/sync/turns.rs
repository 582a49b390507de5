//! Who may connect: so many connections in all, so many to one host, and few log-ins at one host at a time.
//!
//! Owns the counts. A connection stands as long as its mailbox is watched, so a limit that is reached keeps
//! mailboxes out: both are set where the operator's machine or a provider would refuse us, not below.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that stand at once. Well below the usual limit of open files with the API's own beside.
const MOST_CONNECTIONS: usize = 2_000;
/// Of those, to one host: half, so that one provider's mailboxes cannot keep all others out. Large providers
/// limit connections by account (ten to twenty) and we make one for each.
const MOST_TO_A_HOST: usize = 1_000;
/// Log-ins under way at one host: what providers do count by source address is log-ins in a burst, and a server
/// that comes back after an outage gets all its mailboxes at once.
const MOST_LOG_INS: usize = 10;

/// The counts, shared by all workers.
#[derive(Debug)]
pub struct Turns {
    all: Arc<Semaphore>,
    to_a_host: usize,
    hosts: Mutex<HashMap<String, Host>>,
}

#[derive(Clone, Debug)]
struct Host {
    standing: Arc<Semaphore>,
    log_ins: Arc<Semaphore>,
}

/// Leave to hold one connection, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self::new(MOST_CONNECTIONS, MOST_TO_A_HOST)
    }
}

impl Turns {
    /// With limits in all and by host.
    #[must_use]
    pub fn new(all: usize, to_a_host: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), to_a_host, hosts: Mutex::default() }
    }

    fn host(&self, name: &str) -> Host {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Host {
            standing: Arc::new(Semaphore::new(self.to_a_host)),
            log_ins: Arc::new(Semaphore::new(MOST_LOG_INS)),
        };
        hosts.entry(name.to_lowercase()).or_insert_with(fresh).clone()
    }

    /// A turn at this host, if there is one at once.
    #[must_use]
    pub fn at_once(&self, host: &str) -> Option<Turn> {
        let host = self.host(host).standing.try_acquire_owned().ok()?;
        Some(Turn { _host: host, _all: Arc::clone(&self.all).try_acquire_owned().ok()? })
    }

    /// A turn at this host, in the order of asking. None when all is ending.
    pub async fn wait(&self, host: &str) -> Option<Turn> {
        let host = self.host(host).standing.acquire_owned().await.ok()?;
        Some(Turn { _host: host, _all: Arc::clone(&self.all).acquire_owned().await.ok()? })
    }

    /// Leave to log in at this host now; held for as long as that takes.
    pub async fn log_in(&self, host: &str) -> Option<OwnedSemaphorePermit> {
        self.host(host).log_ins.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_host_cannot_keep_the_others_out_and_who_waits_has_the_next_turn() {
        let turns = Turns::new(3, 2);
        let held = [turns.at_once("imap.one.example").unwrap(), turns.at_once("IMAP.one.example").unwrap()];
        assert!(turns.at_once("imap.one.example").is_none(), "as many as may to one host");
        let other = turns.at_once("imap.two.example").unwrap();
        assert!(turns.at_once("imap.three.example").is_none(), "as many as may in all");
        drop(other);
        let waiting = turns.wait("imap.one.example");
        tokio::pin!(waiting);
        assert!(futures_pending(&mut waiting).await);
        drop(held);
        assert!(waiting.await.is_some());
    }

    async fn futures_pending(waiting: &mut (impl Future + Unpin)) -> bool {
        tokio::select! {
            biased;
            _ = waiting => false,
            () = std::future::ready(()) => true,
        }
    }
}
