//! Every response of the OpenAPI document has an example, and each example is as its schema says.
//!
//! `CREWBOX_EXAMPLES=write` asks the routes without an example for one and adds it to `src/openapi/examples.json`, to be
//! read, shortened and committed.

use axum::body::Body;
use axum::http::Request;
use crewbox_web::openapi::document;
use crewbox_web::route::{ROUTES, Route};
use serde_json::{Map, Value, json};

use crate::described::Described;
use crate::valid_calls::{MAILBOX, ValidCalls};

/// Items of an array, and characters of a text, that an example needs at the most.
const MOST_ITEMS: usize = 2;
const MOST_TEXT: usize = 400;

fn path() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/openapi/examples.json")
}

fn read() -> Map<String, Value> {
    serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap()
}

fn name(route: &Route) -> String {
    format!("{} {}", route.verbs[0].name(), route.path)
}

#[tokio::test]
async fn every_response_has_an_example_that_its_schema_describes() {
    if std::env::var("CREWBOX_EXAMPLES").is_ok_and(|value| value == "write") {
        write_missing().await;
        return;
    }
    let served = serde_json::to_value(document()).unwrap();
    let described = Described::new();
    let (mut faults, mut checked) = (Vec::new(), 0);
    for route in ROUTES.iter() {
        for verb in route.verbs {
            let operation = &served["paths"][route.path][verb.name().to_lowercase()];
            for (status, response) in operation["responses"].as_object().unwrap() {
                for (media, content) in described.resolved(response)["content"].as_object().unwrap() {
                    let at = format!("{} {} {status} {media}", verb.name(), route.path);
                    checked += 1;
                    match content.get("example") {
                        None => faults.push(format!("{at} has no example")),
                        Some(example) => {
                            let found = described.faults_of(&content["schema"], example);
                            faults.extend(found.into_iter().map(|fault| format!("{at}: {fault}")));
                        }
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "set CREWBOX_EXAMPLES=write to add what is missing: {faults:#?}");
    assert!(checked > ROUTES.len() * 6, "{checked}");
    let mut stale: Vec<String> = read().into_iter().map(|(name, _)| name).collect();
    stale.retain(|known| !ROUTES.iter().any(|route| name(route) == *known));
    assert_eq!(stale, [""; 0], "examples without a route");
}

/// Asks each route that has no example for one.
async fn write_missing() {
    let calls = ValidCalls::new().await;
    fill(&calls).await;
    let mut examples = read();
    for route in ROUTES.iter().filter(|route| !read().contains_key(&name(route))) {
        let (uri, body) = calls.of(route).await;
        // The lists without their messages, and one row.
        let (uri, body) = match uri.split_once("?fetch_message_history") {
            Some((path, _)) => (path.to_owned(), json!({"limit": 1}).to_string()),
            None => (uri, body),
        };
        let uri =
            uri.replace("since=0&seconds=0", &format!("since={}&seconds=0", calls.world.head().await - 1));
        let uri =
            uri.replace("date=2025-01-01", "date=2025-06-01").replace("date=2025-12-31", "date=2025-06-30");
        let request = Request::builder().method(route.verbs[0].name()).uri(&uri);
        let request = request.header("x-api-key", &calls.world.key).body(Body::from(body)).unwrap();
        let reply = calls.world.request(request).await;
        assert!(reply.status.is_success(), "{route:?}: {}", reply.text());
        let example = match reply.header("content-type") {
            Some("application/json") => shortened(reply.json()),
            _ => Value::from(start(&String::from_utf8_lossy(&reply.bytes))),
        };
        examples.insert(name(route), example);
    }
    std::fs::write(path(), serde_json::to_string_pretty(&examples).unwrap() + "\n").unwrap();
}

/// Lets each list have a row, and each figure something to count.
async fn fill(calls: &ValidCalls) {
    let world = &calls.world;
    let main = calls.conversation;
    let of = |id: u64, key: &str, value: Value| {
        let mut body = json!({"email_lead_map_id": id});
        body[key] = value;
        body
    };
    for (email, text) in [
        ("mia@else.test", "Please call me in autumn."),
        ("tom@else.test", "I am away until Monday."),
        ("zoe@else.test", "Who else uses it?"),
        ("lea@lead.test", "Yes, please send me your offer."),
    ] {
        if email != "lea@lead.test" {
            world.lead(calls.campaign, email).await;
        }
        world.mail(calls.mailbox, MAILBOX, email, "", "May we send you our offer?").await;
        world.advance(3_600_000);
        world.mail(calls.mailbox, email, MAILBOX, "", text).await;
    }
    world.mail(calls.mailbox, "sam@stranger.test", MAILBOX, "", "A colleague gave me your address.").await;
    let id = async |email: &str| {
        let lead = world.get(&format!("/leads?email={email}")).await.ok();
        lead["lead_campaign_data"][0]["campaign_lead_map_id"].as_str().unwrap().parse::<u64>().unwrap()
    };
    world.assign(main, world.owner.get()).await;
    for (path, body) in [
        ("update-category", of(main, "category_id", json!(1))),
        ("update-important", of(main, "important", json!(true))),
        ("update-archived", of(id("mia@else.test").await, "archived", json!(true))),
        ("update-snooze", of(id("tom@else.test").await, "until", json!("2099-01-01"))),
        ("update-revenue", of(main, "revenue", json!(1_200))),
        ("create-note", of(main, "note_message", json!("She decides in June."))),
        ("create-task", of(main, "name", json!("Send the offer"))),
    ] {
        world.post(&format!("/master-inbox/{path}"), body).await.ok();
    }
    let mut reminder = of(main, "message", json!("Ask whether the offer has come"));
    reminder["reminder_time"] = json!("2025-07-01");
    world.post("/master-inbox/set-reminder", reminder).await.ok();
    let mut reply = calls.reply();
    reply["scheduled_time"] = json!("2025-07-02T08:00:00Z");
    world.post(&format!("/campaigns/{}/reply-email-thread", calls.campaign), reply).await.ok();
    calls.webhook().await;
    calls.quarantined().await;
    calls.client_key().await;
}

/// The value with arrays of few items.
fn shortened(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().take(MOST_ITEMS).map(shortened).collect(),
        Value::Object(object) => object.into_iter().map(|(key, value)| (key, shortened(value))).collect(),
        Value::String(text) => Value::from(start(&text)),
        other => other,
    }
}

/// The first lines of a text.
fn start(text: &str) -> String {
    let mut start = String::new();
    for line in text.split_inclusive('\n') {
        if !start.is_empty() && start.len() + line.len() > MOST_TEXT {
            break;
        }
        start.extend(line.chars().take(MOST_TEXT));
    }
    start
}
