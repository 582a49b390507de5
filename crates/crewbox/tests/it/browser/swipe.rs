//! A finger on a list: it moves a row, which archives or snoozes its conversation, and everything else stays as it is.

use serde_json::{Value, json};

use super::{Day, Seat, keep_picture};

/// How far a finger goes that means it, and one that does not; in CSS pixels.
const FAR: f64 = 150.0;
const SHORT: f64 = 60.0;
/// A movement comes in so many steps.
const STEPS: u32 = 6;
/// The list is shown, and no conversation.
const IS_LIST: &str = "document.querySelector('.sheet > section').getClientRects().length > 0
    && !document.querySelector('main:not([aria-hidden])').getClientRects().length";
/// Every row is in its place, and nothing is behind any.
const IS_AT_REST: &str = "!document.querySelector('.row.swiped, .behind')";

impl Day {
    /// A day on a phone.
    fn on_a_phone() -> Self {
        let day = Self::with(60);
        let screen = json!({"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true});
        day.browser.devtools("Emulation.setDeviceMetricsOverride", &screen);
        let touch = json!({"enabled": true, "maxTouchPoints": 5});
        day.browser.devtools("Emulation.setTouchEmulationEnabled", &touch);
        day
    }

    fn goes_to_list(&self, path: &str) {
        self.browser.go(&self.at(path));
        self.is_ready();
        self.browser.until("document.body.matches('.swipes')");
    }

    fn is_snoozed(&self, id: u64) -> bool {
        self.field(id, "is_snoozed").as_bool().unwrap()
    }
}

impl Seat {
    fn touch(&self, kind: &str, points: &Value) {
        self.browser.devtools("Input.dispatchTouchEvent", &json!({"type": kind, "touchPoints": points}));
    }

    /// Puts a finger on the middle of a row; where it is.
    fn touch_row(&self, id: u64) -> (f64, f64) {
        let middle = self.browser.run(&format!(
            "const {{left, top, width, height}} = document.querySelector(\"{}\").getBoundingClientRect();
             return [left + width / 2, top + height / 2]",
            row(id)
        ));
        let (x, y) = (middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap());
        self.touch("touchStart", &json!([{"x": x, "y": y}]));
        (x, y)
    }

    /// Moves a finger over the screen that is down on a row; it stays down.
    fn drag(&self, id: u64, (across, along): (f64, f64)) {
        let (x, y) = self.touch_row(id);
        for step in 1..=STEPS {
            let part = f64::from(step) / f64::from(STEPS);
            self.touch("touchMove", &json!([{"x": x + across * part, "y": y + along * part}]));
        }
    }

    fn let_go(&self) {
        self.touch("touchEnd", &json!([]));
    }

    fn swipe(&self, id: u64, across: f64) {
        self.drag(id, (across, 0.0));
        self.let_go();
        self.browser.until(IS_AT_REST);
    }
}

fn row(id: u64) -> String {
    format!(".row[data-id='{id}']")
}

#[test]
fn a_swipe_to_the_right_archives_and_undo_brings_the_row_back_to_its_place() {
    let day = Day::on_a_phone();
    let browser = &day.browser;
    day.goes_to_list("/inbox/mine");
    let (rows, total) = (day.rows(), day.total());
    // The list stays, also after its last opened conversation is archived.
    browser.click(&format!("{} a", row(rows[1])));
    day.opened(rows[1]);
    browser.click("[aria-label='Back to the list']");
    browser.until(IS_LIST);

    day.drag(rows[1], (FAR, 3.0));
    browser.until("document.querySelector('.behind.enough span')?.textContent === 'Archive'");
    // The row follows the finger.
    let moved = format!("document.querySelector(\"{}\").getBoundingClientRect().left", row(rows[1]));
    browser.until(&format!("{moved} === 150"));
    assert_eq!(browser.text("document.querySelector('.rows').scrollLeft"), "0");
    assert_eq!(browser.text("document.documentElement.scrollWidth"), "390");
    keep_picture(browser, "phone swipe right");
    day.let_go();
    day.toast("Archived");
    browser.until(IS_AT_REST);
    assert_eq!(day.rows()[..2], [rows[0], rows[2]]);
    assert_eq!((day.total(), browser.text(IS_LIST).as_str()), (total - 1, "true"));
    day.is_sent();
    assert!(day.archived(rows[1]));
    keep_picture(browser, "phone after a swipe");

    browser.click("#toast button");
    browser.until(&format!("document.querySelectorAll('.row')[1].dataset.id === '{}'", rows[1]));
    browser.until(IS_LIST);
    assert_eq!(day.total(), total);
    day.is_sent();
    assert!(!day.archived(rows[1]));
    assert_eq!(day.rows()[..3], rows[..3]);
    day.end();
}

#[test]
fn a_swipe_to_the_left_snoozes_and_where_an_action_is_done_the_same_swipe_takes_it_back() {
    let day = Day::on_a_phone();
    let browser = &day.browser;
    day.goes_to_list("/inbox/mine");
    let rows = day.rows();
    day.drag(rows[0], (-FAR, 0.0));
    browser.until("document.querySelector('.behind.enough span')?.textContent === 'Snooze'");
    keep_picture(browser, "phone swipe left");
    day.let_go();
    day.toast("Snoozed until tomorrow, 09:00");
    browser.until(IS_AT_REST);
    day.swipe(rows[1], FAR);
    day.toast("Archived");
    day.is_sent();
    assert!(day.is_snoozed(rows[0]) && day.archived(rows[1]));
    assert_eq!(day.rows()[0], rows[2]);

    day.goes_to_list("/inbox/snoozed");
    day.swipe(rows[0], -FAR);
    day.toast("Ended the snooze");
    day.is_sent();
    day.goes_to_list("/inbox/archived");
    day.swipe(rows[1], FAR);
    day.toast("Moved to inbox");
    day.is_sent();
    assert!(!day.is_snoozed(rows[0]) && !day.archived(rows[1]));
    day.end();
}

#[test]
fn a_short_swipe_a_scroll_a_mouse_and_a_tap_archive_nothing() {
    let day = Day::on_a_phone();
    let browser = &day.browser;
    day.goes_to_list("/inbox/mine");
    let rows = day.rows();
    day.drag(rows[1], (SHORT, 0.0));
    browser.until("document.querySelector('.behind:not(.enough)')");
    keep_picture(browser, "phone short swipe");
    day.let_go();
    browser.until(IS_AT_REST);
    // A finger that has gone far, and comes back.
    day.drag(rows[1], (FAR, 0.0));
    browser.until("document.querySelector('.behind.enough')");
    day.touch("touchMove", &json!([{"x": 200, "y": 200}]));
    browser.until("document.querySelector('.behind:not(.enough)')");
    day.let_go();
    browser.until(IS_AT_REST);

    // Sides are those of the screen, also from right to left.
    browser.run("document.documentElement.dir = 'rtl'");
    day.drag(rows[1], (SHORT, 0.0));
    browser.until("document.querySelector('.behind span')?.textContent === 'Archive'");
    let icon = "document.querySelector('.behind svg').getBoundingClientRect().left < 40";
    assert_eq!(browser.text(icon), "true");
    day.let_go();
    browser.until(IS_AT_REST);
    browser.run("document.documentElement.dir = ''");
    // A row goes back without an animation where none is wanted.
    let takes = "(row => { row.classList.add('settling'); const {transitionDuration} = getComputedStyle(row);
        row.classList.remove('settling'); return transitionDuration; })(document.querySelector('.row'))";
    assert_eq!(browser.text(takes), "0.09s");
    browser.prefer(&[("prefers-reduced-motion", "reduce")]);
    assert_eq!(browser.text(takes), "0s");

    day.drag(rows[5], (-40.0, -300.0));
    day.let_go();
    browser.until("document.querySelector('.rows').scrollTop > 100");
    assert_eq!(browser.text(IS_AT_REST), "true");

    // As a browser reports a mouse that is dragged over a row.
    browser.run(
        "const over = document.querySelector('.row');
         const report = (type, clientX) => over.dispatchEvent(new PointerEvent(type,
           {pointerType: 'mouse', pointerId: 1, isPrimary: true, bubbles: true, clientX, clientY: 200}));
         report('pointerdown', 20); report('pointermove', 100); report('pointermove', 200); report('pointerup', 200);",
    );
    assert_eq!(browser.text(IS_AT_REST), "true");
    assert_eq!(day.rows(), rows);
    assert_eq!(browser.text("document.querySelector('#toast').hidden"), "true");

    day.goes_to_list("/inbox/mine");
    day.touch_row(rows[2]);
    day.let_go();
    day.opened(rows[2]);
    assert!([rows[0], rows[1], rows[2], rows[5]].into_iter().all(|id| !day.archived(id)));
    day.end();
}

#[test]
fn no_row_moves_under_a_finger_that_swipes_or_scrolls() {
    let day = Day::on_a_phone();
    let browser = &day.browser;
    day.goes_to_list("/inbox/mine");
    let (rows, total) = (day.rows(), day.total());
    for (total, way) in (total + 1..).zip([(SHORT, 0.0), (0.0, -SHORT)]) {
        let before = day.rows();
        day.drag(rows[3], way);
        let new = day.give();
        day.shows_total(total);
        // Longer than rows wait after a key.
        browser.run_async("setTimeout(done, 1200)");
        assert_eq!(day.rows(), before, "nothing moves under a finger");
        assert_eq!(browser.text("document.querySelector('.banner').hidden"), "true");
        day.let_go();
        // Over a list that is scrolled down it waits.
        browser.until(&format!(
            "document.querySelector(\"{}\") || document.querySelector('.banner').innerText.includes('1 new')",
            row(new)
        ));
    }
    day.end();
}

#[test]
fn a_member_turns_swiping_off() {
    let day = Day::on_a_phone();
    let browser = &day.browser;
    browser.go(&day.at("/settings/profile"));
    browser.run(
        "document.body.id = 'before'; const box = document.querySelector('[name=swipe][type=checkbox]');
         box.click(); box.form.requestSubmit();",
    );
    browser.shows("body:not(#before) [name=swipe][type=checkbox]:not(:checked)");
    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    let is_loaded = |name: &str| {
        format!("performance.getEntriesByType('resource').some(one => one.name.includes('/{name}-'))")
    };
    browser.until(&is_loaded("presence"));
    let rows = day.rows();
    // To the left: a browser goes back when a finger moves to the right and the page does nothing with it.
    day.swipe(rows[1], -FAR);
    assert_eq!(day.rows(), rows);
    assert!(!day.is_snoozed(rows[1]));
    assert_eq!(browser.text(&is_loaded("swipe")), "false");
    assert_eq!(browser.text("document.body.matches('.swipes')"), "false");
    day.end();
}
