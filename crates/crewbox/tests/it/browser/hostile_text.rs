//! Text of others that would run, load something or change the page if it were markup: in a real browser nothing of it does,
//! in any place where it is shown.

use crewbox_testkit::browser::{Browser, CONTROL, ENTER, ESCAPE};
use crewbox_testkit::vectors;
use serde_json::{Value, json};

use super::{Day, SIZE, Seat, keep_picture};

/// Vectors that are in one conversation: each page costs half a second.
const TOGETHER: usize = 24;
/// Characters of a name.
const MOST_OF_A_NAME: usize = 100;
/// Vectors in one note or reminder.
const IN_A_NOTE: usize = 6;

/// Counts frames whose document has come.
const COUNT_FRAMES: &str = "window.frames_loaded = 0;
    document.addEventListener('load', ({target}) => { if (target.localName === 'iframe') window.frames_loaded += 1; }, true);";

/// A vector as a name may be.
fn name(vector: &str) -> String {
    vector.chars().filter(|c| !c.is_control()).take(MOST_OF_A_NAME).collect()
}

/// Every so many a vector is a tag: each of them changes the open page.
const EACH_TAG: usize = 4;

/// A mail with a vector in every place, from the address in its sender or in any.
fn mail(vector: &str, number: usize, from: &str) -> String {
    let line = vector.replace(['\r', '\n', '\0'], " ");
    let quoted = line.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "From: \"{quoted}\" <{from}>\r\nTo: \"{quoted}\" <us@harbour-outreach.example>\r\nSubject: {line}\r\nMessage-ID: <v{number}@vectors.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\
         Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         {vector}\r\n\r\nhttps://x.test/{vector}\r\n\r\n> {vector}\r\n\r\n--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>Hello number {number}</p>{vector}<table bgcolor=#eee><tr><td>{vector}</td></tr></table>\r\n\r\n--inner--\r\n\
         --outer\r\nContent-Type: text/html; name=\"{quoted}\"\r\nContent-Disposition: attachment; filename=\"{quoted}\"\r\n\r\n\
         {vector}\r\n--outer--\r\n"
    )
}

/// The owner's calls.
struct Filling<'a> {
    day: &'a Day,
    key: &'a str,
    mailbox: Value,
}

impl Filling<'_> {
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.day.server.call(method, path, self.key, body);
        assert_eq!(answer.status, 200, "{path} {body} {answer:?}");
        answer.json()
    }

    fn deliver(&self, raw: &str) {
        let path = format!("/api/v1/email-accounts/{}/messages", self.mailbox);
        let answer = crate::http::send(
            &self.day.server.url,
            "POST",
            &path,
            self.key,
            "message/rfc822",
            raw.as_bytes(),
        );
        assert!(answer.as_ref().unwrap().status < 300, "{answer:?}");
    }

    /// A conversation with these vectors in everything that others write or name.
    fn conversation(&self, chunk: &[&str], number: usize) -> u64 {
        let field = |at: usize| name(chunk[at % chunk.len()]);
        let campaign = self.call("POST", "/campaigns/create", &json!({"name": field(number)}))["id"].clone();
        let custom: serde_json::Map<String, Value> =
            chunk.iter().map(|vector| (name(vector), json!(name(vector)))).collect();
        let email = format!("lead{number}@vectors.example");
        let lead = json!({"email": email, "first_name": field(0), "last_name": field(1), "company_name": field(2),
            "phone_number": field(3), "website": field(4), "location": field(5), "linkedin_profile": field(6),
            "company_url": field(7), "custom_fields": custom});
        self.call("POST", &format!("/campaigns/{campaign}/leads"), &json!({"lead_list": [lead]}));
        let leads = self.call("GET", &format!("/campaigns/{campaign}/leads"), &Value::Null);
        let id = crate::drive::number(&leads["data"][0]["campaign_lead_map_id"]);
        for (at, vector) in chunk.iter().enumerate() {
            self.deliver(&mail(vector, number * TOGETHER + at, &email));
            let task = json!({"email_lead_map_id": id, "name": name(vector)});
            self.call("POST", "/master-inbox/create-task", &task);
        }
        for some in chunk.chunks(IN_A_NOTE) {
            let text = some.iter().map(|vector| name(vector)).collect::<Vec<_>>().join("\n");
            let note = json!({"email_lead_map_id": id, "note_message": text});
            self.call("POST", "/master-inbox/create-note", &note);
            let reminder = json!({"email_lead_map_id": id, "message": text, "reminder_time": "2030-01-01"});
            self.call("POST", "/master-inbox/set-reminder", &reminder);
        }
        let category = self.call(
            "POST",
            "/leads/categories",
            &json!({"name": format!("{number} {}", field(number + 1))}),
        );
        let client = format!("{number} {}", field(number + 2));
        let email = format!("client{number}@vectors.example");
        self.call("POST", "/client/save", &json!({"name": client, "email": email}));
        let category = json!({"email_lead_map_id": id, "category_id": category["data"]["id"]});
        self.call("PATCH", "/master-inbox/update-category", &category);
        id
    }
}

/// Nothing has run, and nothing was asked of another server. There is no `canary`, so that a script that calls it fails,
/// which the console has, as it has what a policy refuses.
fn is_harmless(browser: &Browser, origin: &str, place: &str) {
    for address in browser.requested() {
        let is_ours = address.starts_with(origin)
            || ["data:", "about:", "blob:"].iter().any(|scheme| address.starts_with(scheme));
        assert!(is_ours, "{place} asked for {address}");
    }
    let log = browser.log();
    assert!(log.is_empty(), "{place}: {log:?}");
}

#[test]
fn no_text_of_others_runs_or_loads_anything_in_a_browser() {
    let day = Day::with(60);
    let all: Vec<&str> = vectors::all().collect();
    assert!(all.len() >= 450, "{}", all.len());
    let owner = &day.members[0];
    let key = owner["api_key"].as_str().unwrap();
    let mailboxes = day.server.call("GET", "/email-accounts/", key, &Value::Null).json();
    let filling = Filling { day: &day, key, mailbox: mailboxes[0]["id"].clone() };
    let ids: Vec<u64> =
        all.chunks(TOGETHER).enumerate().map(|(number, chunk)| filling.conversation(chunk, number)).collect();
    for (number, vector) in all.iter().enumerate().step_by(TOGETHER) {
        filling.deliver(&mail(vector, all.len() + number, &format!("stranger{number}@elsewhere.example")));
    }

    let seat = Seat { browser: Browser::recording(SIZE.0, SIZE.1), me: day.me };
    let browser = &seat.browser;
    browser.go(&day.at("/sign-in"));
    seat.sign_in(owner);
    for (id, chunk) in ids.iter().zip(all.chunks(TOGETHER)) {
        browser.go(&day.at(&format!("/inbox/inbox/{id}")));
        seat.is_ready();
        // Some as tags, as a member types them.
        let tags: Vec<String> = chunk.iter().step_by(EACH_TAG).map(|vector| name(vector)).collect();
        let tagged = browser.run_async(&format!(
            "const {{token}} = document.body.dataset; const action = document.querySelector('form.add-tag').getAttribute('action');
             (async () => {{ const statuses = []; for (const tag of {tags}) {{
               const body = new URLSearchParams({{token, tag, script: '1'}});
               statuses.push((await fetch(action, {{method: 'POST', body}})).status); }} done(statuses); }})()",
            tags = json!(tags)
        ));
        assert!(tagged.as_array().unwrap().iter().all(|status| *status == 200), "{tagged}");
        browser.until("document.querySelectorAll('.sheet > .lead .tags .chip').length >= 2");
        browser.run(COUNT_FRAMES);
        // All of it is shown: each message, quote and original.
        browser.run(
            "for (const one of document.querySelectorAll('main:not([aria-hidden]) details')) if (!one.closest('header')) one.open = true;",
        );
        browser.until("!document.querySelector('main:not([aria-hidden]) details[data-partial]')");
        let frames = browser.run(
            "for (const one of document.querySelectorAll('main:not([aria-hidden]) details.original')) one.open = true;
             const frames = [...document.querySelectorAll('main:not([aria-hidden]) iframe')];
             for (const one of frames) one.loading = 'eager';
             return frames.length;",
        );
        browser.until(&format!("window.frames_loaded >= {frames}"));
        is_harmless(browser, &day.server.url, &format!("the conversation with {:?}", chunk[0]));
    }
    keep_picture(browser, "hostile text in a conversation");

    // As rows, in menus, in the palette, on the other pages.
    browser.go(&day.at("/inbox/inbox"));
    seat.is_ready();
    browser.press(['j', 'j', 'k']);
    browser.press_with(&[CONTROL], 'k');
    browser.until("document.querySelector('#palette').open");
    browser.press("lead1".chars());
    browser.until(
        "[...document.querySelectorAll('#found .group')].some((group) => group.textContent === 'Leads')",
    );
    is_harmless(browser, &day.server.url, "the palette");
    browser.press([ENTER]);
    browser.press([ESCAPE, 'e', 'z']);
    browser.until("document.querySelector('#toast:not([hidden])')");
    seat.is_sent();
    is_harmless(browser, &day.server.url, "the toast");
    let lists = ["/inbox/inbox?page=2", "/inbox/reminders", "/untracked", "/team", "/settings/leads"];
    let sorted_by = ["/settings/categories", "/settings/tags?edit=1", "/settings/clients?edit=1"];
    for path in lists.into_iter().chain(sorted_by) {
        browser.go(&day.at(path));
        browser.run("for (const one of document.querySelectorAll('details')) one.open = true;");
        is_harmless(browser, &day.server.url, path);
    }
    keep_picture(browser, "hostile text in the settings");
    for vector in all.iter().step_by(24) {
        let typed: String = vector.chars().take(30).collect();
        let query: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
        browser.go(&day.at(&format!("/inbox/inbox?q={query}&status={query}")));
        is_harmless(browser, &day.server.url, &format!("a search for {vector:?}"));
    }
    day.end_with([seat]);
}
