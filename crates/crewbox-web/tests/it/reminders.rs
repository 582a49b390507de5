//! Reminders: each documented answer, and the list of conversations with one.

use serde_json::{Value, json};

use crate::world::World;

impl World {
    async fn remind(&self, conversation: u64, message: &str, at: &str) -> Value {
        let body = json!({"email_lead_map_id": conversation, "message": message, "reminder_time": at});
        self.post("/master-inbox/set-reminder", body).await.ok()
    }
}

#[tokio::test]
async fn a_reminder_is_set_once_changed_done_and_deleted() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "", "Hi").await;
    let item = world.get(&format!("/master-inbox/{id}")).await.ok();
    let stats_id = item["message_history"][0]["stats_id"].clone();
    let body = json!({"email_lead_map_id": id, "email_stats_id": stats_id, "message": " Call back ",
        "reminder_time": "2025-06-02T09:30:00+02:00"});
    let made = world.post("/master-inbox/set-reminder", body.clone()).await.ok();
    assert_eq!(made["message"], "Reminder set successfully");
    let reminder = made["data"]["reminder_id"].clone();
    let created = json!({"reminder_id": reminder, "email_lead_map_id": id,
        "reminder_time": "2025-06-02T07:30:00Z", "message": "Call back"});
    assert_eq!(made["data"], created);
    assert_eq!(
        world.post("/master-inbox/set-reminder", body).await.ok(),
        made,
        "a repetition sets no second one"
    );
    let uri = format!("/master-inbox/reminders/{reminder}");
    let mut expected = created.clone();
    for (key, value) in [
        ("email_stats_id", stats_id),
        ("is_overdue", json!(false)),
        ("done", json!(false)),
        ("done_at", Value::Null),
        ("created_by", json!({"id": world.owner.0, "name": "Ana"})),
        ("created_at", json!("2025-06-01T12:00:00Z")),
    ] {
        expected[key] = value;
    }
    assert_eq!(world.get(&uri).await.ok(), expected);
    let all = world.get(&format!("/master-inbox/{id}/reminders")).await.ok();
    assert_eq!(all, json!({"ok": true, "data": [expected]}));
    let change = async |body: Value| {
        let changed = world.call("PATCH", &uri, &world.key, body.to_string()).await.ok();
        assert_eq!(changed["message"], "Reminder updated successfully");
        changed["data"].clone()
    };
    let moved = change(json!({"message": "Mail", "reminder_time": "1970-01-01"})).await;
    let kept = (&moved["message"], &moved["reminder_time"], &moved["is_overdue"]);
    assert_eq!(kept, (&json!("Mail"), &json!("1970-01-01T00:00:00Z"), &json!(true)));
    let done = change(json!({"done": true})).await;
    let kept = (&done["done"], &done["done_at"], &done["is_overdue"]);
    assert_eq!(kept, (&json!(true), &json!("2025-06-01T12:00:00Z"), &json!(false)));
    let deleted = world.call("DELETE", &uri, &world.key, "").await.ok();
    assert_eq!((&deleted["message"], &deleted["data"]), (&json!("Reminder deleted successfully"), &done));
    let missing = world.get(&uri).await;
    assert_eq!(missing.json()["error"], format!("Reminder not found with ID {reminder}"));
}

#[tokio::test]
async fn a_reminder_in_the_past_is_due_immediately_and_what_cannot_be_is_refused() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let made = world.remind(id, "Long ago", "1970-01-01T00:00:00Z").await;
    assert_eq!(made["message"], "Reminder set successfully");
    let page = world.list("reminders", json!({})).await;
    assert_eq!(page["messages"][0]["is_overdue"], true);
    let head = world.head().await;
    let on = |message: Value, time: Value| json!({"email_lead_map_id": id, "message": message, "reminder_time": time});
    for (body, status, text) in [
        (json!({"email_lead_map_id": id}), 422, "message is required"),
        (on(json!(" "), json!("2025-07-01")), 422, "message must not be empty"),
        (on(json!("x"), json!("soon")), 422, "reminder_time must be an ISO 8601 time"),
        (on(json!("x"), Value::Null), 422, "reminder_time is required"),
        (on(json!("x".repeat(1_001)), json!("2025-07-01")), 422, "message cannot exceed 1000 characters"),
        (
            json!({"email_lead_map_id": id, "email_stats_id": "none", "message": "x", "reminder_time": "2025-07-01"}),
            404,
            "email_stats_id not found in this conversation",
        ),
        (
            json!({"email_lead_map_id": 99_999, "email_stats_id": "none", "message": "x", "reminder_time": "2025-07-01"}),
            404,
            "Lead mapping not found",
        ),
    ] {
        let reply = world.post("/master-inbox/set-reminder", body).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        assert!(reply.json()["error"].as_str().unwrap().contains(text), "{}", reply.text());
    }
    assert_eq!(world.head().await, head);
}

#[tokio::test]
async fn conversations_with_an_open_reminder_are_listed_in_order_in_both_dialects() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let mut ids = Vec::new();
    for (name, at) in
        [("a", "2025-06-03"), ("b", "2025-06-01T12:00:10Z"), ("c", "2025-05-01"), ("d", "2025-06-02")]
    {
        let id = world.lead(campaign, &format!("{name}@lead.test")).await;
        world.remind(id, &format!("Call {name}"), at).await;
        ids.push(id);
    }
    // Only the earliest one of a conversation counts.
    world.remind(ids[0], "Later", "2025-08-01").await;
    let [a, b, c, d] = ids.try_into().unwrap();
    for (sort, expected) in [
        (json!({}), [c, b, d, a]),
        (json!({"sortBy": "REMINDER_TIME_ASC"}), [c, b, d, a]),
        (json!({"sortBy": "REMINDER_TIME_DESC"}), [a, d, b, c]),
    ] {
        assert_eq!(world.ids("reminders", sort.clone()).await, expected, "{sort}");
        let page = json!({"offset": 1, "limit": 2, "sortBy": sort["sortBy"]});
        let page = world.list("reminders", page).await;
        assert_eq!(crate::world::ids(&page), expected[1..3]);
        assert_eq!(page["total_count"], 4);
    }
    let wrong = world.post("/master-inbox/reminders", json!({"sortBy": "REPLY_TIME_DESC"})).await;
    assert_eq!(wrong.json()["error"], "sortBy must be one of: REMINDER_TIME_ASC, REMINDER_TIME_DESC");
    let columns = |row: &Value| json!([row["reminder_time"], row["reminder_message"], row["is_overdue"]]);
    // A page that is asked for again is kept, until one of its reminders becomes overdue.
    for _ in 0..3 {
        let page = world.list("reminders", json!({"limit": 2})).await;
        let rows: Vec<Value> = page["messages"].as_array().unwrap().iter().map(columns).collect();
        assert_eq!(rows[0], json!(["2025-05-01T00:00:00Z", "Call c", true]));
        assert_eq!(rows[1], json!(["2025-06-01T12:00:10Z", "Call b", false]));
    }
    let other = world.list("views", json!({})).await;
    assert!(other["messages"].as_array().unwrap().iter().all(|row| row["is_overdue"].is_null()), "{other}");
    world.advance(10_000);
    let page = world.call(
        "POST",
        "/master-inbox/reminders?fetch_message_history=true",
        &world.key,
        r#"{"limit": 2}"#,
    );
    let page = page.await.ok();
    assert_eq!(page["messages"][1]["is_overdue"], true);
    assert!(page["messages"][0].get("message_history").is_none(), "ignored here");
    assert_eq!(world.list("reminders", json!({"limit": 2})).await["messages"][1]["is_overdue"], true);
    let live = world.live_key().await;
    let page = world.call("POST", "/master-inbox/reminders", &live, r#"{"limit": 1}"#).await.ok();
    assert_eq!(columns(&page["data"][0]), json!(["2025-05-01T00:00:00.000Z", "Call c", true]));
    let held = world.get(&format!("/master-inbox/{c}/reminders")).await.ok();
    let uri = format!("/master-inbox/reminders/{}", held["data"][0]["reminder_id"]);
    world.call("PATCH", &uri, &world.key, r#"{"done": true}"#).await.ok();
    assert_eq!(world.ids("reminders", json!({})).await, [b, d, a]);
}
