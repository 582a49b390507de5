//! Identities: every route is called by every kind of caller with the ids of every owner. No caller gets a word of an
//! owner that it may not see, and an id of another owner is answered like one that nothing has.
//!
//! `CREWBOX_ISOLATION_CALLS` is how many calls are tried, `CREWBOX_SEED` chooses them.

mod times;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use crewbox_testkit::figures::figure;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::furnish::{MISSING, Owner};
use super::routes::{Call, calls};
use crate::drive::{House, Server, command};
use crate::http;

/// The owners' words, of which none contains another.
const TEAM: &str = "canaryteam";
const ONE: &str = "canaryone";
const TWO: &str = "canarytwo";
const ELSE: &str = "canaryelse";
const ELSE_CLIENT: &str = "canaryfar";
/// Made first in the other account, so that ids there are higher than those of the first account: ids count in each
/// account, and one that exists in the caller's own account is no foreign one.
const FILLERS: [&str; 9] = [
    "canaryelse0",
    "canaryelse1",
    "canaryelse2",
    "canaryelse3",
    "canaryelse4",
    "canaryelse5",
    "canaryelse6",
    "canaryelse7",
    "canaryelse8",
];

const ALL: &[&str] = &[TEAM, ONE, TWO];

/// Progress is printed after so many kinds of calls: a run that stops shows where.
const REPORT_EVERY: usize = 40;

/// What commands make, too. A command takes its ids from a block of its own, so they are in no order with the server's.
const MADE_BY_COMMANDS: &[&str] = &["member", "apikey"];

/// A caller: its key, and the owners whose things it may see.
struct Identity {
    name: &'static str,
    key: String,
    sees: &'static [&'static str],
}

struct Attack {
    house: House,
    server: Server,
    identities: Vec<Identity>,
    owners: Vec<Owner>,
    /// What is in the other account before its owners.
    fillers: Vec<Owner>,
    nothing: Owner,
    /// A response's status, headers and body were compared so many times.
    compared: Cell<u64>,
    calls: Cell<u64>,
}

#[test]
fn no_caller_sees_what_another_owner_has() {
    let (count, seed) = (figure("CREWBOX_ISOLATION_CALLS", 12), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_ISOLATION_CALLS={count}");
    let attack = Attack::new();
    let mut all = calls(&attack.get("/openapi.json").json());
    all.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    all.truncate(usize::try_from(count).unwrap());
    let began = Instant::now();
    for (number, call) in all.iter().enumerate() {
        attack.report(number, all.len(), began);
        attack.compare(call);
    }
    attack.compare_times(&all);
    // Only now, because these calls change what their owners have.
    for call in all.iter().filter(|call| !call.takes_away()) {
        attack.look(call);
    }
    attack.finish(all.len());
}

impl Attack {
    fn new() -> Self {
        let house = House::new();
        let account = ["account", "add", "--account", "Else", "--name", "Eve", "--email", "eve@else.example"];
        let eve = text(&house.run(&account).json()["api_key"]);
        let log = fs::File::create(house.temp.path().join("log")).unwrap();
        let mut command = command(&["serve", "--listen", "127.0.0.1:0", "--allow-private-hosts", "--data"]);
        let server = Server::of(command.arg(house.data()).stderr(log)).unwrap();
        let fillers = FILLERS.map(|word| Owner::furnish(&house, &server, "Else", &eve, word, true)).into();
        let owners: Vec<Owner> = [
            ("Acme", &house.key, TEAM, false),
            ("Acme", &house.key, ONE, true),
            ("Acme", &house.key, TWO, true),
            ("Else", &eve, ELSE, false),
            ("Else", &eve, ELSE_CLIENT, true),
        ]
        .map(|(account, key, word, client)| Owner::furnish(&house, &server, account, key, word, client))
        .into();
        let member = |account: &str, name: &str, role: &str, client: Option<&str>| {
            let email = format!("{name}@crew.example");
            let mut words = vec!["member", "add", "--account", account, "--name", name, "--email", &email];
            words.extend(["--role", role]);
            words.extend(client.map(|client| ["--client", client]).iter().flatten());
            text(&house.run(&words).json()["api_key"])
        };
        let key = |account: &str, email: &str, more: &[&str]| {
            let words = [&["key", "create", "--account", account, "--email", email], more].concat();
            house.run(&words).json()
        };
        let ann = "ann@acme.example";
        let revoked = key("Acme", ann, &[]);
        house.run(&["key", "revoke", "--account", "Acme", &revoked["key_id"].to_string()]);
        let identities = [
            ("the owner", house.key.clone(), ALL),
            ("an admin", member("Acme", "Ada", "admin", None), ALL),
            ("a member", member("Acme", "Ben", "member", None), ALL),
            ("a client's admin", member("Acme", "Cleo", "admin", Some(ONE)), &[ONE]),
            ("a client's member", member("Acme", "Carl", "member", Some(ONE)), &[ONE]),
            ("a client's key", text(&key("Acme", ann, &["--client", ONE])["api_key"]), &[ONE]),
            (
                "a client's key of the other dialect",
                text(&key("Acme", ann, &["--client", ONE, "--dialect", "live"])["api_key"]),
                &[ONE],
            ),
            ("another client's key", text(&key("Acme", ann, &["--client", TWO])["api_key"]), &[TWO]),
            ("another account's owner", eve, &[ELSE, ELSE_CLIENT]),
            ("another account's member", member("Else", "Eli", "member", None), &[ELSE, ELSE_CLIENT]),
            (
                "another account's client",
                text(&key("Else", "eve@else.example", &["--client", ELSE_CLIENT])["api_key"]),
                &[ELSE_CLIENT],
            ),
            ("a revoked key", text(&revoked["api_key"]), &[]),
            ("nobody", String::new(), &[]),
        ]
        .map(|(name, key, sees)| Identity { name, key, sees });
        let nothing = Owner::of_nothing(&owners[1]);
        Self {
            house,
            server,
            identities: identities.into(),
            owners,
            fillers,
            nothing,
            compared: Cell::new(0),
            calls: Cell::new(0),
        }
    }

    fn get(&self, path: &str) -> http::Answer {
        http::call(&self.server.url, "GET", path, &self.house.key, &Value::Null)
    }

    fn report(&self, number: usize, of: usize, began: Instant) {
        if number.is_multiple_of(REPORT_EVERY) {
            println!(
                "{number} of {of} kinds of calls compared, {} requests, {:.1?}",
                self.calls.get(),
                began.elapsed()
            );
        }
    }

    /// A call with ids of an owner that the caller does not see is answered as one with ids of nothing: each id alone,
    /// beside the caller's own, and all at once.
    fn compare(&self, call: &Call) {
        let names = call.names();
        if names.is_empty() {
            return;
        }
        let mut choices: Vec<BTreeSet<&str>> = names.iter().map(|name| [*name].into()).collect();
        choices.push(names.iter().copied().collect());
        choices.dedup();
        for who in 0..self.identities.len() {
            let sees = self.identities[who].sees;
            let own = self.owners.iter().position(|owner| sees.contains(&owner.word)).unwrap_or(1);
            let is_foreign = |owner: &usize| !sees.contains(&self.owners[*owner].word);
            let foreign: Vec<usize> = (0..self.owners.len()).filter(is_foreign).collect();
            for foreign in foreign {
                for choice in &choices {
                    if choice.iter().any(|name| self.exists(who, &self.owners[foreign], name)) {
                        continue;
                    }
                    let [asked, missing] = [&self.owners[foreign], &self.nothing].map(|owner| {
                        call.filled(|name| {
                            let of = if choice.contains(name) { owner } else { &self.owners[own] };
                            of.values[name].as_str()
                        })
                    });
                    let ids: Vec<[&str; 2]> = choice
                        .iter()
                        .map(|name| [&self.owners[foreign], &self.nothing].map(|of| of.values[name].as_str()))
                        .collect();
                    let [asked, missing] =
                        [asked, missing].map(|request| plain(&self.send(who, call, &request), &ids));
                    let identity = &self.identities[who];
                    let owner = self.owners[foreign].word;
                    // An invalid key is refused before its request is looked at, and told to wait by how many came in
                    // which second.
                    let of_key = |status: u16| matches!(status, 401 | 429);
                    assert!(
                        of_key(asked.0) && of_key(missing.0) || asked == missing,
                        "{} {} by {} differs for {choice:?} of {owner}: {asked:?}, {missing:?}",
                        call.method,
                        call.path,
                        identity.name
                    );
                    self.compared.set(self.compared.get() + 1);
                }
            }
        }
    }

    /// Whether this id of an owner may be that of something in the caller's own account, where ids count from 1, too.
    fn exists(&self, who: usize, owner: &Owner, name: &str) -> bool {
        let home = is_elsewhere(self.identities[who].sees);
        // Who sees one client numbers the client's changes: every number may be one of its own.
        if name == "change" && self.identities[who].sees.len() == 1 {
            return true;
        }
        if is_elsewhere(&[owner.word]) == home {
            return false;
        }
        if MADE_BY_COMMANDS.contains(&name) {
            return true;
        }
        let number = |owner: &Owner| owner.values[name].parse::<u64>().ok().filter(|id| *id != MISSING);
        let own = self.owners.iter().chain(&self.fillers).filter(|own| is_elsewhere(&[own.word]) == home);
        let highest = own.filter_map(number).max();
        number(owner).is_some_and(|id| highest.is_some_and(|highest| id <= highest))
    }

    /// A call with ids of an owner that the caller sees.
    fn look(&self, call: &Call) {
        for who in 0..self.identities.len() {
            for owner in 0..self.owners.len() {
                if self.identities[who].sees.contains(&self.owners[owner].word) {
                    let request = call.filled(|name| self.owners[owner].values[name].as_str());
                    self.send(who, call, &request);
                }
            }
        }
    }

    /// Sends a request, and checks that the response has no word of an owner that the caller may not see.
    fn send(&self, who: usize, call: &Call, (uri, body): &(String, String)) -> http::Answer {
        let identity = &self.identities[who];
        let kind = if body.starts_with('{') { "application/json" } else { "message/rfc822" };
        let response =
            http::send(&self.server.url, call.method, uri, &identity.key, kind, body.as_bytes()).unwrap();
        self.calls.set(self.calls.get() + 1);
        let shown = format!("{}\n\n{}", response.head, String::from_utf8_lossy(&response.body));
        let state = || format!("{} {uri} by {}: {shown}", call.method, identity.name);
        assert!(response.status != 500, "{}", state());
        assert!(!identity.sees.is_empty() || response.status != 200 || call.is_open(), "{}", state());
        for owner in self.owners.iter().filter(|owner| !identity.sees.contains(&owner.word)) {
            assert!(!shown.to_lowercase().contains(owner.word), "{} in {}", owner.word, state());
        }
        response
    }

    fn finish(self, calls: usize) {
        // Each word is where it belongs, or nothing was shown.
        for identity in &self.identities {
            let views = "/api/v1/master-inbox/views?fetch_message_history=true";
            let body = serde_json::json!({});
            let shown = http::call(&self.server.url, "POST", views, &identity.key, &body);
            let shown = String::from_utf8_lossy(&shown.body).into_owned();
            for word in identity.sees {
                assert!(shown.contains(word), "{} sees no {word}: {shown}", identity.name);
            }
        }
        let metrics = String::from_utf8_lossy(&self.get("/metrics").body).into_owned();
        assert_eq!(self.server.stop(), Some(0));
        let log = fs::read_to_string(self.house.temp.path().join("log")).unwrap();
        for (place, text) in [("metrics", metrics), ("log", log)] {
            let line = text.lines().find(|line| line.contains("canary"));
            assert_eq!(line, None, "a word of an owner is in the {place}");
        }
        self.house.is_sound();
        println!(
            "soak: identities: {} requests of {calls} kinds by {} identities with ids of {} owners: 0 foreign words, 0 of \
             {} pairs of a foreign and a missing id differ",
            self.calls.get(),
            self.identities.len(),
            self.owners.len(),
            self.compared.get()
        );
    }
}

/// Whether owners with these words are in the other account.
fn is_elsewhere(words: &[&str]) -> bool {
    words.iter().any(|word| word.starts_with(ELSE) || *word == ELSE_CLIENT)
}

/// A response without what differs between two requests: ids, times, and the number of the request.
fn plain(response: &http::Answer, ids: &[[&str; 2]]) -> (u16, Vec<String>, String) {
    let changing = ["x-request-id", "date", "content-length", "x-ratelimit", "etag"];
    let is_kept = |line: &&str| {
        let line = line.to_lowercase();
        !changing.iter().any(|name| line.starts_with(name))
    };
    let mut headers: Vec<String> = response.head.lines().skip(1).filter(is_kept).map(str::to_owned).collect();
    headers.sort_unstable();
    let mut body = String::from_utf8_lossy(&response.body).into_owned();
    for id in ids.iter().flatten() {
        body = without(&body, id);
    }
    (response.status, headers, body)
}

/// A text with `ID` for each id that is no part of a longer number or word.
fn without(text: &str, id: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(id) {
        let (before, after) = (&rest[..at], &rest[at + id.len()..]);
        let is_part = |next: Option<char>| next.is_some_and(|next| next.is_ascii_alphanumeric());
        plain.push_str(before);
        let part = is_part(before.chars().last()) || is_part(after.chars().next());
        plain.push_str(if part { id } else { "ID" });
        rest = after;
    }
    plain + rest
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
