//! A connection that fails on purpose: a TCP proxy between a client and a server, with faults that can be changed
//! while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// What goes wrong. Counted over one connection each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Everything passes one byte at a time.
    OneByte,
    /// Whatever either side says is held back this long.
    Delay(Duration),
    /// The connection is cut once the server has sent so many bytes.
    CutAfter(u64),
    /// The connection is cut at the n-th time the server says this, right before it.
    CutAt(Vec<u8>, u64),
    /// The connection is cut once the client has sent this: passed on, and the server's answer never arrives.
    CutAnswerTo(Vec<u8>),
    /// The connection stays, and once the client has sent this the n-th time, it gets no more answers.
    HoldAnswerTo(Vec<u8>, u64),
    /// Connections are accepted and stay open; nothing passes any more.
    BlackHole,
    /// A line is put in front of whatever the server says next, once a connection.
    Inject(Vec<u8>),
    /// Every line of the server that begins like this is sent twice, but for those that announce a literal.
    Repeat(Vec<u8>),
}

#[derive(Debug)]
struct Shared {
    fault: Mutex<Fault>,
    connections: AtomicU64,
    drops: Notify,
}

#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port and passes everything to this one.
    pub async fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            fault: Mutex::default(),
            connections: AtomicU64::new(0),
            drops: Notify::new(),
        });
        let state = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                state.connections.fetch_add(1, Ordering::Relaxed);
                let state = Arc::clone(&state);
                open.spawn(async move {
                    // Listened for before the server is reached: a connection still on its way is cut, too.
                    let dropped = state.drops.notified();
                    let passing = async {
                        if let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await {
                            pass(client, server, &state).await;
                        }
                    };
                    tokio::select! {
                        () = passing => {}
                        () = dropped => {}
                    }
                });
            }
        });
        Self { port, shared, task }
    }

    /// From now on this goes wrong, in open connections too.
    pub fn fail(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
    }

    /// Cuts every open connection.
    pub fn drop_all(&self) {
        self.shared.drops.notify_waiters();
    }

    /// How many connections there have been.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How much of what was sent is kept to find words in that come in two pieces.
const TAIL: usize = 64;

/// One direction's last words, and how often some were found in it.
#[derive(Default)]
struct Heard {
    tail: Vec<u8>,
    times: u64,
}

impl Heard {
    /// Where in `piece` the `nth` occurrence of the words begins that ends in it, counted since the beginning; 0 if
    /// it began in the piece before.
    fn find(&mut self, piece: &[u8], words: &[u8], nth: u64) -> Option<usize> {
        let before = self.tail.len();
        self.tail.extend_from_slice(piece);
        let fresh = |at: &usize| at + words.len() > before;
        let found = (0..self.tail.len()).filter(|at| self.tail[*at..].starts_with(words)).filter(fresh);
        let mut found_at = None;
        for at in found.collect::<Vec<_>>() {
            self.times += 1;
            if self.times == nth {
                found_at = Some(at.saturating_sub(before));
            }
        }
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
        found_at
    }
}

/// Passes both directions until one ends or a fault says so.
async fn pass(client: TcpStream, server: TcpStream, shared: &Shared) {
    // Else the system gathers single bytes into one packet.
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
    }
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let (mut asked, mut answered) = (Heard::default(), Heard::default());
    let (mut sent, mut injected, mut held) = (0_u64, false, false);
    loop {
        tokio::select! {
            read = from_client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let fault = shared.fault.lock().unwrap().clone();
                if fault == Fault::BlackHole {
                    continue;
                }
                if write(&mut to_server, &up[..count], &fault).await.is_err() {
                    return;
                }
                match &fault {
                    Fault::CutAnswerTo(words) if asked.find(&up[..count], words, 1).is_some() => {
                        // The server gets all of it, and time to act on it: its answer is read and kept back.
                        let _ = from_server.read(&mut down).await;
                        return;
                    }
                    Fault::HoldAnswerTo(words, nth) => held |= asked.find(&up[..count], words, *nth).is_some(),
                    _ => {}
                }
            }
            read = from_server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                let fault = shared.fault.lock().unwrap().clone();
                let mut bytes = down[..count].to_vec();
                let mut last = false;
                match &fault {
                    Fault::BlackHole => continue,
                    Fault::HoldAnswerTo(..) if held => continue,
                    Fault::CutAfter(most) if sent + count as u64 > *most => {
                        bytes.truncate(usize::try_from(most.saturating_sub(sent)).unwrap());
                        last = true;
                    }
                    Fault::CutAt(words, nth) => {
                        if let Some(at) = answered.find(&bytes, words, *nth) {
                            bytes.truncate(at);
                            last = true;
                        }
                    }
                    Fault::Inject(line) if !injected => {
                        injected = true;
                        bytes.splice(0..0, line.iter().copied());
                    }
                    Fault::Repeat(begin) => bytes = repeated(&bytes, begin),
                    _ => {}
                }
                sent += count as u64;
                if write(&mut to_client, &bytes, &fault).await.is_err() || last {
                    return;
                }
            }
        }
    }
}

/// The same with every whole line that begins like this sent twice.
fn repeated(bytes: &[u8], begin: &[u8]) -> Vec<u8> {
    // A line that announces a literal is not whole.
    let twice = |line: &[u8]| line.starts_with(begin) && line.ends_with(b"\n") && !line.ends_with(b"}\r\n");
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| if twice(line) { line.repeat(2) } else { line.to_vec() }).collect()
}

async fn write(to: &mut OwnedWriteHalf, bytes: &[u8], fault: &Fault) -> std::io::Result<()> {
    match fault {
        Fault::OneByte => {
            for byte in bytes {
                to.write_all(&[*byte]).await?;
                // The reader has its turn: it must see the byte alone.
                tokio::task::yield_now().await;
            }
            return Ok(());
        }
        Fault::Delay(time) => tokio::time::sleep(*time).await,
        _ => {}
    }
    to.write_all(bytes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_in_pieces_and_each_once() {
        let mut heard = Heard::default();
        assert_eq!(heard.find(b"a FETCH b FET", b"FETCH", 2), None);
        assert_eq!(heard.find(b"CH c", b"FETCH", 2), Some(0));
        assert_eq!(heard.find(b" FETCH", b"FETCH", 3), Some(1));
        assert_eq!(heard.find(b"nothing", b"FETCH", 4), None);
    }

    #[test]
    fn whole_lines_are_sent_twice() {
        assert_eq!(repeated(b"* 1 EXISTS\r\nA OK\r\n* 2", b"* "), b"* 1 EXISTS\r\n* 1 EXISTS\r\nA OK\r\n* 2");
    }
}
