//! How much one update of an event stream has: so many rows, so many bytes of them, so many changes row by row.

use crewbox_core::conversation::Edit;
use crewbox_store::{Batch, Op, Scope};
use serde_json::{Value, json};

use crate::events::{Served, news, subscribed};
use crate::world::World;

/// Rows that an update has at the most, and bytes of them, as its description in the OpenAPI document says.
const MOST_ROWS: usize = 100;
const MOST_BYTES: usize = 256 * 1024;
/// A text that a row of an update still has, and one that it has not.
const SHORT_TEXT: usize = 15 * 1024;
const LONG_TEXT: usize = 17 * 1024;
/// Changes that are reported row by row at the most.
const MOST_CHANGES: u64 = 1_000;

/// Makes leads; the ids of their conversations, ascending.
async fn leads(world: &World, campaign: u64, count: usize) -> Vec<u64> {
    let leads: Vec<Value> =
        (0..count).map(|number| json!({"email": format!("l{number}@lead.test")})).collect();
    world.post(&format!("/campaigns/{campaign}/leads"), json!({"lead_list": leads})).await.ok();
    let mut ids = Vec::new();
    for offset in (0..count).step_by(100) {
        let page = world.get(&format!("/campaigns/{campaign}/leads?limit=100&offset={offset}")).await.ok();
        let id = |row: &Value| row["campaign_lead_map_id"].as_str().unwrap().parse::<u64>().unwrap();
        ids.extend(page["data"].as_array().unwrap().iter().map(id));
    }
    ids.sort_unstable();
    ids
}

/// Changes conversations, all in one transaction, so that they come in one update.
async fn edit(world: &World, edits: impl IntoIterator<Item = (u64, Edit)>) {
    let ops = edits.into_iter().map(|(id, edit)| Op::Edit { conversation: id.into(), edit }).collect();
    world.store.commit(Batch::new(Scope::operator(world.account), world.now(), ops)).await.unwrap();
}

/// Those of an update's rows that have the row itself.
fn shown(rows: &Value) -> Vec<&Value> {
    rows.as_array().unwrap().iter().filter(|row| row["row"].is_object()).collect()
}

#[tokio::test]
async fn an_update_has_at_most_a_hundred_rows_for_all_its_subscriptions() {
    let served = Served::new().await;
    let world = &served.world;
    let (campaign, _) = world.campaign("Spring", None).await;
    let ids = leads(world, campaign, MOST_ROWS + 4).await;
    let query = subscribed(&json!([
        {"name": "all", "view": "views"},
        {"name": "important", "view": "views", "filters": {"isImportant": true}},
    ]));
    let mut events = served.stream(&world.key, &query, None).await;
    assert_eq!(news(&events.next().await.unwrap(), "all")["total_count"], ids.len());
    for (on, count) in [(true, MOST_ROWS - 10), (false, MOST_ROWS - 10), (true, ids.len())] {
        edit(world, ids[..count].iter().map(|id| (*id, Edit::Important(on)))).await;
        let event = events.next().await.unwrap();
        let changed = &news(&event, "all")["changed"];
        let moved = &news(&event, "important")[if on { "entered" } else { "left" }];
        for rows in [changed, moved] {
            assert_eq!(rows.as_array().unwrap().len(), count, "each row is named");
        }
        // What left has no row to show.
        let wanted = if on { 2 * count } else { count };
        assert_eq!(shown(changed).len() + shown(moved).len(), wanted.min(MOST_ROWS), "{count} {on}");
    }
    served.end().await;
}

#[tokio::test]
async fn an_update_has_at_most_256_kib_of_rows_and_none_with_a_long_text() {
    const LEADS: usize = 20;
    let served = Served::new().await;
    let world = &served.world;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let ids = leads(world, campaign, LEADS).await;
    for (number, length) in [LONG_TEXT].into_iter().chain([SHORT_TEXT; LEADS - 1]).enumerate() {
        let text = "word ".repeat(length / 5);
        world.mail(mailbox, &format!("l{number}@lead.test"), "spring@us.test", "", &text).await;
    }
    let item = world.get(&format!("/master-inbox/{}", ids[0])).await.ok();
    assert_eq!(item["lead"]["email"], "l0@lead.test");
    let query = subscribed(&json!([{"name": "all", "view": "views"}]));
    let mut events = served.stream(&world.key, &query, None).await;
    assert_eq!(news(&events.next().await.unwrap(), "all")["total_count"], LEADS);
    edit(world, ids.iter().map(|id| (*id, Edit::Important(true)))).await;
    let event = events.next().await.unwrap();
    let changed = &news(&event, "all")["changed"];
    assert_eq!(changed.as_array().unwrap().len(), LEADS, "each row is named");
    assert!(changed[0]["row"].is_null(), "the first row's text is too long");
    let lengths: Vec<usize> = shown(changed).iter().map(|row| row["row"].to_string().len()).collect();
    let (bytes, longest) = (lengths.iter().sum::<usize>(), *lengths.iter().max().unwrap());
    assert!(longest > SHORT_TEXT && lengths.len() < LEADS - 1, "{lengths:?}");
    assert!(bytes <= MOST_BYTES && bytes + longest > MOST_BYTES, "{bytes} bytes in {} rows", lengths.len());

    // A few of them fit.
    edit(world, ids[1..4].iter().map(|id| (*id, Edit::Important(false)))).await;
    assert_eq!(shown(&news(&events.next().await.unwrap(), "all")["changed"]).len(), 3);
    served.end().await;
}

#[tokio::test]
async fn more_than_a_thousand_pending_changes_are_one_resync_of_a_stream() {
    let served = Served::new().await;
    let world = &served.world;
    let (campaign, _) = world.campaign("Spring", None).await;
    let ids = leads(world, campaign, 2).await;
    let query = subscribed(&json!([
        {"name": "all", "view": "views"},
        {"name": "one", "email_lead_map_id": ids[0]},
    ]));
    let mut events = served.stream(&world.key, &query, None).await;
    events.next().await.unwrap();
    let toggled = |count| (0..count).map(|number| (ids[0], Edit::Important(number % 2 == 0)));
    edit(world, toggled(MOST_CHANGES)).await;
    let event = events.next().await.unwrap();
    assert_eq!(news(&event, "all")["changed"].as_array().unwrap().len(), 1, "{}", event.data);
    assert_eq!(news(&event, "one")["changes"].as_array().unwrap().len() as u64, MOST_CHANGES);

    edit(world, toggled(MOST_CHANGES + 1)).await;
    let event = events.next().await.unwrap();
    assert_eq!(event.id, world.head().await);
    assert_eq!(news(&event, "all"), &json!({"name": "all", "news": "resync", "total_count": 2}));
    assert_eq!(news(&event, "one"), &json!({"name": "one", "news": "resync"}));

    // It is one: what comes after is reported row by row.
    edit(world, [(ids[0], Edit::Archived(true))]).await;
    let event = events.next().await.unwrap();
    assert_eq!(news(&event, "all")["changed"].as_array().unwrap().len(), 1, "{}", event.data);
    served.end().await;
}
