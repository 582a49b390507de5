//! What arrives while somebody works: nothing that they look at or write is moved or lost.

use crewbox_testkit::browser::ESCAPE;
use serde_json::json;

use super::Day;

impl Day {
    /// Takes a mail of a conversation's lead in.
    fn mail(&self, conversation: u64, text: &str) {
        let number = text.len();
        self.deliver(
            conversation,
            &format!("Subject: Re: more\r\nMessage-ID: <{number}@lead.example>\r\n\r\n{text}\r\n"),
        );
    }
}

#[test]
fn a_mail_that_arrives_while_somebody_types_disturbs_nothing() {
    let day = Day::begin();
    let browser = &day.browser;
    let row = day.rows()[1];
    browser.press(['j', 'j']);
    day.opened(row);
    browser.press(['r']);
    browser.press("Typed and focused".chars());
    // A note that is typed and has lost the focus, opened quotes, a selection of text, a scrolled conversation.
    browser.run(
        "const main = document.querySelector('main:not([aria-hidden])');
         main.querySelector('[data-opens=note]').open = true; main.querySelector('[name=note]').value = 'Typed and left';
         main.querySelectorAll('.column > details').forEach((one) => { one.open = true });
         document.activeElement.setSelectionRange(3, 8);",
    );
    // What was loaded as a line only is whole, so that the end is not in view.
    browser.until("[...document.querySelectorAll('main:not([aria-hidden]) details[id^=message]')].every((one) => one.querySelector('article'))");
    browser.run(
        "const thread = document.querySelector('main:not([aria-hidden]) .thread > .scroll');
         if (thread.scrollHeight - thread.clientHeight < 50) throw 'the conversation is too short';
         thread.scrollTop = 7;",
    );
    let state = "(() => { const main = document.querySelector('main:not([aria-hidden])'), {name, value, selectionStart, selectionEnd} = document.activeElement;
        return [name, value, selectionStart, selectionEnd, main.querySelector('[name=note]').value,
          main.querySelector('.thread > .scroll').scrollTop, main.querySelectorAll('details[open]').length].join('|'); })()";
    let before = browser.text(state);
    assert!(before.starts_with("reply|Typed and focused|3|8|Typed and left|"), "{before}");
    day.mail(row, "Words that have just come");
    browser.until("[...document.querySelectorAll('main:not([aria-hidden]) article.message')].at(-1).innerText.includes('Words that have just come')");
    assert_eq!(browser.text(state), before);
    // Nor the selection of a text that is read.
    browser.run(
        "document.activeElement.blur();
         getSelection().selectAllChildren([...document.querySelectorAll('main:not([aria-hidden]) article.message .prose')].at(-1));",
    );
    day.mail(row, "And another");
    browser.until(
        "[...document.querySelectorAll('main:not([aria-hidden]) article.message')].at(-1).innerText.includes('And another')",
    );
    assert!(browser.text("getSelection().toString()").contains("Words that have just come"));
    assert_eq!(browser.text("document.querySelector('[name=reply]').value"), "Typed and focused");
    day.end();
}

#[test]
fn what_arrives_over_a_scrolled_list_waits_and_moves_nothing() {
    let day = Day::begin();
    let browser = &day.browser;
    browser.resize(1440, 500);
    browser.run("document.querySelector('.rows').scrollTop = 300");
    let place = "(() => { const top = document.querySelector('.rows').getBoundingClientRect().top;
        const first = [...document.querySelectorAll('.row')].find((row) => row.getBoundingClientRect().bottom > top);
        return [first.dataset.id, Math.round(first.getBoundingClientRect().top)].join(); })()";
    let (rows, before) = (day.rows(), browser.text(place));
    let new = day.unassigned();
    day.patch("update-team-member", json!({"email_lead_map_id": new, "team_member_id": day.me}));
    day.mail(new, "On top of the list");
    browser.until("document.querySelector('.banner:not([hidden])')?.innerText.includes('1 new')");
    assert_eq!(browser.text(place), before, "the list does not move");
    assert_eq!(day.rows(), rows);
    browser.until("document.querySelector('#announced').textContent === '1 new'");
    browser.press(['.']);
    browser.until(&format!("document.querySelector('.row').dataset.id === '{new}' && document.querySelector('.rows').scrollTop === 0"));
    browser.until("document.querySelector('.banner').hidden");
    day.end();
}

#[test]
fn what_was_typed_and_left_is_there_when_its_conversation_has_changed() {
    let day = Day::with(60);
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j']);
    day.opened(rows[0]);
    browser.press(['n']);
    browser.press("Half a note".chars());
    browser.press([ESCAPE, 'j']);
    day.opened(rows[1]);
    day.patch("update-category", json!({"email_lead_map_id": rows[0], "category_id": 7}));
    let category = "document.querySelector('.row .category')?.innerText";
    browser.until(&format!("{category} === 'Wrong Person'"));
    browser.press(['k']);
    day.opened(rows[0]);
    browser.until("document.querySelector('main:not([aria-hidden]) .subject-line .category')?.innerText === 'Wrong Person'");
    assert_eq!(
        browser.text("document.querySelector('main:not([aria-hidden]) [name=note]').value"),
        "Half a note"
    );
    assert_eq!(
        browser.text("document.querySelector('main:not([aria-hidden]) [data-opens=note]').open"),
        "true"
    );
    day.end();
}

#[test]
fn a_list_from_before_an_undo_leaves_the_row_in_its_place() {
    /// Milliseconds to the server: the list that follows the archiving is on its way while it is undone.
    const LATENCY: u64 = 700;
    let day = Day::begin();
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j', 'j']);
    day.opened(rows[1]);
    browser.run(&format!(
        "window.displaced = [];
         new MutationObserver(() => {{
           const at = [...document.querySelectorAll('.rows > .row')].findIndex(row => row.dataset.id === '{}');
           if (at > 1) displaced.push(at);
         }}).observe(document.querySelector('.rows'), {{childList: true}});",
        rows[1]
    ));
    browser.network(LATENCY, false);
    browser.press(['e']);
    day.opened(rows[2]);
    day.is_sent();
    browser.click("#toast button");
    browser.run("document.querySelectorAll('.row')[4].click()");
    day.opened(rows[4]);
    day.is_sent();
    browser.network(0, false);
    day.patch("update-important", json!({"email_lead_map_id": rows[2], "important": true}));
    browser.until(&format!(
        "document.querySelector('.row[data-id=\"{}\"]').dataset.marks.includes('important:yes')",
        rows[2]
    ));
    assert_eq!(browser.text("displaced.join()"), "");
    assert_eq!(day.rows()[..3], rows[..3]);
    day.end();
}
