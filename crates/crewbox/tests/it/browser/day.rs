//! A day by the keyboard alone, and what colleagues do meanwhile.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE, SHIFT};
use serde_json::json;

use super::Day;

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
    let lines = "[...document.querySelectorAll('main:not([aria-hidden]) .column > .activity')].map(line => line.innerText.replace(/ ·.*/s, ''))";
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
fn the_cursor_goes_from_page_to_page() {
    let day = Day::begin();
    let browser = &day.browser;
    let first = day.rows();
    browser.press(std::iter::repeat_n('j', first.len()));
    day.opened(*first.last().unwrap());
    browser.press(['j']);
    browser.until(
        "location.search === '?page=2' && document.querySelector('main:not([aria-hidden])').dataset.id",
    );
    let second = day.rows();
    day.opened(second[0]);
    assert!(second.iter().all(|id| !first.contains(id)), "{first:?} {second:?}");
    browser.press(['k']);
    day.opened(*first.last().unwrap());
    assert_eq!((day.rows(), browser.text("location.search")), (first.clone(), String::new()));
    // Any page by its number: a link while they are few, else a field.
    browser.click(".pages [aria-label='Page 3']");
    browser.until(
        "location.search === '?page=3' && document.querySelector('.pages [aria-current]').innerText === '3'",
    );
    assert!(day.rows().iter().all(|id| !first.contains(id) && !second.contains(id)));
    browser.go(&day.at("/inbox/inbox"));
    day.is_ready();
    browser.type_in(".pages input[name=page]", &format!("7{ENTER}"));
    browser.until("location.search === '?page=7' && document.querySelector('.foot .count').innerText.startsWith('121–140 of ')");
    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    browser.press(['j']);
    day.opened(first[0]);
    browser.press(std::iter::repeat_n('j', first.len() - 1));
    // Before the first row there is nothing.
    browser.press(std::iter::repeat_n('k', first.len() + 1));
    day.opened(first[0]);
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
    browser.run(
        "document.querySelectorAll('main:not([aria-hidden]) details').forEach(one => { one.open = true })",
    );
    browser.run("document.querySelector('[name=reply]').setSelectionRange(2, 4)");
    let opened = browser.text("document.querySelectorAll('main:not([aria-hidden]) details[open]').length");
    let before = day.cursor();

    // A row arrives, the row under the cursor is archived, and a note is written in the open conversation.
    let new = day.unassigned();
    day.patch("update-team-member", json!({"email_lead_map_id": new, "team_member_id": day.me}));
    browser.until(&format!("document.querySelector('.row[data-id=\"{new}\"]')"));
    assert_eq!(day.total(), total + 1);
    assert_eq!(day.cursor(), before, "the selection keeps its position on the screen");
    day.patch("update-archived", json!({"email_lead_map_id": rows[1], "archived": true}));
    browser.until("document.querySelector('.row.gone .reason')?.textContent.endsWith('archived this')");
    assert_eq!(day.total(), total, "numbers change at once");
    day.opened(rows[1]);
    let note = json!({"email_lead_map_id": rows[1], "note_message": "Call them"});
    day.api("POST", "create-note", &note);
    browser.until(
        "[...document.querySelectorAll('main:not([aria-hidden]) .note')].some((note) => note.innerText.includes('Call them'))",
    );

    let state =
        "[document.activeElement.name, document.activeElement.value, document.activeElement.selectionStart,
        document.activeElement.selectionEnd].join()";
    assert_eq!(browser.text(state), "reply,My text,2,4");
    assert_eq!(
        browser.text("document.querySelectorAll('main:not([aria-hidden]) details[open]').length"),
        opened
    );
    assert_eq!(day.cursor(), before);
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

#[test]
fn all_that_match_are_archived_at_once_and_one_undo_takes_it_back() {
    let day = Day::begin();
    let browser = &day.browser;
    let (rows, total) = (day.rows(), day.total());
    assert!(total > rows.len() as u64, "there are more than on one page");
    // No conversation is open, so none says what the key would do.
    browser.press_with(&[CONTROL], 'a');
    browser.until(&format!("document.querySelector('.picked-count').textContent === 'All {total} selected'"));
    browser.press(['e']);
    browser.until(&format!(
        "document.querySelector('.banner').innerText.includes('Archive: all {total} that match?')"
    ));
    assert!(!day.archived(rows[0]), "nothing is done before the person agrees");
    browser.press([ENTER]);
    day.toast(&format!("Archived {total} conversations"));
    browser.until("document.querySelector('h1 .count').firstChild.nodeValue === '0'");
    assert!(rows.iter().all(|id| day.archived(*id)));
    browser.press([ESCAPE, 'z']);
    day.toast("Undone: Archived");
    browser.until(&format!("document.querySelector('h1 .count').firstChild.nodeValue === '{total}'"));
    assert!(rows.iter().all(|id| !day.archived(*id)));
    day.end();
}

#[test]
fn shift_and_a_click_select_every_row_between() {
    let day = Day::begin();
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    browser.run(
        "document.querySelectorAll('.row a')[3].dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, shiftKey: true}))",
    );
    browser.until("document.querySelector('.picked-count').textContent === '4 selected'");
    browser.press([ESCAPE]);
    browser.until("!document.querySelector('.pick:checked')");
    // Where the cursor goes after an action is each person's choice.
    browser.run("document.body.dataset.after = 'list'");
    browser.press(['e']);
    browser.until(&format!(
        "!document.querySelector('main:not([aria-hidden])').dataset.id && document.activeElement.closest('.row')?.dataset.id === '{}'",
        rows[1]
    ));
    browser.press(['j']);
    day.opened(rows[1]);
    for (key, field) in [('b', "when"), ('t', "text")] {
        browser.press([key]);
        browser.until(&format!("document.activeElement.name === '{field}'"));
        browser.press([ESCAPE]);
    }
    day.end();
}

#[test]
fn the_focus_stays_where_the_work_goes_on() {
    let day = Day::with(60);
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    let focused = |id: u64| format!("document.activeElement.closest('.row')?.dataset.id === '{id}'");
    // The list was scrolled away from the cursor: what has the focus next is in view all the same.
    browser.run(
        "document.body.dataset.after = 'list'; const list = document.querySelector('.rows'); list.scrollTop = list.scrollHeight",
    );
    browser.press(['e']);
    browser.until(&focused(rows[1]));
    browser.until(
        "document.activeElement.getBoundingClientRect().top >= document.querySelector('.rows').getBoundingClientRect().top",
    );
    // Rows below the cursor leave, and the focus was in one of them: it goes to the cursor.
    browser.press(['j']);
    day.opened(rows[1]);
    browser.run(&format!(
        "document.querySelector('.sheet > section').classList.add('picking');
         const box = document.querySelector('.row[data-id=\"{}\"] .pick'); box.focus(); box.click()",
        rows[4]
    ));
    browser.until("document.activeElement.matches('.pick:checked')");
    browser.press(['e']);
    browser.until(&format!("!document.querySelector('.row[data-id=\"{}\"]')", rows[4]));
    browser.until(&focused(rows[1]));
    day.end();
}

#[test]
fn conversations_are_laid_out_ahead_of_the_cursor_and_hidden() {
    let day = Day::begin();
    let browser = &day.browser;
    let rows = day.rows();
    let ahead = "[...document.querySelectorAll('main[aria-hidden]')]";

    // With nothing open there is none, in which a key would open a menu.
    browser.run("document.querySelectorAll('.row')[1].click()");
    day.opened(rows[1]);
    browser.until(&format!("{ahead}.length === 2"));
    browser.run("history.back()");
    browser.until("document.querySelector('main').matches('.nothing-open')");
    browser.press(['h', 'n', ';']);
    browser.until(&format!("!{ahead}.length"));
    assert_eq!(browser.text("document.querySelectorAll('main [open]').length"), "0");

    browser.press(['j', 'j']);
    day.opened(rows[1]);
    let are = |ids: [u64; 2]| {
        browser.until(&format!("{ahead}.map(one => one.dataset.id).join() === '{},{}'", ids[0], ids[1]));
    };
    // Below the cursor, and above.
    are([rows[2], rows[0]]);
    let hidden = format!("{ahead}.every(one => !one.querySelector('h1').checkVisibility())");
    browser.until(&hidden);
    browser.run(&format!("window.laidOut = {ahead}[0]"));

    // The one that was laid out is shown, at its newest message, and the first of its kind.
    browser.press(['j']);
    day.opened(rows[2]);
    browser.until("document.querySelector('main:not([aria-hidden])') === laidOut && !laidOut.ariaHidden");
    let scroll = "(() => { const thread = document.querySelector('.thread > .scroll'), newest = [...thread.querySelectorAll('article.message')].at(-1);
        const {top, bottom} = newest.getBoundingClientRect(), box = thread.getBoundingClientRect(); return top < box.bottom && bottom > box.top; })()";
    assert_eq!(browser.text(scroll), "true");
    are([rows[3], rows[1]]);

    // What an undo brings back is among them.
    browser.press(['e']);
    day.opened(rows[3]);
    browser.until(&format!("{ahead}.some(one => one.dataset.id === '{}')", rows[2]));
    browser.press(['z']);
    day.opened(rows[2]);
    browser.until("document.querySelector('main:not([aria-hidden])') === laidOut");
    // One region at a time has none.
    browser.resize(390, 844);
    browser.press(['j']);
    browser.until(&format!("!{ahead}.length"));
    day.end();
}
