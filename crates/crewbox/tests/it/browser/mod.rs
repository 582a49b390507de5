//! The web inbox in a real Chromium, against the demo: what members see and do.
//!
//! Owns how a test begins and ends. Every test ends by checking that no page has logged an error or a violation of its
//! policy, and that nothing left for another host.

mod accessible;
mod bulk;
mod composer;
mod day;
mod escape;
mod files;
mod hostile_text;
mod images;
mod keyboard;
mod live;
mod members;
mod phone;
mod reconnect;
mod scripts_off;
mod sessions;
mod settings;
mod shortcuts;
mod stability;
mod swipe;
mod tabs;

use std::ops::Deref;
use std::path::Path;

use crewbox_testkit::browser::Browser;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::drive::{Server, path};
use crate::http::Answer;

/// The first rows of the list are on one screen.
const SIZE: (u32, u32) = (1440, 900);
/// Conversations of a day: each member has more open ones than a list shows.
const CONVERSATIONS: usize = 300;

/// What a page logs of a lost connection and of a refusal, which tests cause.
const CAUSED: [&str; 3] = ["ERR_INTERNET_DISCONNECTED", "status of 409", "status of 422"];

/// Keeps a picture of a page beside the build, for people to look at.
fn keep_picture(browser: &Browser, name: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    let name: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    std::fs::write(folder.join(name).with_extension("png"), browser.screenshot()).unwrap();
}

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
    /// The data of a server that is started again.
    kept: Option<TempDir>,
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
        Self { seat, server, members, colleague, kept: None }
    }

    /// The same day at `crewbox serve` with these arguments, whose data is kept.
    fn served(more: &[&str]) -> Self {
        let kept = TempDir::new().unwrap();
        let data = kept.path().join("data");
        let data = ["--data", path(&data)];
        let demo = ["demo", "--listen", "127.0.0.1:0", "--conversations", "60", "--members", "4", "--json"];
        let filled = Server::start(&[&demo[..], &data].concat());
        let json: Value = serde_json::from_str(&filled.first_line).unwrap();
        assert_eq!(filled.stop(), Some(0));
        let members = json["members"].clone();
        let server = Server::start(&[&["serve", "--listen", "127.0.0.1:0"][..], &data, more].concat());
        let browser = Browser::start(SIZE.0, SIZE.1);
        browser.go(&server.url);
        let seat = Seat { browser, me: members[0]["member_id"].as_u64().unwrap() };
        seat.sign_in(&members[0]);
        let colleague = members[1]["api_key"].as_str().unwrap().to_owned();
        Self { seat, server, members, colleague, kept: Some(kept) }
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

    /// A field of a conversation, as the API has it.
    fn field(&self, id: u64, name: &str) -> Value {
        self.api("GET", &id.to_string(), &Value::Null).json()[name].clone()
    }

    /// Takes a mail of a conversation's lead in: the headers after the sender's and the body.
    fn deliver(&self, conversation: u64, rest: &str) {
        let item = self.api("GET", &conversation.to_string(), &Value::Null).json();
        let (from, mailbox) = (item["lead"]["email"].as_str().unwrap(), &item["email_account"]["id"]);
        self.take_in(mailbox, &format!("From: {from}\r\nTo: us@harbour-outreach.example\r\n{rest}"));
    }

    /// Takes a mail in.
    fn take_in(&self, mailbox: &Value, raw: &str) {
        let path = format!("/api/v1/email-accounts/{mailbox}/messages");
        let answer = crate::http::send(
            &self.server.url,
            "POST",
            &path,
            &self.colleague,
            "message/rfc822",
            raw.as_bytes(),
        );
        let answer = answer.unwrap();
        assert!(answer.status < 300, "{answer:?}");
    }

    /// A conversation that nobody has taken.
    fn unassigned(&self) -> u64 {
        let list = self.api("POST", "unassigned", &json!({"limit": 1})).json();
        let first = &list["messages"][0];
        let id = first["email_lead_map_id"].as_u64();
        id.or_else(|| first["campaign_lead_map_id"].as_str()?.parse().ok()).unwrap()
    }

    fn archived(&self, id: u64) -> bool {
        self.field(id, "is_archived").as_bool().unwrap()
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

    /// Signs in with a password on the page that is shown.
    fn sign_in(&self, member: &Value) {
        self.browser.type_in("[name=email]", member["email"].as_str().unwrap());
        self.browser.type_in("[name=password]", member["password"].as_str().unwrap());
        self.browser.click("main button.solid");
        self.is_ready();
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
             && document.querySelector('main:not([aria-hidden])').dataset.id == '{id}' && !('loading' in document.querySelector('main:not([aria-hidden])').dataset)"
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

impl Drop for Seat {
    /// What was on the page when a test failed.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let test = std::thread::current().name().unwrap_or("test").to_owned();
            keep_picture(&self.browser, &format!("failed {test} {}", self.me));
        }
    }
}
