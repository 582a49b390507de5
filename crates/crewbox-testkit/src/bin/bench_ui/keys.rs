//! Keys that need no answer of the server: moving, triage, the palette, a held key.

use crewbox_testkit::browser::{Browser, CONTROL, ENTER, ESCAPE, SHIFT};

use crate::budget::{Budget, Table};
use crate::page::{ANOTHER, ANOTHER_TOAST, go_to, is_quiet, is_sent, time};

/// Times that `j` or `k` is pressed in a round.
const MOVES: usize = 40;
/// Times of each action, and of the palette.
const ACTIONS: usize = 10;
/// Milliseconds that a person waits between two actions at the least, on top of the latency.
const PAUSE_MS: u64 = 150;
/// Milliseconds between repeats of a held key: 30 a second.
const REPEAT_MS: u64 = 33;
/// Times that the key is held: down and up, twice.
const HELD: [(char, &str); 4] = [('j', "j"), ('k', "k"), ('j', "j"), ('k', "k")];

/// An action: the key that is timed, what is pressed before it, and what its frame has to show.
struct Timed {
    budget: Budget,
    before: &'static [char],
    key: (char, &'static str),
    test: &'static str,
}

const fn timed(budget: Budget, key: (char, &'static str), test: &'static str) -> Timed {
    Timed { budget, before: &[], key, test }
}

/// Actions on a conversation that nobody has. With `Enter` the first choice of a menu is taken, which has the focus.
const TRIAGE: [Timed; 7] = [
    timed(Budget::Archive, ('e', "e"), ANOTHER),
    Timed { before: &['h'], ..timed(Budget::Snooze, (ENTER, "Enter"), ANOTHER) },
    Timed { before: &['a', DOWN], ..timed(Budget::Assign, (ENTER, "Enter"), ANOTHER) },
    timed(Budget::Take, ('i', "i"), ANOTHER),
    timed(Budget::Category, ('2', "2"), ANOTHER_TOAST),
    timed(Budget::Important, ('s', "s"), ANOTHER_TOAST),
    timed(Budget::Unread, ('U', "U"), ANOTHER_TOAST),
];

/// The key `ArrowDown` of the WebDriver standard.
const DOWN: char = '\u{e015}';

pub(crate) fn moves(browser: &Browser, latency: u64, table: &mut Table) {
    browser.press(['j']);
    browser.until("isWhole()");
    let one = |at: usize| {
        let (key, name) = if (at / 10).is_multiple_of(2) { ('j', "j") } else { ('k', "k") };
        time(browser, name, [ANOTHER], || browser.press([key]))[0]
    };
    table.add(Budget::Move, latency, (0..MOVES).map(one).collect());
}

/// Holds the key over all rows, from the first to the last and back.
pub(crate) fn held(browser: &Browser, latency: u64, table: &mut Table) {
    let rows =
        browser.run("return document.querySelectorAll('.rows > .row').length").as_u64().unwrap_or_default();
    let presses = usize::try_from(rows).unwrap_or_default().saturating_sub(1);
    browser.hold('k', presses);
    browser.until("isWhole() && cursor().matches(':first-child')");
    let mut times = Vec::new();
    for (key, name) in HELD {
        browser.run(&format!(
            "let left = {presses}; window.took = [];
             const end = document.querySelector('.rows > .row:{}').dataset.id;
             addEventListener('keydown', function pressed(event) {{
               if (event.key !== '{name}' || --left) return;
               removeEventListener('keydown', pressed, true);
               frame(() => isWhole() && shown().id === end, () => {{ took[0] = performance.now() - event.timeStamp }});
             }}, true);",
            if key == 'j' { "last-child" } else { "first-child" }
        ));
        browser.hold_at(key, presses, REPEAT_MS);
        browser.until("took.length");
        times.extend(browser.run("return took[0]").as_f64());
    }
    table.add(Budget::HeldKey, latency, times);
}

/// Each action and its undo, one after the other, each but the last kind of another conversation, as a person does them: what
/// the page asks for after the one before has arrived.
pub(crate) fn triage(browser: &Browser, latency: u64, table: &mut Table) {
    go_to(browser, "unassigned");
    let mut undone = Vec::new();
    for Timed { budget, before, key: (key, name), test } in TRIAGE {
        if budget == Budget::Unread {
            // One that an undo has opened stays as it is; one that the cursor rests on is read.
            browser.press(['j']);
            browser.until("shown().marks.includes('unread:no')");
        }
        let mut times = Vec::new();
        for at in 0..ACTIONS {
            if budget != Budget::Unread {
                move_on(browser, if at == 0 { 'k' } else { 'j' }, if at == 0 { ACTIONS } else { 1 });
            }
            browser.press(before.iter().copied());
            is_quiet(browser, latency + PAUSE_MS);
            let press = || if key == 'U' { browser.press_with(&[SHIFT], key) } else { browser.press([key]) };
            times.extend(time(browser, name, [test], press));
            is_quiet(browser, latency + PAUSE_MS);
            undone.extend(time(browser, "z", [ANOTHER_TOAST], || browser.press(['z'])));
            is_sent(browser);
            browser.until("isWhole()");
        }
        table.add(budget, latency, times);
    }
    table.add(Budget::Undo, latency, undone);
}

/// Moves the cursor so far, or to the end of the list.
fn move_on(browser: &Browser, key: char, times: usize) {
    browser.hold(key, times);
    browser.until("isWhole()");
}

pub(crate) fn palette(browser: &Browser, latency: u64, table: &mut Table) {
    let one = |_| {
        let is_open = "() => document.querySelector('#palette').open";
        let [took] = time(browser, "k", [is_open], || browser.press_with(&[CONTROL], 'k'));
        browser.press([ESCAPE]);
        took
    };
    table.add(Budget::Palette, latency, (0..ACTIONS).map(one).collect());
}
