//! The connections that are open: how many there may be, altogether and of one address, and which one ends when there is
//! no room for another.
//!
//! Owns who may connect. How long a connection may stand still belongs to [`crate::stalled`].

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use tokio::sync::Notify;
use tokio::time::Instant;

/// One address may hold this part of all connections, so that no single client keeps out the others. It is far more than
/// an office behind one address needs.
const PART_OF_ADDRESS: usize = 4;

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The address that it comes from: the client's, or that of a proxy.
    pub(crate) address: IpAddr,
    opened: Instant,
    /// When its client last sent or took a byte, in milliseconds after it was opened.
    moved: AtomicU64,
    /// Whether the server works on a request of it, and the client waits.
    works: AtomicBool,
    /// Requests whose head has come.
    requests: AtomicU64,
    closing: AtomicBool,
    close: Notify,
}

impl Connection {
    pub(crate) fn new(address: IpAddr) -> Self {
        Self {
            address: address.to_canonical(),
            opened: Instant::now(),
            moved: AtomicU64::new(0),
            works: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            close: Notify::new(),
        }
    }

    /// Notes that the client sent or took something.
    pub(crate) fn moves(&self) {
        let millis = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(millis, Ordering::Relaxed);
    }

    /// Notes that the head of another request has come.
    pub(crate) fn begin_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests whose head has come so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// From now until what this returns is dropped the client waits for the server.
    pub(crate) fn work(self: &Arc<Self>) -> Work {
        self.works.store(true, Ordering::Relaxed);
        Work(Arc::clone(self))
    }

    /// Resolves when the connection is to end.
    pub(crate) async fn closed(&self) {
        self.close.notified().await;
    }

    fn last_moved(&self) -> Instant {
        self.opened + std::time::Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }

    /// Whether the server waits for its client.
    pub(crate) fn is_idle(&self) -> bool {
        !self.works.load(Ordering::Relaxed) && !self.closing.load(Ordering::Relaxed)
    }
}

/// The server works on a request.
#[derive(Debug)]
pub(crate) struct Work(Arc<Connection>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.moves();
        self.0.works.store(false, Ordering::Relaxed);
    }
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// All connections there may be are at work.
    All,
    /// All connections that its address may have are at work.
    OfAddress,
}

/// All connections.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    most_of_address: usize,
    /// Proxies, whose clients come from many addresses.
    proxies: Vec<IpNet>,
    open: Mutex<Vec<Arc<Connection>>>,
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) connection: Arc<Connection>,
    all: Arc<Connections>,
}

impl Connections {
    pub(crate) fn new(most: usize, proxies: Vec<IpNet>) -> Self {
        let most = most.max(1);
        Self { most, most_of_address: (most / PART_OF_ADDRESS).max(1), proxies, open: Mutex::default() }
    }

    /// Counts a new connection. Where there is no room the one ends whose client has moved nothing for longest: one of
    /// the same address if that has its part, else any.
    ///
    /// # Errors
    /// Where the server works for all of them.
    pub(crate) fn open(self: &Arc<Self>, address: IpAddr) -> Result<Counted, Refused> {
        let connection = Arc::new(Connection::new(address));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let is_proxy = is_in(&self.proxies, connection.address);
        let of_address = |other: &Connection| whole(other.address) == whole(connection.address);
        if !is_proxy && open.iter().filter(|other| of_address(other)).count() >= self.most_of_address {
            close_idle(&mut open, of_address).ok_or(Refused::OfAddress)?;
        }
        if open.len() >= self.most {
            close_idle(&mut open, |_| true).ok_or(Refused::All)?;
        }
        open.push(Arc::clone(&connection));
        drop(open);
        Ok(Counted { connection, all: Arc::clone(self) })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = open.iter().position(|other| Arc::ptr_eq(other, &self.connection)) {
            open.swap_remove(place);
        }
    }
}

/// Ends the connection among these whose client has moved nothing for longest. Only looked for at the limit: a thousand
/// connections are looked through in some microseconds.
fn close_idle(open: &mut Vec<Arc<Connection>>, among: impl Fn(&Connection) -> bool) -> Option<()> {
    let idle = open.iter().enumerate().filter(|(_, one)| one.is_idle() && among(one));
    let (place, _) = idle.min_by_key(|(_, one)| one.last_moved())?;
    let oldest = open.swap_remove(place);
    oldest.closing.store(true, Ordering::Relaxed);
    oldest.close.notify_one();
    Some(())
}

/// Whether an address is in one of these networks.
pub(crate) fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// What one client has: an IPv4 address, or an IPv6 network of 64 bits, in which it chooses addresses freely (RFC 4291,
/// section 2.5.4).
fn whole(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_closing(counted: &Counted) -> bool {
        counted.connection.closing.load(Ordering::Relaxed)
    }

    async fn later() {
        tokio::time::advance(Duration::from_millis(10)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_idle_connection_makes_room_and_one_at_work_does_not() {
        let all = Arc::new(Connections::new(3, vec!["0.0.0.0/0".parse().unwrap()]));
        let mut open = Vec::new();
        for number in 1..=3 {
            open.push(all.open(ip(&format!("192.0.2.{number}"))).unwrap());
            later().await;
        }
        let work = open[0].connection.work();
        open[1].connection.moves();
        let fourth = all.open(ip("192.0.2.4")).unwrap();
        assert_eq!(open.iter().map(is_closing).collect::<Vec<_>>(), [false, false, true]);
        tokio::time::timeout(Duration::from_secs(1), open[2].connection.closed()).await.unwrap();
        let works = [open[1].connection.work(), fourth.connection.work()];
        assert_eq!(all.open(ip("192.0.2.5")).unwrap_err(), Refused::All);
        drop(work);
        assert!(all.open(ip("192.0.2.5")).is_ok());
        assert!(is_closing(&open[0]));
        drop((works, open, fourth));
        assert!(all.open.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_has_a_quarter_of_all_and_a_proxy_more() {
        let all = Arc::new(Connections::new(8, vec!["10.0.0.0/8".parse().unwrap()]));
        let first = all.open(ip("2001:db8::1")).unwrap();
        later().await;
        let second = all.open(ip("2001:db8::2")).unwrap();
        let third = all.open(ip("2001:db8::3")).unwrap();
        assert_eq!([&first, &second, &third].map(is_closing), [true, false, false]);
        let works = [second.connection.work(), third.connection.work()];
        assert_eq!(all.open(ip("2001:db8::4")).unwrap_err(), Refused::OfAddress);
        let other = all.open(ip("2001:db8:0:1::4")).unwrap();
        let proxied: Vec<_> = (0..5).map(|_| all.open(ip("::ffff:10.1.2.3")).unwrap()).collect();
        assert!(!proxied.iter().any(is_closing), "a proxy may fill what is left");
        drop((works, other));
    }
}
