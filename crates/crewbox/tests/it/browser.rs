//! The web inbox in a real Chromium, against the demo: what a member sees and does, with the keyboard alone.

use crewbox_testkit::browser::{Browser, CONTROL, ENTER, ESCAPE, SHIFT};
use serde_json::{Value, json};

use crate::drive::Server;

/// The first rows of the list are on one screen.
const SIZE: (u32, u32) = (1440, 900);

/// A member's browser, and a colleague who works by the API.
struct Day {
    browser: Browser,
    server: Server,
    me: u64,
    colleague: String,
}

impl Day {
    fn begin() -> Self {
        let demo = ["demo", "--listen", "127.0.0.1:0", "--conversations", "300", "--members", "4", "--json"];
        let server = Server::start(&demo);
        let json: Value = serde_json::from_str(&server.first_line).unwrap();
        let browser = Browser::start(SIZE.0, SIZE.1);
        browser.go(json["members"][0]["sign_in_url"].as_str().unwrap());
        let me = json["members"][0]["member_id"].as_u64().unwrap();
        let colleague = json["members"][1]["api_key"].as_str().unwrap().to_owned();
        let day = Self { browser, server, me, colleague };
        day.is_ready();
        day
    }

    /// The scripts run and have loaded the conversations of the rows.
    fn is_ready(&self) {
        self.browser.until(
            "performance.getEntriesByType('resource').some(one => one.name.includes('/conversations?') && one.responseEnd)",
        );
    }

    fn patch(&self, call: &str, body: Value) {
        let answer = self.server.call("PATCH", &format!("/master-inbox/{call}"), &self.colleague, &body);
        assert_eq!(answer.status, 200, "{answer:?}");
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

    fn archived(&self, id: u64) -> bool {
        let item = self.server.call("GET", &format!("/master-inbox/{id}"), &self.colleague, &Value::Null);
        item.json()["is_archived"].as_bool().unwrap()
    }

    /// Everything that was done has arrived.
    fn is_sent(&self) {
        self.browser.until(
            "!Object.keys(localStorage).some(name => name.startsWith('queue.') && !name.endsWith('.done'))",
        );
    }

    /// No error, no violation of the page's policy, and no request to another host.
    fn end(self) {
        let log = self.browser.log();
        // What a lost connection and a refusal leave there is wanted.
        let is_wrong =
            |line: &&String| !line.contains("ERR_INTERNET_DISCONNECTED") && !line.contains("status of 409");
        let wrong: Vec<&String> = log.iter().filter(is_wrong).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let others = "performance.getEntriesByType('resource').filter(one => !one.name.startsWith(location.origin)).length";
        assert_eq!(self.browser.text(others), "0");
        drop(self.browser);
        assert_eq!(self.server.stop(), Some(0));
    }
}

#[test]
fn a_day_is_worked_by_the_keyboard_alone() {
    let day = Day::begin();
    let browser = &day.browser;
    let (rows, total) = (day.rows(), day.total());
    browser.press(['j']);
    day.opened(rows[0]);
    browser.press(['j', 'k', 'j']);
    day.opened(rows[1]);
    browser.press(['e']);
    day.opened(rows[2]);
    day.toast("Archived");
    assert_eq!(day.total(), total - 1);
    day.is_sent();
    assert!(day.archived(rows[1]));
    browser.press(['z']);
    day.opened(rows[1]);
    day.is_sent();
    assert!(!day.archived(rows[1]));
    assert_eq!((day.total(), day.rows()[1]), (total, rows[1]), "it is back in its place");
    let lines = "[...document.querySelectorAll('.column > .activity')].map(line => line.innerText.replace(/ ·.*/s, ''))";
    browser.until(&format!("{lines}.slice(-2).join() === 'You archived this,You moved this to the inbox'"));
    browser.until(&format!("{lines}.filter(line => line.startsWith('You')).length === 2"));

    browser.press(['h']);
    browser.until("document.activeElement.matches('.choice')");
    browser.press([ENTER]);
    day.opened(rows[2]);
    day.toast("Snoozed");
    browser.press(['2']);
    day.toast("Categorised");
    let category = format!("document.querySelector('.row[data-id=\"{}\"] .category')?.innerText", rows[2]);
    browser.until(&format!("{category} === 'Meeting Request'"));
    browser.press(['s']);
    day.toast("Marked important");
    browser.press(['z', 'z', 'z']);
    day.is_sent();
    day.opened(rows[1]);
    assert_eq!(day.total(), total, "three more are undone");

    browser.press(['r']);
    browser.until("document.activeElement.name === 'reply'");
    browser.press("jek is typed".chars());
    browser.press([ESCAPE]);
    browser.press(['j']);
    day.opened(rows[2]);
    browser.press(['k']);
    day.opened(rows[1]);
    assert_eq!(browser.text("document.querySelector('[name=reply]').value"), "jek is typed");
    browser.press(['r']);
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Sending to");
    browser.until("document.querySelector('.sending')?.innerText.includes('Sending in 10 s')");
    day.is_sent();
    browser.click("#toast button");
    browser
        .until("document.activeElement.name === 'reply' && document.activeElement.value === 'jek is typed'");
    day.is_sent();
    browser.press([ESCAPE, 'g', 'u']);
    browser.until("location.pathname === '/inbox/unassigned' && document.querySelector('h1').innerText.startsWith('Unassigned')");
    browser.press_with(&[CONTROL], 'k');
    browser.until("document.querySelector('#palette').open");
    browser.press("snoozed".chars().chain([ENTER]));
    browser.until("location.pathname === '/inbox/snoozed'");
    browser.run("history.back()");
    browser.until("location.pathname === '/inbox/unassigned' && document.querySelector('h1').innerText.startsWith('Unassigned')");
    browser.press(['?']);
    browser.until("document.querySelector('#help').open");
    day.end();
}

#[test]
fn a_held_key_ends_on_its_conversation() {
    let day = Day::begin();
    let rows = day.rows();
    day.browser.hold('j', rows.len());
    day.opened(*rows.last().unwrap());
    let loaded =
        "performance.getEntriesByType('resource').filter(one => /parts.mine.\\d+/.test(one.name)).length";
    assert_eq!(day.browser.text(loaded), "0", "all were loaded in advance, by one request");
    day.browser.hold('k', rows.len());
    day.opened(rows[0]);
    day.end();
}

#[test]
fn what_a_colleague_does_moves_nothing_under_the_hands() {
    let day = Day::begin();
    let browser = &day.browser;
    let (rows, total) = (day.rows(), day.total());
    browser.press(['j', 'j']);
    day.opened(rows[1]);
    browser.press(['r']);
    browser.press("My text".chars());
    browser.run("document.querySelectorAll('main details').forEach(one => { one.open = true })");
    browser.run("document.querySelector('[name=reply]').setSelectionRange(2, 4)");
    let opened = browser.text("document.querySelectorAll('main details[open]').length");
    let place = || {
        browser.text("Math.round(document.querySelector('.row a[aria-current]').getBoundingClientRect().top)")
    };
    let before = place();

    // A row arrives, the row under the cursor is archived, and a note is written in the open conversation.
    let list =
        day.server.call("POST", "/master-inbox/unassigned", &day.colleague, &json!({"limit": 1})).json();
    let new = list["messages"][0]["email_lead_map_id"]
        .as_u64()
        .or_else(|| list["messages"][0]["campaign_lead_map_id"].as_str().and_then(|id| id.parse().ok()));
    let new = new.unwrap();
    day.patch("update-team-member", json!({"email_lead_map_id": new, "team_member_id": day.me}));
    browser.until(&format!("document.querySelector('.row[data-id=\"{new}\"]')"));
    assert_eq!(day.total(), total + 1);
    assert_eq!(place(), before, "the selection keeps its position on the screen");
    day.patch("update-archived", json!({"email_lead_map_id": rows[1], "archived": true}));
    browser.until("document.querySelector('.row.gone .reason')?.textContent.endsWith('archived this')");
    assert_eq!(day.total(), total, "numbers change at once");
    day.opened(rows[1]);
    let note = json!({"email_lead_map_id": rows[1], "note_message": "Call them"});
    let answer = day.server.call("POST", "/master-inbox/create-note", &day.colleague, &note);
    assert_eq!(answer.status, 200, "{answer:?}");
    browser.until("document.querySelector('main .note')?.innerText.includes('Call them')");

    let state =
        "[document.activeElement.name, document.activeElement.value, document.activeElement.selectionStart,
        document.activeElement.selectionEnd].join()";
    assert_eq!(browser.text(state), "reply,My text,2,4");
    assert_eq!(browser.text("document.querySelectorAll('main details[open]').length"), opened);
    assert_eq!(place(), before);
    browser.press([ESCAPE, 'j']);
    browser.until("!document.querySelector('.row.gone')");
    day.end();
}

#[test]
fn undo_says_who_has_changed_it_since_and_changes_nothing() {
    let day = Day::begin();
    let rows = day.rows();
    day.browser.press(['j', '2']);
    day.toast("Categorised");
    day.is_sent();
    day.patch("update-category", json!({"email_lead_map_id": rows[0], "category_id": 3}));
    day.browser.press(['z']);
    day.toast("has changed the category");
    day.browser.press_with(&[SHIFT], 'U');
    day.toast("Marked unread");
    day.is_sent();
    let category = format!("document.querySelector('.row[data-id=\"{}\"] .category')?.innerText", rows[0]);
    day.browser.until(&format!("{category} === 'Not Interested'"));
    day.end();
}

#[test]
fn actions_wait_for_a_lost_connection_and_survive_a_reload() {
    let day = Day::begin();
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    browser.network(0, true);
    browser.press(['e']);
    day.opened(rows[1]);
    browser.until("document.querySelector('.banner:not([hidden])')?.innerText.includes('No connection. 1 action waits')");
    browser.press(['e']);
    day.opened(rows[2]);
    browser.until("document.querySelector('.banner')?.innerText.includes('2 actions wait; trying again in')");
    assert!(!day.archived(rows[0]));
    browser.network(0, false);
    browser.run("location.reload()");
    day.is_ready();
    day.is_sent();
    assert!(day.archived(rows[0]) && day.archived(rows[1]));
    browser.until("document.querySelector('.banner').hidden");
    browser.network(0, true);
    browser.press(['j', 's']);
    browser.until("document.querySelector('.banner:not([hidden])')");
    browser.network(0, false);
    browser.until("document.querySelector('.banner').hidden");
    day.is_sent();
    day.end();
}
