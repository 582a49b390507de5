//! The actions: what they answer, that they change a conversation once, and what they refuse.

use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn an_action_twice_is_one_change_and_one_answer() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "", "Hi").await;
    let ben = world.new_member("Ben", Role::Member, None).await;
    let cases: [(&str, Value, Value); 8] = [
        ("change-read-status", json!({"read_status": true}), json!({"is_read": true})),
        ("update-category", json!({"category_id": "2"}), json!({"category_id": 2})),
        ("update-team-member", json!({"team_member_id": ben.0}), json!({"team_member_id": ben.0})),
        ("update-archived", json!({"archived": true}), json!({"is_archived": true})),
        ("update-important", json!({"important": true}), json!({"is_important": true})),
        ("update-snooze", json!({"until": "2025-07-01T00:00:00Z"}), json!({"is_snoozed": true})),
        ("update-category", json!({"category_id": null}), json!({"category_id": null})),
        (
            "update-team-member",
            json!({"team_member_id": null}),
            json!({"team_member_id": null, "assigned_at": null}),
        ),
    ];
    for (action, mut body, data) in cases {
        body["email_lead_map_id"] = json!(id.to_string());
        let before = world.head().await;
        let path = format!("/master-inbox/{action}");
        let first = world.call("PATCH", &path, &world.key, body.to_string()).await;
        let answer = first.json();
        assert_eq!(first.status, 200, "{answer}");
        assert_eq!((answer["ok"].as_bool(), answer["success"].as_bool()), (Some(true), Some(true)));
        assert!(answer["message"].is_string());
        assert_eq!(answer["data"]["email_lead_map_id"], id);
        for (key, value) in data.as_object().unwrap() {
            assert_eq!(answer["data"][key], *value, "{action} {key}");
        }
        assert_eq!(world.head().await, before + 1, "{action}");
        assert_eq!(first.header("x-change-seq"), Some((before + 1).to_string().as_str()), "{action}");
        world.advance(5_000);
        let again = world.call("POST", &path, &world.key, body.to_string()).await;
        assert_eq!(again.text(), first.text(), "{action}");
        assert_eq!(again.header("x-change-seq"), None, "{action} again");
        assert_eq!(world.head().await, before + 1, "{action} again");
    }
    let changes = world.get("/changes?since=0&limit=1000").await.ok();
    let last = changes["changes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["kind"], "owner_changed");
    assert_eq!(last["actor"], json!({"id": world.owner.0, "name": "Ana"}));
    assert_eq!(last["cause"], json!({"kind": "person", "rule_id": null}));
    assert_eq!(changes["changes"][0]["cause"], json!({"kind": "system", "rule_id": null}));
    assert_eq!(last["email_lead_map_id"], id);
    assert_eq!(last["detail"]["fields"][0], json!({"field": "owner", "before": ben.0, "after": null}));
    assert_eq!((changes["head"].clone(), changes["more"].clone()), (last["seq"].clone(), json!(false)));
    let page = world.get("/changes?since=2&limit=3").await.ok();
    let seqs: Vec<u64> =
        page["changes"].as_array().unwrap().iter().map(|one| one["seq"].as_u64().unwrap()).collect();
    assert_eq!((seqs, page["more"].as_bool()), (vec![3, 4, 5], Some(true)));
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].as_u64();
    let cleo = world.new_member("Cleo", Role::Member, client).await;
    for (action, body, status, text) in [
        ("update-category", json!({"email_lead_map_id": id}), 422, "category_id is required"),
        (
            "update-category",
            json!({"email_lead_map_id": id, "category_id": 99}),
            422,
            "category_id 99 does not exist",
        ),
        (
            "update-team-member",
            json!({"email_lead_map_id": id, "team_member_id": 7777}),
            404,
            "Team member not found with ID 7777",
        ),
        (
            "update-team-member",
            json!({"email_lead_map_id": id, "team_member_id": cleo.0}),
            422,
            "works for another client",
        ),
        (
            "update-snooze",
            json!({"email_lead_map_id": id, "until": "2025-06-01T11:59:59Z"}),
            422,
            "until must be in the future",
        ),
        (
            "change-read-status",
            json!({"email_lead_map_id": id, "read_status": "maybe"}),
            422,
            "read_status must be a boolean",
        ),
        (
            "change-read-status",
            json!({"email_lead_map_id": 99_999, "read_status": true}),
            404,
            "Lead mapping not found",
        ),
        (
            "change-read-status",
            json!({"email_lead_map_id": id, "read_staus": true}),
            422,
            "did you mean read_status?",
        ),
        ("change-read-status", json!({}), 422, "email_lead_map_id is required"),
    ] {
        let before = world.head().await;
        let reply = world.post(&format!("/master-inbox/{action}"), body).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        assert!(reply.json()["error"].as_str().unwrap().contains(text), "{}", reply.text());
        assert_eq!(world.head().await, before);
    }
    for (action, key, wrong) in [
        ("update-category", "category_id", json!(99)),
        ("update-category", "category_id", json!("x")),
        ("update-snooze", "until", json!("2025-06-01T11:59:59Z")),
    ] {
        let reply = world.post(&format!("/master-inbox/{action}"), json!({key: wrong, "x": 1})).await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        let reply = reply.json();
        let fields: Vec<_> =
            reply["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
        assert_eq!(fields, ["x", "email_lead_map_id", key], "what is missing hides nothing else");
    }
}

#[tokio::test]
async fn a_note_is_read_in_the_item_of_its_conversation_only() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let [id, other] =
        [world.lead(campaign, "lea@lead.test").await, world.lead(campaign, "liv@lead.test").await];
    for text in ["Call back on Monday.", "Prefers mail."] {
        let body = json!({"email_lead_map_id": id, "note_message": text});
        world.post("/master-inbox/create-note", body).await.ok();
    }
    let item = world.get(&format!("/master-inbox/{id}")).await.ok();
    let notes = item["notes"].as_array().unwrap();
    let texts: Vec<&Value> = notes.iter().map(|note| &note["note_message"]).collect();
    assert_eq!(texts, ["Call back on Monday.", "Prefers mail."], "oldest first");
    assert!(notes.iter().all(|note| note["created_by"]["name"].is_string()), "{notes:?}");
    let item = world.get(&format!("/master-inbox/{other}")).await.ok();
    assert_eq!(item["notes"], json!([]));
}

#[tokio::test]
async fn a_change_is_undone_by_its_number() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let ben = world.new_member("Ben", Role::Member, None).await;
    world
        .post("/master-inbox/update-archived", json!({"email_lead_map_id": id, "archived": true}))
        .await
        .ok();
    let seq = world.head().await;
    world.assign(id, ben.0).await;
    let path = format!("/changes/{seq}/undo");
    let data = |changed| json!({"seq": seq, "email_lead_map_id": id, "changed": changed});
    let message = "Change undone successfully";
    let undone = world.post(&path, json!({})).await.ok();
    assert_eq!(undone, json!({"ok": true, "success": true, "message": message, "data": data(true)}));
    let last = world.get(&format!("/changes?since={}", world.head().await - 1)).await.ok();
    assert_eq!(
        (&last["changes"][0]["kind"], last["changes"].as_array().unwrap().len()),
        (&json!("archived_changed"), 1)
    );
    assert_eq!(world.post(&path, json!({})).await.ok()["data"], data(false), "it is undone already");
    for (change, status, sentence) in [
        (
            "1".to_owned(),
            409,
            "Change 1 (account_created) cannot be undone: everything that happens since belongs to it"
                .to_owned(),
        ),
        ("9999".to_owned(), 404, "Change not found with ID 9999".to_owned()),
    ] {
        let reply = world.post(&format!("/changes/{change}/undo"), json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.json()["error"].clone()), (status, json!(sentence)));
    }
}

#[tokio::test]
async fn the_number_of_a_change_undoes_it_and_a_client_does_not_see_it() {
    let world = World::new().await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].as_u64();
    let (campaign, _) = world.campaign("Spring", client).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let lead = lead.as_u64().map_or_else(|| lead.as_str().unwrap().to_owned(), |id| id.to_string());
    let before = world.head().await;
    let body = json!({"category_id": 2, "pause_lead": true});
    let both = world.post(&format!("/campaigns/{campaign}/leads/{lead}/category"), body).await;
    assert_eq!(both.status, 200, "{}", both.text());
    let numbers = format!("{}-{}", before + 1, before + 2);
    assert_eq!(both.header("x-change-seq"), Some(numbers.as_str()));
    let undone = world.post(&format!("/changes/{}/undo", before + 1), json!({})).await;
    assert_eq!(undone.header("x-change-seq"), Some((before + 3).to_string().as_str()));
    let item = world.get(&format!("/master-inbox/{id}")).await.ok();
    assert_eq!(item["category"], json!(null));
    let clients = world.new_key(world.account, world.owner, Dialect::Documented, client, None).await;
    let body = json!({"email_lead_map_id": id, "important": true}).to_string();
    let theirs = world.call("PATCH", "/master-inbox/update-important", &clients, body).await;
    assert_eq!((theirs.status.as_u16(), theirs.header("x-change-seq")), (200, None));
}
