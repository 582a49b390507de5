//! A message complete, and its class corrected by hand.

use crewbox_core::model::Dialect;
use serde_json::{Value, json};

use crate::world::{Reply, World};

struct Inbox {
    world: World,
    mailbox: u64,
    conversation: u64,
}

impl Inbox {
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let conversation = world.lead(campaign, "lea@lead.test").await;
        Self { world, mailbox, conversation }
    }

    /// A mail from the lead; its message's id.
    async fn mail(&self, more: &str, body: &str) -> u64 {
        self.world.advance(60_000);
        let stored = self.world.mail(self.mailbox, "lea@lead.test", "spring@us.test", more, body).await;
        stored["message_id"].as_u64().unwrap()
    }

    async fn correct(&self, message: u64, class: &str) -> Reply {
        self.world.advance(60_000);
        let body = json!({"class": class}).to_string();
        self.world.call("PATCH", &format!("/messages/{message}/class"), &self.world.key, body).await
    }

    /// The row, without what a history holds.
    async fn row(&self) -> Value {
        let mut row = self.world.get(&format!("/master-inbox/{}", self.conversation)).await.ok();
        row.as_object_mut().unwrap().remove("message_history");
        row["last_message"]["class_evidence"] = Value::Null;
        row
    }

    async fn is_listed(&self, list: &str) -> bool {
        self.world.ids(list, json!({})).await.contains(&self.conversation)
    }
}

#[tokio::test]
async fn an_automatic_reply_corrected_to_human_is_an_open_reply_and_back() {
    let inbox = Inbox::new().await;
    let world = &inbox.world;
    let message = inbox.mail("Auto-Submitted: auto-replied\n", "I am away.").await;
    let before = inbox.row().await;
    assert_eq!((&before["email_status"], &before["category"]["id"]), (&json!("Not Replied"), &json!(6)));
    assert!(before["is_read"] == true && !inbox.is_listed("unread-replies").await);

    let head = world.head().await;
    let first = inbox.correct(message, "human").await;
    let answer = first.json();
    assert_eq!(first.status, 200, "{answer}");
    assert_eq!((&answer["ok"], &answer["success"]), (&json!(true), &json!(true)));
    assert_eq!(
        answer["data"],
        json!({"message_id": message, "class": "human", "corrected": true, "email_lead_map_id": inbox.conversation,
            "updated_at": "2025-06-01T12:02:00Z"})
    );
    assert_eq!(world.head().await, head + 1);
    let row = inbox.row().await;
    assert_eq!((&row["email_status"], &row["category"]), (&json!("Replied"), &Value::Null));
    assert_eq!((&row["is_read"], &row["stats"]["total_replied"]), (&json!(false), &json!(1)));
    assert!(inbox.is_listed("unread-replies").await);
    let shown = world.get(&format!("/messages/{message}")).await.ok();
    assert_eq!((&shown["class"], &shown["corrected"]), (&json!("human"), &json!(true)));
    assert_eq!(shown["class_evidence"], "A member set the class.");

    let again = inbox.correct(message, "human").await;
    assert_eq!((again.text(), world.head().await), (first.text(), head + 1));

    let changes = world.get(&format!("/changes?since={head}")).await.ok();
    let change = &changes["changes"][0];
    assert_eq!((&change["kind"], &change["actor"]["id"]), (&json!("class_corrected"), &json!(world.owner.0)));
    assert_eq!(change["detail"]["subject"], message);
    assert_eq!(
        change["detail"]["fields"][0],
        json!({"field": "class", "before": "automatic", "after": "human"})
    );

    inbox.correct(message, "automatic").await.ok();
    assert_eq!(inbox.row().await, before);
    assert!(!inbox.is_listed("unread-replies").await);
}

#[tokio::test]
async fn a_correction_that_ends_leaves_the_message_and_its_conversation_as_they_were_read() {
    let inbox = Inbox::new().await;
    let world = &inbox.world;
    let message = inbox.mail("Auto-Submitted: auto-replied\n", "I am away.").await;
    let (row, shown) = (inbox.row().await, world.get(&format!("/messages/{message}")).await.ok());
    inbox.correct(message, "human").await.ok();
    assert!(inbox.is_listed("unread-replies").await);
    let head = world.head().await;
    let uri = format!("/messages/{message}/class");
    let end = async || world.call("PATCH", &uri, &world.key, r#"{"class":null}"#).await;
    let ended = end().await;
    let first = ended.text().to_owned();
    assert_eq!(
        ended.ok()["data"],
        json!({"message_id": message, "class": "automatic", "corrected": false,
            "email_lead_map_id": inbox.conversation, "updated_at": null})
    );
    assert_eq!(world.head().await, head + 1);
    assert_eq!(inbox.row().await, row);
    assert_eq!(world.get(&format!("/messages/{message}")).await.ok(), shown);
    let change = world.get(&format!("/changes?since={head}")).await.ok()["changes"][0].clone();
    assert_eq!(
        (&change["kind"], &change["actor"]["id"]),
        (&json!("class_correction_ended"), &json!(world.owner.0))
    );
    assert_eq!(
        change["detail"]["fields"][0],
        json!({"field": "class", "before": "human", "after": "automatic"})
    );
    assert_eq!(
        (end().await.text(), world.head().await),
        (first.as_str(), head + 1),
        "the same call is no change"
    );
}

#[tokio::test]
async fn every_class_can_be_set_and_nothing_else() {
    let inbox = Inbox::new().await;
    let message = inbox.mail("", "Hi").await;
    for (class, status) in [
        ("bounce", "Bounced"),
        ("feedback", "Unsubscribed"),
        ("unsubscribe", "Unsubscribed"),
        ("automatic", "Not Replied"),
        ("delayed", "Not Replied"),
        ("calendar", "Not Replied"),
        ("receipt", "Not Replied"),
        ("human", "Replied"),
    ] {
        assert_eq!(inbox.correct(message, class).await.ok()["data"]["class"], class);
        assert_eq!(inbox.row().await["email_status"], status, "{class}");
    }
    let uri = format!("/messages/{message}/class");
    let names =
        "class must be one of: human, automatic, bounce, delayed, feedback, unsubscribe, calendar, receipt";
    for (body, text) in
        [(json!({"class": "spam"}), names), (json!({"class": 3}), names), (json!({}), "class is required")]
    {
        let refused = inbox.world.post(&uri, body).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.json()["error"], text);
        assert_eq!(refused.json()["field"], "class");
    }
    let sent = inbox.world.mail(inbox.mailbox, "spring@us.test", "lea@lead.test", "", "From us").await;
    let refused = inbox.correct(sent["message_id"].as_u64().unwrap(), "human").await;
    assert_eq!(refused.status, 422);
    assert!(refused.json()["error"].as_str().unwrap().contains("sent by us"), "{}", refused.text());
    assert_eq!(inbox.correct(424_242, "human").await.status, 404);
}

#[tokio::test]
async fn a_message_is_shown_whole_with_what_is_known_of_it() {
    let inbox = Inbox::new().await;
    let world = &inbox.world;
    let long = "ü".repeat(300_000);
    let body = format!("Grüße {long}\n> quoted");
    let message = inbox.mail("Attached: a.pdf\n", &body).await;
    let shown = world.get(&format!("/messages/{message}")).await.ok();
    assert_eq!(shown["body"], body);
    assert!(shown.get("body_truncated").is_none());
    let row = world.get(&format!("/master-inbox/{}", inbox.conversation)).await.ok();
    for (key, value) in row["message_history"][0].as_object().unwrap() {
        match key.as_str() {
            // A link is signed again for each answer.
            "attachments" => {}
            "body" => assert!(body.starts_with(value.as_str().unwrap())),
            "body_truncated" => assert_eq!(*value, true),
            _ => assert_eq!(shown[key], *value, "{key}"),
        }
    }
    assert_eq!(shown["attachments"][0]["file_name"], "a.pdf");
    assert_eq!(shown["email_lead_map_id"], inbox.conversation.to_string());
    assert_eq!((&shown["class"], &shown["corrected"]), (&json!("human"), &json!(false)));
    assert_eq!(shown["folds"], json!([{"start": 300_007, "end": 300_015, "kind": "quote"}]));

    // Confirmed as a person's, it is in doubt no more.
    let message = inbox.mail("", "I am out of the office until 20 June 2025.").await;
    let shown = world.get(&format!("/messages/{message}")).await.ok();
    assert_eq!((&shown["class"], &shown["suspected"]), (&json!("human"), &json!("automatic")));
    inbox.correct(message, "human").await.ok();
    let shown = world.get(&format!("/messages/msg_{message}")).await.ok();
    assert_eq!(shown["suspected"], Value::Null);
    assert_eq!(shown["corrected"], true);

    let stranger = world.mail(inbox.mailbox, "x@else.test", "spring@us.test", "", "Who am I").await;
    let stranger = stranger["message_id"].as_u64().unwrap();
    assert_eq!(world.get(&format!("/messages/{stranger}")).await.ok()["email_lead_map_id"], Value::Null);
    let corrected = inbox.correct(stranger, "automatic").await.ok();
    assert_eq!(corrected["data"]["email_lead_map_id"], Value::Null);
}

#[tokio::test]
async fn a_clients_key_corrects_its_own_messages_only() {
    let world = World::new().await;
    let mut keys = Vec::new();
    for name in ["North", "South"] {
        let email = format!("{name}@c.test");
        let client = world.post("/client/save", json!({"name": name, "email": email})).await.ok();
        let client = client["clientId"].as_u64();
        let (campaign, mailbox) = world.campaign(name, client).await;
        let lead = format!("lea@{}.test", name.to_lowercase());
        world.lead(campaign, &lead).await;
        let key = world.new_key(world.account, world.owner, Dialect::Documented, client, None).await;
        let to = format!("{}@us.test", name.to_lowercase());
        let stored = world.mail(mailbox, &lead, &to, "", "Hi").await;
        keys.push((key, stored["message_id"].as_u64().unwrap()));
    }
    let [(north, ours), (_, theirs)] = &keys[..] else { panic!() };
    for (message, status) in [(ours, 200), (theirs, 404)] {
        let body = json!({"class": "automatic"}).to_string();
        let reply = world.call("PATCH", &format!("/messages/{message}/class"), north, body).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        let reply = world.call("GET", &format!("/messages/{message}"), north, "").await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}
