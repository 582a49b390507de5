//! What 200 open pages cost the API: calls a second with their event streams open and without, by turns.
//!
//! Owns streams as pages open them, and the load of calls. While nobody changes anything the streams are silent, so the same
//! is measured while colleagues work.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crewbox_testkit::call::{Failure, request};
use serde_json::{Value, json};

use crate::budget::verdict;
use crate::demo::{Demo, Member};

/// Pages that are open, spread over the members.
const PAGES: usize = 200;
/// Connections that call without pause.
const CALLERS: usize = 4;
/// Turns with pages, and as many without, after one of each that does not count.
const TURNS: usize = 7;
const TURN: Duration = Duration::from_millis(800);
/// Time between two changes that colleagues make: 200 members who do something every ten seconds.
const CHANGE_EACH: Duration = Duration::from_millis(50);
/// Share of the rate without pages.
const LIMIT: f64 = 0.9;
/// Bytes for a stream's thread, which only reads.
const STACK: usize = 128 << 10;
/// Longer than a stream may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is called.
struct Load {
    name: &'static str,
    requests: Vec<String>,
    has_changes: bool,
}

/// A page's event stream, and the thread that reads it.
struct OpenPage(TcpStream, JoinHandle<()>);

/// Measures, and gives the table as Markdown.
pub(crate) fn measure(demo: &Demo) -> Result<String, Failure> {
    eprintln!("== {PAGES} pages open");
    let sessions =
        demo.members.iter().map(|member| sign_in(demo, member)).collect::<Result<Vec<_>, Failure>>()?;
    let lists = || demo.members.iter().map(list_call).collect::<Vec<String>>();
    let ids = conversations(demo)?;
    let key = &demo.me()?.key;
    let one = |id: &u64| request("GET", &format!("/api/v1/master-inbox/{id}"), key, "");
    let loads = [
        Load { name: "lists", requests: lists(), has_changes: false },
        Load { name: "conversations", requests: ids.iter().map(one).collect(), has_changes: false },
        Load { name: "lists, with 20 changes a second", requests: lists(), has_changes: true },
    ];
    let mut out = format!(
        "\n{PAGES} event streams, as pages open them, of {} members; {CALLERS} connections that call the API without pause; \
         turns of {} ms with pages and without, {TURNS} each. Half the turns were faster than the median.\n\n\
         | calls a second | with pages against without, median | limit | median without | with | best without | with | |\n\
         |---|---|---|---|---|---|---|---|\n",
        demo.members.len(),
        TURN.as_millis()
    );
    for load in loads {
        let mut rates = [Vec::new(), Vec::new()];
        for turn in 0..=TURNS {
            for has_pages in if turn % 2 == 0 { [false, true] } else { [true, false] } {
                let rate = take_turn(demo, &load, &ids, if has_pages { &sessions } else { &[] })?;
                if turn > 0 {
                    rates[usize::from(has_pages)].push(rate);
                }
            }
        }
        let [without, with] = rates.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            (rates[rates.len() / 2], rates[rates.len() - 1])
        });
        let ratio = with.0 / without.0;
        let row = format!(
            "| {} | {:.0} % | ≥ {:.0} % | {:.0} | {:.0} | {:.0} | {:.0} | {} |",
            load.name,
            100.0 * ratio,
            100.0 * LIMIT,
            without.0,
            with.0,
            without.1,
            with.1,
            verdict(ratio >= LIMIT)
        );
        eprintln!("   {row}");
        let _ = writeln!(out, "{row}");
    }
    Ok(out)
}

/// Calls a second of one turn. With sessions, their pages are open meanwhile.
fn take_turn(demo: &Demo, load: &Load, ids: &[u64], sessions: &[String]) -> Result<f64, Failure> {
    let pages = sessions
        .iter()
        .cycle()
        .zip(ids.iter().cycle())
        .take(if sessions.is_empty() { 0 } else { PAGES })
        .map(|(session, id)| open(demo, session, *id))
        .collect::<Result<Vec<_>, Failure>>()?;
    let (over, is_over) = channel();
    let rate = thread::scope(|scope| -> Result<f64, Failure> {
        let changes = load.has_changes.then(|| scope.spawn(move || change(demo, ids, &is_over)));
        let callers: Vec<_> =
            (0..CALLERS).map(|at| scope.spawn(move || call(demo, &load.requests, at))).collect();
        let mut rate = 0.0;
        for caller in callers {
            rate += caller.join().map_err(|_| "a caller panicked")??;
        }
        drop(over);
        if let Some(changes) = changes {
            changes.join().map_err(|_| "the colleague panicked")??;
        }
        Ok(rate)
    })?;
    for OpenPage(stream, reader) in pages {
        stream.shutdown(Shutdown::Both)?;
        reader.join().map_err(|_| "a page panicked")?;
    }
    Ok(rate)
}

/// Calls without pause for a turn.
fn call(demo: &Demo, requests: &[String], from: usize) -> Result<f64, Failure> {
    let mut connection = demo.connect()?;
    let mut calls = 0_u32;
    let began = Instant::now();
    for request in requests.iter().cycle().skip(from) {
        connection.call(request)?;
        calls += 1;
        if began.elapsed() >= TURN {
            break;
        }
    }
    Ok(f64::from(calls) / began.elapsed().as_secs_f64())
}

/// Gives conversations from member to member until the turn is over.
fn change(demo: &Demo, ids: &[u64], is_over: &Receiver<()>) -> Result<(), Failure> {
    let mut connection = demo.connect()?;
    for (at, id) in ids.iter().cycle().enumerate() {
        connection.call(&demo.assigning(*id, demo.members[at % demo.members.len()].id)?)?;
        if is_over.recv_timeout(CHANGE_EACH) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    Ok(())
}

fn list_call(member: &Member) -> String {
    let body = json!({"offset": 0, "limit": 20, "sortBy": "REPLY_TIME_DESC"}).to_string();
    request("POST", "/api/v1/master-inbox/assigned-me", &member.key, &body)
}

/// Ids of conversations of all members' lists.
fn conversations(demo: &Demo) -> Result<Vec<u64>, Failure> {
    let mut connection = demo.connect()?;
    let mut ids = Vec::new();
    for member in &demo.members {
        let list: Value = serde_json::from_slice(connection.call(&list_call(member))?)?;
        let rows = list["messages"].as_array().ok_or("a list has no messages")?;
        ids.extend(rows.iter().filter_map(|row| {
            row["email_lead_map_id"].as_u64().or_else(|| row["campaign_lead_map_id"].as_str()?.parse().ok())
        }));
    }
    if ids.is_empty() {
        return Err("no member has a conversation".into());
    }
    Ok(ids)
}

/// The cookie of a session.
fn sign_in(demo: &Demo, member: &Member) -> Result<String, Failure> {
    let form = format!("email={}&password={}", member.email.replace('@', "%40"), member.password);
    let mut stream = TcpStream::connect(demo.address)?;
    write!(
        stream,
        "POST /sign-in HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        demo.address,
        demo.url,
        form.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let cookie = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next().unwrap_or_default().trim())
    });
    Ok(cookie.ok_or_else(|| format!("no session for {}: {head}", member.email))?.to_owned())
}

/// Opens the stream of a page that shows a list and a conversation, and reads it until it ends.
fn open(demo: &Demo, session: &str, conversation: u64) -> Result<OpenPage, Failure> {
    let mut stream = TcpStream::connect(demo.address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /parts/stream?list=mine&open={conversation} HTTP/1.1\r\nHost: {}\r\nCookie: {session}\r\n\
         Accept: text/event-stream\r\n\r\n",
        demo.address
    )?;
    let mut begun = Vec::new();
    let mut buffer = [0; 4_096];
    while !begun.windows(5).any(|five| five == b"hello") {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(format!("no stream: {}", String::from_utf8_lossy(&begun)).into());
        }
        begun.extend_from_slice(&buffer[..read]);
    }
    stream.set_read_timeout(None)?;
    let mut reading = stream.try_clone()?;
    let reader = thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || while reading.read(&mut buffer).is_ok_and(|read| read > 0) {})?;
    Ok(OpenPage(stream, reader))
}
