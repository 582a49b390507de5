//! Everything that opens over the page: Escape closes it, whatever of it has the focus, and the focus is where it was.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE, SHIFT};

use super::Day;

/// What has the focus: the element and, in the list, its row.
const FOCUS: &str = "(({localName, className, name, dataset}) => [localName, className, name, dataset.command].join(' '))(document.activeElement)
    + (document.activeElement.closest('.row')?.dataset.id ?? '')";
/// Menus that are open.
const OPEN: &str = "[...document.querySelectorAll('details.menu[open], details[data-opens][open]')].map((menu) => menu.dataset.opens ?? 'menu').join()";

impl Day {
    fn are_open(&self, menus: &str) {
        self.browser.until(&format!("{OPEN} === '{menus}'"));
    }

    /// Opens a menu by clicking on its button and closes it by Escape, from the button and from its first field.
    fn closes_after_a_click(&self, menu: &str) {
        let summary = format!("document.querySelector('{menu} > summary')");
        for inside in [false, true] {
            self.browser.click(&format!("{menu} > summary"));
            self.browser.until(&format!("document.querySelector('{menu}').open"));
            if inside {
                let first = "input:not([type=hidden]), textarea, select, .choice";
                self.browser
                    .run(&format!("document.querySelector('{menu}').querySelector('{first}').focus()"));
            }
            self.browser.press([ESCAPE]);
            self.browser.until(&format!("!document.querySelector('{menu}').open"));
            self.browser.until(&format!("document.activeElement === {summary}"));
        }
    }
}

#[test]
fn escape_closes_what_each_key_of_the_table_opens_and_the_focus_returns() {
    let day = Day::with(60);
    let browser = &day.browser;
    browser.press(['j']);
    day.opened(day.rows()[0]);
    let table = browser.run(
        "return [...document.querySelectorAll('#help tr[data-effect=opens]:not([data-key=\"\"])')].map(({dataset}) => [dataset.verb, dataset.key])",
    );
    let actions: Vec<(&str, &str)> = table
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row[0].as_str().unwrap(), row[1].as_str().unwrap()))
        .collect();
    assert!(actions.len() >= 6, "{actions:?}");
    let press = |key: &str| match key.split_once('+') {
        Some((_, letter)) => browser.press_with(&[SHIFT], letter.chars().next().unwrap()),
        None => browser.press(key.chars()),
    };
    // From a row, and from inside the conversation.
    for from in ["row", "thread"] {
        if from == "thread" {
            browser.press([ENTER]);
            browser.until("document.activeElement.matches('.thread > .scroll')");
        }
        for (verb, key) in &actions {
            // A field of the page and no menu: leaving it leads to the list.
            if browser.text(&format!("document.querySelector('[data-opens={verb}]') === null")) == "true" {
                continue;
            }
            let before = browser.text(FOCUS);
            press(key);
            day.are_open(verb);
            browser.until(&format!("document.activeElement.closest('[data-opens={verb}]')"));
            browser.press([ESCAPE]);
            day.are_open("");
            assert_eq!(browser.text(FOCUS), before, "after {verb} from the {from}");
        }
    }

    // One menu at a time, and none stays behind when the cursor goes on.
    browser.press(['b', ESCAPE, 't']);
    day.are_open("task");
    browser.press([ESCAPE]);
    browser.press(['h', 'a']);
    day.are_open("assign");
    browser.press(['r']);
    day.are_open("");
    browser.press([ESCAPE, 'h', 'j']);
    day.opened(day.rows()[1]);
    browser.press(['k']);
    day.opened(day.rows()[0]);
    day.are_open("");

    // What was typed into a menu is there when it opens again, and a note that was begun stays.
    browser.press(['b']);
    browser.press("tomorrow".chars().chain([ESCAPE, 'b']));
    browser.until("document.activeElement.value === 'tomorrow'");
    browser.press([ESCAPE, 'n']);
    browser.press("A note".chars().chain([ESCAPE]));
    day.are_open("note");
    browser.until(
        "document.activeElement.closest('.row') && document.querySelector('[name=note]').value === 'A note'",
    );
    day.end();
}

#[test]
fn escape_closes_what_a_click_opens_in_every_width_and_on_every_page() {
    let day = Day::with(60);
    let browser = &day.browser;
    browser.go(&day.at(&format!("/inbox/inbox/{}?status=Replied", day.rows()[0])));
    day.is_ready();
    for menu in ["snooze", "remind", "category", "assign"] {
        day.closes_after_a_click(&format!("[data-opens={menu}]"));
    }
    let menus = browser.run(
        "return [...document.querySelectorAll('.filters details.menu')].map((menu, at) => (menu.id = `menu-${at}`))",
    );
    let menus = menus.as_array().unwrap();
    assert!(menus.len() >= 2);
    for menu in menus {
        day.closes_after_a_click(&format!("#{}", menu.as_str().unwrap()));
    }

    // Dialogs, from where they were opened.
    browser.press(['j']);
    let before = browser.text(FOCUS);
    browser.press(['?']);
    browser.until("document.querySelector('#help').open");
    browser.press([ESCAPE]);
    browser.until("!document.querySelector('#help').open");
    browser.press_with(&[CONTROL], 'k');
    browser.until("document.querySelector('#palette').open");
    browser.press([ESCAPE]);
    browser.until("!document.querySelector('#palette').open");
    assert_eq!(browser.text(FOCUS), before);

    // A question over the list.
    browser.press_with(&[CONTROL], 'a');
    browser.press(['e']);
    browser.until("document.activeElement.closest('.banner')");
    browser.press([ESCAPE]);
    browser.until("document.querySelector('.banner').hidden && document.activeElement.closest('.row')");

    // The lead and the views, where they lie over the page.
    browser.resize(1100, 900);
    let list = "document.querySelector('.rows').scrollTop";
    browser.run("document.querySelector('.rows').scrollTop = 40");
    browser.press(['t']);
    browser.until("location.hash === '#lead' && document.activeElement.name === 'text'");
    browser.press([ESCAPE]);
    day.are_open("");
    browser.press([ESCAPE]);
    browser.until(
        "!location.hash && getComputedStyle(document.querySelector('.sheet > .lead')).display === 'none'",
    );
    assert_eq!(browser.text(list), "40", "the list stays where it was");
    browser.resize(390, 844);
    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    browser.click("a[href='#views']");
    browser.until("getComputedStyle(document.querySelector('.side')).display !== 'none'");
    browser.press([ESCAPE]);
    browser.until("getComputedStyle(document.querySelector('.side')).display === 'none'");

    // A page beside the inbox.
    browser.resize(1440, 900);
    let mailbox = day.field(day.rows()[0], "email_account")["id"].clone();
    let stray = "From: s@elsewhere.example\r\nTo: us@harbour-outreach.example\r\nMessage-ID: <s@elsewhere.example>\r\n\r\nHello\r\n";
    day.take_in(&mailbox, stray);
    browser.go(&day.at("/untracked"));
    day.closes_after_a_click("main details.menu");
    browser.press_with(&[CONTROL], 'k');
    browser.until("location.pathname === '/inbox/mine' && document.querySelector('#palette')?.open");
    day.end();
}
