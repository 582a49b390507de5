//! Events of the program that sends the campaigns: what they are matched with, and that each counts once.

use serde_json::{Value, json};

use crate::world::World;

/// A conversation with one sent message.
struct Sent {
    world: World,
    campaign: u64,
    id: u64,
    stats_id: Value,
    message: Value,
    message_id: String,
}

impl Sent {
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let id = world.lead(campaign, "lea@lead.test").await;
        world.mail(mailbox, "spring@us.test", "lea@lead.test", "", "Ours").await;
        let item = world.get(&format!("/master-inbox/{id}")).await.ok();
        let sent = &item["message_history"][0];
        let (stats_id, message) = (sent["stats_id"].clone(), sent["id"].clone());
        let message_id = sent["message_id"].as_str().unwrap().to_owned();
        Self { world, campaign, id, stats_id, message, message_id }
    }

    async fn post(&self, event: Value) -> Value {
        self.world.post("/events/ingest", event).await.ok()
    }

    async fn row(&self) -> Value {
        self.world.list("views", json!({})).await["messages"][0].clone()
    }

    async fn counts(&self) -> (Value, Value, Value) {
        let row = self.row().await;
        (
            row["email_status"].clone(),
            row["stats"]["total_opened"].clone(),
            row["stats"]["total_clicked"].clone(),
        )
    }
}

#[tokio::test]
async fn openings_and_clicks_count_once_however_they_are_matched() {
    let sent = Sent::new().await;
    let taken = sent
        .post(json!({"event_type": "EMAIL_OPEN", "stats_id": sent.stats_id,
            "event_timestamp": "2025-06-01T11:59:00.5Z", "webhook_name": "ignored"}))
        .await;
    assert_eq!(
        taken,
        json!({"ok": true, "success": true, "message": "The event is counted", "matched": true,
            "email_lead_map_id": sent.id.to_string(), "message_id": sent.message})
    );
    assert_eq!(sent.counts().await, (json!("Opened"), json!(1), json!(0)));
    // The same event, now matched by its Message-ID: the sender repeats what it got no answer for.
    let head = sent.world.head().await;
    for by in [
        json!({"stats_id": sent.stats_id}),
        json!({"stats_id": "not-ours", "message_id": sent.message_id}),
        json!({"sent_message": {"message_id": sent.message_id, "html": "x"}, "message_id": "<reply@else.test>"}),
        json!({"campaign_id": sent.campaign.to_string(), "to_email": "LEA@lead.test"}),
        json!({"campaign_id": sent.campaign, "to_email": "spring@us.test", "sl_lead_email": "lea@lead.test"}),
    ] {
        let mut event = json!({"event_type": "EMAIL_OPENED", "time_opened": "2025-06-01T11:59:00.500Z"});
        event.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
        let taken = sent.post(event).await;
        assert_eq!((&taken["matched"], &taken["message_id"]), (&json!(true), &sent.message), "{by}");
    }
    assert_eq!(sent.world.head().await, head, "nothing was written");
    sent.post(
        json!({"event_type": "EMAIL_OPEN", "stats_id": sent.stats_id, "event_timestamp": "2025-06-01"}),
    )
    .await;
    let click = json!({"event_type": "EMAIL_LINK_CLICK", "stats_id": sent.stats_id,
        "time_clicked": "2025-06-01T12:00:00Z", "link_clicked": ["https://us.example/a"]});
    sent.post(click.clone()).await;
    sent.post(click).await;
    assert_eq!(sent.counts().await, (json!("Clicked"), json!(2), json!(1)));
    let opened = sent.world.list("views", json!({"filters": {"emailStatus": "Opened"}})).await;
    assert_eq!(opened["total_count"], 1);

    let item = sent.world.get(&format!("/master-inbox/{}", sent.id)).await.ok();
    assert_eq!(item["message_history"][0]["opened_at"], "2025-06-01T00:00:00Z", "the earliest one");
    let live = sent.world.live_key().await;
    let item = sent.world.call("GET", &format!("/master-inbox/{}", sent.id), &live, "").await.ok();
    let text = item.to_string();
    assert!(text.contains("\"open_count\":2") && text.contains("\"click_count\":1"), "{text}");
    let changes = sent.world.get(&format!("/changes?since={head}")).await.ok();
    let kinds: Vec<&Value> = changes["changes"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert!(
        kinds.contains(&&json!("message_opened")) && kinds.contains(&&json!("message_clicked")),
        "{kinds:?}"
    );
    let statistics =
        sent.world.get(&format!("/campaigns/{}/statistics?email_status=clicked", sent.campaign)).await.ok();
    let mail = &statistics["data"][0];
    assert_eq!((&mail["open_count"], &mail["click_count"]), (&json!(2), &json!(1)), "{statistics}");
    assert_eq!(mail["click_time"], "2025-06-01T12:00:00Z");
}

#[tokio::test]
async fn other_events_are_known_or_unsubscribe_the_lead_and_what_matches_nothing_changes_nothing() {
    let sent = Sent::new().await;
    let head = sent.world.head().await;
    for event in ["EMAIL_SENT", "EMAIL_REPLY", "EMAIL_BOUNCE", "LEAD_CATEGORY_UPDATED"] {
        let taken = sent.post(json!({"event_type": event, "stats_id": sent.stats_id})).await;
        assert!(taken["matched"] == true && taken["message"].as_str().unwrap().contains("known"), "{taken}");
    }
    for by in [
        json!({"stats_id": "x"}),
        json!({"message_id": "<x@y.test>"}),
        json!({"campaign_id": sent.campaign, "to_email": "max@lead.test"}),
        json!({"campaign_id": 999, "to_email": "lea@lead.test"}),
    ] {
        let mut event = json!({"event_type": "EMAIL_OPEN"});
        event.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
        let taken = sent.post(event).await;
        assert_eq!((&taken["matched"], &taken["email_lead_map_id"]), (&json!(false), &Value::Null), "{by}");
    }
    for (event, text) in [
        (json!({}), "event_type is required"),
        (json!({"event_type": "EMAIL_EATEN", "stats_id": "x"}), "event_type must be one of"),
        (json!({"event_type": "EMAIL_OPEN", "campaign_id": 1}), "campaign_id with to_email is required"),
        (
            json!({"event_type": "EMAIL_OPEN", "stats_id": "x", "event_timestamp": "soon"}),
            "must be an ISO 8601 time",
        ),
    ] {
        let reply = sent.world.post("/events/ingest", event).await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        assert!(reply.json()["error"].as_str().unwrap().contains(text), "{}", reply.text());
    }
    assert_eq!(sent.world.head().await, head);
    let left = json!({"event_type": "LEAD_UNSUBSCRIBED", "campaign_id": sent.campaign, "lead_email": "lea@lead.test"});
    sent.post(left.clone()).await;
    sent.post(left).await;
    assert_eq!(sent.row().await["email_status"], "Unsubscribed");
    // A payload with a long mail in it is taken in as well.
    let long = json!({"event_type": "EMAIL_OPEN", "stats_id": sent.stats_id, "sent_message_body": "x".repeat(200_000)});
    assert_eq!(sent.post(long).await["matched"], true);
}
