//! Webhooks over the API: each call's shape, each event's payload at a real receiver, and what is in no log.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use crewbox_app::webhook::Deliveries;
use crewbox_store::Live;
use crewbox_web::webhook_renderer;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::{mpsc, watch};

use crate::world::World;

const EVENTS: [&str; 11] = [
    "EMAIL_SENT",
    "FIRST_EMAIL_SENT",
    "EMAIL_OPEN",
    "EMAIL_LINK_CLICK",
    "EMAIL_REPLY",
    "EMAIL_BOUNCE",
    "LEAD_UNSUBSCRIBED",
    "LEAD_CATEGORY_UPDATED",
    "CAMPAIGN_STATUS_CHANGED",
    "UNTRACKED_REPLIES",
    "LEAD_ASSIGNED",
];
const MAIL: &str = "canary-in-the-mail-41bd";
const PATH: &str = "canary-in-the-path-88e0";

/// What came to a receiver: the headers and the body.
type Request = (HeaderMap, Bytes);

/// A receiver on this machine that takes everything.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Request>) {
    let (send, requests) = mpsc::unbounded_channel();
    let take = async |State(send): State<mpsc::UnboundedSender<Request>>, headers: HeaderMap, body: Bytes| {
        send.send((headers, body)).unwrap();
    };
    let router = Router::new().route("/{*path}", post(take)).with_state(send);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/{PATH}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, requests)
}

/// Delivers until the sender is dropped.
fn deliver(world: &World) -> watch::Sender<bool> {
    let (stop, stopped) = watch::channel(false);
    let live = Live::new(world.store.clone());
    let now = world.now();
    let clock = Arc::new(move || now);
    let deliveries = Deliveries::new(&world.services, live, clock, webhook_renderer(None), stopped).unwrap();
    tokio::spawn(deliveries.work());
    stop
}

/// The next request: its headers, its raw body, and the body's values.
async fn next(requests: &mut mpsc::UnboundedReceiver<Request>) -> (HeaderMap, Bytes, Value) {
    let next = tokio::time::timeout(Duration::from_secs(20), requests.recv());
    let (headers, body) = next.await.expect("an event within 20 seconds").unwrap();
    let value = serde_json::from_slice(&body).unwrap();
    (headers, body, value)
}

fn signature(secret: &Value, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_str().unwrap().as_bytes()).unwrap();
    mac.update(body);
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digest}")
}

fn all_events() -> Value {
    EVENTS.iter().map(|event| ((*event).to_owned(), json!(true))).collect::<serde_json::Map<_, _>>().into()
}

#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Vec<u8>>>);

impl Write for Caught {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_event_reaches_its_receiver_with_its_fields_and_no_secret_is_logged() {
    let caught = Caught::default();
    let writer = caught.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _log = tracing::subscriber::set_default(subscriber.finish());
    let world = World::with_local_servers().await;
    let (url, mut requests) = receiver().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let made = world
        .post(
            "/webhook/create",
            json!({"webhook_url": url, "association_type": "user", "name": "All",
            "event_type_map": all_events()}),
        )
        .await
        .ok();
    // One that fails, for the log: nothing listens there.
    world
        .post(
            "/webhook/create",
            json!({"webhook_url": format!("http://127.0.0.1:1/{PATH}"),
            "association_type": "user", "event_types": ["EMAIL_SENT"]}),
        )
        .await
        .ok();
    let stop = deliver(&world);
    let stats = async || {
        world.get(&format!("/master-inbox/{id}")).await.ok()["message_history"][0]["stats_id"].clone()
    };
    let with = |key: &str, value: Value| json!({"email_lead_map_id": id, key: value});

    world.mail(mailbox, "spring@us.test", "lea@lead.test", "", MAIL).await;
    world.post("/events/ingest", json!({"event_type": "EMAIL_OPEN", "stats_id": stats().await})).await.ok();
    world
        .post("/events/ingest", json!({"event_type": "EMAIL_LINK_CLICK", "stats_id": stats().await}))
        .await
        .ok();
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "Cc: cc@else.test\n", MAIL).await;
    world.post("/master-inbox/update-category", with("category_id", json!(1))).await.ok();
    world.post("/master-inbox/update-team-member", with("team_member_id", json!(world.owner.0))).await.ok();
    world.post(&format!("/campaigns/{campaign}/status"), json!({"status": "PAUSED"})).await.ok();
    world.mail(mailbox, "stranger@else.test", "spring@us.test", "", MAIL).await;
    world.mail(mailbox, "mailer-daemon@else.test", "spring@us.test", "Failed: lea@lead.test\n", MAIL).await;
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    world.post(&format!("/campaigns/{campaign}/leads/{lead}/unsubscribe"), json!({})).await.ok();

    let mut seen: Vec<Value> = Vec::new();
    while seen.len() < EVENTS.len() {
        let (headers, body, payload) = next(&mut requests).await;
        assert_eq!(headers["x-smartlead-signature"], signature(&made["secret"], &body));
        assert_eq!(headers["x-webhook-level"], "user");
        for (key, value) in [
            ("webhook_id", &made["id"]),
            ("webhook_name", &json!("All")),
            ("webhook_url", &json!(url)),
            ("secret_key", &made["secret_key"]),
            ("app_url", &Value::Null),
        ] {
            assert_eq!(&payload[key], value, "{payload}");
        }
        assert!(payload["metadata"]["webhook_created_at"].is_string() && payload["description"].is_string());
        assert!(!body.windows(6).any(|six| six == b"whsec_"), "the secret is in no payload");
        seen.push(payload);
    }
    let of = |event: &str| {
        seen.iter().find(|payload| payload["event_type"] == event).unwrap_or_else(|| panic!("{event}"))
    };
    for event in EVENTS {
        of(event);
    }
    for event in [
        "EMAIL_SENT",
        "FIRST_EMAIL_SENT",
        "EMAIL_OPEN",
        "EMAIL_LINK_CLICK",
        "EMAIL_REPLY",
        "EMAIL_BOUNCE",
        "LEAD_UNSUBSCRIBED",
        "LEAD_CATEGORY_UPDATED",
        "LEAD_ASSIGNED",
    ] {
        let payload = of(event);
        for (key, value) in [
            ("campaign_id", json!(campaign)),
            ("campaign_name", json!("Spring")),
            ("client_id", Value::Null),
            ("sl_email_lead_id", json!(lead.to_string())),
            ("sl_email_lead_map_id", json!(id)),
            ("sl_lead_email", json!("lea@lead.test")),
            ("to_email", json!("lea@lead.test")),
            ("to_name", json!("Lea Lead")),
            ("from_email", json!("spring@us.test")),
            ("sequence_number", json!(1)),
        ] {
            assert_eq!(payload[key], value, "{event} {key}: {payload}");
        }
        assert!(payload["sent_message"]["text"].as_str().unwrap().contains(MAIL), "{event}");
        assert!(payload["campaign_status"].is_string() && payload["event_timestamp"].is_string(), "{event}");
    }
    let sent = of("EMAIL_SENT");
    assert_eq!(sent["message_id"], sent["sent_message"]["message_id"]);
    assert!(sent["time_sent"].is_string() && sent["custom_subject"] == sent["subject"]);
    assert!(sent["custom_email_message"].as_str().unwrap().contains(MAIL));
    assert!(of("EMAIL_OPEN")["time_opened"].is_string());
    assert_eq!(of("EMAIL_LINK_CLICK")["link_clicked"], json!([]));
    let reply = of("EMAIL_REPLY");
    assert_eq!(reply["message_id"], reply["reply_message"]["message_id"]);
    assert!(
        reply["preview_text"].as_str().unwrap().contains(MAIL)
            && reply["reply_body"] == reply["reply_message"]["html"]
    );
    assert_eq!(reply["cc_emails"], json!(["cc@else.test"]));
    assert_eq!(
        reply["leadCorrespondence"],
        json!({"targetLeadEmail": "lea@lead.test", "replyReceivedFrom": "lea@lead.test", "repliedCompanyDomain": "lead.test"})
    );
    let bounce = of("EMAIL_BOUNCE");
    assert!(
        bounce["is_bounced"] == true && bounce["bounce_message"]["text"].as_str().unwrap().contains(MAIL)
    );
    let left = of("LEAD_UNSUBSCRIBED");
    assert_eq!((&left["lead_email"], &left["lead_name"]), (&json!("lea@lead.test"), &json!("Lea Lead")));
    let category = of("LEAD_CATEGORY_UPDATED");
    assert_eq!(
        category["lead_category"],
        json!({"old_id": null, "old_name": null, "new_id": 1, "new_name": "Interested"})
    );
    assert_eq!(
        category["lead_data"]["category"],
        json!({"name": "Interested", "sentiment_type": "positive"})
    );
    assert_eq!(category["lead_data"]["company_name"], "Lead & Co");
    assert_eq!(
        (category["history"][0]["type"].as_str(), category["last_reply"]["type"].as_str()),
        (Some("SENT"), Some("REPLY"))
    );
    let status = of("CAMPAIGN_STATUS_CHANGED");
    assert_eq!((&status["old_status"], &status["new_status"]), (&json!("DRAFTED"), &json!("PAUSED")));
    let stranger = of("UNTRACKED_REPLIES");
    assert_eq!(
        (&stranger["sender_detail"], &stranger["has_attachment"]),
        (&json!("stranger@else.test"), &json!(false))
    );
    let assigned = of("LEAD_ASSIGNED");
    assert_eq!(assigned["assigned_to"], json!({"id": world.owner.0, "name": "Ana", "email": "ana@us.test"}));
    assert_eq!(assigned["previously_assigned_to"], Value::Null);
    drop(stop);

    let log = String::from_utf8_lossy(&caught.0.lock().unwrap()).into_owned();
    assert!(log.contains("answered"), "the log was caught");
    for canary in [MAIL, PATH, made["secret"].as_str().unwrap(), made["secret_key"].as_str().unwrap()] {
        // At the level of tracing, the HTTP client and the server name what they are called with.
        let ours = log.lines().filter(|line| line.contains("crewbox"));
        assert!(!ours.clone().any(|line| line.contains(canary)), "{canary} is in the log");
    }
}

#[tokio::test]
async fn webhooks_are_made_shown_changed_and_deleted() {
    let world = World::with_local_servers().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let body = json!({"webhook_url": "https://127.0.0.1:1/a", "association_type": 3, "email_campaign_id": campaign.to_string(),
        "name": "Replies", "event_type_map": {"EMAIL_REPLIED": true, "EMAIL_OPEN": false, "MANUAL_STEP_REACHED": true},
        "category_id_map": {"1": true}});
    let made = world.post("/webhook/create", body).await.ok();
    assert_eq!(made["message"], "Webhook created successfully");
    assert_eq!(made["webhook_url"], "https://127.0.0.1:1/a");
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let uri = format!("/webhook/{}", made["id"]);
    let shown = world.get(&uri).await.ok()["data"].clone();
    let expected = json!({"id": made["id"], "name": "Replies", "webhook_url": "https://127.0.0.1:1/a",
        "association_type": "campaign", "email_campaign_id": campaign, "client_id": null,
        "event_types": ["EMAIL_REPLY"], "event_type_map": {"EMAIL_REPLY": true}, "categories": ["Interested"],
        "category_id_map": {"1": true}, "created_at": "2025-06-01T12:00:00Z", "updated_at": "2025-06-01T12:00:00Z"});
    assert_eq!(shown, expected);
    let of_campaign = format!("/campaigns/{campaign}/webhooks");
    assert_eq!(world.get(&of_campaign).await.ok(), json!([expected]));
    let change = json!({"name": "Sent", "event_types": ["EMAIL_SENT", "LEAD_CATEGORY_UPDATED"], "categories": ["interested", 2]});
    let changed = world
        .call("PUT", &format!("/webhook/update/{}", made["id"]), &world.key, change.to_string())
        .await
        .ok();
    assert_eq!(
        changed,
        json!({"ok": true, "success": true, "message": "Webhook saved successfully", "id": made["id"]})
    );
    let shown = world.get(&uri).await.ok()["data"].clone();
    assert_eq!((&shown["name"], &shown["category_id_map"]), (&json!("Sent"), &json!({"1": true, "2": true})));
    assert_eq!(shown["webhook_url"], "https://127.0.0.1:1/a", "kept");
    let upsert = json!({"id": made["id"], "webhook_url": "https://127.0.0.1:1/b", "events": ["EMAIL_OPEN"]});
    let saved = world.post(&of_campaign, upsert).await.ok();
    assert_eq!((&saved["id"], saved.get("secret")), (&made["id"], None));
    let new = world.post(
        &of_campaign,
        json!({"id": null, "webhook_url": "https://127.0.0.1:1/c", "event_types": ["EMAIL_OPEN"]}),
    );
    let new = new.await.ok();
    assert!(new["secret"].is_string() && new["id"] != made["id"]);
    assert_eq!(world.get(&of_campaign).await.ok().as_array().unwrap().len(), 2);
    let reset = world
        .call("PUT", &format!("/webhook/update/{}", made["id"]), &world.key, r#"{"reset_secret": true}"#)
        .await
        .ok();
    assert!(reset["secret"] != made["secret"] && reset["secret"].is_string());

    let summary = world.get(&format!("{of_campaign}/summary?fromTime=2024-01-01T00:00:00.000Z")).await.ok();
    for (key, value) in
        [("total_calls", 0), ("successful_calls", 0), ("failed_calls", 0), ("success_rate", 0)]
    {
        assert_eq!(summary[key], value, "{summary}");
    }
    assert_eq!(summary["failed_events"], json!([]));
    let again = world.post(&format!("{of_campaign}/retrigger-failed-events"), json!({})).await.ok();
    assert_eq!(
        (&again["message"], &again["retriggered_count"]),
        (&json!("Failed events retrigger initiated"), &json!(0))
    );

    for (verb, path, body) in [
        ("DELETE", format!("{of_campaign}/{}", made["id"]), json!({})),
        ("DELETE", of_campaign.clone(), json!({"id": new["id"]})),
    ] {
        let deleted = world.call(verb, &path, &world.key, body.to_string()).await.ok();
        assert_eq!(deleted["message"], "Webhook deleted successfully");
    }
    assert_eq!(world.get(&of_campaign).await.ok(), json!([]));
    let missing = world.get(&uri).await;
    assert_eq!(
        (missing.status.as_u16(), missing.json()["error"].as_str()),
        (404, Some(format!("Webhook not found with ID {}", made["id"]).as_str()))
    );
}

#[tokio::test]
async fn what_a_webhook_cannot_be_gets_one_sentence() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let head = world.head().await;
    let body = |url: &str, level: Value, events: Value| json!({"webhook_url": url, "association_type": level, "event_type_map": events});
    let reply = json!({"EMAIL_REPLY": true});
    for (body, status, text) in [
        (
            body("http://127.0.0.1/", json!("user"), reply.clone()),
            422,
            "is on this machine or a private network",
        ),
        (body("http://[::1]/", json!("user"), reply.clone()), 422, "is on this machine or a private network"),
        (
            body("http://169.254.169.254/", json!(1), reply.clone()),
            422,
            "is on this machine or a private network",
        ),
        (
            body("ftp://hooks.example/", json!("user"), reply.clone()),
            422,
            "webhook_url must begin with https://",
        ),
        (body("https://u:p@hooks.example/", json!("user"), reply.clone()), 422, "must not hold a user name"),
        (body("hooks", json!("user"), reply.clone()), 422, "webhook_url must be a URL"),
        (
            body("https://203.0.114.1/", json!("team"), reply.clone()),
            422,
            "association_type must be one of: user, client, campaign",
        ),
        (body("https://203.0.114.1/", json!("client"), reply.clone()), 422, "client_id is required"),
        (
            body("https://203.0.114.1/", json!("campaign"), reply.clone()),
            422,
            "email_campaign_id is required",
        ),
        (body("https://203.0.114.1/", json!("user"), json!({})), 422, "must enable at least one event"),
        (
            body("https://203.0.114.1/", json!("user"), json!({"EMAIL_EATEN": true})),
            422,
            "must have keys of: EMAIL_SENT",
        ),
        (
            json!({"webhook_url": "https://203.0.114.1/", "association_type": "campaign", "email_campaign_id": 999, "event_types": ["EMAIL_OPEN"]}),
            404,
            "Campaign not found",
        ),
        (
            json!({"webhook_url": "https://203.0.114.1/", "association_type": "user", "event_types": ["EMAIL_OPEN"], "categories": ["Nice"]}),
            422,
            "categories must name categories that exist",
        ),
    ] {
        let reply = world.post("/webhook/create", body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.text());
        assert!(reply.json()["error"].as_str().unwrap().contains(text), "{}", reply.text());
    }
    for (verb, path, text) in [
        ("DELETE", "/webhook/delete".to_owned(), "id is required"),
        (
            "GET",
            format!("/campaigns/{campaign}/webhooks/summary?fromTime=x"),
            "fromTime must be an ISO 8601 time",
        ),
        (
            "GET",
            format!("/campaigns/{campaign}/webhooks/summary?fromTime=2025-01-02&toTime=2025-01-01"),
            "toTime must not be before fromTime",
        ),
    ] {
        let reply = world.call(verb, &path, &world.key, "{}").await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        assert!(reply.json()["error"].as_str().unwrap().contains(text), "{}", reply.text());
    }
    assert_eq!(world.head().await, head);
}
