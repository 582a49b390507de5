//! What a member sets for themselves, the dates of a list, the sidebar and the Team page, in a browser.

use crewbox_testkit::browser::{CONTROL, ESCAPE};

use super::Day;

#[test]
fn a_preference_holds_after_the_page_is_loaded_again() {
    let day = Day::with(60);
    let browser = &day.browser;
    let theme = "document.documentElement.dataset.theme";
    browser.click("[data-command=theme]");
    browser.until(&format!("{theme} === 'dark'"));
    browser.click("[data-command=theme]");
    browser.until(&format!("{theme} === 'light'"));
    browser.press_with(&[CONTROL], 'k');
    browser.press("go back to the list".chars());
    browser.press(['\u{e007}']);
    browser.until("document.body.dataset.after === 'list'");
    browser.until(
        "performance.getEntriesByType('resource').filter(one => one.name.endsWith('/preferences') && one.responseEnd).length === 3",
    );
    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    assert_eq!(browser.text(theme), "light");
    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    browser.press(['e']);
    browser.until(
        "!document.querySelector('main:not([aria-hidden])').dataset.id && !document.querySelector('.row a[aria-current]')",
    );
    assert_eq!(browser.text("document.activeElement.closest('.row').dataset.id"), rows[1].to_string());
    day.is_sent();

    // Without keys of one character, those with Ctrl still work.
    browser.go(&day.at("/settings/profile"));
    browser.click("[name=keys][type=checkbox]");
    browser.click("[name=part][value=preferences] ~ .actions button");
    browser.shows("[name=keys]:not(:checked)");
    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    browser.press(['j']);
    browser.press_with(&[CONTROL], 'k');
    browser.until("document.querySelector('#palette').open");
    browser.press([ESCAPE]);
    assert_eq!(browser.text("document.querySelector('main:not([aria-hidden])').dataset.id"), "null");
    day.end();
}

#[test]
fn dates_narrow_a_list_with_scripts_off() {
    let day = Day::with(60);
    let browser = &day.browser;
    browser.scripts(false);
    browser.go(&day.at("/inbox/inbox"));
    browser.click(".filters .menu > summary");
    browser.click(".sub:last-of-type > summary");
    browser.run("document.querySelector('[name=from]').value = '2001-01-01'");
    browser.run("document.querySelector('[name=to]').value = '2001-02-28'");
    browser.click(".sub form button");
    browser.shows(".empty");
    assert!(
        browser
            .text("document.querySelector('.filters').innerText")
            .contains("Replied 1 Jan 2001 – 28 Feb 2001")
    );
    browser.click(".empty .button");
    browser.shows(".row");
    browser.click(".filters .menu > summary");
    browser.click(".sub:last-of-type > summary");
    browser.click(".sub:last-of-type > .choice[href*='Between']");
    browser.shows(".chip a[aria-label='Remove filter: Replied today']");
    browser.scripts(true);
    day.end();
}

#[test]
fn the_team_is_reached_however_many_mailboxes_there_are() {
    let day = Day::with(60);
    let browser = &day.browser;
    browser.resize(900, 600);
    browser.run(
        "const list = document.querySelector('[aria-labelledby=mailboxes]');
         for (let count = 0; count < 40; count++) list.append(list.firstElementChild.cloneNode(true))",
    );
    let overflows =
        "document.querySelector('.views').scrollHeight > document.querySelector('.views').clientHeight";
    assert_eq!(browser.text(overflows), "true");
    let bottom = "document.querySelector('.side > .view[href=\"/team\"]').getBoundingClientRect().bottom <= innerHeight - 24";
    assert_eq!(browser.text(bottom), "true");
    // As at 400 % zoom: the whole sidebar scrolls, and nothing lies over anything else.
    browser.resize(360, 300);
    browser.go(&day.at("/inbox/mine#views"));
    let below = "document.querySelector('.side > .view[href=\"/team\"]').getBoundingClientRect().top
        >= document.querySelector('.views').lastElementChild.getBoundingClientRect().bottom";
    assert_eq!(browser.text(below), "true");
    browser.resize(900, 600);
    browser.click(".side > .view[href='/team']");
    browser.shows("[aria-label=Team] table");
    day.end();
}

#[test]
fn the_charts_of_the_team_fit_every_width_and_each_number_leads_to_its_rows() {
    let day = Day::with(200);
    let browser = &day.browser;
    for width in [1440, 900, 400, 320] {
        browser.resize(width, 800);
        browser.go(&day.at("/team?days=90"));
        browser.shows(".charts svg rect.received");
        assert_eq!(browser.text("document.documentElement.scrollWidth <= innerWidth"), "true", "{width}");
        let fit = "[...document.querySelectorAll('.charts svg')].every(one => one.getBoundingClientRect().right <= innerWidth)";
        assert_eq!(browser.text(fit), "true", "{width}");
    }
    browser.prefer(&[("forced-colors", "active")]);
    let colours = "new Set(['axis', 'received', 'sent'].map(one => getComputedStyle(document.querySelector(`.chart .${one}`)).fill)).size";
    assert_eq!(browser.text(colours), "3");
    browser.prefer(&[]);
    browser.resize(1440, 900);
    browser.click("details.more-fields > summary");
    let link = "document.querySelector('details.more-fields td a')";
    assert!(browser.text(&format!("{link}.getAttribute('aria-label')")).contains(" replies "));
    browser.run(&format!("{link}.click()"));
    browser.shows(".row");
    day.end();
}
