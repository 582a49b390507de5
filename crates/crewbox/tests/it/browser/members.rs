//! Two members at two browsers.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE};

use super::{Day, Seat};

/// The name of the demo's first and second member.
const NAMES: [&str; 2] = ["Ana Ribeiro", "Ben Okafor"];

impl Seat {
    /// Who else is in the open conversation, as the page says it.
    fn is_told(&self, words: &str) {
        self.browser.until(&format!(
            "document.querySelector('main:not([aria-hidden]) .presence').textContent === '{words}' && document.querySelector('main:not([aria-hidden]) .presence').hidden === {}",
            words.is_empty()
        ));
    }
}

#[test]
fn two_members_see_what_the_other_does_as_it_happens() {
    let day = Day::begin();
    let ben = day.join(1);
    let ana = &day.seat;
    let (before, total) = (ana.rows(), ana.total());

    // Ben assigns a conversation to Ana.
    ben.browser.press(['g', 'u']);
    ben.browser.until("location.pathname === '/inbox/unassigned' && document.querySelector('h1').innerText.startsWith('Unassigned')");
    let given = ben.rows()[0];
    ben.browser.press(['j']);
    ben.opened(given);
    ben.browser.press_with(&[CONTROL], 'k');
    ben.browser.until("document.querySelector('#palette').open");
    ben.browser.press("assign to ana".chars().chain([ENTER]));
    ben.toast("Assigned to Ana Ribeiro");
    ana.browser.until(&format!("document.querySelector('.row[data-id=\"{given}\"]')"));
    assert_eq!(ana.total(), total + 1);
    assert!(before.iter().all(|id| ana.rows().contains(id)), "no displayed row is pushed off the page");

    // Both have it open: each is shown the other, and Ana that Ben types.
    ana.browser.go(&day.at(&format!("/inbox/mine/{given}")));
    ana.is_ready();
    ben.browser.go(&day.at(&format!("/inbox/inbox/{given}")));
    ana.is_told(&format!("{} is reading", NAMES[1]));
    ben.is_told(&format!("{} is reading", NAMES[0]));
    let row = format!("document.querySelector('.row[data-id=\"{given}\"] .reading')?.textContent");
    ana.browser.until(&format!("{row} === '{} is reading'", NAMES[1]));
    ben.browser.press(['r']);
    ben.browser.until("document.activeElement.name === 'reply'");
    ben.browser.press("Ben answers".chars());
    ana.is_told(&format!("{} is replying", NAMES[1]));
    ana.browser.until(&format!("{row} === '{} is replying'", NAMES[1]));

    // His reply appears on her page, and hers is refused once.
    ana.browser.press(['r']);
    ana.browser.until("document.activeElement.name === 'reply'");
    ana.browser.press("Ana answers".chars());
    ben.browser.press_with(&[CONTROL], ENTER);
    ben.toast("Sending to");
    ana.browser.until("document.querySelector('main:not([aria-hidden]) .waiting')");
    ana.browser.press_with(&[CONTROL], ENTER);
    ana.toast("Ben Okafor has a reply in the outbox");
    ana.browser.until("document.querySelector('[name=reply]').value === 'Ana answers' && !document.querySelector('[name=force]').hidden");

    // Who goes on is gone.
    ben.browser.press([ESCAPE, 'g', 'm']);
    ben.browser.until("location.pathname === '/inbox/mine'");
    ana.is_told("");
    ana.browser.until(&format!("!({row})"));
    day.end_with([ben]);
}

#[test]
fn undo_after_a_colleague_s_change_reports_it_and_changes_nothing() {
    let day = Day::begin();
    let ben = day.join(1);
    let id = day.rows()[0];
    day.browser.press(['j']);
    day.opened(id);
    day.browser.press(['2']);
    day.toast("Categorised");
    day.is_sent();
    ben.browser.go(&day.at(&format!("/inbox/inbox/{id}")));
    ben.is_ready();
    ben.browser.press(['3']);
    ben.toast("Categorised");
    ben.is_sent();
    day.browser.press(['z']);
    day.toast("has changed the category");
    let category = "document.querySelector('main:not([aria-hidden]) .subject-line .category').innerText";
    ben.browser.until(&format!("{category} === 'Not Interested'"));
    day.browser.until(&format!("{category} === 'Not Interested'"));
    day.end_with([ben]);
}
