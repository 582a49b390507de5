//! Bulk actions over HTTP: what they answer, which members they reach, and how they are undone.

use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_bulk_action_reaches_all_rows_of_its_list_and_is_undone_at_once() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let mut ids = Vec::new();
    for number in 0..25 {
        let lead = format!("lea{number}@lead.test");
        ids.push(world.lead(campaign, &lead).await);
        world.mail(mailbox, &lead, "spring@us.test", "", "Hi").await;
    }
    let archive = json!({"view": "inbox-replies", "action": {"type": "archive", "value": true}});
    let mut dry = archive.clone();
    dry["dry_run"] = json!(true);
    let before = world.head().await;
    let preview = world.post("/master-inbox/bulk", dry).await.ok();
    assert_eq!(preview["data"], json!({"matched": 25, "changed": 0, "bulk_id": null, "state": null}));
    assert_eq!(world.head().await, before);
    let done = world.post("/master-inbox/bulk", archive).await.ok();
    assert_eq!((done["ok"].as_bool(), done["success"].as_bool()), (Some(true), Some(true)));
    let id = done["data"]["bulk_id"].as_u64().unwrap();
    assert_eq!(done["data"], json!({"matched": 25, "changed": 25, "bulk_id": id, "state": "done"}));
    assert_eq!(world.list("archived", json!({})).await["total_count"], 25);
    let progress = world.get(&format!("/bulk/{id}")).await.ok();
    assert_eq!((progress["state"].as_str(), progress["action"].as_str()), (Some("done"), Some("archive")));
    assert_eq!(progress["created_by"]["id"], world.owner.0);
    let changes = world.get(&format!("/changes?since={}&limit=1000", before + 1)).await.ok();
    assert_eq!(changes["changes"][0]["cause"], json!({"kind": "bulk", "rule_id": null, "bulk_id": id}));
    assert_eq!(changes["changes"][0]["actor"]["id"], world.owner.0);

    let body = json!({"email_lead_map_id": ids[3], "archived": false});
    world.post("/master-inbox/update-archived", body).await.ok();
    let body = json!({"email_lead_map_id": ids[3], "archived": true});
    world.post("/master-inbox/update-archived", body).await.ok();
    let undone = world.post(&format!("/bulk/{id}/undo"), json!({})).await.ok();
    assert_eq!(undone["data"]["changed"], 25, "what is again as the action left it is undone");
    assert_eq!(world.list("inbox-replies", json!({})).await["total_count"], 25);

    let categorise = json!({"view": "inbox-replies", "action": {"type": "category", "value": "2"}});
    let done = world.post("/master-inbox/bulk", categorise).await.ok();
    let id = done["data"]["bulk_id"].clone();
    let body = json!({"email_lead_map_id": ids[3], "category_id": 5});
    world.post("/master-inbox/update-category", body).await.ok();
    let refused = world.post(&format!("/bulk/{id}/undo"), json!({})).await;
    let sentence = refused.json()["error"].as_str().unwrap().to_owned();
    assert_eq!(refused.status, 409, "{sentence}");
    assert!(
        sentence.contains(&format!("conversation {} (Ana changed the category, change ", ids[3])),
        "{sentence}"
    );
    let open = json!({"filters": {"leadCategories": {"unassigned": true}}});
    assert_eq!(world.list("inbox-replies", open).await["total_count"], 24);
    let stopped = world.post(&format!("/bulk/{id}/stop"), json!({})).await.ok();
    assert_eq!(stopped["data"]["state"], "done", "what has ended is not stopped");
}

#[tokio::test]
async fn a_client_acts_on_its_own_rows_and_sees_its_own_jobs() {
    let world = World::new().await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].as_u64();
    let (own, _) = world.campaign("Spring", client).await;
    let (other, _) = world.campaign("Autumn", None).await;
    world.lead(own, "lea@lead.test").await;
    let foreign = world.lead(other, "leo@lead.test").await;
    let cleo = world.new_member("Cleo", Role::Member, client).await;
    let key = world.new_key(world.account, cleo, Dialect::Documented, None, None).await;
    let important = json!({"view": "views", "action": {"type": "important", "value": true}});
    let done = world.call("POST", "/master-inbox/bulk", &key, important.to_string()).await.ok();
    assert_eq!(done["data"]["matched"], 1);
    assert_eq!(world.get(&format!("/master-inbox/{foreign}")).await.ok()["is_important"], false);
    // Their member gets their conversations only.
    let assign = json!({"view": "views", "action": {"type": "assign", "value": cleo.0}});
    let assigned = world.post("/master-inbox/bulk", assign).await.ok();
    assert_eq!((&assigned["data"]["matched"], &assigned["data"]["changed"]), (&json!(2), &json!(1)));
    let teams = &assigned["data"]["bulk_id"];
    for (method, path) in [("GET", ""), ("POST", "/stop"), ("POST", "/undo")] {
        let reply = world.call(method, &format!("/bulk/{teams}{path}"), &key, "").await;
        let sentence = format!("Bulk action not found with ID {teams}");
        assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (404, Some(sentence.as_str())));
    }
    let of_client = &done["data"]["bulk_id"];
    assert_eq!(world.call("GET", &format!("/bulk/{of_client}"), &key, "").await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_done_to_all_is_refused_in_one_sentence() {
    let world = World::new().await;
    let view = json!({"name": "V", "view": "sent"});
    let saved = world.post("/master-inbox/saved-views", view).await.ok()["data"]["id"].clone();
    let read = json!({"type": "read", "value": true});
    let action =
        |kind: &str, value: Value| json!({"view": "views", "action": {"type": kind, "value": value}});
    for (body, status, sentence) in [
        (json!({"view": 99, "action": read}), 404, "Saved view not found with ID 99"),
        (json!({"view": "99", "action": read}), 404, "Saved view not found with ID 99"),
        (json!({"action": read}), 422, "view is required"),
        (json!({"view": "views"}), 422, "action is required"),
        (
            json!({"view": saved, "filters": {"isRead": true}, "action": read}),
            422,
            "filters cannot be given with a saved view, which has its own",
        ),
        (action("read", json!(null)), 422, "value cannot be null for this action"),
        (action("tag", json!(99)), 422, "action.value 99 does not exist"),
        (action("category", json!(99)), 422, "action.value 99 does not exist"),
        (action("snooze", json!("2020-01-01")), 422, "action.value must be in the future"),
        (action("assign", json!(99)), 404, "Team member not found with ID 99"),
    ] {
        let reply = world.post("/master-inbox/bulk", body.clone()).await;
        let answer = (reply.status.as_u16(), reply.json()["error"].clone());
        assert_eq!(answer, (status, json!(sentence)), "{body}");
    }
    let of_view = world.post("/master-inbox/bulk", json!({"view": saved, "action": read})).await.ok();
    assert_eq!(of_view["data"]["matched"], 0);
    let unknown = world.post("/master-inbox/bulk", json!({"view": "nothing", "action": read})).await;
    assert_eq!(unknown.status, 422);
    assert_eq!(world.get("/bulk/99").await.status, 404);
}
