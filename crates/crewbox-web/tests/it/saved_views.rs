//! Saved views: what they answer, who sees them, and that they list what their list and filters list.

use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::world::World;

fn data(answer: &Value) -> &Value {
    &answer["data"]
}

#[tokio::test]
async fn a_saved_view_keeps_its_filters_and_lists_what_they_list() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    for (name, archived) in [("lea", false), ("leo", true)] {
        let id = world.lead(campaign, &format!("{name}@lead.test")).await;
        world.mail(mailbox, &format!("{name}@lead.test"), "spring@us.test", "", "Hi").await;
        let body = json!({"email_lead_map_id": id, "archived": archived});
        world.post("/master-inbox/update-archived", body).await.ok();
    }
    let filters = json!({
        "search": "lead.test", "emailStatus": ["Replied", "Not Replied"], "campaignId": [campaign],
        "leadCategories": {"unassigned": true, "categoryIdsIn": [1, 2], "categoryIdsNotIn": [3]},
        "emailAccountId": [mailbox], "isArchived": false, "isRead": false,
        "replyTimeBetween": ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"],
    });
    let body =
        json!({"name": "Open", "view": "inbox-replies", "filters": filters, "sortBy": "SENT_TIME_DESC"});
    let saved = world.post("/master-inbox/saved-views", body.clone()).await.ok();
    let view = data(&saved);
    assert_eq!((&view["filters"], view["sortBy"].as_str()), (&filters, Some("SENT_TIME_DESC")));
    assert_eq!(data(&world.post("/master-inbox/saved-views", body).await.ok()), view);
    assert_eq!(world.get("/master-inbox/saved-views").await.ok()["data"], json!([view]));
    let of_view = world.list("views", json!({"viewId": view["id"]})).await;
    let of_list = world.list("inbox-replies", json!({"filters": filters})).await;
    assert_eq!((of_view["total_count"].as_u64(), &of_view["messages"]), (Some(1), &of_list["messages"]));
    // What a view names may be deleted: it then matches nothing.
    let gone = json!({"name": "Gone", "view": "unread-replies", "filters": {"campaignId": 999_999}});
    let gone = world.post("/master-inbox/saved-views", gone).await.ok()["data"]["id"].clone();
    assert_eq!(world.list("views", json!({"viewId": gone})).await["total_count"], 0);
    let unread = json!({"name": "Unread", "view": "unread-replies"});
    let unread = world.post("/master-inbox/saved-views", unread).await.ok()["data"]["id"].clone();
    for _ in 0..3 {
        let page = world.list("views", json!({"viewId": unread})).await;
        let hours = page["messages"][0]["reply_age_hours"].clone();
        world.advance(7_200_000);
        let later = world.list("views", json!({"viewId": unread})).await;
        assert_ne!(later["messages"][0]["reply_age_hours"], hours, "the rows are those of the view's list");
    }
    let deleted = world.call("DELETE", &format!("/master-inbox/saved-views/{unread}"), &world.key, "").await;
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    let missing = world.post("/master-inbox/views", json!({"viewId": unread})).await;
    let sentence = format!("Saved view not found with ID {unread}");
    assert_eq!((missing.status.as_u16(), missing.json()["error"].as_str()), (404, Some(sentence.as_str())));
}

#[tokio::test]
async fn a_view_is_the_members_own_unless_it_is_shared() {
    let world = World::new().await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].as_u64();
    let ben = world.new_member("Ben", Role::Member, None).await;
    let ben = world.new_key(world.account, ben, Dialect::Documented, None, None).await;
    let cleo = world.new_member("Cleo", Role::Member, client).await;
    let cleo = world.new_key(world.account, cleo, Dialect::Documented, None, None).await;
    let save = async |name: &str, shared: bool, client: Option<u64>| {
        let body = json!({"name": name, "view": "important", "shared": shared, "client_id": client});
        world.post("/master-inbox/saved-views", body).await.ok()["data"]["id"].as_u64().unwrap()
    };
    let own = save("Own", false, None).await;
    let shared = save("Shared", true, None).await;
    let clients = save("Client's", true, client).await;
    let seen = async |key: &str| {
        let views = world.call("GET", "/master-inbox/saved-views", key, "").await.ok()["data"].clone();
        views.as_array().unwrap().iter().map(|view| view["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&world.key).await, [own, shared, clients]);
    assert_eq!(seen(&ben).await, [shared, clients]);
    assert_eq!(seen(&cleo).await, [clients]);
    for (key, id, status) in
        [(&ben, own, 404), (&ben, shared, 403), (&cleo, shared, 404), (&cleo, clients, 403)]
    {
        let reply = world.call("DELETE", &format!("/master-inbox/saved-views/{id}"), key, "").await;
        assert_eq!(reply.status, status, "{id}: {}", reply.text());
    }
    let reply = world.call("POST", "/master-inbox/views", &cleo, json!({"viewId": shared}).to_string()).await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn a_wrong_view_is_refused_as_the_list_would() {
    let world = World::new().await;
    let wrong = json!({
        "name": " ", "view": "sent", "sortBy": "REMINDER_TIME_ASC",
        "filters": {"subSequenceId": 1, "search": "x".repeat(31)},
    });
    let reply = world.post("/master-inbox/saved-views", wrong).await;
    assert_eq!(reply.status, 422);
    let wrong =
        json!({"name": "V", "view": "sent", "sortBy": "REMINDER_TIME_ASC", "filters": {"subSequenceId": 1}});
    let reply = world.post("/master-inbox/saved-views", wrong).await;
    let errors = reply.json()["errors"].clone();
    let fields: Vec<&str> =
        errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!((reply.status.as_u16(), fields), (422, vec!["filters.subSequenceId", "sortBy"]));
    let view = world.post("/master-inbox/saved-views", json!({"name": "V", "view": "sent"})).await.ok();
    let id = view["data"]["id"].clone();
    for (path, body) in [
        ("/master-inbox/sent", json!({"viewId": id})),
        ("/master-inbox/views", json!({"viewId": id, "filters": {"isRead": true}})),
        ("/master-inbox/views", json!({"viewId": id, "sortBy": "REMINDER_TIME_ASC"})),
    ] {
        let reply = world.post(path, body.clone()).await;
        assert_eq!(reply.status, 422, "{path} {body}: {}", reply.text());
    }
}
