//! What the worst calls cost: each within a budget of CPU time and memory, and nobody else waits for them.
//!
//! Owns the budgets. What is sent belongs to [`super::costly`].

use std::time::Duration;

use crewbox_testkit::figures::{figure, is_soak};
use crewbox_web::route::Reads;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::costly::{BOMBS, Costly, all};
use super::filled::{Filled, Identity, Size};
use super::meter::{Cost, Meter};
use crate::drive::Server;
use crate::http;

const MB: u64 = 1_000_000;

/// What a call may cost where the machine has nothing else to do.
const CPU: Duration = Duration::from_millis(250);
const MEMORY: u64 = 64 * MB;
pub(super) const HEALTH: Duration = Duration::from_millis(50);
/// Bytes of a response that is sent piece by piece, for which a call's CPU time is enough: the most that another
/// response may have.
const PART: usize = 32 << 20;
/// In an ordinary run the server is not optimised and other tests run beside it: this finds what costs many times as much.
const LOOSE: u32 = 40;
/// Calls at once that `/healthz` is measured beside.
const AT_ONCE: usize = 4;
/// A call that costs less than this cannot keep others waiting for [`HEALTH`].
const CHEAP: Duration = Duration::from_millis(30);
/// Memory that the process has freed is used again by the next call, which would seem to need none: a longer body is sent
/// to a server that has just started.
const LONG_BODY: usize = MB as usize;
/// Calls with bodies that may be as long as files are chosen among so many, since each takes seconds.
const LONGEST: usize = 60;
/// A request that only reads, or delivers another mail, and costs too much is measured so many times again, and so is what one
/// costs others: what the process does for itself meanwhile, such as writing its log back, is not of the request, nor what
/// another program does on the same core.
pub(super) const AGAIN: usize = 4;
/// After so many requests a line says how far it is.
const PROGRESS: usize = 200;

/// The server, started again where a measurement needs it.
struct Fresh<'f> {
    filled: &'f Filled,
    server: Option<Server>,
}

impl Fresh<'_> {
    fn server(&mut self, again: bool) -> &Server {
        if again && let Some(server) = self.server.take() {
            assert_eq!(server.stop(), Some(0));
        }
        self.server.get_or_insert_with(|| self.filled.house.serve())
    }
}

/// The costs that were highest, each with its call.
#[derive(Default)]
pub(super) struct Highest {
    cpu: (Duration, String),
    memory: (u64, String),
    health: (Duration, String),
    over: Vec<String>,
}

impl Highest {
    fn note(&mut self, name: &str, cost: Cost) {
        if cost.cpu > self.cpu.0 {
            self.cpu = (cost.cpu, name.to_owned());
        }
        if cost.memory > self.memory.0 {
            self.memory = (cost.memory, name.to_owned());
        }
        if cost.health > self.health.0 {
            self.health = (cost.health, name.to_owned());
        }
    }

    /// Notes what is over its budget, a response of so many [`parts`].
    pub(super) fn hold(&mut self, name: &str, cost: Cost, parts: u32) {
        self.note(name, cost);
        let times = if is_soak() { 1 } else { LOOSE };
        let is_over = cost.cpu > CPU * times * parts
            || cost.memory > MEMORY * if is_soak() { 1 } else { 2 }
            || cost.health > HEALTH * times;
        if is_over {
            self.over.push(format!("{name}: {}", shown(cost)));
        }
    }

    /// Asserts that nothing was over its budget.
    pub(super) fn is_within(&self) {
        assert!(self.over.is_empty(), "over the budget:\n{}", self.over.join("\n"));
    }
}

/// The table of all leads is sent while it is read, however long it is: each [`PART`] of it has the CPU time of a call.
fn parts(length: Option<usize>) -> u32 {
    u32::try_from(length.unwrap_or(0).div_ceil(PART).max(1)).unwrap()
}

pub(super) fn shown(cost: Cost) -> String {
    let Cost { cpu, memory, health } = cost;
    format!("{} ms of CPU, + {} MB, /healthz {} ms", cpu.as_millis(), memory.div_ceil(MB), health.as_millis())
}

/// Sends a call; the status and the length of its response, unless the connection broke.
fn send(server: &Server, call: &Costly, who: &Identity, body: &[u8]) -> Option<(u16, usize)> {
    let kind = if call.reads == Reads::Mail { "message/rfc822" } else { "application/json" };
    // A server that refuses a body may close before all of it is sent.
    let path = who.path(&call.path);
    let response = http::send(&server.url, call.method, &path, &who.key, kind, body).ok()?;
    Some((response.status, response.body.len()))
}

#[test]
fn no_request_costs_more_than_its_budget() {
    let (calls, seed) = (figure("CREWBOX_COSTLY_REQUESTS", 60) as usize, figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_COSTLY_REQUESTS={calls}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let size = if is_soak() {
        Size { leads: 1_000, history: 1_000, wide: 100 }
    } else {
        Size { leads: 40, history: 40, wide: 20 }
    };
    let filled = Filled::new(size);
    let mut fresh = Fresh { filled: &filled, server: None };
    let openapi =
        http::send(&fresh.server(false).url, "GET", "/openapi.json", "", "text/plain", b"").unwrap();
    let (files, mut chosen): (Vec<Costly>, Vec<Costly>) =
        all(&filled, &openapi.json()).into_iter().partition(|call| call.reads == Reads::Files);
    let among = chosen.len() + files.len();
    if let Ok(part) = std::env::var("CREWBOX_CALLS_WITH") {
        println!("CREWBOX_CALLS_WITH={part}");
        chosen.retain(|call| call.name.contains(&part));
    }
    chosen.shuffle(&mut rng);
    // Leads are many times as long as other bodies: an ordinary run sends few of them, and of files.
    if !is_soak() {
        let mut long = 0;
        chosen.retain(|call| {
            call.reads != Reads::Leads || {
                long += 1;
                long <= calls / 10
            }
        });
    }
    chosen.truncate(calls);
    let mut files = files;
    files.shuffle(&mut rng);
    files.truncate(if is_soak() { LONGEST } else { 1 });

    let (mut highest, mut of_files) = (Highest::default(), Highest::default());
    let requests = chosen.len() + files.len();
    for (number, call) in chosen.iter().chain(&files).enumerate() {
        if number % PROGRESS == 0 {
            println!("{number} of {requests} costly requests measured");
        }
        let who = &filled.identities[rng.random_range(0..filled.identities.len())];
        let body = (call.body)();
        let name = format!("{} as {} ({} bytes)", call.name, who.name, body.len());
        let server = fresh.server(body.len() > LONG_BODY);
        let mut response = None;
        let mut measured = || Meter::new(server).cost(|| response = send(server, call, who, &body));
        let mut alone = measured();
        for _ in 0..AGAIN {
            if !call.writes && (alone.cpu > CPU || alone.memory > MEMORY) {
                let again = measured();
                alone.cpu = alone.cpu.min(again.cpu);
                alone.memory = alone.memory.min(again.memory);
            }
        }
        let (status, length) = response.unzip();
        // 502 is the response of an e-mail account's server, which there is none of.
        let is_served = status.is_none_or(|status| status < 500 || [502, 503].contains(&status));
        assert!(is_served, "{name}: {status:?}");
        let health = if alone.cpu < CHEAP {
            Duration::ZERO
        } else {
            let together = || {
                std::thread::scope(|scope| {
                    for _ in 0..AT_ONCE {
                        scope.spawn(|| send(server, call, who, &body));
                    }
                });
            };
            let mut health = Meter::new(server).cost_to_others(together).health;
            for _ in 0..AGAIN {
                if health > HEALTH && call.reads != Reads::Files {
                    health = health.min(Meter::new(server).cost_to_others(together).health);
                }
            }
            health
        };
        let cost = Cost { health, ..alone };
        if alone.cpu > CHEAP * 2 {
            println!("{name}: {status:?}, {} bytes, {}", length.unwrap_or(0), shown(cost));
        }
        // Bodies with files are in memory as a whole, so only their CPU time and others are held to a budget.
        if call.reads == Reads::Files {
            of_files.note(&name, cost);
        } else {
            highest.hold(&name, cost, parts(length));
        }
    }
    let server = fresh.server(false);
    assert_eq!(http::send(&server.url, "GET", "/healthz", "", "text/plain", b"").unwrap().status, 200);
    report(&format!("{} of {among} costly requests", chosen.len()), &highest);
    report(&format!("{} requests with files of up to 48 MiB", files.len()), &of_files);
    drop(fresh);
    filled.house.is_sound();
    highest.is_within();
}

pub(super) fn report(what: &str, highest: &Highest) {
    let Highest { cpu, memory, health, .. } = highest;
    println!("soak: {what}: at most {} ms of CPU ({})", cpu.0.as_millis(), cpu.1);
    println!("soak: {what}: at most + {} MB ({})", memory.0.div_ceil(MB), memory.1);
    println!("soak: {what}: /healthz beside four at once at most {} ms ({})", health.0.as_millis(), health.1);
}

#[test]
fn mails_that_are_hard_to_read_cost_no_more_than_their_length() {
    let most = if is_soak() { Reads::Mail.limit() - 1_000 } else { 4 * MB as usize };
    let filled = Filled::new(Size { leads: 4, history: 0, wide: 0 });
    let key = &filled.identities[0].key;
    for (name, bomb) in BOMBS {
        let mut fresh = Fresh { filled: &filled, server: None };
        let server = fresh.server(true);
        let (path, body) = (filled.deliver(), bomb(most));
        let deliver = |number: usize| {
            let body = [body.as_bytes(), format!("\r\n{number}\r\n").as_bytes()].concat();
            let response = http::send(&server.url, "POST", &path, key, "message/rfc822", &body);
            response.map_or(0, |response| response.status)
        };
        let mut status = 0;
        let mut alone = Meter::new(server).cost(|| status = deliver(0));
        // What it adds to the memory is known by the first one alone.
        for number in 1..=AGAIN {
            if alone.cpu > CPU {
                alone.cpu =
                    alone.cpu.min(Meter::new(server).cost(|| status = status.max(deliver(number))).cpu);
            }
        }
        // Those who ask beside it cost something themselves.
        let health = Meter::new(server).cost_to_others(|| status = status.max(deliver(AGAIN + 1))).health;
        let cost = Cost { health, ..alone };
        let figures = format!("raw mail of {} MB, {name}: {status}, {}", body.len() as u64 / MB, shown(cost));
        println!("soak: {figures}");
        assert!([200, 201, 202, 413, 422].contains(&status), "{figures}");
        // The mail is in its file, and a part of it in memory.
        assert!(cost.memory <= MEMORY, "{figures}");
        assert!(!is_soak() || (cost.cpu <= CPU && cost.health <= HEALTH), "{figures}");
        assert_eq!(fresh.server.take().and_then(Server::stop), Some(0), "{name}");
    }
    filled.house.is_sound();
}
