//! What members add to a conversation: notes and tasks. Each documented answer, the rule for changing what another wrote,
//! and that a repeated request adds nothing.

use axum::body::Body as HttpBody;
use axum::http::Request;
use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::world::{Reply, World};

/// A campaign with a conversation.
async fn conversation(world: &World) -> u64 {
    let (campaign, _) = world.campaign("Spring", None).await;
    world.lead(campaign, "lea@lead.test").await
}

impl World {
    async fn post_once(&self, path: &str, key: &str, body: &Value) -> Reply {
        let request = Request::builder()
            .method("POST")
            .uri(format!("/api/v1{path}"))
            .header("x-api-key", &self.key)
            .header("idempotency-key", key);
        self.request(request.body(HttpBody::from(body.to_string())).unwrap()).await
    }

    async fn kinds_since(&self, seq: u64) -> Vec<String> {
        let changes = self.get(&format!("/changes?since={seq}&limit=1000")).await.ok();
        let all = changes["changes"].as_array().unwrap().iter();
        all.map(|change| change["kind"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_note_is_read_changed_and_deleted_by_its_id() {
    let world = World::new().await;
    let id = conversation(&world).await;
    let before = world.head().await;
    let body = json!({"email_lead_map_id": id.to_string(), "note_message": " Call on Monday. "});
    let made = world.post("/master-inbox/create-note", body).await.ok();
    assert_eq!((&made["ok"], &made["success"]), (&json!(true), &json!(true)));
    assert_eq!(made["message"], "Note created successfully");
    let note = made["data"]["id"].as_u64().unwrap();
    let expected = json!({"id": note, "email_lead_map_id": id, "note_message": "Call on Monday.",
        "created_at": "2025-06-01T12:00:00Z"});
    assert_eq!(made["data"], expected);
    let uri = format!("/master-inbox/notes/{note}");
    let mut expected = expected;
    expected["created_by"] = json!({"id": world.owner.0, "name": "Ana"});
    expected["updated_at"] = Value::Null;
    assert_eq!(world.get(&uri).await.ok(), expected);
    assert_eq!(
        world.get(&format!("/master-inbox/{id}/notes")).await.ok(),
        json!({"ok": true, "data": [expected]})
    );
    world.advance(60_000);
    let change = json!({"note_message": "Call on Tuesday."}).to_string();
    let changed = world.call("PATCH", &uri, &world.key, change).await.ok();
    assert_eq!(changed["message"], "Note updated successfully");
    assert_eq!(changed["data"]["note_message"], "Call on Tuesday.");
    assert_eq!(changed["data"]["updated_at"], "2025-06-01T12:01:00Z");
    let deleted = world.call("DELETE", &uri, &world.key, "").await.ok();
    assert_eq!(deleted["message"], "Note deleted successfully");
    assert_eq!(deleted["data"], changed["data"]);
    for verb in ["GET", "DELETE"] {
        let missing = world.call(verb, &uri, &world.key, "").await;
        assert_eq!(missing.status, 404);
        assert_eq!(missing.json()["error"], format!("Note not found with ID {note}"));
    }
    let missing = world.get("/master-inbox/999999/notes").await;
    assert_eq!(missing.json()["error"], "Inbox item not found with ID 999999");
    assert_eq!(world.kinds_since(before).await, ["note_added", "note_changed", "note_deleted"]);
}

#[tokio::test]
async fn only_its_author_and_who_manages_the_account_change_a_note() {
    let world = World::new().await;
    let id = conversation(&world).await;
    let mut keys = Vec::new();
    for (name, role) in [("Ben", Role::Member), ("Bea", Role::Member), ("Ada", Role::Admin)] {
        let member = world.new_member(name, role, None).await;
        keys.push(world.new_key(world.account, member, Dialect::Documented, None, None).await);
    }
    let [ben, bea, ada] = keys.try_into().unwrap();
    let body = json!({"email_lead_map_id": id, "note_message": "Ben's"}).to_string();
    let made = world.call("POST", "/master-inbox/create-note", &ben, body).await.ok();
    let uri = format!("/master-inbox/notes/{}", made["data"]["id"]);
    let change = json!({"note_message": "Changed"}).to_string();
    for (verb, body) in [("PATCH", change.clone()), ("DELETE", String::new())] {
        let refused = world.call(verb, &uri, &bea, body).await;
        assert_eq!(refused.status, 403, "{verb}");
        assert_eq!(
            refused.json()["error"],
            "Only its author, an owner or an admin of the account may change this"
        );
    }
    world.call("PATCH", &uri, &ben, change.clone()).await.ok();
    world.call("PATCH", &uri, &ada, change).await.ok();
    assert_eq!(world.call("GET", &uri, &bea, "").await.ok()["created_by"]["name"], "Ben");
    world.call("DELETE", &uri, &ada, "").await.ok();
}

#[tokio::test]
async fn a_task_is_added_changed_done_opened_again_and_deleted() {
    let world = World::new().await;
    let id = conversation(&world).await;
    let before = world.head().await;
    let body = json!({"email_lead_map_id": id, "name": " Send the offer ", "description": "As agreed",
        "priority": "HIGH", "due_date": "2025-06-03"});
    let made = world.post("/master-inbox/create-task", body).await.ok();
    assert_eq!(made["message"], "Task created successfully");
    let task = made["data"]["task_id"].as_u64().unwrap();
    let created = json!({"task_id": task, "email_lead_map_id": id, "name": "Send the offer",
        "priority": "HIGH", "due_date": "2025-06-03T00:00:00Z"});
    assert_eq!(made["data"], created);
    let uri = format!("/master-inbox/tasks/{task}");
    let mut expected = json!({"description": "As agreed", "done": false, "done_at": null,
        "created_by": {"id": world.owner.0, "name": "Ana"}, "created_at": "2025-06-01T12:00:00Z"});
    for (key, value) in created.as_object().unwrap() {
        expected[key] = value.clone();
    }
    assert_eq!(world.get(&uri).await.ok(), expected);
    assert_eq!(
        world.get(&format!("/master-inbox/{id}/tasks")).await.ok(),
        json!({"ok": true, "data": [expected]})
    );
    let change = async |body: Value| {
        let changed = world.call("PATCH", &uri, &world.key, body.to_string()).await.ok();
        assert_eq!(changed["message"], "Task updated successfully");
        changed["data"].clone()
    };
    assert_eq!(change(json!({})).await, expected, "what is absent stays");
    let cleared = change(json!({"description": null, "due_date": null, "priority": "LOW"})).await;
    let kept = (&cleared["name"], &cleared["description"], &cleared["due_date"], &cleared["priority"]);
    assert_eq!(kept, (&json!("Send the offer"), &Value::Null, &Value::Null, &json!("LOW")));
    for _ in 0..2 {
        let done = change(json!({"done": true})).await;
        assert_eq!((&done["done"], &done["done_at"]), (&json!(true), &json!("2025-06-01T12:00:00Z")));
        world.advance(1_000);
    }
    assert_eq!(change(json!({"done": "false"})).await["done_at"], Value::Null);
    let deleted = world.call("DELETE", &uri, &world.key, "").await.ok();
    assert_eq!(deleted["message"], "Task deleted successfully");
    let missing = world.get(&uri).await;
    assert_eq!(missing.json()["error"], format!("Task not found with ID {task}"));
    let kinds = world.kinds_since(before).await;
    assert_eq!(kinds, ["task_added", "task_changed", "task_done", "task_reopened", "task_deleted"]);
}

#[tokio::test]
async fn what_a_task_cannot_be_is_refused() {
    let world = World::new().await;
    let id = conversation(&world).await;
    let head = world.head().await;
    for (body, text) in [
        (json!({"email_lead_map_id": id}), "name is required"),
        (json!({"email_lead_map_id": id, "name": "  "}), "name must not be empty"),
        (json!({"email_lead_map_id": id, "name": "x".repeat(201)}), "name cannot exceed 200 characters"),
        (
            json!({"email_lead_map_id": id, "name": "x", "priority": "high"}),
            "must be one of: LOW, MEDIUM, HIGH",
        ),
        (
            json!({"email_lead_map_id": id, "name": "x", "due_date": "soon"}),
            "due_date must be an ISO 8601 time",
        ),
        (json!({"email_lead_map_id": id, "name": "x", "due_dat": 1}), "did you mean due_date?"),
    ] {
        let reply = world.post("/master-inbox/create-task", body).await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        assert!(reply.json()["error"].as_str().unwrap().contains(text), "{}", reply.text());
    }
    for (path, key) in [("create-task", "name"), ("create-note", "note_message")] {
        let body = json!({"email_lead_map_id": 99_999, key: "x"});
        let reply = world.post(&format!("/master-inbox/{path}"), body).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (404, &json!("Lead mapping not found")));
    }
    assert_eq!(world.head().await, head);
}

#[tokio::test]
async fn a_repeated_request_gives_what_the_first_one_added_until_that_is_deleted() {
    let world = World::new().await;
    let id = conversation(&world).await;
    for (path, key, of, kind) in
        [("create-note", "note_message", "id", "notes"), ("create-task", "name", "task_id", "tasks")]
    {
        let path = format!("/master-inbox/{path}");
        let body = json!({"email_lead_map_id": id, key: "Once"});
        let number = async |body: &Value| world.post(&path, body.clone()).await.ok()["data"][of].clone();
        let keyed = async |body: &Value| world.post_once(&path, "k", body).await;
        let first = number(&body).await;
        world.advance(60_000);
        assert_eq!(number(&body).await, first, "within a minute");
        world.advance(60_001);
        assert_ne!(number(&body).await, first, "later it is another");
        let with_key = keyed(&body).await.ok()["data"][of].clone();
        world.advance(9_000_000);
        assert_eq!(keyed(&body).await.ok()["data"][of], with_key);
        let other = json!({"email_lead_map_id": id, key: "Other"});
        assert_eq!(keyed(&other).await.status, 422, "another body with the same key");
        let uri = format!("/master-inbox/{kind}/{with_key}");
        world.call("DELETE", &uri, &world.key, "").await.ok();
        assert_ne!(keyed(&body).await.ok()["data"][of], with_key);
    }
}
