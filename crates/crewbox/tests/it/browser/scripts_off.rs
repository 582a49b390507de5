//! Reading, assigning, archiving and replying with scripts switched off.

use crewbox_testkit::browser::ENTER;
use serde_json::json;

use super::Day;

#[test]
fn a_member_works_with_scripts_off() {
    let day = Day::begin();
    let browser = &day.browser;
    let rows = day.rows();
    // A page that is left does nothing any more; the one before has its scripts.
    browser.go("about:blank");
    browser.scripts(false);
    browser.go(&day.at("/inbox/mine"));
    assert_eq!(browser.text("document.querySelector('#toast').hidden"), "true");
    let opens = |id: u64| browser.shows(&format!("main[data-id='{id}']"));
    browser.click(&format!(".row[data-id='{}'] a", rows[1]));
    opens(rows[1]);

    // Replying.
    // A refused reply keeps its text, so that an empty field on a new page is a reply that was taken.
    let is_taken = |button: &str| {
        browser.run("document.body.id = 'before'");
        browser.click(&format!("main form[data-verb=reply] {button}"));
        browser.shows("body:not(#before) [name=reply]");
        assert_eq!(browser.text("document.querySelector('[name=reply]').value"), "");
    };
    browser.type_in("[name=reply]", "A reply\nin two lines");
    is_taken(".solid");

    // A category, a note and an owner, each from a menu that opens by itself.
    browser.click("[data-opens=category] > summary");
    browser.click("[data-opens=category] .choice[value='2']");
    browser.shows("[data-opens=category] .choice[value='2'][aria-pressed=true]");
    browser.click("[data-opens=note] > summary");
    browser.type_in("[name=note]", "Seen without scripts");
    browser.click("form[data-verb=note] .framed");
    browser.until("[...document.querySelectorAll('main:not([aria-hidden]) .note')].some((note) => note.innerText.includes('Seen without scripts'))");

    // Archiving opens the next one, and leaves the list.
    browser.click("main form[data-verb=archive] button");
    opens(rows[2]);
    assert!(day.archived(rows[1]) && !day.rows().contains(&rows[1]));
    browser.click("[data-opens=assign] > summary");
    browser.click("[data-opens=assign] .choice[value='2']");
    browser.shows("[data-opens=assign] .choice[value='2'][aria-pressed=true]");
    browser.go(&day.at("/inbox/mine"));
    assert!(!day.rows().contains(&rows[2]));

    // A refused form keeps what was typed, and says why.
    browser.click(&format!(".row[data-id='{}'] a", rows[3]));
    opens(rows[3]);
    browser.click("[data-opens=remind] > summary");
    browser.type_in("[data-opens=remind] [name=when]", "some day");
    browser.type_in("[data-opens=remind] [name=text]", "Ask for the price");
    browser.click("[data-opens=remind] .framed");
    browser.shows("[data-opens=remind] [role=alert]");
    let about = "document.querySelector('[data-opens=remind] [name=text]').value";
    assert_eq!(browser.text(about), "Ask for the price");
    browser.click("[data-opens=remind] > summary");
    let note = json!({"email_lead_map_id": rows[3], "note_message": "A colleague's"});
    day.api("POST", "create-note", &note);
    browser.type_in("[name=reply]", "Not yet");
    browser.click("main form[data-verb=reply] .solid");
    browser.shows("main .dock [role=alert]");
    assert_eq!(browser.text("document.querySelector('[name=reply]').value"), "Not yet");
    is_taken("[name=force]");

    // A forward: it needs a recipient, and is kept as a draft.
    browser.click("footer a[data-as=forward]");
    browser.shows("form[data-verb=reply][data-as=forward]");
    browser.type_in(".composer [name=to]", "eve@x.test, eve");
    browser.type_in("[name=reply]", "Please look");
    browser.click("main form[data-verb=reply] .solid");
    browser.shows("form[data-as=forward] .problem[role=alert]");
    browser.type_in(".composer [name=to]", "eve@x.test");
    browser.click("[name=keep]");
    browser.shows("form[data-as=forward] [name=version][value='1']");
    assert_eq!(browser.text("document.querySelector('.composer [name=to]').value"), "eve@x.test");
    is_taken(".solid");

    // Paging and searching.
    browser.go(&day.at("/inbox/inbox"));
    browser.click("[aria-label='Next page']");
    browser.shows("[aria-label='Previous page']");
    assert_eq!(browser.text("document.querySelectorAll('.row').length"), "20");
    browser.type_in("[name=q]", &format!("nobody-has-this{ENTER}"));
    browser.shows(".empty");

    browser.scripts(true);
    let log = browser.log();
    let wrong: Vec<&String> = log.iter().filter(|line| !line.contains("status of 4")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    day.end();
}
