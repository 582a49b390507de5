//! Actions while the server cannot be reached: kept, shown as waiting, and sent once, in order, when it is there again.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE};
use crewbox_testkit::proxy::{Fault, Proxy};
use serde_json::{Value, json};

use super::{Day, Seat};
use crate::drive::{Server, path};

/// What a browser logs of a server that is gone or cuts a connection.
const GONE: [&str; 6] = [
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_CONNECTION_CLOSED",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_SOCKET_NOT_CONNECTED",
];

impl Seat {
    /// The page has logged nothing but that its server was gone.
    fn logs_only_that_the_server_was_gone(&self) {
        let log = self.browser.log();
        let wrong: Vec<&String> =
            log.iter().filter(|line| !GONE.iter().any(|gone| line.contains(gone))).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    /// Adds a note to the open conversation.
    fn note(&self, text: &str) {
        self.browser.press(['n']);
        self.browser.until("document.activeElement.name === 'note'");
        self.browser.press(text.chars());
        self.browser.run("document.activeElement.form.requestSubmit()");
    }

    fn waits_for(&self, actions: &str) {
        self.browser.until(&format!(
            "document.querySelector('.banner:not([hidden])')?.innerText.startsWith('No connection. {actions}')"
        ));
    }
}

impl Day {
    fn notes(&self, id: u64) -> Vec<Value> {
        let notes = self.field(id, "notes");
        notes.as_array().unwrap().iter().map(|note| note["note_message"].clone()).collect()
    }
}

#[test]
fn what_is_done_while_the_server_is_down_is_sent_once_and_in_order() {
    let day = Day::served(&[]);
    let rows = day.rows();
    day.browser.press(['j']);
    day.opened(rows[0]);
    let before = day.notes(rows[1]).len();
    let Day { seat, server, members, colleague, kept } = day;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    server.kill();
    let browser = &seat.browser;
    browser.press(['2']);
    seat.waits_for("1 action waits");
    browser.press(['3', 's', 'e']);
    seat.opened(rows[1]);
    seat.waits_for("4 actions wait");
    seat.note("Written without a server");
    browser.press([ESCAPE, 'r']);
    browser.until("document.activeElement.name === 'reply'");
    browser.press("Sent without a server".chars());
    browser.press_with(&[CONTROL], ENTER);
    seat.waits_for("6 actions wait");
    // What is being typed when the server comes back stays.
    browser.press("And more".chars());

    let data = kept.as_ref().unwrap().path().join("data");
    let server = Server::start(&["serve", "--listen", &address, "--data", path(&data)]);
    let day = Day { seat, server, members, colleague, kept };
    browser_is_back(&day);
    assert_eq!(day.field(rows[0], "category")["id"], 3, "the later of two changes is what stays");
    assert!(day.archived(rows[0]) && day.field(rows[0], "is_important") == true);
    let notes = day.notes(rows[1]);
    assert_eq!(notes.len(), before + 1, "{notes:?}");
    assert!(notes.contains(&json!("Written without a server")));
    let waiting = "document.querySelectorAll('main:not([aria-hidden]) .waiting').length";
    day.browser.until(&format!("{waiting} === 1"));
    assert_eq!(day.browser.text("document.querySelector('[name=reply]').value"), "And more");
    assert_eq!(day.browser.text("performance.getEntriesByType('navigation').length"), "1");
    day.logs_only_that_the_server_was_gone();
    day.end();
}

/// The line is gone, and everything has arrived.
fn browser_is_back(day: &Day) {
    day.browser.run("dispatchEvent(new Event('online'))");
    day.browser.until("document.querySelector('.banner').hidden");
    day.is_sent();
}

#[test]
fn an_action_whose_answer_is_lost_is_done_once() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let day = Day::with(60);
    let port = day.server.url.rsplit(':').next().unwrap().parse().unwrap();
    let proxy = runtime.block_on(Proxy::start(port));
    let id = day.rows()[0];
    let before = day.notes(id).len();
    // Cookies do not know ports.
    day.browser.go(&format!("http://127.0.0.1:{}/inbox/mine/{id}", proxy.port));
    day.is_ready();
    // The last words of every form that a script sends.
    proxy.fail(Fault::CutAnswerTo(b"&script=1".to_vec()));
    day.note("Heard once");
    day.waits_for("1 action waits");
    while day.notes(id).len() == before {
        std::thread::yield_now();
    }
    day.note("And then this");
    day.waits_for("2 actions wait");
    proxy.fail(Fault::None);
    proxy.drop_all();
    browser_is_back(&day);
    let notes = day.notes(id);
    assert_eq!(notes.len(), before + 2, "{notes:?}");
    assert_eq!(notes[before..], [json!("Heard once"), json!("And then this")]);
    day.browser.until("[...document.querySelectorAll('main:not([aria-hidden]) .note')].some((note) => note.innerText.includes('And then this'))");
    day.logs_only_that_the_server_was_gone();
    day.end();
}
