//! One action on many conversations: on all of a saved view, and its undo after a colleague's change.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE};
use serde_json::{Value, json};

use super::Day;

/// What narrows the list: a search, a filter and a view, as its address has them.
const NARROWED: &str = "/inbox/inbox?q=you&status=Replied";

/// The header shows that so many match.
fn count(total: u64) -> String {
    format!("document.querySelector('h1 .count').firstChild.nodeValue === '{total}'")
}

fn category(day: &Day, id: u64) -> Value {
    day.field(id, "category")["id"].clone()
}

/// A category that a conversation has neither had nor got: one that it had would be as before.
fn other_than(before: &Value) -> u64 {
    if *before == 3 { 4 } else { 3 }
}

impl Day {
    /// Saves the narrowed list as a view of this name and opens it from the sidebar; how many match.
    fn open_saved(&self, name: &str) -> u64 {
        let browser = &self.browser;
        browser.go(&self.at(NARROWED));
        let total = self.total();
        browser.click(".filters details.menu:last-of-type > summary");
        browser.type_in(".filters [name=name]", name);
        browser.click(".filters details.menu[open] .framed");
        browser.shows(&format!(
            ".side [aria-current=page][href*='{}']",
            NARROWED.split('?').nth(1).unwrap().split('&').next().unwrap()
        ));
        assert_eq!(self.total(), total, "a saved view is the same list");
        total
    }

    fn matching(&self) -> u64 {
        let body = json!({"limit": 1, "filters": {"search": "you", "emailStatus": "Replied"}});
        self.api("POST", "inbox-replies", &body).json()["total_count"].as_u64().unwrap()
    }
}

#[test]
fn all_of_a_saved_view_are_changed_and_nothing_else() {
    let day = Day::with(120);
    let browser = &day.browser;
    let total = day.open_saved("Replied, you");
    day.is_ready();
    assert!(total > day.rows().len() as u64, "it has more than one page: {total}");
    assert_eq!(day.matching(), total);
    browser.go(&day.at("/inbox/inbox"));
    let everything = day.total();
    assert!(everything > total);
    browser.click(".side a[href*='q=you']");
    browser.until(&count(total));

    let rows = day.rows();
    browser.press_with(&[CONTROL], 'a');
    browser.until(&format!("document.querySelector('.picked-count').textContent === 'All {total} selected'"));
    browser.press(['e']);
    browser.until(&format!(
        "document.querySelector('.banner').innerText.includes('Archive: all {total} that match?')"
    ));
    browser.press([ENTER]);
    day.toast(&format!("Archived {total} conversations"));
    browser.until(&count(0));
    assert!(rows.iter().all(|id| day.archived(*id)));
    browser.press(['g', 'a']);
    browser.until(&count(everything - total));
    browser.press(['z']);
    day.toast("Undone: Archived");
    browser.until(&count(everything));
    assert_eq!(day.matching(), total);
    day.end();
}

#[test]
fn rows_that_were_selected_come_back_where_they_were() {
    let day = Day::begin();
    let browser = &day.browser;
    let rows = day.rows();
    let (first, last) = (rows[rows.len() - 2], rows[rows.len() - 1]);
    // Where it is scrolled to its end, no list of the server's moves rows.
    browser.run("const list = document.querySelector('.rows'); list.scrollTop = list.scrollHeight;");
    browser.run("for (const pick of [...document.querySelectorAll('.row .pick')].slice(-2)) pick.click();");
    browser.press(['e']);
    day.toast("Archived 2 conversations");
    let is_filled = format!("document.querySelectorAll('.row').length === {}", rows.len());
    browser.until(&is_filled);
    assert!(!day.rows().contains(&last), "{first} and {last} left, others came");
    browser.press(['z']);
    day.opened(first);
    assert_eq!(day.rows()[..rows.len()], rows, "others are below them");
    day.end();
}

#[test]
fn all_of_a_saved_view_are_changed_without_scripts() {
    let day = Day::with(120);
    let browser = &day.browser;
    browser.scripts(false);
    let total = day.open_saved("Replied, you");
    let rows = day.rows();
    browser.click(".foot .unscripted");
    browser.shows("main[aria-label='Bulk action']");
    browser.click("form[action*='/all/archive?'] button");
    browser.shows("form[action$='/undo']");
    assert!(
        browser
            .text("document.querySelector('[role=status]').textContent")
            .contains(&format!("{total} have changed"))
    );
    assert_eq!(day.matching(), 0);
    assert!(rows.iter().all(|id| day.archived(*id)));
    browser.click("form[action$='/undo'] button");
    browser.shows("main:not(:has(form[action$='/undo']))");
    assert_eq!(day.matching(), total);
    browser.scripts(true);
    day.end();
}

#[test]
fn the_undo_of_all_names_who_changed_what_since_and_undoes_the_others() {
    let day = Day::with(120);
    let browser = &day.browser;
    let (rows, total) = (day.rows(), day.total());
    let before: Vec<_> = rows.iter().map(|id| category(&day, *id)).collect();
    browser.press(['j']);
    day.opened(rows[0]);
    browser.press_with(&[CONTROL], 'a');
    browser.press(['2']);
    browser
        .until(&format!("document.querySelector('.banner').innerText.includes('all {total} that match?')"));
    browser.press([ENTER]);
    day.toast("Categorised");
    let since = rows[1];
    let other = other_than(&before[1]);
    day.patch("update-category", json!({"email_lead_map_id": since, "category_id": other}));
    browser.press([ESCAPE, 'z']);
    day.toast("Ben Okafor changed the category");
    day.toast("1 of ");
    day.toast(&format!("conversation {since}"));
    for (id, before) in rows.iter().zip(before) {
        let expected = if *id == since { json!(other) } else { before };
        assert_eq!(category(&day, *id), expected, "{id}");
    }
    day.end();
}

#[test]
fn the_undo_of_a_selection_names_who_changed_what_since_and_undoes_the_others() {
    let day = Day::with(60);
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    let before: Vec<_> = rows[..3].iter().map(|id| category(&day, *id)).collect();
    browser.press(['x', 'j', 'x', 'j', 'x', '2']);
    day.toast("Categorised 3 conversations");
    day.is_sent();
    let since = rows[1];
    let other = other_than(&before[1]);
    day.patch("update-category", json!({"email_lead_map_id": since, "category_id": other}));
    browser.press(['z']);
    day.toast(&format!("Ben Okafor has changed the category of conversation {since}"));
    day.toast("2 more are as before");
    day.is_sent();
    for (id, before) in rows.iter().zip(before) {
        let expected = if *id == since { json!(other) } else { before };
        assert_eq!(category(&day, *id), expected, "{id}");
    }
    day.end();
}

#[test]
fn an_undo_after_the_list_was_opened_again_shows_each_row_once() {
    let day = Day::with(60);
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    browser.press(['x', 'j', 'x', '2']);
    day.toast("Categorised 2 conversations");
    day.is_sent();
    browser.press(['g', 'u']);
    browser.until("location.pathname === '/inbox/unassigned' && document.querySelector('h1').innerText.startsWith('Unassigned')");
    browser.press(['g', 'm']);
    browser.until("location.pathname === '/inbox/mine' && document.querySelector('h1').innerText.startsWith('Assigned')");
    let before = day.rows();
    browser.press(['z']);
    day.toast("Undone: Categorised 2 conversations");
    assert_eq!(day.rows(), before);
    day.is_sent();
    day.end();
}
