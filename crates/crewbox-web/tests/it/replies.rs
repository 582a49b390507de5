//! Replies where somebody else has written since, and older names of the same calls.

use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::sending::{Talk, refused};
use crate::world::Reply;

#[tokio::test]
async fn a_reply_is_refused_with_the_name_of_whoever_has_written_since() {
    let talk = Talk::answered().await;
    let ben = talk.world.new_member("Ben", Role::Member, None).await;
    let bens_key = talk.world.new_key(talk.world.account, ben, Dialect::Documented, None, None).await;
    let stats_id = talk.stats_id(talk.conversation).await;
    let seen = talk.history(talk.conversation).await.pop().unwrap();
    let reply = async |key: &str, number: u32, more: Value| {
        talk.world.advance(1_000);
        let mut body = json!({"email_stats_id": stats_id, "email_body": format!("<p>{number}</p>")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = format!("/campaigns/{}/reply-email-thread", talk.campaign);
        talk.world.call("POST", &path, key, body.to_string()).await
    };
    let note = async |key: &str| {
        talk.world.advance(1_000);
        let body = json!({"email_lead_map_id": talk.conversation, "note_message": "Wait."});
        talk.world.call("POST", "/master-inbox/create-note", key, body.to_string()).await.ok()["data"]["id"]
            .clone()
    };
    let refused_with = |response: &Reply, words: &str| {
        assert_eq!(response.status, 409, "{}", response.text());
        let body = response.json();
        assert_eq!(body["error"], body["message"]);
        let sentence = format!("{words} since the message you saw last: read it first, or send with force");
        assert_eq!(body["error"], sentence);
    };
    let key = talk.world.key.as_str();
    let last = json!({"last_seen_message_id": seen["message_id"]});
    // What the caller wrote is nothing new to them.
    note(key).await;
    reply(key, 1, last.clone()).await.ok();
    reply(key, 2, last.clone()).await.ok();
    let sent = talk.waiting(talk.conversation).await;

    let newer = talk.got("lea@lead.test", "").await;
    let response = reply(key, 3, last.clone()).await;
    refused_with(&response, &format!("lea@lead.test has replied (message msg_{newer})"));
    assert_eq!(talk.waiting(talk.conversation).await, sent, "nothing is sent");
    reply(key, 3, json!({"last_seen_message_id": seen["message_id"], "force": true})).await.ok();
    let last = json!({"last_seen_message_id": format!("msg_{newer}")});
    reply(key, 4, last.clone()).await.ok();

    let number = note(&bens_key).await;
    refused_with(&reply(key, 5, last.clone()).await, &format!("Ben has written a note (note {number})"));
    let bens = reply(&bens_key, 6, json!({})).await.ok()["message_id"].as_str().unwrap().to_owned();
    let response = reply(key, 7, last.clone()).await;
    refused_with(&response, &format!("Ben has a reply in the outbox (message {bens})"));
    // A machine's report is no reply.
    let report = talk.got("mailer-daemon@mx.test", "Failed: lea@lead.test\n").await;
    let response = reply(key, 8, last.clone()).await;
    refused_with(&response, &format!("Ben has a reply in the outbox (message {bens})"));
    assert_ne!(report, newer);

    let wrong = reply(key, 9, json!({"last_seen_message_id": "msg_999"})).await;
    assert_eq!(refused(&wrong), (422, "last_seen_message_id".to_owned()));
}

#[tokio::test]
async fn of_two_members_who_answer_the_same_message_at_once_one_is_told() {
    let talk = Talk::answered().await;
    let ben = talk.world.new_member("Ben", Role::Member, None).await;
    let bens_key = talk.world.new_key(talk.world.account, ben, Dialect::Documented, None, None).await;
    let seen = talk.history(talk.conversation).await.pop().unwrap();
    talk.world.advance(1_000);
    let path = format!("/campaigns/{}/reply-email-thread", talk.campaign);
    let body = json!({"email_stats_id": seen["stats_id"], "email_body": "<p>Yes</p>",
        "last_seen_message_id": seen["message_id"]})
    .to_string();
    let (one, other) = tokio::join!(
        talk.world.call("POST", &path, &talk.world.key, body.clone()),
        talk.world.call("POST", &path, &bens_key, body.clone())
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text(), other.text());
    assert_eq!(talk.waiting(talk.conversation).await, 1);
}

#[tokio::test]
async fn older_names_of_replies_forwards_and_histories_do_the_same() {
    let talk = Talk::answered().await;
    let last = talk.history(talk.conversation).await.pop().unwrap();
    let post = async |path: &str, body: Value| talk.world.post(path, body).await;
    let reply = json!({"email_stats_id": last["stats_id"], "email_body": "<p>Yes</p>"});
    let sent = post("/email-campaigns/send-email-thread", reply.clone()).await.ok();
    assert_eq!(sent["message"], "Reply sent successfully");
    assert_eq!(talk.outgoing(&sent["message_id"]).await.1, ["lea@lead.test"]);
    let forward = json!({"campaign_id": talk.campaign, "stats_id": last["stats_id"],
        "message_id": last["message_id"], "to_emails": "f@else.test"});
    let forwarded = post("/email-campaigns/forward-reply-email", forward).await.ok();
    assert_eq!(forwarded["status"], "success");
    assert_eq!(talk.outgoing(&forwarded["messageId"]).await.1, ["f@else.test"]);
    let (elsewhere, _) = talk.world.campaign("Autumn", None).await;
    let mut wrong = reply;
    wrong["campaign_id"] = elsewhere.into();
    let response = post("/email-campaigns/send-email-thread", wrong).await;
    assert_eq!(response.status, 404, "{}", response.text());

    let lead = talk.world.get("/leads/?email=lea@lead.test").await.ok()["id"].clone();
    let lead = lead.as_str().map_or_else(|| lead.to_string(), str::to_owned);
    let path = format!("/campaigns/{}/leads/{lead}", talk.campaign);
    let history = talk.world.get(&format!("{path}/message-history")).await.ok();
    assert_eq!(talk.world.get(&format!("{path}/messages")).await.ok(), history);
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_thread_that_was_split_is_answered_where_the_message_is_that_was_named_or_seen() {
    let talk = Talk::answered().await;
    let (ours, leas) = (talk.history(talk.conversation).await.remove(0), talk.got("lea@lead.test", "").await);
    let more = format!("In-Reply-To: {}\n", ours["message_id"].as_str().unwrap());
    let carls = talk.got("carl@lead.test", &more).await;
    let path = format!("/master-inbox/{}/split", talk.conversation);
    let split = talk.world.post(&path, json!({"message_id": carls})).await.ok();
    let carl = split["data"]["email_lead_map_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(talk.stats_id(carl).await, ours["stats_id"], "the messages of a thread keep their stats_id");

    let path = format!("/campaigns/{}/reply-email-thread", talk.campaign);
    let reply = async |more: Value| {
        let mut body = json!({"email_stats_id": ours["stats_id"], "email_body": format!("<p>{more}</p>")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        talk.world.post(&path, body).await
    };
    let unclear = reply(json!({})).await;
    assert_eq!(unclear.status, 409);
    let sentence =
        "email_stats_id is in several conversations, since its thread was split: name the message, too";
    assert_eq!(unclear.json()["error"], sentence);
    for (name, message, to) in [
        ("reply_message_id", carls, "carl@lead.test"),
        ("last_seen_message_id", carls, "carl@lead.test"),
        ("last_seen_message_id", leas, "lea@lead.test"),
    ] {
        let sent = reply(json!({name: format!("msg_{message}")})).await.ok();
        assert_eq!(talk.outgoing(&sent["message_id"]).await.1, [to], "{name}");
    }
    let elsewhere = reply(json!({"reply_message_id": "msg_99999"})).await;
    assert_eq!(elsewhere.json()["error"], "The message named is not in this conversation");
}
