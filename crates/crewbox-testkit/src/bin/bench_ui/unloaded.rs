//! What needs an answer of the server: a filter, and conversations that were not loaded in advance.

use crewbox_testkit::browser::Browser;
use serde_json::json;

use crate::budget::{Budget, Table};
use crate::page::{start_clock, time};

/// Even, so that the filter is removed again.
const FILTERS: usize = 12;
const CONVERSATIONS: usize = 10;
/// Requests of conversations in advance, as the browser's protocol matches addresses.
const AHEAD: &str = "*/conversations?*";

/// Loads the page again, with nothing loaded in advance from now on.
pub(crate) fn begin(browser: &Browser) {
    browser.devtools("Network.enable", &json!({}));
    browser.devtools("Network.setBlockedURLs", &json!({"urls": [AHEAD]}));
    browser.run("window.isBefore = true; location.href = '/inbox/mine'");
    browser.until("!window.isBefore && document.readyState === 'complete'");
    start_clock(browser);
}

/// Clicks on this element, and waits for another list.
fn click(browser: &Browser, element: &str) -> f64 {
    browser.run(&format!(
        "window.took = []; const before = document.querySelector('.sheet > section'), clicked = {element}, began = performance.now();
         clicked.click();
         frame(() => document.querySelector('.sheet > section') !== before, () => {{ took[0] = performance.now() - began }});"
    ));
    browser.until("took.length");
    browser.run("return took[0]").as_f64().unwrap_or(f64::INFINITY)
}

/// Sets a filter and removes it, by turns.
pub(crate) fn filters(browser: &Browser, latency: u64, table: &mut Table) {
    let one = |at: usize| match at % 2 {
        0 => click(browser, &format!("document.querySelectorAll('.filters .choices a.choice')[{at}]")),
        _ => click(browser, "[...document.querySelectorAll('.filters .chip a')].at(-1)"),
    };
    table.add(Budget::Filter, latency, (0..FILTERS).map(one).collect());
}

pub(crate) fn conversations(browser: &Browser, latency: u64, table: &mut Table) {
    let header = "() => shown().id && shown().id !== before";
    let whole = "() => isWhole() && shown().id !== before";
    let (mut headers, mut wholes) = (Vec::new(), Vec::new());
    for _ in 0..CONVERSATIONS {
        let [first, then] = time(browser, "j", [header, whole], || browser.press(['j']));
        headers.push(first);
        wholes.push(then);
    }
    table.add(Budget::UnloadedHeader, latency, headers);
    table.add(Budget::UnloadedWhole, latency, wholes);
}
