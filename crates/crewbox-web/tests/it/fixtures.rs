//! The message formats of the public reference: a request and a response for each documented call, written by us.
//!
//! A response has every key of the fixture with a value of the same type; it may have more. Where a fixture repeats what
//! was sent, or a sentence of the contract, the value is the same.

use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::world::World;

const FIXTURES: &str = include_str!("../fixtures/public_reference.json");
/// Texts that are the contract's own, and are compared as they are.
const SENTENCES: [&str; 4] = ["message", "error", "status", "name"];

#[tokio::test]
async fn documented_calls_answer_as_the_public_reference_says() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let conversation = world.lead(campaign, "lea@lead.test").await;
    world.mail(mailbox, "spring@us.test", "lea@lead.test", "", "We wrote.").await;
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "", "She answered.").await;
    world.mail(mailbox, "stranger@else.test", "spring@us.test", "", "Who am I").await;
    let member = world.owner.get();
    world.assign(conversation, member).await;
    let parent = json!({"parent_campaign_id": campaign});
    let subsequence = world.post("/campaigns/create-subsequence", parent).await.ok()["id"].clone();
    let lead = world.get("/leads/?email=lea@lead.test").await.ok()["id"].clone();
    let lead = lead.as_str().map_or_else(|| lead.to_string(), str::to_owned);
    let item = world.get(&format!("/master-inbox/{conversation}")).await.ok();
    let newest = item["message_history"].as_array().unwrap().last().unwrap().clone();
    let live = world.new_key(world.account, world.owner, Dialect::Live, None, None).await;
    world.new_member("Ben", Role::Member, None).await;
    let names = [
        ("$conversation", conversation.to_string()),
        ("$subsequence", subsequence.to_string()),
        ("$campaign", campaign.to_string()),
        ("$mailbox", mailbox.to_string()),
        ("$member", member.to_string()),
        ("$message", newest["id"].as_str().unwrap().to_owned()),
        ("$stats", newest["stats_id"].as_str().unwrap().to_owned()),
        ("$lead", lead),
    ];
    let text = names.iter().fold(FIXTURES.to_owned(), |text, (name, value)| text.replace(name, value));
    let fixtures: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for fixture in &fixtures {
        let (method, path) = fixture["call"].as_str().unwrap().split_once(' ').unwrap();
        let body = fixture.get("body").map_or_else(String::new, Value::to_string);
        let reply = match fixture["dialect"].as_str() {
            Some("live") => world.call(method, path, &live, body).await,
            Some("unknown") => world.call(method, path, "cbx_1_unknown", body).await,
            Some("none") => {
                let request = axum::http::Request::builder().method(method).uri(format!("/api/v1{path}"));
                world.request(request.body(body.into()).unwrap()).await
            }
            _ => world.call(method, path, &world.key, body).await,
        };
        let call = format!("{} {}", fixture["call"], fixture["dialect"]);
        let status = fixture["status"].as_u64().unwrap_or(200);
        if u64::from(reply.status.as_u16()) != status {
            wrong.push(format!("{call}: {} {}", reply.status, reply.text()));
            continue;
        }
        let answer = reply.json();
        if fixture["exact"] == true && answer != fixture["response"] {
            wrong.push(format!("{call}: {answer}"));
        }
        let sent = fixture.get("body").cloned().unwrap_or_default();
        compare(&fixture["response"], &answer, &sent, &call, "", &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(fixtures.len() > 50, "{}", fixtures.len());
}

/// Notes what the fixture has and the answer has not.
fn compare(fixture: &Value, answer: &Value, sent: &Value, call: &str, key: &str, wrong: &mut Vec<String>) {
    let is_same = match (fixture, answer) {
        (Value::Object(wanted), Value::Object(had)) => {
            for (name, value) in wanted {
                match had.get(name) {
                    Some(had) => compare(value, had, sent, call, name, wrong),
                    None => wrong.push(format!("{call}: no {name} in {answer}")),
                }
            }
            true
        }
        (Value::Array(wanted), Value::Array(had)) => {
            wanted.iter().zip(had).for_each(|(wanted, had)| compare(wanted, had, sent, call, key, wrong));
            had.len() >= wanted.len()
        }
        // What is null in the reference is null here, or a value that this call has.
        (Value::Null, _) => true,
        (Value::String(wanted), Value::String(had)) => {
            let is_time = wanted.len() >= 20 && wanted.as_bytes().get(4) == Some(&b'-');
            let has_form = !is_time || (wanted.len() == had.len() && had.ends_with('Z'));
            // A placeholder is shorter than any sentence.
            let is_sentence = SENTENCES.contains(&key) && wanted.len() > 3;
            has_form && (!(is_sentence || sent[key] == *fixture) || wanted == had)
        }
        (Value::Number(_), Value::Number(_)) => sent[key] != *fixture || fixture == answer,
        (Value::Bool(wanted), Value::Bool(had)) => !matches!(key, "ok" | "success") || wanted == had,
        _ => false,
    };
    if !is_same {
        wrong.push(format!("{call}: {key}: {fixture} is answered with {answer}"));
    }
}
