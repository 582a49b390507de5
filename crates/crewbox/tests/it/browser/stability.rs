//! A live list that somebody works in: rows move only while nobody is about to press or click, and numbers are exact at once.

use serde_json::json;

use super::Day;

impl Day {
    /// A colleague gives the member a conversation; its row is new in the list.
    pub(super) fn give(&self) -> u64 {
        let new = self.unassigned();
        self.patch("update-team-member", json!({"email_lead_map_id": new, "team_member_id": self.me}));
        new
    }

    pub(super) fn shows_total(&self, total: u64) {
        self.browser
            .until(&format!("document.querySelector('h1 .count').firstChild.nodeValue === '{total}'"));
    }
}

#[test]
fn no_row_moves_while_keys_are_pressed_or_the_pointer_is_down() {
    let day = Day::begin();
    let browser = &day.browser;
    let (rows, total) = (day.rows(), day.total());
    // A key every tenth of a second, as somebody who works presses them.
    browser.run(
        "const press = () => dispatchEvent(new KeyboardEvent('keydown', {key: 'Shift'}));
         press(); window.keys = setInterval(press, 100);",
    );
    let first = day.give();
    day.shows_total(total + 1);
    assert_eq!(day.rows(), rows, "the number is new, the rows wait");
    browser.run("clearInterval(window.keys)");
    browser.until(&format!("document.querySelector('.row[data-id=\"{first}\"]')"));

    let rows = day.rows();
    let pointer = |name: &str| {
        browser.run(&format!(
            "document.querySelector('.row').dispatchEvent(new PointerEvent('{name}', {{bubbles: true}}))"
        ));
    };
    pointer("pointerdown");
    let second = day.give();
    day.shows_total(total + 2);
    // Longer than rows wait after a key.
    browser.run_async("setTimeout(done, 1200)");
    assert_eq!(day.rows(), rows, "nothing moves under a finger");
    pointer("pointerup");
    browser.until(&format!("document.querySelector('.row[data-id=\"{second}\"]')"));
    day.end();
}

#[test]
fn the_numbers_of_header_sidebar_and_tab_are_the_server_s() {
    let day = Day::begin();
    let browser = &day.browser;
    let rows = day.rows();
    let given = day.give();
    day.patch("change-read-status", json!({"email_lead_map_id": given, "read_status": false}));
    day.patch("update-archived", json!({"email_lead_map_id": rows[3], "archived": true}));
    day.patch("change-read-status", json!({"email_lead_map_id": rows[4], "read_status": false}));
    browser.press(['j', 'e', 'e', 'z']);
    day.is_sent();
    let count = |filters: serde_json::Value| {
        let key = day.members[0]["api_key"].as_str().unwrap();
        let body = json!({"limit": 1, "filters": filters});
        let list = day.server.call("POST", "/master-inbox/assigned-me", key, &body).json();
        list["total_count"].as_u64().unwrap()
    };
    let open = json!({"isArchived": false, "isSnoozed": false});
    day.shows_total(count(open));
    // The sidebar and the tab count what is unread.
    let unread = count(json!({"isArchived": false, "isSnoozed": false, "isRead": false}));
    assert!(unread > 0);
    let view = "document.querySelector('.side .view[href^=\"/inbox/mine\"] .count')";
    browser.until(&format!("{view}.textContent === '{unread}' && document.title.startsWith('({unread}) ')"));
    day.end();
}
