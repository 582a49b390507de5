//! Files that go along: chosen, pasted and dropped, kept over an undo, a reload and a lost connection.

use crewbox_testkit::browser::{CONTROL, ENTER};

use super::{Day, SIZE, keep_picture};

/// The names of the ticked files in the composer.
const FILES: &str = "[...document.querySelectorAll('main:not([aria-hidden]) .composer .attached :checked')].map((box) => box.parentNode.innerText.trim()).join()";

/// A script that makes a file of so many bytes.
fn file(name: &str, bytes: usize) -> String {
    format!(
        "const data = new DataTransfer(); data.items.add(new File([new Uint8Array({bytes})], '{name}', {{type: 'text/plain'}}));"
    )
}

fn paste(day: &Day, name: &str) {
    day.browser.run(&format!(
        "{} document.querySelector('[name=reply]').dispatchEvent(new ClipboardEvent('paste', \
         {{clipboardData: data, bubbles: true, cancelable: true}}))",
        file(name, 3)
    ));
}

fn drop_in(day: &Day, selector: &str, name: &str, bytes: usize) {
    day.browser.run(&format!(
        "{} document.querySelector('{selector}').dispatchEvent(new DragEvent('drop', \
         {{dataTransfer: data, bubbles: true, cancelable: true}}))",
        file(name, bytes)
    ));
}

#[test]
fn files_go_along_and_come_back_with_what_is_taken_back() {
    let day = Day::with(40);
    let browser = &day.browser;
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("the plan.txt");
    std::fs::write(&plan, "Monday").unwrap();
    let id = day.rows()[0];
    browser.press(['j']);
    day.opened(id);
    browser.press(['r']);
    browser.press("Here they are".chars());
    browser.until("document.querySelector('.composer [name=upload]').checkVisibility() === false");
    browser.choose_file("[name=upload]", &plan);
    browser.until(&format!("{FILES} === 'the plan.txt · 1 KB'"));
    paste(&day, "picture.png");
    drop_in(&day, ".thread", "notes.txt", 1_200_000);
    browser.until(&format!("{FILES} === 'the plan.txt · 1 KB,picture.png · 1 KB,notes.txt · 1.2 MB'"));
    keep_picture(browser, "composer with files");
    // One that is not to go along is unticked.
    browser.click(".attached label:nth-child(2)");
    browser.until(&format!("{FILES} === 'the plan.txt · 1 KB,notes.txt · 1.2 MB'"));

    // What one mail cannot carry is not attached, and what is dropped beside the conversation leaves the page as it is.
    drop_in(&day, ".thread", "film.mp4", 27_000_000);
    day.toast("All files together may have 26.8 MB: attach less");
    drop_in(&day, "nav.side", "stray.txt", 3);

    // An undo gives them back, and so does a reload.
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Sending to");
    browser.until(&format!("{FILES} === ''"));
    day.is_sent();
    browser.click("#toast button");
    browser.until(&format!("{FILES} === 'the plan.txt · 1 KB,notes.txt · 1.2 MB'"));
    day.is_sent();
    browser.until(
        "document.querySelector('.composer .saved').innerText === 'Draft saved, files on this device'",
    );
    browser.run("location.reload()");
    day.is_ready();
    browser.until(&format!("{FILES} === 'the plan.txt · 1 KB,notes.txt · 1.2 MB'"));
    assert_eq!(browser.text("document.querySelector('.composer [name=reply]').value"), "Here they are");

    // Sent later without a connection, they leave once there is one; taken back, they are the server's.
    browser.network(0, true);
    browser.click("[aria-label='Send later']");
    browser.press("tue 3pm".chars());
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Scheduled: to ");
    browser.network(0, false);
    browser.until("document.querySelector('.waiting')?.innerText.includes('scheduled for')");
    day.is_sent();
    browser.click(".waiting button");
    browser.until(&format!("{FILES} === 'the plan.txt,notes.txt'"));
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Sending to");
    day.is_sent();
    day.end();
}

#[test]
fn a_large_file_shows_how_far_it_is() {
    let day = Day::with(40);
    let browser = &day.browser;
    let id = day.rows()[0];
    browser.press(['j']);
    day.opened(id);
    browser.press(['r']);
    browser.press("A film".chars());
    drop_in(&day, ".thread", "film.mp4", 20_000_000);
    browser.until(&format!("{FILES} === 'film.mp4 · 20.0 MB'"));
    // Every text that the line has had.
    browser.run(
        "window.seen = []; new MutationObserver(() => seen.push(document.querySelector('.sending time')?.innerText ?? '')) \
         .observe(document.querySelector('.column'), {childList: true, subtree: true, characterData: true})",
    );
    browser.press_with(&[CONTROL], ENTER);
    day.toast("Sending to");
    day.is_sent();
    browser.until(
        "seen.some((text, place) => /^Uploading files: \\d+ %$/.test(text) && seen.slice(place).some((after) => /^Sending/.test(after)))",
    );
    day.end();
}

#[test]
fn files_go_along_without_scripts() {
    let day = Day::with(40);
    let browser = &day.browser;
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.txt");
    std::fs::write(&plan, "Monday").unwrap();
    let id = day.rows()[0];
    // A page that is left does nothing any more; the one before has its scripts.
    browser.go("about:blank");
    browser.scripts(false);
    browser.go(&day.at(&format!("/inbox/mine/{id}")));
    browser.shows(".composer [name=reply]");
    browser.type_in(".composer [name=reply]", "Here it is");
    browser.click(".composer .to summary");
    browser.type_in(".composer [name=when]", "no time");
    browser.choose_file("[name=upload]", &plan);
    browser.click(".composer .solid");
    browser.shows(".attached + .problem");
    browser.type_in(".composer [name=when]", "in 2 days");
    browser.choose_file("[name=upload]", &plan);
    browser.click(".composer .solid");
    browser.shows(".waiting");
    browser.click(".waiting button");
    browser.shows(".attached [name=file]");
    browser.scripts(true);
    browser.resize(SIZE.0, SIZE.1);
    browser.go(&day.at("/inbox/mine"));
    day.is_ready();
    day.end();
}
