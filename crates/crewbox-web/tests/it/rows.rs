//! The row, to the key and the byte, in both dialects; what changes it and what does not.

use crewbox_core::id::{CampaignId, MailboxId, TagId};
use crewbox_store::Op;
use serde_json::json;

use crate::world::{START, World};

async fn one(world: &World) -> (u64, u64, u64) {
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    world.mail(mailbox, "spring@us.test", "lea@lead.test", "", "We wrote.").await;
    world.advance(1_500);
    world
        .mail(mailbox, "lea@lead.test", "spring@us.test", "Attached: a b.pdf\n", "She \"answered\".\n")
        .await;
    world.assign(id, world.owner.0).await;
    (id, campaign, mailbox)
}

#[tokio::test]
async fn the_documented_row_is_exact() {
    let world = World::new().await;
    let (id, campaign, mailbox) = one(&world).await;
    let reply = world.post("/master-inbox/assigned-me", json!({})).await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let page = reply.json();
    let message = page["messages"][0]["id"].as_str().unwrap();
    let subject = page["messages"][0]["last_message"]["subject"].as_str().unwrap();
    let owner = world.owner;
    let expected = format!(
        r#"{{"messages":[{{"id":"{message}","campaign_lead_map_id":"{id}","lead":{{"email":"lea@lead.test","first_name":"Lea","last_name":"Lead","company":"Lead & Co","phone":"+49 1"}},"campaign":{{"id":{campaign},"name":"Spring"}},"last_message":{{"subject":"{subject}","body":"She \"answered\".\n","received_at":"2025-06-01T12:00:01Z","id":"{message}","sent_at":null,"sent_from":"lea@lead.test","sent_to":"spring@us.test","class":"human","suspected":null,"class_evidence":"Nothing proves that a program wrote this","placed_because":"Its sender is the lead, in a campaign that uses this mailbox.","notice":null}},"email_status":"Replied","category":null,"assigned_to":{{"id":{owner},"name":"Ana","email":"ana@us.test"}},"is_read":false,"email_account":{{"id":{mailbox},"email":"spring@us.test","name":"Spring"}},"is_important":false,"is_archived":false,"is_snoozed":false,"snoozed_until":null,"revenue":0,"tags":[],"stats":{{"total_sent":1,"total_opened":0,"total_clicked":0,"total_replied":1,"last_activity":"2025-06-01T12:00:01Z"}}}}],"total_count":1,"offset":0,"limit":20}}"#
    );
    assert_eq!(reply.text(), expected);
}

#[tokio::test]
async fn the_live_row_is_exact() {
    let world = World::new().await;
    let (id, campaign, mailbox) = one(&world).await;
    let key = world.live_key().await;
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let owner = world.owner;
    let reply = world.call("POST", "/master-inbox/assigned-me", &key, "").await;
    let expected = format!(
        r#"{{"ok":true,"data":[{{"lead_category_id":null,"last_sent_time":"2025-06-01T12:00:00.000Z","last_reply_time":"2025-06-01T12:00:01.500Z","has_new_unread_email":true,"email_account_id":{mailbox},"revenue":"0.00","is_pushed_to_sub_sequence":false,"lead_first_name":"Lea","lead_last_name":"Lead","lead_email":"lea@lead.test","email_lead_id":"{lead}","email_lead_map_id":"{id}","lead_status":"INPROGRESS","current_sequence_number":1,"sub_sequence_id":null,"old_replaced_lead_data":null,"lead_next_timestamp_to_send":null,"email_campaign_seq_id":null,"is_important":false,"is_archived":false,"is_snoozed":false,"team_member_id":{owner},"is_ooo_automated_push_lead":false,"email_campaign_id":{campaign},"email_campaign_name":"Spring","client_id":null,"belongs_to_sub_sequence":false,"campaign_sending_schedule":null,"sequence_count":1}}],"offset":0,"limit":20}}"#
    );
    assert_eq!(reply.text(), expected);
    let with =
        world.call("POST", "/master-inbox/assigned-me?fetch_message_history=True", &key, "").await.ok();
    let history = with["data"][0]["email_history"].as_array().unwrap();
    assert_eq!(history[0]["type"], "SENT");
    assert_eq!(history[1]["type"], "REPLY");
    assert_eq!(history[1]["email_body"], "She \"answered\".<br>\n");
    assert_eq!(history[0]["stats_id"], history[1]["stats_id"]);
    let item = world.call("GET", &format!("/master-inbox/{id}"), &key, "").await.ok();
    assert_eq!(item["data"][0]["email_lead_map_id"], id.to_string());
}

#[tokio::test]
async fn one_item_is_the_row_with_its_messages() {
    let world = World::new().await;
    let (id, ..) = one(&world).await;
    let item = world.get(&format!("/master-inbox/{id}")).await.ok();
    assert_eq!(item["id"], id);
    let history = item["message_history"].as_array().unwrap();
    assert_eq!(history[0]["direction"], "outbound");
    let named = history[0]["message_id"].as_str().unwrap();
    assert!(named.starts_with("<m") && named.ends_with("@test>"), "{named}");
    assert_eq!(history[0]["sent_at"], "2025-06-01T12:00:00Z");
    assert_eq!(history[1]["received_at"], "2025-06-01T12:00:01Z");
    assert_eq!(history[1]["body"], "She \"answered\".\n");
    let attachment = &history[1]["attachments"][0];
    assert_eq!(attachment["file_name"], "a b.pdf");
    let url = attachment["file_url"].as_str().unwrap().to_owned();

    let open = |url: String| {
        let request = axum::http::Request::builder().uri(url).body(axum::body::Body::empty()).unwrap();
        world.request(request)
    };
    let file = open(url.clone()).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.bytes, crate::world::ATTACHED.as_bytes());
    assert_eq!(file.header("content-disposition"), Some("attachment; filename*=UTF-8''a%20b.pdf"));
    assert_eq!(open(url.replace("account=", "account=9")).await.status, 403);
    assert_eq!(open(url.replace("attachments/0", "attachments/1")).await.status, 403);
    assert_eq!(open(url.split('?').next().unwrap().to_owned()).await.status, 401);
    world.advance(15 * 60_000);
    assert_eq!(open(url).await.status, 403, "ended");

    let again = world.get(&format!("/master-inbox/{}", id + 1)).await;
    assert_eq!(again.status, 404);
    let text = format!("Inbox item not found with ID {}", id + 1);
    assert_eq!(again.json(), json!({"error": text, "message": text}));
}

#[tokio::test]
async fn links_begin_with_the_address_the_caller_used() {
    let world = World::new().await;
    let (id, ..) = one(&world).await;
    let cases = [
        (Some("inbox.test:8080"), "http", "http://inbox.test:8080/api/v1/messages/"),
        (Some("inbox.test"), "https", "https://inbox.test/api/v1/messages/"),
        (Some("in\"box"), "http", "/api/v1/messages/"),
        (None, "http", "/api/v1/messages/"),
    ];
    for (host, proto, start) in cases {
        let mut request = axum::http::Request::get(format!("/api/v1/master-inbox/{id}"))
            .header("x-api-key", &world.key)
            .header("x-forwarded-proto", proto);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let item = world.request(request.body(axum::body::Body::empty()).unwrap()).await.ok();
        let url = item["message_history"][1]["attachments"][0]["file_url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(start), "{url}");
    }
}

#[tokio::test]
async fn a_reply_is_within_a_range_that_ends_at_the_time_shown() {
    let world = World::new().await;
    let (id, ..) = one(&world).await;
    let shown =
        world.list("assigned-me", json!({})).await["messages"][0]["last_message"]["received_at"].clone();
    assert_eq!(shown, "2025-06-01T12:00:01Z", "half a second less than it is");
    let within = |start: &str, end: &str| json!({"filters": {"replyTimeBetween": [start, end]}});
    let at = shown.as_str().unwrap();
    assert_eq!(world.ids("assigned-me", within(at, at)).await, [id]);
    assert!(world.ids("assigned-me", within(at, "2025-06-01T12:00:01.499Z")).await.is_empty());
}

#[tokio::test]
async fn a_new_name_is_on_every_row_at_once() {
    let world = World::new().await;
    let (id, campaign, mailbox) = one(&world).await;
    let category = json!({"email_lead_map_id": id, "category_id": 1});
    world.post("/master-inbox/update-category", category).await.ok();
    let tag = world.post("/tags", json!({"name": "Old tag"})).await.ok()["id"].as_u64().unwrap();
    world.post(&format!("/campaigns/{campaign}/tags"), json!({"tag_ids": [tag]})).await.ok();
    let row = world.list("assigned-me", json!({})).await["messages"][0].clone();
    assert_eq!(row["category"], json!({"id": 1, "name": "Interested"}));
    assert_eq!(row["tags"], json!(["Old tag"]));
    for op in [
        Op::RenameCampaign { campaign: CampaignId(campaign), name: "Summer".into() },
        Op::RenameMember { member: world.owner, name: "Anna".into() },
        Op::RenameCategory { category: crewbox_core::id::CategoryId(1), name: "Keen".into() },
        Op::RenameTag { tag: TagId(tag), name: "New tag".into() },
    ] {
        world.op(world.account, op).await;
    }
    let mut settings = json!({"from_name": "Renamed", "from_email": "spring@us.test", "user_name": "u",
        "password": "p", "smtp_host": "s", "smtp_port": 1, "imap_host": "i", "imap_port": 2});
    settings["from_email"] = json!("SPRING@us.test");
    let saved = world.post("/email-accounts/save", settings).await.ok();
    assert_eq!(MailboxId(saved["emailAccountId"].as_u64().unwrap()), MailboxId(mailbox));
    let row = world.list("assigned-me", json!({})).await["messages"][0].clone();
    assert_eq!(row["campaign"]["name"], "Summer");
    assert_eq!(row["assigned_to"]["name"], "Anna");
    assert_eq!(row["category"]["name"], "Keen");
    assert_eq!(row["tags"], json!(["New tag"]));
    assert_eq!(row["email_account"]["name"], "Renamed");
}

#[tokio::test]
async fn a_snooze_that_ends_is_gone_at_that_second() {
    let world = World::new().await;
    let (id, ..) = one(&world).await;
    let body = json!({"email_lead_map_id": id, "until": "2025-06-01T13:00:00Z"});
    let done = world.post("/master-inbox/update-snooze", body).await.ok();
    assert_eq!(done["data"]["is_snoozed"], true);
    let before = world.post("/master-inbox/assigned-me", json!({})).await;
    let row = before.json()["messages"][0].clone();
    assert_eq!(
        (row["is_snoozed"].as_bool(), row["snoozed_until"].as_str()),
        (Some(true), Some("2025-06-01T13:00:00Z"))
    );
    world.advance(START + 3_600_000 - 1 - world.now().0);
    let still = world.post("/master-inbox/assigned-me", json!({})).await;
    assert_eq!(still.header("etag"), before.header("etag"));
    assert_eq!(world.list("snoozed", json!({})).await["total_count"], 1);
    world.advance(1);
    assert_eq!(world.list("snoozed", json!({})).await["total_count"], 0);
    let after = world.post("/master-inbox/assigned-me", json!({})).await;
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_eq!(after.json()["messages"][0]["is_snoozed"], false);
    assert_eq!(after.json()["messages"][0]["snoozed_until"], json!(null));
    assert_eq!(world.get(&format!("/master-inbox/{id}")).await.ok()["is_snoozed"], false);
}

#[tokio::test]
async fn a_very_long_body_is_cut_except_where_one_message_is_asked_for() {
    let world = World::new().await;
    let (id, _, mailbox) = one(&world).await;
    let long = "é".repeat(200_000);
    world.advance(1_000);
    let stored = world.mail(mailbox, "lea@lead.test", "spring@us.test", "", &long).await;
    let row = world.list("inbox-replies", json!({})).await["messages"][0].clone();
    assert_eq!(row["body_truncated"], true);
    assert_eq!(row["last_message"]["body"].as_str().unwrap().len(), 256 * 1024);
    let is_cut = |entry: &serde_json::Value, body: &serde_json::Value| {
        assert_eq!(entry["body_truncated"], true);
        assert_eq!(body.as_str(), Some(&long[..256 * 1024]));
    };
    let item = world.get(&format!("/master-inbox/{id}")).await.ok();
    is_cut(&item, &item["last_message"]["body"]);
    let history = item["message_history"].as_array().unwrap();
    assert_eq!(history.len(), 3);
    assert!(history[0].get("body_truncated").is_none());
    is_cut(&history[2], &history[2]["body"]);
    let page = world.post("/master-inbox/inbox-replies?fetch_message_history=true", json!({})).await;
    assert_eq!(page.header("x-page-shortened"), None);
    assert_eq!(page.json()["messages"][0]["message_history"], item["message_history"]);
    let key = world.live_key().await;
    let live = world.call("GET", &format!("/master-inbox/{id}"), &key, "").await.ok();
    assert_eq!(live["data"][0]["email_history"][2]["body_truncated"], true);
    let whole = world.get(&format!("/messages/{}", stored["message_id"])).await.ok();
    assert_eq!(whole["body"].as_str(), Some(long.as_str()));
    assert!(whole.get("body_truncated").is_none());
    let raw = world.get(&format!("/messages/{}/raw", stored["message_id"])).await;
    assert_eq!(raw.header("content-type"), Some("message/rfc822"));
    assert!(raw.text().ends_with(&long));
}

#[tokio::test]
async fn a_message_of_the_live_dialect_is_cut_where_the_form_that_it_shows_is() {
    let world = World::new().await;
    let (id, _, mailbox) = one(&world).await;
    let long = "long ".repeat(60_000);
    let mail = async |text: &str, html: &str| {
        world.advance(1_000);
        let more = "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n";
        let body = format!(
            "--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: text/html\n\n<p>{html}</p>\n--b--\n"
        );
        world.mail(mailbox, "lea@lead.test", "spring@us.test", more, &body).await;
    };
    mail(&long, "Short").await;
    mail("Short", &long).await;
    let key = world.live_key().await;
    let live = world.call("GET", &format!("/master-inbox/{id}"), &key, "").await.ok();
    let live = live["data"][0]["email_history"].as_array().unwrap();
    let documented = world.get(&format!("/master-inbox/{id}")).await.ok();
    let documented = documented["message_history"].as_array().unwrap();
    let cut = |entries: &[serde_json::Value]| -> Vec<bool> {
        entries[entries.len() - 2..].iter().map(|entry| entry.get("body_truncated").is_some()).collect()
    };
    assert!(live[live.len() - 2]["email_body"].as_str().unwrap().contains("Short"));
    assert_eq!(cut(live), [false, true], "its HTML is shown, and not its text");
    assert_eq!(cut(documented), [true, true], "both forms are shown");
}

#[tokio::test]
async fn a_lead_whose_empty_fields_are_filled_shows_it_at_once() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let lead = json!({"email": "bare@lead.test"});
    let path = format!("/campaigns/{campaign}/leads");
    world.post(&path, json!({"lead_list": [lead]})).await.ok();
    world.mail(mailbox, "bare@lead.test", "spring@us.test", "", "Hi").await;
    assert_eq!(world.list("inbox-replies", json!({})).await["messages"][0]["lead"]["company"], json!(null));
    world
        .post(&path, json!({"lead_list": [{"email": "bare@lead.test", "company_name": "Bare Ltd"}]}))
        .await
        .ok();
    assert_eq!(world.list("inbox-replies", json!({})).await["messages"][0]["lead"]["company"], "Bare Ltd");
}

#[tokio::test]
async fn a_lead_without_mail_is_in_views_only() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "quiet@lead.test").await;
    world.assign(id, world.owner.0).await;
    assert_eq!(world.list("assigned-me", json!({})).await["total_count"], 0);
    let row = world.list("views", json!({})).await["messages"][0].clone();
    assert_eq!(row["id"], "msg_0");
    assert_eq!(row["last_message"], json!(null));
    assert_eq!(row["email_status"], "Not Replied");
    assert_eq!(row["is_read"], true);
}

#[tokio::test]
async fn a_page_asked_for_again_is_the_same_bytes_until_something_changes() {
    let world = World::new().await;
    let (id, campaign, _) = one(&world).await;
    let page = async || world.post("/master-inbox/assigned-me", json!({"limit": 7})).await;
    let first = page().await;
    for _ in 0..3 {
        let again = page().await;
        assert_eq!(again.bytes, first.bytes);
        assert_eq!(again.header("etag"), first.header("etag"));
    }
    // A change of the conversation, a name, and the end of a snooze, each after the page was kept.
    let read = json!({"email_lead_map_id": id, "read_status": true});
    world.post("/master-inbox/change-read-status", read).await.ok();
    assert_eq!(page().await.json()["messages"][0]["is_read"], true);
    page().await;
    let rename = Op::RenameCampaign { campaign: CampaignId(campaign), name: "Autumn".to_owned() };
    world.op(world.account, rename).await;
    assert_eq!(page().await.json()["messages"][0]["campaign"]["name"], "Autumn");
    let snooze = json!({"email_lead_map_id": id, "until": "2025-06-01T13:00:00Z"});
    world.post("/master-inbox/update-snooze", snooze).await.ok();
    for _ in 0..3 {
        assert_eq!(page().await.json()["messages"][0]["is_snoozed"], true);
    }
    world.advance(3_600_000);
    assert_eq!(page().await.json()["messages"][0]["is_snoozed"], false);
    // What was kept for one member is not shown to another.
    let ben = world.new_member("Ben", crewbox_core::model::Role::Member, None).await;
    let key = world.new_key(world.account, ben, crewbox_core::model::Dialect::Documented, None, None).await;
    page().await;
    let other = world.call("POST", "/master-inbox/assigned-me", &key, r#"{"limit":7}"#).await.ok();
    assert_eq!(other["total_count"], 0);
}
