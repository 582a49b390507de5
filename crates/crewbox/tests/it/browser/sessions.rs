//! A session that ends, a page that is too old, and a form that is sent twice: one sentence each, and nothing that was
//! typed is lost.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE};
use serde_json::json;

use super::{Day, Seat};

/// What a browser logs of an answer that refuses.
const REFUSED: [&str; 3] = ["status of 401", "status of 403", "status of 412"];

impl Seat {
    fn logs_only_refusals(&self) {
        let log = self.browser.log();
        let wrong: Vec<&String> =
            log.iter().filter(|line| !REFUSED.iter().any(|refused| line.contains(refused))).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    fn line_says(&self, words: &str) {
        self.browser.until(&format!(
            "document.querySelector('.banner:not([hidden])')?.innerText.includes('{words}')"
        ));
    }

    /// Begins a reply in the first conversation.
    fn begin_a_reply(&self, text: &str) -> u64 {
        let id = self.rows()[0];
        self.browser.press(['j']);
        self.opened(id);
        self.browser.press(['r']);
        self.browser.until("document.activeElement.name === 'reply'");
        self.browser.press(text.chars());
        id
    }

    fn replies(&self, text: &str) {
        self.browser.until(&format!("document.querySelector('[name=reply]')?.value === '{text}'"));
    }

    fn forgets_its_session(&self) {
        self.browser.devtools("Network.clearBrowserCookies", &json!({}));
    }
}

#[test]
fn a_session_that_ends_while_somebody_types_loses_nothing() {
    let day = Day::with(60);
    let browser = &day.browser;
    let id = day.begin_a_reply("Half a sen");
    day.forgets_its_session();
    browser.press("tence".chars());
    browser.until("document.querySelector('.saved').textContent === 'Draft saved on this device'");
    browser.press([ESCAPE, 's']);
    day.line_says("You are signed out: sign in again");
    day.replies("Half a sentence");
    browser.click(".banner button");
    browser.shows("[name=password]");
    day.sign_in(&day.members[0]);
    day.opened(id);
    day.replies("Half a sentence");
    day.is_sent();
    assert_eq!(day.field(id, "is_important"), true);
    day.logs_only_refusals();
    day.end();
}

#[test]
fn a_page_from_before_another_sign_in_keeps_its_actions_until_it_is_loaded_again() {
    let day = Day::with(60);
    let browser = &day.browser;
    let id = day.begin_a_reply("Written before");
    let (tab, other) = (browser.tab(), browser.open_tab());
    browser.go(&day.at("/inbox/mine"));
    browser.click(".me-bar button:last-of-type");
    browser.shows("[name=password]");
    day.sign_in(&day.members[0]);
    browser.close_tab();
    assert_ne!(tab, other);
    browser.switch_to(&tab);
    browser.press_with(&[CONTROL], ENTER);
    day.line_says("This page is from before you signed in: reload it");
    browser.press([ESCAPE, 's']);
    browser.click(".banner button");
    browser.until("performance.getEntriesByType('navigation')[0].type === 'navigate' && document.readyState === 'complete'");
    day.opened(id);
    day.is_sent();
    assert_eq!(day.field(id, "is_important"), true);
    browser.until("document.querySelectorAll('main:not([aria-hidden]) .waiting').length === 1");
    day.logs_only_refusals();
    day.end();
}

#[test]
fn what_one_member_has_not_sent_is_not_sent_by_the_next_one() {
    let day = Day::with(60);
    let browser = &day.browser;
    let id = day.begin_a_reply("A private draft");
    day.forgets_its_session();
    browser.press([ESCAPE, 's']);
    day.line_says("You are signed out");
    browser.click(".banner button");
    browser.shows("[name=password]");
    day.sign_in(&day.members[1]);
    assert_eq!(day.field(id, "is_important"), false);
    browser.go(&day.at(&format!("/inbox/inbox/{id}")));
    day.is_ready();
    day.replies("");
    day.logs_only_refusals();
    day.end();
}

#[test]
fn a_page_from_before_an_update_says_so_and_goes_on() {
    let day = Day::with(60);
    let browser = &day.browser;
    let id = day.begin_a_reply("Still writing");
    browser.run("document.body.dataset.version = 'older'; window.kept = true");
    // The stream begins again, and with it the server says its version.
    browser.press([ESCAPE, 'j', 'k']);
    day.line_says("Crewbox was updated");
    browser.press(['s']);
    day.is_sent();
    assert_eq!(day.field(id, "is_important"), true);
    assert_eq!(browser.text("window.kept"), "true", "the page is never loaded again by itself");
    browser.click(".banner button");
    browser.until("!window.kept && document.readyState === 'complete'");
    day.opened(id);
    day.replies("Still writing");
    day.end();
}

#[test]
fn a_form_that_is_sent_twice_is_done_once() {
    let day = Day::with(60);
    let browser = &day.browser;
    let id = day.rows()[0];
    browser.go(&day.at(&format!("/inbox/mine/{id}")));
    day.is_ready();
    let notes = "document.querySelectorAll('main:not([aria-hidden]) .note').length";
    let before: u64 = browser.text(notes).parse().unwrap();
    // As a browser without scripts sends them.
    let twice = "const twice = (form, fields) => { const body = new URLSearchParams({...Object.fromEntries(new FormData(form)), ...fields});
        return Promise.all([1, 2].map(() => fetch(form.getAttribute('action'), {method: 'POST', body}))); };
        const form = (verb) => document.querySelector(`main form[data-verb=${verb}]`);";
    let statuses = browser.run_async(&format!(
        "{twice} twice(form('reply'), {{reply: 'Only once', undo: '10'}}).then(() => twice(form('note'), {{note: 'Only one'}}))
           .then((answers) => done(answers.map((answer) => answer.status)))"
    ));
    assert_eq!(statuses, json!([200, 200]));
    browser.go(&day.at(&format!("/inbox/mine/{id}")));
    assert_eq!(browser.text(notes), (before + 1).to_string());
    assert_eq!(browser.text("document.querySelectorAll('main:not([aria-hidden]) .waiting').length"), "1");
    day.end();
}

#[test]
fn without_scripts_an_ended_session_keeps_what_was_typed() {
    let day = Day::with(60);
    let browser = &day.browser;
    let id = day.rows()[0];
    browser.scripts(false);
    browser.go(&day.at(&format!("/inbox/mine/{id}")));
    browser.type_in("[name=reply]", "Typed before\nthe session ended");
    day.forgets_its_session();
    browser.click("main form[data-verb=reply] .solid");
    browser.shows("main.alone textarea[name=reply]");
    let tab = browser.tab();
    browser.open_tab();
    browser.scripts(false);
    browser.go(&day.at("/sign-in"));
    browser.type_in("[name=email]", day.members[0]["email"].as_str().unwrap());
    browser.type_in("[name=password]", day.members[0]["password"].as_str().unwrap());
    browser.click("main button.solid");
    browser.shows(".rows");
    browser.close_tab();
    browser.switch_to(&tab);
    browser.click("main.alone .solid");
    browser.shows("main .dock [role=alert]");
    let reply = "document.querySelector('[name=reply]').value";
    assert_eq!(browser.text(reply), "Typed before\nthe session ended");
    let notice =
        browser.text("document.querySelector('main:not([aria-hidden]) .dock [role=alert]').textContent");
    assert!(notice.contains("nothing was done"), "{notice}");
    browser.run("document.body.id = 'before'");
    browser.click("main form[data-verb=reply] .solid");
    browser.shows("body:not(#before) [name=reply]");
    assert_eq!(browser.text(reply), "");
    browser.scripts(true);
    day.logs_only_refusals();
    day.end();
}

#[test]
fn a_cookie_that_is_not_ours_leads_to_the_sign_in_page() {
    let day = Day::with(60);
    let browser = &day.browser;
    let (url, value) = (&day.server.url, "x".repeat(64));
    browser.devtools("Network.setCookie", &json!({"url": url, "name": "crewbox", "value": value}));
    browser.go(&day.at("/inbox/mine?show=all"));
    browser.shows("[name=password]");
    day.sign_in(&day.members[0]);
    assert_eq!(browser.text("location.pathname + location.search"), "/inbox/mine?show=all");
    // The page before may have asked for its stream with it.
    day.logs_only_refusals();
    day.end();
}
