//! A day by the keyboard, timed: every conversation is replied to, marked, and leaves the list; every fourth action is
//! undone and done again. The page answers each key within one frame or three, whatever the server does.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE};
use crewbox_testkit::figures::{figure, is_soak};

use super::Day;

/// Conversations that are worked in an ordinary run.
const WORKED: u64 = 12;
/// Milliseconds from a key to its paint: of 99 in 100 keys on a machine that has nothing else to do (browser, driver and
/// server share its processors), of every other key where other tests run at the same time.
const PAINT_MS: f64 = 50.0;
const PAINT_BESIDE_OTHERS_MS: f64 = 250.0;

/// Milliseconds between the keys of actions: ten actions in a second are more than hands do. Keys without a pause would
/// wait for the paints of those before them.
const KEY_MS: u64 = 100;
/// Milliseconds between the letters that are typed: a frame, faster than anybody types.
const LETTER_MS: u64 = 16;
/// Keys that always change the page: none of them may wait for the server. Taking what is mine already changes nothing.
const ACTING: &str = "jeszh";

const IS_SNOOZED: &str =
    "document.querySelector('main:not([aria-hidden])').dataset.marks.includes('snoozed:yes')";

/// Notes for each key how long it takes until the browser has painted the next frame, by the page's own clock, and whether
/// that frame shows a change; and how long the server took for each action, which nobody waits for.
const PROBE: &str = "window.times = []; window.answered = []; let changes = 0;
    new MutationObserver(() => { changes++; }).observe(document.body,
      {subtree: true, childList: true, attributes: true, characterData: true});
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) if (one.name.includes('/inbox/')) answered.push(one.duration);
    }).observe({type: 'resource'});
    addEventListener('input', () => { changes++; }, true);
    addEventListener('keydown', (event) => { const before = changes; requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => times.push([performance.now() - event.timeStamp, event.key, changes > before]);
      channel.port2.postMessage(0); }); }, true);";

#[test]
fn a_day_by_the_keyboard_waits_for_nothing() {
    let worked = figure("CREWBOX_KEYBOARD_DAY", WORKED);
    let day = Day::with(usize::try_from(worked).unwrap() * 8 + 240);
    let browser = &day.browser;
    browser.run(PROBE);
    // What waits for nobody, so that there is enough of it.
    browser.press(['g', 'a']);
    browser.until(
        "location.pathname === '/inbox/inbox' && document.querySelector('h1').innerText.startsWith('Inbox')",
    );
    let total = day.total();
    browser.press(['j']);
    let (mut archived, mut snoozed) = (Vec::new(), Vec::new());
    for number in 0..worked {
        let id: u64 =
            browser.text("document.querySelector('main:not([aria-hidden])').dataset.id").parse().unwrap();
        day.opened(id);
        let was_snoozed = browser.text(IS_SNOOZED) == "true";
        browser.press(['r']);
        browser.press_each(format!("Thank you, {number}").chars(), LETTER_MS);
        browser.press_with(&[CONTROL], ENTER);
        day.toast("Sending to");
        browser.press_each([ESCAPE, 's'], KEY_MS);
        let leaves: &[char] = match number % 4 {
            0 | 1 => &['e'],
            2 => &['h', ENTER],
            // To the next one and back.
            _ => &['i', 'j', 'k', 'e'],
        };
        if number % 4 == 1 {
            browser.press_each(['e', 'z'], KEY_MS);
            day.opened(id);
        }
        browser.press_each(leaves.iter().copied(), KEY_MS);
        match number % 4 {
            // The same key ends a snooze.
            2 => snoozed.push((id, !was_snoozed)),
            _ => archived.push(id),
        }
        browser.until(&format!("document.querySelector('main:not([aria-hidden])').dataset.id !== '{id}'"));
    }
    day.is_sent();
    browser.until(&format!(
        "document.querySelector('h1 .count').firstChild.nodeValue == {}",
        total - archived.len() as u64
    ));
    assert!(archived.into_iter().all(|id| day.archived(id)));
    assert!(snoozed.into_iter().all(|(id, is_snoozed)| day.field(id, "is_snoozed") == is_snoozed));
    let times = browser.run("return window.times");
    let times: Vec<(f64, &str, bool)> = times
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one[0].as_f64().unwrap(), one[1].as_str().unwrap(), one[2].as_bool().unwrap()))
        .collect();
    let waited: Vec<_> =
        times.iter().filter(|(_, key, changed)| key.len() == 1 && ACTING.contains(key) && !changed).collect();
    let mut slow = times.clone();
    slow.sort_by(|one, other| one.0.total_cmp(&other.0));
    let at = |per_mille: usize| slow[(slow.len() - 1) * per_mille / 1000].0;
    let (worst, key, _) = *slow.last().unwrap();
    let mut answered: Vec<f64> = browser
        .run("return window.answered")
        .as_array()
        .unwrap()
        .iter()
        .filter_map(serde_json::Value::as_f64)
        .collect();
    answered.sort_by(f64::total_cmp);
    println!(
        "soak: a day by keyboard, {worked} conversations, {} keys: p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms, worst {worst:.0} ms (`{key}`); \
         {} actions on the server, which no key waits for: p50 {:.0} ms",
        slow.len(),
        at(500),
        at(950),
        at(990),
        answered.len(),
        answered[answered.len() / 2]
    );
    assert!(waited.is_empty(), "keys that changed nothing before the server answered: {waited:?}");
    let is_quick = if is_soak() { at(990) <= PAINT_MS } else { at(500) <= PAINT_BESIDE_OTHERS_MS };
    assert!(is_quick, "{:?}", &slow[slow.len().saturating_sub(10)..]);
    assert_eq!(
        browser.text("performance.getEntriesByType('navigation').length"),
        "1",
        "no page was loaded again"
    );
    day.end();
}
