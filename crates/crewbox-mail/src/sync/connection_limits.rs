//! Connection limits: how many connections in all, how many to one host, and how many logins at one host at a time.
//!
//! Owns the counts. A mailbox keeps its connection as long as it is watched, so a limit that is reached keeps other
//! mailboxes waiting. Both limits are therefore where the operator's machine or a provider would refuse us, not below.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Open connections. Well below the usual limit of open files, which the API's connections share.
const MOST_CONNECTIONS: usize = 2_000;
/// Of those, to one host: half, so that one provider's mailboxes cannot keep all others out. Large providers
/// limit connections by account (ten to twenty) and we make one for each.
const MOST_TO_A_HOST: usize = 1_000;
/// Logins at one host at a time. Providers count bursts of logins by source address, and after an outage all mailboxes
/// of a host connect again together.
const MOST_LOG_INS: usize = 10;

/// The counts, shared by all workers.
#[derive(Debug)]
pub struct ConnectionLimits {
    all: Arc<Semaphore>,
    to_a_host: usize,
    hosts: Mutex<HashMap<String, Host>>,
}

#[derive(Clone, Debug)]
struct Host {
    connections: Arc<Semaphore>,
    log_ins: Arc<Semaphore>,
}

/// Permission to hold one connection, until it is dropped.
#[derive(Debug)]
pub struct ConnectionPermit {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self::new(MOST_CONNECTIONS, MOST_TO_A_HOST)
    }
}

impl ConnectionLimits {
    /// With limits in all and by host.
    #[must_use]
    pub fn new(all: usize, to_a_host: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), to_a_host, hosts: Mutex::default() }
    }

    fn host(&self, name: &str) -> Host {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Host {
            connections: Arc::new(Semaphore::new(self.to_a_host)),
            log_ins: Arc::new(Semaphore::new(MOST_LOG_INS)),
        };
        hosts.entry(name.to_lowercase()).or_insert_with(fresh).clone()
    }

    /// A permit for this host, if one is free.
    #[must_use]
    pub fn try_acquire(&self, host: &str) -> Option<ConnectionPermit> {
        let host = self.host(host).connections.try_acquire_owned().ok()?;
        Some(ConnectionPermit { _host: host, _all: Arc::clone(&self.all).try_acquire_owned().ok()? })
    }

    /// Waits for a permit for this host, in the order of the requests. None when the process ends.
    pub async fn wait(&self, host: &str) -> Option<ConnectionPermit> {
        let host = self.host(host).connections.acquire_owned().await.ok()?;
        Some(ConnectionPermit { _host: host, _all: Arc::clone(&self.all).acquire_owned().await.ok()? })
    }

    /// Waits for permission to log in at this host; held for as long as the login takes.
    pub async fn log_in(&self, host: &str) -> Option<OwnedSemaphorePermit> {
        self.host(host).log_ins.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_host_cannot_use_all_connections_and_who_waits_gets_the_next_permit() {
        let limits = ConnectionLimits::new(3, 2);
        let held = [
            limits.try_acquire("imap.one.example").unwrap(),
            limits.try_acquire("IMAP.one.example").unwrap(),
        ];
        assert!(limits.try_acquire("imap.one.example").is_none(), "the limit of one host");
        let other = limits.try_acquire("imap.two.example").unwrap();
        assert!(limits.try_acquire("imap.three.example").is_none(), "the limit in all");
        drop(other);
        let waiting = limits.wait("imap.one.example");
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
