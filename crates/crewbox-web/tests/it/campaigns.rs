//! Campaigns as clients of the hosted service change and delete them.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_campaigns_status_and_settings_are_kept_and_shown() {
    let world = World::new().await;
    let made = world.post("/campaigns/create", json!({})).await.ok();
    assert_eq!(made["name"], "Untitled Campaign");
    let path = format!("/campaigns/{}", made["id"]);
    let shown = world.get(&path).await.ok();
    assert_eq!((shown["status"].as_str(), &shown["updated_at"]), (Some("DRAFTED"), &shown["created_at"]));
    assert_eq!(shown["user_id"], world.account.get());
    for key in ["track_settings", "stop_lead_settings", "scheduler_cron_value", "follow_up_percentage"] {
        assert_eq!(shown.get(key), Some(&Value::Null), "{key}");
    }
    world.advance(60_000);
    for (sent, expected) in [
        ("START", "ACTIVE"),
        ("PAUSED", "PAUSED"),
        ("STOPPED", "STOPPED"),
        ("ARCHIVED", "ARCHIVED"),
        ("COMPLETED", "COMPLETED"),
        ("DRAFTED", "DRAFTED"),
        ("ACTIVE", "ACTIVE"),
    ] {
        let done = world.post(&format!("{path}/status"), json!({"status": sent})).await.ok();
        assert_eq!((done["ok"].as_bool(), done["data"].as_str()), (Some(true), Some("success")));
        assert_eq!(world.get(&path).await.ok()["status"], expected);
    }
    assert_eq!(world.get(&path).await.ok()["updated_at"], "2025-06-01T12:01:00Z");
    let wrong = world.post(&format!("{path}/status"), json!({"status": "RUNNING"})).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["field"].as_str()), (422, Some("status")));
    let settings = json!({"name": "Spring", "track_settings": ["DONT_TRACK_EMAIL_OPEN"],
        "stop_lead_settings": "REPLY_TO_AN_EMAIL", "unsubscribe_text": "Bye?", "send_as_plain_text": true,
        "follow_up_percentage": "40", "client_id": null, "domain_level_rate_limit": true});
    world.post(&format!("{path}/settings"), settings).await.ok();
    world
        .post(&format!("{path}/settings"), json!({"track_settings": [], "enable_ai_esp_matching": false}))
        .await
        .ok();
    let shown = world.get(&path).await.ok();
    for (key, value) in [
        ("name", json!("Spring")),
        ("track_settings", json!([])),
        ("stop_lead_settings", json!("REPLY_TO_AN_EMAIL")),
        ("unsubscribe_text", json!("Bye?")),
        ("send_as_plain_text", json!(true)),
        ("follow_up_percentage", json!(40)),
        ("enable_ai_esp_matching", json!(false)),
        ("force_plain_text", Value::Null),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    for wrong in
        [json!({"follow_up_percentage": 101}), json!({"track_settings": "x"}), json!({"client_id": 7})]
    {
        let refused = world.post(&format!("{path}/settings"), wrong.clone()).await;
        assert_eq!(refused.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_deleted_campaign_is_gone_and_its_conversations_stay() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "", "Hi").await;
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let path = format!("/campaigns/{campaign}");
    let deleted = world.call("DELETE", &path, &world.key, "").await.ok();
    assert_eq!((deleted["ok"].as_bool(), deleted["data"].as_str()), (Some(true), Some("success")));
    for (verb, path, body) in [
        ("DELETE", path.clone(), json!({})),
        ("GET", path.clone(), json!({})),
        ("GET", format!("{path}/leads"), json!({})),
        ("POST", format!("{path}/leads"), json!({"lead_list": [{"email": "new@lead.test"}]})),
        ("POST", format!("{path}/status"), json!({"status": "START"})),
        ("POST", format!("{path}/tags"), json!({"tag_ids": []})),
    ] {
        let reply = world.call(verb, &path, &world.key, body.to_string()).await;
        assert_eq!(reply.status, 404, "{verb} {path}");
        assert_eq!(reply.json()["error"], "Campaign not found - Invalid campaign_id.");
    }
    assert_eq!(world.get("/campaigns").await.ok(), json!([]));
    assert_eq!(world.get(&format!("/email-accounts/{mailbox}")).await.ok()["campaign_count"], 0);
    let row = world.list("inbox-replies", json!({})).await["messages"][0].clone();
    assert_eq!(
        (&row["campaign_lead_map_id"], &row["campaign"]["name"]),
        (&json!(id.to_string()), &json!("Spring"))
    );
    let misspelt = world.get(&format!("{path}/leads/{lead}/message-history?event_time=2099-01-01")).await;
    assert_eq!(misspelt.json()["error"], "Unknown key event_time, did you mean event_time_gt?");
    let history = world.get(&format!("{path}/leads/{lead}/message-history")).await.ok();
    assert_eq!(history["messages"].as_array().unwrap().len(), 1);
    let reply = json!({"email_stats_id": history["messages"][0]["stats_id"], "email_body": "Still here", "undo_seconds": 60});
    world.post(&format!("{path}/reply-email-thread"), reply).await.ok();
    // Mail of its thread still finds its conversation.
    let stored = world.mail(mailbox, "lea@lead.test", "spring@us.test", "", "Hi again").await;
    assert_eq!(stored["campaign_lead_map_id"], id.to_string());
    let scope = crewbox_store::Scope::operator(world.account);
    assert_eq!(world.store.check(&scope).await.unwrap(), []);
}

#[tokio::test]
async fn a_campaigns_accounts_are_listed_added_and_removed() {
    let world = World::new().await;
    let (campaign, first) = world.campaign("Spring", None).await;
    let (_, second) = world.campaign("Autumn", None).await;
    let path = format!("/campaigns/{campaign}/email-accounts");
    let ids = async || {
        let all = world.get(&path).await.ok();
        all.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [first]);
    world.post(&path, json!({"email_account_id": second})).await.ok();
    assert_eq!(ids().await, [first, second]);
    let remove = json!({"email_account_ids": [first, second]}).to_string();
    world.call("DELETE", &path, &world.key, remove).await.ok();
    assert_eq!(ids().await, Vec::<u64>::new());
    for verb in ["POST", "DELETE"] {
        let none = world.call(verb, &path, &world.key, "{}").await;
        assert_eq!((none.status.as_u16(), none.json()["field"].as_str()), (422, Some("email_account_ids")));
    }
    assert_eq!(world.get("/campaigns/99/email-accounts").await.status, 404);
}
