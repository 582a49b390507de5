//! A narrow window: one region at a time, and the address says which.

use super::{Day, keep_picture};

/// Menus of a conversation's head that are cut off, or have a button that is, with their edges.
const CUT_OFF: &str = "[...document.querySelectorAll('main:not([aria-hidden]) > .bar details.menu')].map((menu) => {
    menu.open = true;
    const choices = menu.querySelector('.choices'), {left, right, top, bottom} = choices.getBoundingClientRect();
    const isWhole = [choices, ...choices.querySelectorAll('button')].every((one) => one.scrollWidth <= one.clientWidth);
    const fits = isWhole && left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
    menu.open = false;
    return fits ? '' : `${menu.dataset.opens} ${left} ${right} ${top} ${bottom}`; }).filter(Boolean).join()";

/// What is on the screen of the three regions.
const REGIONS: &str = "['.sheet > section', 'main', '.sheet > .lead', '.side'].filter((one) => {
    const element = document.querySelector(one); return element && element.getClientRects().length; }).join()";

/// Buttons and links of bars that a thumb can hardly hit: those lower or narrower than forty pixels.
const SMALL: &str =
    "[...document.querySelectorAll('.bar :is(button, a, summary), .pages :is(a, input), .composer footer button, #toast button')]
    .map((one) => [one.getAttribute('aria-label') ?? one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([, {width, height}]) => width && height && (width < 39.5 || height < 39.5))
    .map(([name, {width, height}]) => `${name} ${width} x ${height}`).join()";

#[test]
fn a_phone_shows_one_region_at_a_time_and_back_is_the_browser_s() {
    let day = Day::with(60);
    let browser = &day.browser;
    browser.resize(390, 844);
    browser.go(&day.at("/inbox/inbox"));
    day.is_ready();
    browser.shows(".pages [aria-label='Page 2']");
    assert_eq!(browser.text(SMALL), "");
    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    let rows = day.rows();
    let regions = |expected: &str| browser.until(&format!("({REGIONS}) === '{expected}'"));
    regions(".sheet > section");
    browser.run("document.querySelector('.rows').scrollTop = 120");
    let list_top = browser.text("document.querySelector('.rows').scrollTop");
    browser.click(&format!(".row[data-id='{}'] a", rows[4]));
    regions("main");
    browser.until(&format!("location.pathname === '/inbox/mine/{}'", rows[4]));
    browser.until("!('loading' in document.querySelector('main:not([aria-hidden])').dataset)");
    assert_eq!(browser.text(SMALL), "");
    keep_picture(browser, "phone conversation");

    // The composer is on the screen, also where the keyboard takes half of it.
    browser.resize(390, 420);
    browser.run("document.querySelector('[name=reply]').focus()");
    browser.until("(({top, bottom}) => top >= 0 && bottom <= innerHeight)(document.querySelector('[name=reply]').getBoundingClientRect())");
    browser.resize(390, 844);

    browser.click("a.to-lead");
    browser.until("location.hash === '#lead'");
    browser.run("history.back()");
    regions("main");
    browser.run("history.back()");
    regions(".sheet > section");
    browser.until(&format!("document.querySelector('.rows').scrollTop == {list_top}"));
    browser.run("history.forward()");
    regions("main");
    browser.click("[aria-label='Back to the list']");
    regions(".sheet > section");
    browser.until("location.pathname === '/inbox/mine'");

    // Undo is where a thumb is: above the list's footer, under the header of a conversation.
    browser.click(&format!(".row[data-id='{}'] a", rows[5]));
    regions("main");
    browser.click("main form[data-verb=important] button");
    day.toast("Marked");
    let toast = "document.querySelector('#toast').getBoundingClientRect()";
    browser.until(&format!("{toast}.top < 120"));
    browser.click("#toast button");
    browser.click("[aria-label='Back to the list']");
    browser.until(&format!("{toast}.bottom > innerHeight - 120"));
    day.is_sent();
    keep_picture(browser, "phone list");

    // What concerns the whole page is shown over a conversation, too, and moves it down.
    browser.click(&format!(".row[data-id='{}'] a", rows[5]));
    regions("main");
    let top = "document.querySelector('main:not([aria-hidden])').getBoundingClientRect().top";
    assert_eq!(browser.text(top), "0");
    browser.network(0, true);
    browser.run("dispatchEvent(new Event('online'))");
    browser.until(&format!(
        "{top} > 30 && document.querySelector('.banner').getBoundingClientRect().bottom === {top}"
    ));
    assert_eq!(
        browser.text(
            "document.querySelector('main:not([aria-hidden])').getBoundingClientRect().bottom - innerHeight"
        ),
        "0"
    );
    keep_picture(browser, "phone without a connection");
    browser.network(0, false);
    browser.until(&format!("{top} === 0"));
    day.end();
}

#[test]
fn the_menus_of_a_conversation_fit_every_narrow_window() {
    let day = Day::with(60);
    let browser = &day.browser;
    browser.resize(320, 568);
    browser.go(&day.at(&format!("/inbox/unassigned/{}", day.unassigned())));
    browser.shows("main[data-id]");
    for width in [320, 360, 400, 480, 559, 560, 640, 767] {
        browser.resize(width, 640);
        assert_eq!(browser.text(CUT_OFF), "", "{width}");
        assert_eq!(browser.text("document.documentElement.scrollWidth <= innerWidth"), "true", "{width}");
        // At 320 pixels, the width of a zoomed page, there is less room for each.
        assert!(width < 360 || browser.text(SMALL).is_empty(), "{width}: {}", browser.text(SMALL));
    }
    // A toast lies below an open menu.
    browser.resize(400, 640);
    browser.click("main form:is([data-verb=important], [data-verb=unimportant]):not([hidden]) button");
    day.toast("Marked");
    browser.run("document.querySelector('[data-opens=snooze]').open = true");
    let front = "(({left, top}) => document.elementFromPoint(left + 20, top + 20).closest('.choices, .toast').className)
        (document.querySelector('[data-opens=snooze] .choices').getBoundingClientRect())";
    assert_eq!(browser.text(front), "choices");
    browser.run("document.querySelector('[data-opens=snooze]').open = false");
    day.is_sent();
    for width in [320, 400] {
        browser.resize(width, 640);
        browser.run("document.querySelector('[data-opens=remind]').open = true");
        keep_picture(browser, &format!("phone menu {width}"));
    }
    day.end();
}
