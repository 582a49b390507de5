//! The web inbox in a real Chromium, against the demo: what members see and do.
//!
//! Owns how a test begins and ends. Every test ends by checking that no page has logged an error or a violation of its
//! policy, and that nothing left for another host.

mod accessible;
mod day;
mod keyboard;
mod live;
mod members;
mod scripts_off;
mod settings;
mod tabs;

use std::ops::Deref;

use crewbox_testkit::browser::Browser;
use serde_json::{Value, json};

use crate::drive::Server;
use crate::http::Answer;

/// The first rows of the list are on one screen.
const SIZE: (u32, u32) = (1440, 900);
/// Conversations of a day: each member has more open ones than a list shows.
const CONVERSATIONS: usize = 300;

/// What a page logs of a lost connection and of a refusal, which tests cause.
const CAUSED: [&str; 2] = ["ERR_INTERNET_DISCONNECTED", "status of 409"];

/// A member at a browser.
struct Seat {
    browser: Browser,
    me: u64,
}

/// A running demo, its first member at a browser, and a colleague who works by the API.
struct Day {
    seat: Seat,
    server: Server,
    members: Value,
    /// The API key of the second member.
    colleague: String,
}

impl Deref for Day {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.seat
    }
}

impl Day {
    fn begin() -> Self {
        Self::with(CONVERSATIONS)
    }

    fn with(conversations: usize) -> Self {
        let count = conversations.to_string();
        let demo =
            ["demo", "--listen", "127.0.0.1:0", "--conversations", &*count, "--members", "4", "--json"];
        let server = Server::start(&demo);
        let json: Value = serde_json::from_str(&server.first_line).unwrap();
        let members = json["members"].clone();
        let seat = Seat::of(&members[0]);
        let colleague = members[1]["api_key"].as_str().unwrap().to_owned();
        Self { seat, server, members, colleague }
    }

    /// Another member at another browser.
    fn join(&self, member: usize) -> Seat {
        Seat::of(&self.members[member])
    }

    /// A page of the demo, from its path.
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    fn api(&self, method: &str, call: &str, body: &Value) -> Answer {
        let answer = self.server.call(method, &format!("/master-inbox/{call}"), &self.colleague, body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    fn patch(&self, call: &str, body: Value) {
        self.api("PATCH", call, &body);
    }

    /// A conversation that nobody has taken.
    fn unassigned(&self) -> u64 {
        let list = self.api("POST", "unassigned", &json!({"limit": 1})).json();
        let first = &list["messages"][0];
        let id = first["email_lead_map_id"].as_u64();
        id.or_else(|| first["campaign_lead_map_id"].as_str()?.parse().ok()).unwrap()
    }

    fn archived(&self, id: u64) -> bool {
        self.api("GET", &id.to_string(), &Value::Null).json()["is_archived"].as_bool().unwrap()
    }

    fn end(self) {
        self.end_with([]);
    }

    /// The same, with what other members' pages did.
    fn end_with<const N: usize>(self, others: [Seat; N]) {
        for seat in others {
            seat.end();
        }
        self.seat.end();
        assert_eq!(self.server.stop(), Some(0));
    }
}

impl Seat {
    fn of(member: &Value) -> Self {
        let browser = Browser::start(SIZE.0, SIZE.1);
        browser.go(member["sign_in_url"].as_str().unwrap());
        let seat = Self { browser, me: member["member_id"].as_u64().unwrap() };
        seat.is_ready();
        seat
    }

    /// The scripts run and have loaded the conversations of the rows.
    fn is_ready(&self) {
        self.browser.until(
            "performance.getEntriesByType('resource').some(one => one.name.includes('/conversations?') && one.responseEnd)",
        );
    }

    /// Ids of the rows that are shown.
    fn rows(&self) -> Vec<u64> {
        let ids = self
            .browser
            .run("return [...document.querySelectorAll('.row')].map(row => Number(row.dataset.id))");
        ids.as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect()
    }

    fn total(&self) -> u64 {
        self.browser.text("document.querySelector('h1 .count').firstChild.nodeValue").parse().unwrap()
    }

    fn opened(&self, id: u64) {
        self.browser.until(&format!(
            "document.querySelector('.row a[aria-current]')?.closest('.row').dataset.id == '{id}'
             && document.querySelector('main').dataset.id == '{id}' && !('loading' in document.querySelector('main').dataset)"
        ));
    }

    fn toast(&self, words: &str) {
        let words = json!(words);
        self.browser
            .until(&format!("document.querySelector('#toast:not([hidden])')?.innerText.includes({words})"));
    }

    /// Where the row under the cursor is on the screen.
    fn cursor(&self) -> String {
        self.browser
            .text("Math.round(document.querySelector('.row a[aria-current]').getBoundingClientRect().top)")
    }

    /// Everything that was done has arrived.
    fn is_sent(&self) {
        self.browser.until(
            "!Object.keys(localStorage).some(name => name.startsWith('queue.') && !name.endsWith('.done'))",
        );
    }

    /// No error and no violation of the page's policy, and no request to another host.
    fn is_clean(&self) {
        let log = self.browser.log();
        let is_wrong = |line: &&String| !CAUSED.iter().any(|caused| line.contains(caused));
        let wrong: Vec<&String> = log.iter().filter(is_wrong).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let others = "performance.getEntriesByType('resource').filter(one => !one.name.startsWith(location.origin)).length";
        assert_eq!(self.browser.text(others), "0");
    }

    fn end(self) {
        self.is_clean();
    }
}
