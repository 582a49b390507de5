//! What fills an inbox: campaigns, leads, e-mail accounts, clients, tags, posted mail.

use crewbox_store::contract::NewQuarantined;
use crewbox_store::{Op, Outcome};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn leads_are_counted_to_the_last() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let path = format!("/campaigns/{campaign}/leads");
    world.post(&path, json!({"lead_list": [{"email": "old@lead.test"}]})).await.ok();
    let list = json!([
        {"email": "New@Lead.test", "first_name": "N", "custom_fields": {"size": 5, "x": "y"}, "unknown": 1},
        {"email": "new@lead.test"}, {"email": "nonsense"}, {"first_name": "Nobody"}, {"email": "old@lead.test"},
    ]);
    let done =
        world.post(&path, json!({"lead_list": list, "settings": {"return_lead_ids": true}})).await.ok();
    for (key, value) in [
        ("upload_count", 1),
        ("total_leads", 5),
        ("added_count", 1),
        ("skipped_count", 4),
        ("already_added_to_campaign", 1),
        ("duplicate_count", 1),
        ("invalid_email_count", 2),
    ] {
        assert_eq!(done[key], value, "{key}");
    }
    let ids = &done["emailToLeadIdMap"];
    assert!(ids["newlyAddedLeads"]["new@lead.test"].is_string(), "{ids}");
    assert!(ids["existingLeads"]["old@lead.test"].is_string(), "{ids}");
    assert_eq!(ids["existingLeadsInOtherCampaigns"], json!({}));
    assert_eq!(done["lead_ids"].as_object().unwrap().len(), 2);
    assert_eq!(done["lead_ids"]["new@lead.test"].to_string(), ids["newlyAddedLeads"]["new@lead.test"]);
    let many: Vec<_> = (0..401).map(|n| json!({"email": format!("l{n}@lead.test")})).collect();
    let over = world.post(&path, json!({"lead_list": many})).await;
    assert_eq!(
        (over.status.as_u16(), over.json()["error"].as_str()),
        (422, Some("lead_list cannot exceed 400 leads per request"))
    );
    let page = world.get(&format!("{path}?limit=1")).await.ok();
    assert_eq!((page["total_leads"].as_str(), page["limit"].as_u64()), (Some("2"), Some(1)));
    let row = &page["data"][0];
    assert_eq!(row["lead"]["email"], "new@lead.test");
    assert_eq!(row["lead"]["custom_fields"], json!({"size": "5", "x": "y"}));
    assert_eq!(row["status"], "STARTED");
    assert_eq!(
        world.get("/leads/?email=NEW@lead.test").await.ok()["lead_campaign_data"][0]["campaign_id"],
        campaign
    );
    assert_eq!(world.get("/leads/?email=who@lead.test").await.ok(), json!({}));
    let custom: serde_json::Map<_, _> = (0..201).map(|n| (format!("f{n}"), json!(n))).collect();
    let over = world.post(&path, json!({"lead_list": [{"email": "a@b.co", "custom_fields": custom}]})).await;
    assert_eq!(over.json()["max_allowed"], 200);
    let long = "x".repeat(10_001);
    let wrong = json!({"settings": {"return_lead_ids": "perhaps"}, "lead_list": [
        "lead", {"email": "a@b.co", "first_name": {}}, {"email": "c@d.co", "custom_fields": 1},
        {"email": "e@f.co", "company_name": long}]});
    let wrong = world.post(&path, wrong).await.json();
    let fields: Vec<_> = wrong["errors"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(
        fields,
        [
            "lead_list[0]",
            "lead_list[1].first_name",
            "lead_list[2].custom_fields",
            "lead_list[3].company_name",
            "settings.return_lead_ids"
        ]
    );
}

#[tokio::test]
async fn campaigns_are_made_and_shown() {
    let world = World::new().await;
    let client = world.post("/client/save", json!({"name": "Cli", "email": "c@c.test"})).await;
    let client = client.ok()["clientId"].as_u64().unwrap();
    let made =
        world.post("/campaigns/create", json!({"name": "One", "client_id": client, "whatever": 1})).await;
    let id = made.json()["id"].clone();
    assert_eq!(
        made.text(),
        format!(r#"{{"ok":true,"id":{id},"name":"One","created_at":"2025-06-01T12:00:00Z"}}"#)
    );
    let sub = json!({"parent_campaign_id": id, "subsequence_name": "Two"});
    let sub = world.post("/campaigns/create-subsequence", sub).await.ok();
    assert_eq!((&sub["subsequence_id"], sub["name"].as_str()), (&sub["id"], Some("Two")));
    assert_eq!(sub["created_at"], "2025-06-01T12:00:00Z");
    let tag = world.post("/tags", json!({"name": "Hot"})).await.ok()["id"].clone();
    assert_eq!(world.post("/tags", json!({"name": "Hot"})).await.ok()["id"], tag);
    world.post(&format!("/campaigns/{id}/tags"), json!({"tag_ids": [tag]})).await.ok();
    let all = world.get("/campaigns/?include_tags=1").await.ok();
    assert_eq!(all[0]["id"], sub["id"]);
    assert_eq!(all[0]["parent_campaign_id"], id);
    assert_eq!(all[0]["client_id"], client);
    assert_eq!(all[1]["tags"], json!([{"tag_id": tag, "tag_name": "Hot", "tag_color": "#6B7280"}]));
    let gone = world.get("/campaigns/99999").await;
    assert_eq!(gone.json()["message"], "Campaign not found - Invalid campaign_id.");
    let categories = world.get("/leads/fetch-categories").await.ok();
    assert_eq!(categories.as_array().unwrap().len(), 7);
    assert_eq!(categories[5]["name"], "Out Of Office");
    let made =
        world.post("/leads/categories", json!({"name": "Hot", "sentiment_type": "positive"})).await.ok();
    assert_eq!(made["data"]["sentiment_type"], "positive");
    let me = world.get("/me").await.ok();
    assert_eq!((me["role"].as_str(), me["account"]["name"].as_str()), (Some("owner"), Some("Acme")));
    assert_eq!(world.get("/team-members").await.ok()["data"][0]["email"], "ana@us.test");
}

#[tokio::test]
async fn passwords_are_kept_and_never_shown() {
    let world = World::new().await;
    let (_, mailbox) = world.campaign("Spring", None).await;
    let body = json!({"from_name": "S", "from_email": "spring@us.test", "user_name": "u", "password": " secret-pw ",
        "imap_password": "other-pw", "smtp_host": "s", "smtp_port": 465, "imap_host": "i", "imap_port": 143,
        "imap_port_type": "TLS"});
    world.post("/email-accounts/save", body.clone()).await.ok();
    let scope = crewbox_store::Scope::operator(world.account);
    let secrets = world.store.mailbox_secrets(&scope, mailbox.into()).await.unwrap();
    assert_eq!(secrets.password.as_deref(), Some(" secret-pw "));
    let shown = world.get(&format!("/email-accounts/{mailbox}/")).await;
    assert!(!shown.text().contains("-pw"));
    assert_eq!(shown.json()["imap_port_type"], "TLS");
    assert_eq!(shown.json()["is_imap_success"], false);
    let mut wrong = body;
    wrong["smtp_port"] = json!("secret-port-pw");
    wrong["password"] = json!({"a": "secret-nested-pw"});
    let refused = world.post("/email-accounts/save", wrong).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text().contains("-pw"), "{}", refused.text());
    world.call("DELETE", &format!("/email-accounts/{mailbox}"), &world.key, "").await.ok();
    assert_eq!(world.get(&format!("/email-accounts/{mailbox}")).await.status, 404);
    assert_eq!(world.get("/email-accounts/").await.ok(), json!([]));
}

#[tokio::test]
async fn aliases_are_saved_with_an_account_and_kept_where_the_key_is_absent() {
    let world = World::new().await;
    let (_, mailbox) = world.campaign("Spring", None).await;
    let mut body = json!({"from_name": "S", "from_email": "spring@us.test", "user_name": "u", "password": "p",
        "smtp_host": "s", "smtp_port": 465, "imap_host": "i", "imap_port": 993, "aliases": ["Sales@Us.test", "b@us.test"]});
    world.post("/email-accounts/save", body.clone()).await.ok();
    let path = format!("/email-accounts/{mailbox}");
    assert_eq!(world.get(&path).await.ok()["aliases"], json!(["b@us.test", "sales@us.test"]));
    let raw = "From: SALES+x@us.test\nTo: lea@lead.test\nMessage-ID: <two@test>\n\nHi";
    let posted = world.call("POST", &format!("{path}/messages"), &world.key, raw).await.ok();
    assert_eq!(posted["direction"], "outbound");
    body.as_object_mut().unwrap().remove("aliases");
    world.post("/email-accounts/save", body.clone()).await.ok();
    assert_eq!(world.get(&path).await.ok()["aliases"].as_array().unwrap().len(), 2);
    body["aliases"] = json!(["no address"]);
    let refused = world.post("/email-accounts/save", body.clone()).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("aliases must hold e-mail addresses"), "{}", refused.text());
    let (campaign, _) = world.campaign("Autumn", None).await;
    world.lead(campaign, "lea@lead.test").await;
    let head = world.head().await;
    for (alias, whose) in [("Lea@Lead.test", "a lead"), ("autumn@us.test", "another mailbox")] {
        body["aliases"] = json!(["fine@us.test", alias]);
        body["from_name"] = json!("Another name");
        let refused = world.post("/email-accounts/save", body.clone()).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["field"]), (422, &json!("aliases")));
        assert!(
            refused.text().contains(&alias.to_lowercase()) && refused.text().contains(whose),
            "{}",
            refused.text()
        );
    }
    assert_eq!(world.head().await, head, "nothing else of the call is saved");
    body["aliases"] = json!([]);
    world.post("/email-accounts/save", body).await.ok();
    assert_eq!(world.get(&path).await.ok()["aliases"], json!([]));
}

#[tokio::test]
async fn posted_mail_takes_its_place_once() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let path = format!("/email-accounts/{mailbox}/messages");
    let raw = "From: lea@lead.test\nTo: spring@us.test\nMessage-ID: <one@test>\nSubject: S\n\nHi";
    let url = format!("{path}?received_at=2025-05-01T00:00:00%2B02:00");
    let first = world.call("POST", &url, &world.key, raw).await.ok();
    assert_eq!((first["direction"].as_str(), first["duplicate"].as_bool()), (Some("inbound"), Some(false)));
    assert_eq!(first["campaign_lead_map_id"], id.to_string());
    let row = world.list("inbox-replies", json!({})).await["messages"][0].clone();
    assert_eq!(row["last_message"]["received_at"], "2025-04-30T22:00:00Z");
    let again = world.call("POST", &url, &world.key, raw).await.ok();
    assert_eq!(
        (again["duplicate"].as_bool(), again["message_id"].clone()),
        (Some(true), first["message_id"].clone())
    );
    let stranger = raw.replace("lea@", "who@").replace("one@", "two@");
    assert_eq!(
        world.call("POST", &path, &world.key, stranger).await.ok()["campaign_lead_map_id"],
        json!(null)
    );
    let kept = NewQuarantined {
        mailbox: mailbox.into(),
        location: None,
        raw: "BOMB".into(),
        reason: "too deep".to_owned(),
        received_at: None,
        backfill: false,
        direction: None,
        reader: None,
    };
    let Outcome::Quarantined(kept) = world.op(world.account, Op::Quarantine(Box::new(kept))).await else {
        panic!("it is not in quarantine")
    };
    assert_eq!(world.get("/quarantine").await.ok()["items"][0]["id"], kept.get());
    assert_eq!(world.get(&format!("/quarantine/{kept}/raw")).await.text(), "BOMB");
    let retried = world.post(&format!("/quarantine/{kept}/retry"), json!({})).await.ok();
    assert!(retried["message_id"].is_u64(), "what this version can read is read: {retried}");
    assert_eq!(world.get("/quarantine").await.ok()["items"], json!([]));
    let draft = "X-Unsent: 1\nFrom: spring@us.test\nTo: lea@lead.test\n\nNot yet";
    for no_mail in ["", "BOMB", draft] {
        let refused = world.call("POST", &path, &world.key, no_mail).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["field"]), (422, &json!("body")), "{no_mail}");
    }
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let history = world.get(&format!("/campaigns/{campaign}/leads/{lead}/message-history")).await.ok();
    assert_eq!(history["history"][0]["type"], "REPLY");
    assert_eq!(history["messages"][0]["direction"], "inbound");
    assert_eq!(
        (history["from"].as_str(), history["to"].as_str()),
        (Some("spring@us.test"), Some("lea@lead.test"))
    );
    let later = format!("/campaigns/{campaign}/leads/{lead}/message-history?event_time_gt=2025-05-02");
    assert_eq!(world.get(&later).await.ok()["messages"], json!([]));
}
