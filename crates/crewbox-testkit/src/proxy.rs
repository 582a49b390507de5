//! A connection that fails on purpose: a TCP proxy between a client and a server, with faults that can be changed
//! while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use std::sync::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// What goes wrong. Counted over both directions of one connection each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Everything passes one byte at a time.
    OneByte,
    /// The connection is cut once the server has sent so many bytes.
    CutAfter(u64),
    /// The connection is cut at the n-th time the server says this, before it is passed on.
    CutAt(Vec<u8>, u64),
    /// The connection is cut once the client has said this: passed on, and the server's answer never arrives.
    CutAnswerTo(Vec<u8>),
    /// Connections are accepted and stay open; nothing passes any more.
    BlackHole,
    /// A line is put in front of whatever the server says next, once a connection.
    Inject(Vec<u8>),
}

#[derive(Debug)]
struct Shared {
    fault: Mutex<Fault>,
    changed: Notify,
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
            changed: Notify::new(),
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
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await {
                        let dropped = state.drops.notified();
                        tokio::select! {
                            () = pass(client, server, &state) => {}
                            () = dropped => {}
                        }
                    }
                });
            }
        });
        Self { port, shared, task }
    }

    /// From now on this goes wrong, in open connections too.
    pub fn fail(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
        self.shared.changed.notify_waiters();
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

/// Passes both directions until one ends or a fault says so.
async fn pass(client: TcpStream, server: TcpStream, shared: &Shared) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let (mut said, mut sent, mut matches, mut injected) = (Vec::new(), 0_u64, 0_u64, false);
    loop {
        tokio::select! {
            read = from_client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let fault = shared.fault.lock().unwrap().clone();
                if fault == Fault::BlackHole {
                    continue;
                }
                said.extend_from_slice(&up[..count]);
                if write(&mut to_server, &up[..count], fault == Fault::OneByte).await.is_err() {
                    return;
                }
                if let Fault::CutAnswerTo(words) = &fault
                    && find(&said, words)
                {
                    // The server gets all of it, and time to act on it: its answer is read and kept back.
                    let _ = from_server.read(&mut down).await;
                    return;
                }
                let keep = said.len().saturating_sub(64);
                said.drain(..keep);
            }
            read = from_server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                let fault = shared.fault.lock().unwrap().clone();
                let bytes = &down[..count];
                match &fault {
                    Fault::BlackHole => continue,
                    Fault::CutAfter(most) if sent + count as u64 > *most => {
                        let rest = usize::try_from(most.saturating_sub(sent)).unwrap();
                        let _ = write(&mut to_client, &bytes[..rest], false).await;
                        return;
                    }
                    Fault::CutAt(words, nth) if find(bytes, words) => {
                        matches += 1;
                        if matches >= *nth {
                            return;
                        }
                    }
                    Fault::Inject(line) if !injected => {
                        injected = true;
                        if write(&mut to_client, line, false).await.is_err() {
                            return;
                        }
                    }
                    _ => {}
                }
                sent += count as u64;
                if write(&mut to_client, bytes, fault == Fault::OneByte).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn find(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}

async fn write(
    to: &mut tokio::net::tcp::OwnedWriteHalf,
    bytes: &[u8],
    one_by_one: bool,
) -> std::io::Result<()> {
    if !one_by_one {
        return to.write_all(bytes).await;
    }
    for byte in bytes {
        to.write_all(&[*byte]).await?;
        to.flush().await?;
    }
    Ok(())
}
