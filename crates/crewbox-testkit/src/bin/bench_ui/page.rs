//! The inbox in the browser: signing in, and the clock in the page that times a key.
//!
//! Owns what is counted as shown: the end of the first frame in which a condition holds. No time of the driver is in a figure.

use crewbox_testkit::browser::Browser;
use serde_json::{Value, json};

use crate::demo::Demo;

/// `frame(test, then)` waits for the end of the first frame in which something is so, and `timeKey(key, tests)` notes for the
/// next press of a key how long it takes until each of these is so.
const CLOCK: &str = "
    window.afterFrame = then => requestAnimationFrame(() => {
      const channel = new MessageChannel(); channel.port1.onmessage = then; channel.port2.postMessage(0); });
    window.frame = (test, then) => afterFrame(() => test() ? then() : frame(test, then));
    window.timeKey = (key, tests) => {
      window.took = [];
      addEventListener('keydown', function pressed(event) {
        if (event.key !== key) return;
        removeEventListener('keydown', pressed, true);
        tests.forEach((test, at) => frame(test, () => { took[at] = performance.now() - event.timeStamp; }));
      }, true);
    };
    window.cursor = () => document.querySelector('.row a[aria-current]')?.closest('.row');
    window.shown = () => document.querySelector('main:not([aria-hidden])').dataset;
    window.isWhole = () => shown().id && shown().id === cursor()?.dataset.id && !('loading' in shown());";

/// The conversation of another row is shown, as a whole. `before` is the one that was.
pub(crate) const ANOTHER: &str = "() => isWhole() && shown().id !== before";
/// The toast has other words. `words` are those that it had.
pub(crate) const ANOTHER_TOAST: &str = "() => document.querySelector('#toast').innerText !== words";

/// Signs in without loading a page, so that the browser has no file of ours yet.
pub(crate) fn sign_in(browser: &Browser, demo: &Demo) {
    let Ok(me) = demo.me() else { return };
    browser.go(&format!("{}/assets/none", demo.url));
    browser.run(&format!(
        "fetch('/sign-in', {{method: 'POST', body: new URLSearchParams({{email: {}, password: {}}})}})
           .then(answer => {{ window.signedIn = answer.ok }})",
        json!(me.email),
        json!(me.password)
    ));
    browser.until("window.signedIn");
}

pub(crate) fn start_clock(browser: &Browser) {
    browser.run(CLOCK);
}

/// Milliseconds from the key, as `KeyboardEvent.key` names it, until each of the tests holds; functions in the page.
pub(crate) fn time<const N: usize>(
    browser: &Browser,
    key: &str,
    tests: [&str; N],
    press: impl FnOnce(),
) -> [f64; N] {
    browser.run(&format!(
        "const before = shown().id, words = document.querySelector('#toast').innerText; timeKey({}, [{}]);",
        json!(key),
        tests.join(", ")
    ));
    press();
    browser.until(&format!("Object.keys(took).length === {N}"));
    let took = browser.run("return took");
    std::array::from_fn(|at| took[at].as_f64().unwrap_or(f64::INFINITY))
}

/// What was done has arrived at the server.
pub(crate) fn is_sent(browser: &Browser) {
    browser.until(
        "!Object.keys(localStorage).some(name => name.startsWith('queue.') && !name.endsWith('.done'))",
    );
}

/// Goes to a list by its link in the sidebar, without loading the page again, and opens its first conversation.
pub(crate) fn go_to(browser: &Browser, view: &str) {
    browser.run(&format!(
        "const link = document.querySelector('nav.side a[href^=\"/inbox/{view}\"]'); link.click();"
    ));
    browser.until(&format!(
        "location.pathname.startsWith('/inbox/{view}') && document.querySelector('nav.side a[aria-current]').getAttribute('href').startsWith('/inbox/{view}')"
    ));
    is_loaded_ahead(browser);
    browser.press(['j']);
    browser.until("isWhole()");
}

/// Milliseconds without an answer after which the conversations of the rows have been loaded.
const LOADED_MS: u64 = 600;

/// The conversations of the rows have been loaded: nothing more arrives, and nothing else is to be done.
pub(crate) fn is_loaded_ahead(browser: &Browser) {
    is_quiet(browser, LOADED_MS);
}

/// For so many milliseconds no answer has arrived, and the page has nothing else to do. It looks every few milliseconds: a
/// machine that slept in between would need its time to wake up, which on a virtual one is most of what would be measured. It
/// looks by a timer: a page that has just asked for a frame gets the next one 16 ms later, one at rest gets it at once.
pub(crate) fn is_quiet(browser: &Browser, milliseconds: u64) {
    let is_idle = browser.run_async(&format!(
        "let last = performance.now();
         const observer = new PerformanceObserver(() => {{ last = performance.now(); }});
         observer.observe({{type: 'resource'}});
         const look = () => performance.now() - last > {milliseconds} ? (observer.disconnect(), requestIdleCallback(() => done(true))) : setTimeout(look, 4);
         look();"
    ));
    debug_assert_eq!(is_idle, Value::Bool(true));
}
