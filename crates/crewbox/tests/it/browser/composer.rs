//! Answering by keys: templates, a signature, a forward that is taken back, and a reply to all.

use crewbox_testkit::browser::{CONTROL, ENTER, ESCAPE, SHIFT};

use super::{Day, keep_picture};

#[test]
fn a_member_inserts_a_template_forwards_and_replies_to_all_by_keys() {
    let day = Day::with(40);
    let browser = &day.browser;
    browser.go(&day.at("/settings/writing"));
    browser.type_in("[name=signature]", "Ana\nNorth");
    browser.run("document.body.id = 'before'");
    browser.click("form:has([name=signature]) .solid");
    browser.shows("body:not(#before) [name=signature]");
    let new = "details:has(> .framed)";
    browser.click(&format!("{new} > summary"));
    browser.type_in(&format!("{new} [name=name]"), "Plans");
    browser.type_in(&format!("{new} [name=text]"), "Hi {{first_name}}, welcome to {{planet}}!");
    browser.click(&format!("{new} .solid"));
    browser.until("[...document.querySelectorAll('summary')].some((one) => one.innerText === 'Plans')");

    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    let id = day.rows()[0];
    browser.press(['j']);
    day.opened(id);
    let signature = "document.querySelector('.composer .signature span').innerText";
    assert_eq!(browser.text(signature), "Ana\nNorth");

    // A template by its key. The field that nothing fills is selected, and nothing is sent while it is there.
    browser.press([';']);
    browser.until("document.activeElement.matches('[data-opens=template] .choice')");
    browser.press([ENTER]);
    let text = "document.querySelector('[name=reply]').value";
    browser.until(&format!("{text}.startsWith('Hi ')"));
    assert!(!browser.text(text).contains("first_name"), "{}", browser.text(text));
    let selected = "(({value, selectionStart, selectionEnd}) => value.slice(selectionStart, selectionEnd))(document.activeElement)";
    assert_eq!(browser.text(selected), "{{planet}}");
    browser
        .until("document.querySelector('.composer [role=status]').innerText === 'Not filled in: {{planet}}'");
    browser.press_with(&[CONTROL], ENTER);
    day.toast("`{{planet}}` is not filled in");
    browser.until(&format!("{text}.includes('{{{{planet}}}}')"));
    day.is_sent();
    browser.press([ESCAPE]);

    // By the palette, too; then the field is typed over.
    browser.run("document.querySelector('[name=reply]').value = ''");
    browser.press_with(&[CONTROL], 'k');
    browser.until("document.querySelector('#palette').open");
    browser.press("template: plans".chars().chain([ENTER]));
    browser.until(&format!("document.activeElement.name === 'reply' && {text}.endsWith('{{{{planet}}}}!')"));
    browser.press("Mars".chars());
    browser.until(&format!("{text}.endsWith('welcome to Mars!')"));
    browser.until("document.querySelector('.composer [role=status]').innerText === ''");

    // The text becomes a forward, which is taken back with its recipient.
    browser.press([ESCAPE, 'f']);
    let writes = "document.querySelector('.composer').dataset.as";
    browser.until(&format!("{writes} === 'forward' && document.activeElement.name === 'to'"));
    browser.until("document.querySelector('[name=subject]').value.startsWith('Fwd: ')");
    browser.press("eve@x.test".chars().chain([ENTER]));
    browser.until("document.activeElement.name === 'reply'");
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Sending to eve@x.test");
    browser.until(&format!("{writes} === 'reply' && {text} === ''"));
    day.is_sent();
    browser.click("#toast button");
    browser.until(&format!("{writes} === 'forward' && {text}.endsWith('Mars!')"));
    assert_eq!(browser.text("document.querySelector('.composer [name=to]').value"), "eve@x.test");
    day.is_sent();

    // A reply to all starts with its own recipients, and keeps the text.
    browser.press([ESCAPE]);
    browser.press_with(&[SHIFT], 'R');
    browser.until(&format!("{writes} === 'reply-all' && document.activeElement.name === 'reply'"));
    browser.until("/@/.test(document.querySelector('.composer [name=to]').value)");
    assert_ne!(browser.text("document.querySelector('.composer [name=to]').value"), "eve@x.test");
    assert!(browser.text(text).ends_with("Mars!"));
    day.end();
}

#[test]
fn an_older_message_is_forwarded_from_its_head() {
    let day = Day::with(40);
    let browser = &day.browser;
    let id = day.rows()[0];
    browser.press(['j']);
    day.opened(id);
    browser.press(['o']);
    let first = "document.querySelector('.thread > .scroll details.folding')";
    browser.until(&format!("{first}.querySelector('article [data-as=forward]')"));
    let message = browser.text(&format!("{first}.id.replace('message-', '')"));
    browser.run(&format!("{first}.querySelector('article [data-as=forward]').click()"));
    let form = "document.querySelector('.composer')";
    browser.until(&format!("{form}.dataset.as === 'forward' && {form}.message.value === '{message}'"));
    browser
        .until(&format!("document.activeElement === {form}.to && {form}.subject.value.startsWith('Fwd: ')"));

    // The composer names it, also when the answer becomes another one, until somebody wants to answer the newest.
    let about = "document.querySelector('.composer .about')";
    let from = browser.text(&format!("{first}.querySelector('b').innerText"));
    assert!(browser.text(&format!("{about}.innerText")).contains(&format!("About the message of {from}, ")));
    keep_picture(browser, "composer of an older message");
    browser.click(".composer footer [data-as=reply]");
    browser.until(&format!("{form}.dataset.as === 'reply' && document.activeElement === {form}.reply"));
    assert_eq!(browser.text(&format!("{form}.message.value")), message);
    browser.click(".composer .about .button");
    browser.until(&format!("{form}.message.value !== '{message}' && {about}.hidden"));
    assert_eq!(browser.text(&format!("{form}.dataset.as")), "reply");
    day.end();
}

#[test]
fn control_and_enter_send_what_is_being_written_and_nothing_else() {
    let day = Day::with(40);
    let browser = &day.browser;
    let id = day.rows()[0];
    browser.press(['j']);
    day.opened(id);
    browser.press("r".chars());
    browser.press("Half a reply".chars());
    browser.press([ESCAPE, 'n']);
    browser.until("document.activeElement.name === 'note'");
    browser.press("Ask Bo first".chars());
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Note added");
    browser
        .until("[...document.querySelectorAll('main:not([aria-hidden]) .note p')].some((note) => note.innerText === 'Ask Bo first')");
    assert_eq!(browser.text("document.querySelector('.composer [name=reply]').value"), "Half a reply");
    assert_eq!(
        browser.text("document.querySelectorAll('main:not([aria-hidden]) :is(.sending, .waiting)').length"),
        "0",
        "nothing is sent"
    );
    day.is_sent();
    day.end();
}

#[test]
fn sending_archives_the_conversation_that_is_answered_whatever_is_selected() {
    let day = Day::with(40);
    let browser = &day.browser;
    let rows = day.rows();
    browser.press(['j', 'j']);
    day.opened(rows[1]);
    browser.run(&format!(
        "document.querySelector(\"{}\").click()",
        format_args!(".row[data-id='{}'] .pick", rows[3])
    ));
    browser.press(['r']);
    browser.press("Yes".chars());
    browser.press_with(&[CONTROL, SHIFT], ENTER);
    day.toast("Sending to");
    day.opened(rows[2]);
    day.is_sent();
    assert!(day.archived(rows[1]) && !day.archived(rows[3]));
    browser.until("document.querySelector('.picked-count').innerText === '1 selected'");

    // What was typed since the reply stays when its sending is undone.
    browser.press(['r']);
    browser.press("First".chars());
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Sending to");
    browser.press("Second".chars());
    browser.click("#toast button");
    browser.until("document.querySelector('.composer [name=reply]').value === 'First\\n\\nSecond'");
    // The selection is of one list.
    browser.press([ESCAPE, 'g', 'a']);
    browser.until(
        "location.pathname === '/inbox/inbox' && document.querySelector('.picked-count').innerText === ''",
    );
    day.is_sent();
    day.end();
}

#[test]
fn a_reply_is_scheduled_in_words_and_taken_back_from_its_line() {
    let day = Day::with(40);
    let browser = &day.browser;
    let id = day.rows()[0];
    browser.press(['j']);
    day.opened(id);
    browser.press(['r']);
    browser.press("On Tuesday then".chars());
    browser.click("[aria-label='Send later']");
    browser.until("document.activeElement.name === 'when'");
    browser.press("tue 3pm".chars());
    keep_picture(browser, "composer that sends later");
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Scheduled: to ");
    day.is_sent();
    browser.until("document.querySelector('.waiting')?.innerText.includes('scheduled for')");
    browser.until("!document.querySelector('.sending')");
    assert_eq!(browser.text("document.querySelector('.composer [name=when]').value"), "");
    browser.click(".waiting button");
    browser.until("document.querySelector('.composer [name=reply]')?.value === 'On Tuesday then'");
    assert_eq!(browser.text("document.querySelectorAll('main:not([aria-hidden]) .waiting').length"), "0");
    day.end();
}
