//! axe on every page and in every state: wide and narrow, light and dark.

use crewbox_testkit::axe::{Rules, violations};
use crewbox_testkit::browser::{Browser, CONTROL, ENTER, ESCAPE};
use serde_json::json;

use super::{Day, SIZE, keep_picture};
use crate::drive::Server;

const NARROW: (u32, u32) = (390, 844);

/// Pages of a signed-in member, each shown as it is.
const PAGES: [&str; 16] = [
    "/inbox/inbox/all?status=Replied",
    "/inbox/mine",
    "/inbox/unassigned?status=Replied",
    "/inbox/mine?q=nobody-has-this",
    "/inbox/mine/999999",
    "/untracked",
    "/team",
    "/settings/profile",
    "/settings/profile?second-factor",
    "/settings/mailbox",
    "/settings/leads",
    "/settings/categories",
    "/settings/tags",
    "/settings/tags?edit=1",
    "/settings/clients",
    "/settings/clients?edit=1",
];

/// What is found, each with the state in which it was.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn look(&mut self, browser: &Browser, state: &str) {
        for (scheme, rules) in [("light", Rules::All), ("dark", Rules::Contrast)] {
            browser.prefer(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]);
            let width = browser.text("innerWidth");
            let wrong = violations(browser, rules);
            self.0.extend(wrong.iter().map(|line| format!("{state}, {width} px, {scheme}: {line}")));
            keep_picture(browser, &format!("{state} {width} {scheme}"));
        }
    }

    fn are_none(&self) {
        assert!(self.0.is_empty(), "{} found:\n{}", self.0.len(), self.0.join("\n"));
    }
}

#[test]
fn axe_finds_nothing_on_the_pages() {
    let day = Day::with(60);
    let browser = &day.browser;
    let mut found = Found::default();
    for (width, height) in [SIZE, NARROW] {
        browser.resize(width, height);
        for path in PAGES.into_iter().chain(["/settings/members", "/settings/keyboard"]) {
            browser.go(&day.at(path));
            found.look(browser, path);
        }
        // A field that is refused.
        browser.go(&day.at("/settings/profile"));
        browser.type_in("[name=time_zone]", "Nowhere/Never");
        browser.click("form.stack .solid");
        browser.shows("[role=alert]");
        found.look(browser, "a refused profile");
        browser.go(&day.at("/settings/categories"));
        browser.run("document.querySelector('main:not([aria-hidden]) [name=name]').value = 'interested'");
        browser.run("document.querySelector('main:not([aria-hidden]) form').requestSubmit()");
        browser.shows("[role=alert]");
        found.look(browser, "a refused category");
        browser.go(&day.at("/settings/members"));
        browser.run("document.querySelectorAll('input:not([type=hidden])').forEach((field) => { field.required = false; field.type = 'text'; field.value = 'x' })");
        browser.run("document.querySelector('main:not([aria-hidden]) form').requestSubmit()");
        browser.shows("[role=alert]");
        found.look(browser, "a refused invitation");
        browser.go(&day.at("/settings/keyboard"));
        browser.type_in("[name=archive]", "h");
        browser.click("form.stack .solid");
        browser.shows("[name=archive][aria-invalid]");
        found.look(browser, "a refused key");
    }
    found.are_none();
    // What is missing, and what was refused, are logged by the browser as the statuses that they are.
    let log = day.browser.log();
    let wrong: Vec<&String> = log
        .iter()
        .filter(|line| !line.contains("status of 404") && !line.contains("status of 422"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    day.end();
}

#[test]
fn axe_finds_nothing_in_the_states_of_the_inbox() {
    let day = Day::with(120);
    let browser = &day.browser;
    let mut found = Found::default();
    for (width, height) in [SIZE, NARROW] {
        browser.resize(width, height);
        browser.go(&day.at("/inbox/mine"));
        day.is_ready();
        browser.press(['j']);
        day.opened(day.rows()[0]);
        found.look(browser, "a conversation");
        browser.press(['o', 'n']);
        browser.until("document.activeElement.name === 'note'");
        browser.run("document.activeElement.blur()");
        browser.run("document.querySelectorAll('details').forEach((one) => { one.open = one.closest('.bar') === null })");
        found.look(browser, "everything unfolded");
        browser.run("document.querySelectorAll('details').forEach((one) => { one.open = false })");
        let menus = ["snooze", "remind", "category", "assign"].into_iter();
        for menu in menus.take(if width == SIZE.0 { 4 } else { 1 }) {
            browser.run(&format!("document.querySelector('[data-opens={menu}]').open = true"));
            found.look(browser, menu);
            browser.run(&format!("document.querySelector('[data-opens={menu}]').open = false"));
        }
        browser.press(['x', 's']);
        day.toast("Marked");
        found.look(browser, "a toast");
        browser.press(['x']);
        found.look(browser, "a selection");
        browser.press_with(&[CONTROL], 'a');
        browser.press(['e']);
        browser.until("document.querySelector('.banner:not([hidden])')?.innerText.includes('that match?')");
        found.look(browser, "a question about all that match");
        browser.press([ESCAPE, '?']);
        browser.until("document.querySelector('#help').open");
        found.look(browser, "the help");
        browser.press([ESCAPE]);
        browser.press_with(&[CONTROL], 'k');
        browser.press("assign".chars());
        found.look(browser, "the palette");
        browser.press([ESCAPE]);
        browser.network(0, true);
        // The page asks the server whether it is there.
        browser.run("dispatchEvent(new Event('online'))");
        browser.until("document.querySelector('.banner:not([hidden])')");
        found.look(browser, "a lost connection");
        browser.network(0, false);
        browser.until("document.querySelector('.banner').hidden");
        day.is_sent();
        // A reminder at a time that is none, which is a form without a script.
        browser.go(&day.at(&format!("/inbox/mine/{}", day.rows()[0])));
        browser.run("document.querySelector('[data-opens=remind]').open = true");
        browser.type_in("[data-opens=remind] [name=when]", "some day");
        browser.press([ENTER]);
        browser.shows("[data-opens=remind] [role=alert]");
        found.look(browser, "a refused reminder");
    }
    found.are_none();
    let log = browser.log();
    // axe asks for the style of what is laid out ahead, too.
    let caused = ["status of 422", "ERR_INTERNET_DISCONNECTED", "in a subtree hidden by content-visibility"];
    let is_wrong = |line: &&String| !caused.iter().any(|one| line.contains(one));
    let wrong: Vec<&String> = log.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    day.end();
}

#[test]
fn axe_finds_nothing_before_somebody_is_signed_in() {
    let mut found = Found::default();
    let directory = tempfile::TempDir::new().unwrap();
    let data = crate::drive::path(directory.path()).to_owned() + "/data";
    let server = Server::start(&["serve", "--data", &data, "--listen", "127.0.0.1:0"]);
    let browser = Browser::start(SIZE.0, SIZE.1);
    for (width, height) in [SIZE, NARROW] {
        browser.resize(width, height);
        browser.go(&format!("{}/setup", server.url));
        found.look(&browser, "the set-up page");
    }
    let field = |name: &str, value: &str| browser.type_in(&format!("[name={name}]"), value);
    field("account", "Acme");
    field("name", "Ann");
    field("email", "ann@acme.example");
    field("password", "correct horse battery");
    browser.click("main button.solid");
    browser.shows(".sheet.plain [name=email]");
    browser.go(&format!("{}/inbox/mine", server.url));
    found.look(&browser, "an inbox without a mailbox");
    browser.devtools("Network.clearBrowserCookies", &json!({}));
    for (width, height) in [SIZE, NARROW] {
        browser.resize(width, height);
        browser.go(&format!("{}/sign-in", server.url));
        found.look(&browser, "the sign-in page");
        field("email", "ann@acme.example");
        field("password", "wrong");
        browser.click("button.solid");
        browser.shows("[role=alert]");
        found.look(&browser, "a refused password");
        // A reply whose session has ended, as a browser without scripts sends it.
        browser.run(
            "const form = document.createElement('form'); form.method = 'post'; form.action = '/inbox/mine/1/reply';
             const field = document.createElement('textarea'); field.name = 'reply'; field.value = 'Typed before';
             form.append(field); document.body.append(form); form.submit();",
        );
        browser.shows("main.alone textarea[name=reply]");
        found.look(&browser, "what was typed in an ended session");
    }
    found.are_none();
    drop(browser);
    assert_eq!(server.stop(), Some(0));
}
