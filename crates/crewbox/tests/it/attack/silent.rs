//! Clients that hold connections: they never read, send a byte now and then, or nothing at all, while new connections
//! come without end. Others are served in time, and mail is still taken in.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crewbox_testkit::figures::is_soak;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use super::meter::Meter;
use crate::drive::{House, Server, clean, path};
use crate::http;

/// So many files may be open in the server, and so many clients hold connections.
struct Held {
    files: u64,
    clients: usize,
}

const SAMPLE: &[Held] = &[Held { files: 256, clients: 300 }];
const FULL: &[Held] = &[Held { files: 1_024, clients: 1_200 }, Held { files: 20_000, clients: 8_400 }];

/// One address may hold a quarter of all connections: so many take all of them.
const ADDRESSES: usize = 8;
/// A client's buffer for what it does not read: the rest waits in the server.
const BUFFER: u32 = 4 * 1024;
/// How often a slow client sends a byte.
const TRICKLE: Duration = Duration::from_secs(2);
/// New connections that come meanwhile: one each pause, from this many at once.
const FLOODS: usize = 4;
const FLOOD_PAUSE: Duration = Duration::from_millis(10);
/// Connections of a flood that stay open.
const FLOOD_KEEPS: usize = 20;

/// Calls of others that are timed, and how long all but one in a hundred may take.
const CALLS: usize = 400;
const OTHERS: Duration = Duration::from_millis(50);
/// In an ordinary run other tests run beside it.
const OTHERS_LOOSELY: Duration = Duration::from_secs(2);
/// Mails that are posted meanwhile.
const MAILS: usize = 5;

const MAILBOX: &str = "sales@acme.example";

/// What a client that never reads sends first, and whether it goes on, byte by byte.
const SILENT: &[(&str, bool)] = &[
    (
        "POST /api/v1/master-inbox/views HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\nContent-Length: 2\r\n\r\n{}",
        false,
    ),
    ("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", false),
    ("", false),
    ("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", true),
    (
        "POST /api/v1/tags HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\nContent-Length: 60000\r\n\r\n{",
        true,
    ),
];

/// Attackers, until this is dropped.
struct Attackers {
    runtime: Option<tokio::runtime::Runtime>,
    tried: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
}

impl Attackers {
    fn start(server: &Server, key: &str, clients: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let (tried, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let to: SocketAddr = server.url.strip_prefix("http://").unwrap().parse().unwrap();
        let key: Arc<str> = key.into();
        for number in 0..clients {
            runtime.spawn(hold(number, to, Arc::clone(&key), Arc::clone(&tried)));
        }
        Self { runtime: Some(runtime), tried, ends }
    }

    /// Waits until all have tried to connect.
    fn connected(&self, clients: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.tried.load(Ordering::Relaxed) < clients && Instant::now() < deadline {
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Opens new connections again and again.
    fn flood(&self, server: &Server, key: &str) {
        let to: SocketAddr = server.url.strip_prefix("http://").unwrap().parse().unwrap();
        for flood in 0..FLOODS {
            let (key, ends) = (key.to_owned(), Arc::clone(&self.ends));
            self.runtime.as_ref().unwrap().spawn(async move {
                let mut kept = std::collections::VecDeque::new();
                let mut pause = tokio::time::interval(FLOOD_PAUSE);
                for number in (flood..).step_by(FLOODS) {
                    pause.tick().await;
                    if ends.load(Ordering::Relaxed) {
                        return;
                    }
                    kept.extend(silent(number, to, &key).await.ok());
                    if kept.len() > FLOOD_KEEPS {
                        kept.pop_front();
                    }
                }
            });
        }
    }
}

impl Drop for Attackers {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

/// Holds a connection until the server ends it; a slow client sends a byte now and then.
async fn hold(number: usize, to: SocketAddr, key: Arc<str>, tried: Arc<AtomicUsize>) -> io::Result<()> {
    let opened = silent(number, to, &key).await;
    tried.fetch_add(1, Ordering::Relaxed);
    let (mut stream, goes_on) = opened?;
    let mut trickle = tokio::time::interval(TRICKLE);
    loop {
        trickle.tick().await;
        if goes_on {
            stream.write_all(b"x").await?;
        }
    }
}

/// Connects, and sends what this client sends first.
async fn silent(number: usize, to: SocketAddr, key: &str) -> io::Result<(TcpStream, bool)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(BUFFER)?;
    let host = u8::try_from(number % ADDRESSES).unwrap() + 2;
    socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into())?;
    let mut stream = socket.connect(to).await?;
    let (request, goes_on) = SILENT[number / ADDRESSES % SILENT.len()];
    stream.write_all(request.replace("KEY", key).as_bytes()).await?;
    Ok((stream, goes_on))
}

fn serve(house: &House, files: u64) -> Server {
    let data = house.data();
    let mut command = clean(Command::new("sh"));
    let script = "ulimit -n \"$0\" && exec \"$@\"";
    let serve = [env!("CARGO_BIN_EXE_crewbox"), "serve", "--data", path(&data), "--listen", "127.0.0.1:0"];
    command.args(["-c", script, &files.to_string()]).args(serve).stdin(Stdio::null());
    Server::of(&mut command).unwrap()
}

/// Raises what this process may open; how many clients it can be.
fn clients_within(wanted: usize) -> usize {
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).unwrap();
    let own = 300;
    let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    wanted.min(most.saturating_sub(own))
}

fn mail(number: usize, bytes: usize) -> String {
    let text = "A line of a mail that is long enough for a page.\r\n".repeat(bytes / 50);
    format!(
        "From: lead{number}@x.example\r\nTo: {MAILBOX}\r\nSubject: Line\r\nMessage-ID: <{number}-{bytes}@x.example>\r\n\r\n{text}"
    )
}

/// An account whose pages are some hundred kilobytes long.
fn house() -> House {
    let house = House::new();
    let leads: String = (0..20).map(|lead| format!("lead{lead}@x.example\n")).collect();
    let leads = house.file("leads.csv", format!("email\n{leads}"));
    house.run(&["import", "leads", "--campaign", "Spring", &leads]).json();
    for number in 0..20 {
        house.file(&format!("in/{number}.eml"), mail(number, 10_000));
    }
    let dir = house.temp.path().join("in");
    house.run(&["import", "mail", "--mailbox", MAILBOX, path(&dir)]).json();
    house
}

#[test]
fn clients_that_never_read_do_not_keep_others_waiting() {
    for held in if is_soak() { FULL } else { SAMPLE } {
        let house = house();
        let server = serve(&house, held.files);
        let clients = clients_within(held.clients);
        let attackers = Attackers::start(&server, &house.key, clients);
        attackers.connected(clients);
        let still = times_of_others(&server, &house.key);
        attackers.flood(&server, &house.key);
        let flooded = times_of_others(&server, &house.key);
        let memory = Meter::new(&server).memory("VmRSS") / 1_000_000;
        drop(attackers);
        let p99 = |times: &[Duration]| times[times.len() * 99 / 100];
        let figures = format!(
            "{clients} clients that never read or never end, {} open files: p99 of others {} ms, with {} new \
             connections a second {} ms; {MAILS} mails taken in meanwhile; {memory} MB in use",
            held.files,
            p99(&still).as_millis(),
            FLOODS * 1_000 / FLOOD_PAUSE.as_millis() as usize,
            p99(&flooded).as_millis(),
        );
        println!("soak: {figures}");
        let most = if is_soak() { OTHERS } else { OTHERS_LOOSELY };
        assert!(p99(&still) <= most && p99(&flooded) <= most, "{figures}");
        assert_eq!(server.stop(), Some(0));
        house.is_sound();
    }
}

/// How long calls of others take, sorted; mail is posted between them and is there.
fn times_of_others(server: &Server, key: &str) -> Vec<Duration> {
    static MAIL: AtomicUsize = AtomicUsize::new(100);
    let mailbox = server.call("GET", "/email-accounts", key, &Value::Null).json()[0]["id"].clone();
    let deliver = format!("/api/v1/email-accounts/{mailbox}/messages");
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..CALLS {
        if call % (CALLS / MAILS) == 0 {
            let number = MAIL.fetch_add(1, Ordering::Relaxed);
            let raw = mail(number, 5_000);
            let posted =
                http::send(&server.url, "POST", &deliver, key, "message/rfc822", raw.as_bytes()).unwrap();
            assert_eq!(posted.status, 200, "{}", posted.json());
            let message = posted.json()["message_id"].clone();
            let read = format!("/messages/{}", message.as_str().map_or(message.to_string(), str::to_owned));
            assert_eq!(server.call("GET", &read, key, &Value::Null).status, 200);
        }
        let since = Instant::now();
        let response = match call % 2 {
            0 => http::send(&server.url, "GET", "/healthz", "", "text/plain", b"").unwrap(),
            _ => server.call("POST", "/master-inbox/inbox-replies", key, &json!({"limit": 5})),
        };
        times.push(since.elapsed());
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    }
    times.sort_unstable();
    times
}
