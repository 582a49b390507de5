//! Free ports, and waiting until somebody listens on one.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A port nobody listens on at this moment.
pub fn free() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Waits until somebody accepts on the port.
pub fn await_listening(port: u16, who: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "{who} does not listen on port {port}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
