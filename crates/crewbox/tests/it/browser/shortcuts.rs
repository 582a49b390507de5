//! Keys that a member has chosen, in a browser.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE};

use super::Day;

/// The key that the button of archiving shows.
const SHOWN: &str = "document.querySelector('main:not([aria-hidden]) form[data-verb=archive] kbd').innerText";

#[test]
fn a_chosen_key_does_what_the_usual_one_did_and_only_for_its_member() {
    let day = Day::with(60);
    let browser = &day.browser;
    let ben = day.join(1);
    browser.go(&day.at("/settings/keyboard"));
    browser.type_in("[name=archive]", "y");
    browser.type_in("[name=view-mine]", "g x");
    browser.type_in("[name=send]", "Ctrl+S");
    browser.type_in("[name=palette]", "Ctrl+P");
    browser.click("form.stack .solid");
    browser.shows("[name=archive][value=y]");

    // The new key of the palette works beside the inbox, also in a field; the usual one no longer does.
    browser.click("[name=archive]");
    browser.press_with(&[CONTROL], 'k');
    assert_eq!(browser.text("location.pathname"), "/settings/keyboard");
    browser.press_with(&[CONTROL], 'p');
    browser.until("location.pathname === '/inbox/mine' && document.querySelector('#palette')?.open");
    browser.press([ESCAPE]);
    day.is_ready();

    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    assert_eq!(browser.text(SHOWN), "Y");
    let declared = "document.querySelector('main:not([aria-hidden]) form[data-verb=archive] button').getAttribute('aria-keyshortcuts')";
    assert_eq!(browser.text(declared), "y");
    browser.press(['?']);
    browser.until("document.querySelector('#help').open");
    assert_eq!(
        browser.text("document.querySelector('#help tr[data-verb=archive] td').innerText.trim()"),
        "Y"
    );
    browser.press([ESCAPE]);
    browser.until("!document.querySelector('#help').open");
    browser.press(['e']);
    assert_eq!(
        browser.text("document.querySelector('main:not([aria-hidden])').dataset.id"),
        rows[0].to_string(),
        "e does nothing"
    );
    browser.press(['y']);
    day.toast("Archived");
    day.opened(rows[1]);
    browser.press(['z']);
    day.opened(rows[0]);
    // By mouse, the toast says the key that archives now.
    browser.run("localStorage.removeItem('hints')");
    browser.click("main form[data-verb=archive] button");
    day.toast("key Y");
    day.opened(rows[1]);
    browser.press(['r']);
    browser.until("document.activeElement.name === 'reply'");
    browser.press("Yes".chars());
    browser.press_with(&[CONTROL], ENTER);
    assert_eq!(browser.text("document.querySelector('#toast').innerText.includes('Sending')"), "false");
    browser.press_with(&[CONTROL], 's');
    day.toast("Sending to");
    browser.press([ESCAPE]);

    // A sequence, after the one that it replaces.
    browser.press(['g', 'a']);
    browser.until("location.pathname === '/inbox/inbox'");
    browser.press(['g', 'm', '?']);
    browser.until("document.querySelector('#help').open");
    assert_eq!(browser.text("location.pathname"), "/inbox/inbox");
    browser.press([ESCAPE]);
    browser.until("!document.querySelector('#help').open");
    browser.press(['g', 'x']);
    browser.until("location.pathname === '/inbox/mine'");
    day.is_sent();
    assert!(day.archived(rows[0]));

    // Everybody else keeps the usual keys.
    let others = ben.rows();
    ben.browser.press(['j']);
    ben.opened(others[0]);
    assert_eq!(ben.browser.text(SHOWN), "E");
    ben.browser.press(['y', 'e']);
    ben.toast("Archived");
    ben.opened(others[1]);
    ben.is_sent();
    assert!(day.archived(others[0]));
    day.end_with([ben]);
}

#[test]
fn keys_are_changed_with_scripts_off() {
    let day = Day::with(60);
    let browser = &day.browser;
    browser.scripts(false);
    browser.go(&day.at("/settings"));
    browser.click(".side a[href='/settings/keyboard']");
    browser.type_in("[name=archive]", "h");
    browser.type_in("[name=note]", "y");
    browser.click("form.stack .solid");
    browser.shows("[name=archive][value=h][aria-invalid]");
    browser.shows("[name=note][value=y]");
    browser.type_in("[name=archive]", "q");
    browser.click("form.stack .solid");
    browser.shows("[name=archive][value=q]:not([aria-invalid])");
    browser.click("button[name=do]");
    browser.shows("[name=archive][value=e]");
    browser.scripts(true);
    day.end();
}
