//! Many tabs of one browser: they share one event stream.

use serde_json::json;

use super::Day;

/// More than the connections that a browser has to one host: with a stream for each, the last would never load.
const TABS: usize = 7;

#[test]
fn seven_tabs_share_one_stream_and_another_takes_over() {
    let day = Day::begin();
    let browser = &day.browser;
    let mut tabs = vec![browser.tab()];
    for _ in 1..TABS {
        tabs.push(browser.open_tab());
        browser.go(&day.at("/inbox/mine"));
        day.is_ready();
    }
    let locks = || {
        browser.run_async(
            "navigator.locks.query().then(({held, pending}) => done([held, pending].map((all) => all.filter(({name}) => name === 'stream').length)))",
        )
    };
    assert_eq!(locks(), json!([1, TABS - 1]), "one tab has the stream, the others wait for it");
    let new = day.unassigned();
    day.patch("update-team-member", json!({"email_lead_map_id": new, "team_member_id": day.me}));
    let is_shown = format!("document.querySelector('.row[data-id=\"{new}\"]')");
    for tab in &tabs {
        browser.switch_to(tab);
        browser.until(&is_shown);
    }

    // The first one has it.
    browser.switch_to(&tabs[0]);
    day.is_clean();
    browser.close_tab();
    browser.switch_to(&tabs[1]);
    let another = day.unassigned();
    day.patch("update-team-member", json!({"email_lead_map_id": another, "team_member_id": day.me}));
    for tab in &tabs[1..] {
        browser.switch_to(tab);
        browser.until(&format!("document.querySelector('.row[data-id=\"{another}\"]')"));
        day.is_clean();
    }
    assert_eq!(locks(), json!([1, TABS - 2]));
    day.end();
}
