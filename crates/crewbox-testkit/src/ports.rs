//! Free ports, and waiting until a server listens on one.

use std::net::{TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::Child;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where ports are taken from: below those that the system gives to outgoing connections (32768 and up), so that a
/// port stays free between two starts of the same server.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;
/// The distance between the first ports of two processes: more ports than any test takes.
const PORTS_A_PROCESS: u32 = 131;

/// Claims a port for the rest of this process, against all other test processes: an abstract socket name belongs to
/// one process, and is free again when that process ends. Without a claim, two processes can be given the same port
/// before either one's server listens on it; one then tests with the other's server.
fn claim(port: u16) -> bool {
    static CLAIMS: Mutex<Vec<UnixListener>> = Mutex::new(Vec::new());
    let name = SocketAddr::from_abstract_name(format!("crewbox-test-port-{port}")).unwrap();
    let claim = UnixListener::bind_addr(&name);
    let claimed = claim.is_ok();
    CLAIMS.lock().unwrap_or_else(PoisonError::into_inner).extend(claim);
    claimed
}

/// A port nobody listens on, not given to any test before.
pub fn free() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Tests run as processes of their own, whose numbers are neighbours.
    let start = (std::process::id() * PORTS_A_PROCESS) % u32::from(COUNT);
    for _ in 0..COUNT {
        let step = u32::from(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + u16::try_from((start + step) % u32::from(COUNT)).unwrap();
        if claim(port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}

/// Waits until this server accepts on the port.
pub fn await_listening(port: u16, who: &str, server: &mut Child) {
    let until = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if let Some(status) = server.try_wait().unwrap() {
            panic!("{who} ended with {status} before it listened on port {port}");
        }
        assert!(Instant::now() < until, "{who} does not listen on port {port}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_claimed_once() {
        let port = free();
        assert!(!claim(port), "{port} was given to a test before");
        assert_ne!(free(), port);
    }
}
