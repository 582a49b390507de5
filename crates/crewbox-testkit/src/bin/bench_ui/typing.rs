//! Typing a reply while rows arrive in the list: from each key press to the frame with its letter, and long tasks.
//!
//! No row moves within a second of a key press, so there is a pause after each word: the rows arrive when the next one begins.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crewbox_testkit::browser::{Browser, ESCAPE};
use crewbox_testkit::call::Failure;
use serde_json::Value;

use crate::budget::{Budget, Table};
use crate::demo::Demo;
use crate::page::is_loaded_ahead;

const WORDS: [&str; 6] = ["Thank you ", "for the ", "quick reply, ", "we will ", "meet you ", "on Tuesday "];
/// Milliseconds between the letters of a quick typist.
const LETTER_MS: u64 = 80;
/// Milliseconds between words, after which waiting rows are put into the list.
const WORD_MS: u64 = 1_000;
/// Rows that leave the list and come back, one after the other.
const ROWS: usize = 5;
const EACH_ROW: Duration = Duration::from_millis(900);

const WATCH: &str = "window.typed = []; window.tasks = []; window.arrived = 0;
    const field = document.activeElement;
    window.watching = [
      new PerformanceObserver(list => tasks.push(...list.getEntries().map(task => task.duration))),
      new MutationObserver(list => { arrived += list.flatMap(one => [...one.addedNodes]).filter(node => node.matches?.('.row')).length; }),
    ];
    watching[0].observe({type: 'longtask'});
    watching[1].observe(document.querySelector('.rows'), {childList: true});
    field.addEventListener('keydown', event => {
      const length = field.value.length;
      frame(() => field.value.length > length, () => typed.push(performance.now() - event.timeStamp));
    });";

pub(crate) fn measure(
    browser: &Browser,
    demo: &Demo,
    latency: u64,
    table: &mut Table,
) -> Result<(), Failure> {
    let ids = browser.run("return [...document.querySelectorAll('.rows > .row:not(:has([aria-current]))')].map(row => row.dataset.id)");
    let ids = ids.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).take(ROWS);
    let mut calls = Vec::new();
    for id in ids {
        for to in [demo.colleague()?.id, demo.me()?.id] {
            calls.push(demo.assigning(id, to)?);
        }
    }
    browser.press(['r']);
    browser.until("document.activeElement.name === 'reply'");
    browser.run(WATCH);
    std::thread::scope(|scope| -> Result<(), Failure> {
        let (over, is_over) = channel::<()>();
        let calls = &calls;
        let colleague = scope.spawn(move || -> Result<(), Failure> {
            let mut connection = demo.connect()?;
            for call in calls {
                connection.call(call)?;
                // Once the typist has finished, the rest is done at once, so that the list is as it was.
                let _: Result<(), RecvTimeoutError> = is_over.recv_timeout(EACH_ROW);
            }
            Ok(())
        });
        for word in WORDS {
            browser.press_each(word.chars(), LETTER_MS);
            browser.run_async(&format!("setTimeout(() => done(true), {WORD_MS})"));
        }
        drop(over);
        colleague.join().map_err(|_| "the colleague's thread panicked")?
    })?;
    browser.until("arrived > 0");
    let numbers = |list: &Value| list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let typed: Vec<f64> = numbers(&browser.run("return typed"));
    let tasks: Vec<f64> = numbers(&browser.run("return tasks"));
    eprintln!("   {} rows arrived", browser.text("arrived"));
    table.add(Budget::Typing, latency, typed);
    table.add(Budget::TypingLongestTask, latency, vec![tasks.into_iter().fold(0.0, f64::max)]);
    browser.run("watching.forEach(one => one.disconnect()); document.activeElement.value = ''");
    browser.press([ESCAPE]);
    is_loaded_ahead(browser);
    Ok(())
}
