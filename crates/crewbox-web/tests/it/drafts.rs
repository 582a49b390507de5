//! Drafts: one for each member and conversation, versioned.

use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_draft_is_the_members_own_and_an_older_version_does_not_replace_it() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let uri = format!("/master-inbox/{id}/draft");
    let none = json!({"email_lead_map_id": id, "to": "", "cc": "", "bcc": "", "subject": "", "body": "",
        "attachments": [], "version": 0, "updated_at": null});
    assert_eq!(world.get(&uri).await.ok(), none);
    let before = world.head().await;
    let put = async |body: Value| world.call("PUT", &uri, &world.key, body.to_string()).await;
    let first = json!({"to": "lea", "subject": "Offer", "body": "<p>Dear Lea</p>",
        "attachments": [{"file_name": "a.pdf", "file_url": "https://inbox.test/a"}]});
    let saved = put(first.clone()).await.ok();
    assert_eq!(saved["message"], "Draft saved successfully");
    let mut expected = none.clone();
    for (key, value) in first.as_object().unwrap() {
        expected[key] = value.clone();
    }
    expected["version"] = json!(1);
    expected["updated_at"] = json!("2025-06-01T12:00:00Z");
    assert_eq!(saved["data"], expected);
    assert_eq!(world.get(&uri).await.ok(), expected);
    assert_eq!(put(first).await.ok(), saved, "a repetition conflicts with nothing");
    assert_eq!(world.head().await, before + 1);
    let second = put(json!({"body": "Second", "version": 1})).await.ok();
    assert_eq!((&second["data"]["version"], &second["data"]["to"]), (&json!(2), &json!("")));
    for older in [json!({"body": "Other"}), json!({"body": "Other", "version": "1"})] {
        let refused = put(older).await;
        assert_eq!(refused.status, 409);
        let refused = refused.json();
        assert_eq!(refused["error"], "The draft was changed elsewhere since this version");
        assert_eq!(refused["data"], second["data"]);
    }
    let ben = world.new_member("Ben", Role::Member, None).await;
    let ben = world.new_key(world.account, ben, Dialect::Documented, None, None).await;
    assert_eq!(world.call("GET", &uri, &ben, "").await.ok(), none, "nobody sees those of others");
    world.call("DELETE", &uri, &ben, "").await.ok();
    assert_eq!(world.get(&uri).await.ok(), second["data"]);
    for _ in 0..2 {
        let deleted = world.call("DELETE", &uri, &world.key, "").await.ok();
        assert_eq!((&deleted["message"], &deleted["data"]), (&json!("Draft deleted successfully"), &none));
    }
    assert_eq!(world.head().await, before + 5, "saved twice, a member and a key made, deleted once");
    assert_eq!(put(json!({"body": "Third", "version": 2})).await.ok()["data"]["version"], 3);
    for verb in ["GET", "PUT", "DELETE"] {
        let missing = world.call(verb, "/master-inbox/999999/draft", &world.key, "{}").await;
        assert_eq!(missing.json()["error"], "Inbox item not found with ID 999999", "{verb}");
    }
    world.call("DELETE", &format!("/master-inbox/{id}"), &world.key, "").await.ok();
    let scope = crewbox_store::Scope::operator(world.account);
    assert_eq!(world.store.check(&scope).await.unwrap(), []);
}
