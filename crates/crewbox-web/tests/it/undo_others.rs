//! Undoing what is no state of a conversation: classes of messages, drafts, blocked domains, waiting messages, statuses of
//! campaigns. And what is never undone, with its reason.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::OutgoingId;
use crewbox_core::model::{Dialect, Role};
use crewbox_store::{Op, OutboxStep, Scope};
use serde_json::{Value, json};

use crate::sending::Talk;
use crate::world::{Reply, World};

async fn undo_by(world: &World, key: &str, seq: u64) -> Reply {
    world.call("POST", &format!("/changes/{seq}/undo"), key, "{}").await
}

async fn undo(world: &World, seq: u64) -> Reply {
    undo_by(world, &world.key, seq).await
}

async fn changed(world: &World, seq: u64) -> Value {
    undo(world, seq).await.ok()["data"]["changed"].clone()
}

async fn key_of(world: &World, name: &str, role: Role) -> String {
    let member = world.new_member(name, role, None).await;
    world.new_key(world.account, member, Dialect::Documented, None, None).await
}

/// The refusal to undo a change, because somebody has done this since.
#[track_caller]
fn assert_refused(refused: &Reply, who_has: &str, since: u64) {
    let sentence = refused.json()["error"].as_str().unwrap().to_owned();
    assert_eq!(refused.status, 409, "{sentence}");
    let end = format!("since, in change {since}: it was not undone");
    assert!(sentence.starts_with(who_has) && sentence.ends_with(&end), "{sentence}");
}

#[tokio::test]
async fn setting_the_class_of_a_message_and_ending_that_are_undone_unless_it_was_set_again() {
    let talk = Talk::answered().await;
    let world = &talk.world;
    let ben = key_of(world, "Ben", Role::Member).await;
    let id = talk.got("lea@lead.test", "").await;
    let set = async |key: &str, class: Value| {
        world.advance(1_000);
        let body = json!({"class": class}).to_string();
        world.call("PATCH", &format!("/messages/{id}/class"), key, body).await.ok();
        world.head().await
    };
    let state = async || {
        let message = world.get(&format!("/messages/{id}")).await.ok();
        let item = world.get(&format!("/master-inbox/{}", talk.conversation)).await.ok();
        (message["class"].clone(), item["is_read"].clone(), item["email_status"].clone())
    };
    let before = state().await;
    assert_eq!(before.0, "human");
    let corrected = set(&world.key, json!("unsubscribe")).await;
    let after = state().await;
    assert_ne!(before, after);
    assert_eq!(changed(world, corrected).await, true);
    let ended = world.head().await;
    assert_eq!(state().await, before, "the conversation too");
    let log = world.get(&format!("/changes?since={}", ended - 1)).await.ok();
    assert_eq!(log["changes"][0]["kind"], "class_correction_ended", "it is read as before");
    assert_eq!(changed(world, corrected).await, false);
    assert_eq!(changed(world, ended).await, true, "the undo is undone");
    assert_eq!(state().await, after);

    // A second correction is undone to the first one, and not to the reading.
    let second = set(&world.key, json!("automatic")).await;
    assert_eq!(changed(world, second).await, true);
    assert_eq!(state().await, after);
    let third = set(&world.key, json!("automatic")).await;
    let bens = set(&ben, json!("calendar")).await;
    let held = state().await;
    let refused = undo(world, third).await;
    assert_refused(&refused, &format!("Ben has changed the class of message {id} "), bens);
    assert_eq!(state().await, held);
    assert_eq!(world.store.check(&Scope::operator(world.account)).await.unwrap(), []);
}

#[tokio::test]
async fn the_class_of_untracked_mail_is_undone_and_a_clients_key_sees_none_of_it() {
    let world = World::new().await;
    let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
    let (_, mailbox) = world.campaign("Spring", client["clientId"].as_u64()).await;
    let stored = world.mail(mailbox, "x@else.test", "spring@us.test", "", "Who am I").await;
    let path = format!("/messages/{}/class", stored["message_id"]);
    world.call("PATCH", &path, &world.key, json!({"class": "bounce"}).to_string()).await.ok();
    let seq = world.head().await;
    let restricted = world
        .new_key(world.account, world.owner, Dialect::Documented, client["clientId"].as_u64(), None)
        .await;
    assert_eq!(undo_by(&world, &restricted, seq).await.status, 404);
    let undone = undo(&world, seq).await.ok();
    assert_eq!(
        (&undone["data"]["changed"], &undone["data"]["email_lead_map_id"]),
        (&json!(true), &Value::Null)
    );
    let message = world.get(&format!("/messages/{}", stored["message_id"])).await.ok();
    assert_eq!(message["class"], "human");
}

#[tokio::test]
async fn a_members_own_draft_is_undone_save_by_save_and_nobody_elses() {
    let world = World::new().await;
    let ben = key_of(&world, "Ben", Role::Admin).await;
    let id = world.lead(world.campaign("Spring", None).await.0, "lea@lead.test").await;
    let path = format!("/master-inbox/{id}/draft");
    let held = async || world.get(&path).await.ok();
    let save = async |text: &str| {
        world.advance(1_000);
        let body = json!({"body": text, "version": held().await["version"]}).to_string();
        world.call("PUT", &path, &world.key, body).await.ok();
        world.head().await
    };
    let text = async || held().await["body"].as_str().unwrap_or_default().to_owned();
    let first = save("<p>One</p>").await;
    let second = save("<p>One two</p>").await;
    let version = held().await["version"].as_u64().unwrap();
    assert_eq!(undo_by(&world, &ben, second).await.status, 403, "it is Ana's");
    assert_eq!(changed(&world, second).await, true);
    assert_eq!(text().await, "<p>One</p>");
    assert!(held().await["version"].as_u64().unwrap() > version, "an open editor has not seen it");
    assert_eq!(changed(&world, second).await, false);
    let undone = world.head().await;
    assert_eq!(changed(&world, undone).await, true, "the undo is undone");
    assert_eq!(text().await, "<p>One two</p>");
    // On another device.
    let third = save("<p>One two three</p>").await;
    assert_refused(&undo(&world, second).await, "Ana has changed the draft in conversation", third);
    assert_refused(&undo(&world, first).await, "Ana has changed the draft in conversation", third);
    world.call("DELETE", &path, &world.key, "").await.ok();
    let deleted = world.head().await;
    assert_eq!(text().await, "");
    assert_eq!(changed(&world, deleted).await, true);
    assert_eq!(text().await, "<p>One two three</p>");
    world.call("DELETE", &path, &world.key, "").await.ok();
    let deleted = world.head().await;
    let other = save("<p>Another</p>").await;
    assert_refused(&undo(&world, deleted).await, "Ana has changed the draft in conversation", other);
    assert_eq!(changed(&world, other).await, true, "there was none before");
    assert_eq!(text().await, "");

    // The twenty newest changes are kept.
    let mut saves = Vec::new();
    for number in 0..22 {
        saves.push(save(&format!("<p>{number}</p>")).await);
    }
    for seq in saves.iter().rev().take(20) {
        let reply = undo(&world, *seq).await;
        if reply.status != 200 {
            // Each undo is a change, too.
            let sentence = reply.json()["error"].as_str().unwrap().to_owned();
            assert!(sentence.ends_with("what was there before it is not kept any more"), "{sentence}");
            assert!(*seq <= saves[11], "ten saves and their undoing are kept");
            break;
        }
    }
    assert_eq!(undo(&world, saves[0]).await.status, 409);
    assert_eq!(world.store.check(&Scope::operator(world.account)).await.unwrap(), []);
}

#[tokio::test]
async fn blocking_domains_and_unblocking_them_are_undone_unless_one_was_changed_since() {
    let world = World::new().await;
    let ben = key_of(&world, "Ben", Role::Admin).await;
    let (campaign, _) = world.campaign("Spring", None).await;
    world.lead(campaign, "lea@one.test").await;
    let blocked = async || -> Vec<(String, String)> {
        let page = world.get("/leads/get-domain-block-list?limit=100").await.ok();
        let rows = page["data"].as_array().unwrap().clone();
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        rows.iter().map(|row| (text(row, "email_or_domain"), text(row, "source"))).collect()
    };
    let status = async || {
        let row = world.get("/leads/?email=lea@one.test").await.ok();
        row["lead_campaign_data"][0]["status"].as_str().unwrap_or_default().to_owned()
    };
    let block = async |key: &str, domains: Value, source: &str| {
        world.advance(1_000);
        let body = json!({"domains": domains, "source": source}).to_string();
        world.call("POST", "/master-inbox/block-domains", key, body).await.ok();
        world.head().await
    };
    let before = (blocked().await, status().await);
    let first = block(&world.key, json!(["one.test", "two.test"]), "bounce").await;
    let after = (blocked().await, status().await);
    assert_eq!(after.0.len(), 2);
    assert_ne!(before.1, after.1, "the lead is blocked");
    let undone = undo(&world, first).await.ok();
    assert_eq!(
        (&undone["data"]["changed"], &undone["data"]["email_lead_map_id"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!((blocked().await, status().await), before);
    let unblocked = world.head().await;
    assert_eq!(changed(&world, first).await, false);
    assert_eq!(changed(&world, unblocked).await, true, "the undo is undone");
    assert_eq!((blocked().await, status().await), after, "with its reason");

    // Ben takes one of them from the list.
    let redone = world.head().await;
    let body = json!({"domain_block_list": ["two.test"]}).to_string();
    world.call("DELETE", "/leads/delete-domain-block-list", &ben, body).await.ok();
    let bens = world.head().await;
    let held = blocked().await;
    let refused = undo(&world, redone).await;
    assert_refused(&refused, "Ben has changed the blocking of one of one.test, two.test", bens);
    assert_eq!(blocked().await, held);
    // What others blocked beside it does not matter.
    let third = block(&world.key, json!(["three.test"]), "manual").await;
    block(&ben, json!(["four.test"]), "manual").await;
    assert_eq!(changed(&world, third).await, true);
    assert_eq!(world.store.check(&Scope::operator(world.account)).await.unwrap(), []);
}

#[tokio::test]
async fn a_reply_that_waits_is_taken_back_by_an_undo_and_one_under_way_is_not() {
    let talk = Talk::answered().await;
    let world = &talk.world;
    let item = world.get(&format!("/master-inbox/{}", talk.conversation)).await.ok();
    let stats_id = item["message_history"][0]["stats_id"].clone();
    let path = format!("/campaigns/{}/reply-email-thread", talk.campaign);
    let send = async |text: &str| {
        let body = json!({"email_stats_id": stats_id, "email_body": text, "undo_seconds": 60});
        let made = world.post(&path, body).await.ok()["message_id"].as_str().unwrap().to_owned();
        (world.head().await, made)
    };
    let status = async |id: &str| {
        let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string();
        let reply = world.get(&format!("/master-inbox/reply-status?message_id={id}")).await;
        reply.json()["data"]["status"].clone()
    };
    let (seq, id) = send("<p>One</p>").await;
    assert_eq!(changed(world, seq).await, true);
    assert_ne!(status(&id).await, "QUEUED", "it was taken back");
    assert_eq!(changed(world, seq).await, false);
    let sentence = undo(world, world.head().await).await.json()["error"].as_str().unwrap().to_owned();
    assert!(sentence.ends_with("is no longer in the outbox: send it again"), "{sentence}");

    let (seq, _) = send("<p>Two</p>").await;
    let log = world.get(&format!("/changes?since={}", seq - 1)).await.ok();
    let id = log["changes"][0]["detail"]["subject"].as_u64().unwrap();
    world.op(world.account, Op::Outbox(OutboxStep::Start(OutgoingId(id)))).await;
    let begun = world.head().await;
    assert_refused(&undo(world, seq).await, "The server has sent the message, or begun to", begun);
}

#[tokio::test]
async fn the_status_of_a_campaign_is_undone_unless_it_was_set_again() {
    let world = World::new().await;
    let ben = key_of(&world, "Ben", Role::Admin).await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let set = async |key: &str, status: &str| {
        let body = json!({"status": status}).to_string();
        world.call("POST", &format!("/campaigns/{campaign}/status"), key, body).await.ok();
        world.head().await
    };
    let status = async || world.get(&format!("/campaigns/{campaign}")).await.ok()["status"].clone();
    let before = status().await;
    let paused = set(&world.key, "PAUSED").await;
    let after = status().await;
    assert_ne!(before, after);
    assert_eq!(changed(&world, paused).await, true);
    assert_eq!(status().await, before);
    let undone = world.head().await;
    assert_eq!(changed(&world, paused).await, false);
    assert_eq!(changed(&world, undone).await, true, "the undo is undone");
    assert_eq!(status().await, after);
    let redone = world.head().await;
    let bens = set(&ben, "STOPPED").await;
    assert_refused(
        &undo(&world, redone).await,
        &format!("Ben has changed the status of campaign {campaign}"),
        bens,
    );
}

#[tokio::test]
async fn what_is_never_undone_says_why_in_one_sentence() {
    let talk = Talk::answered().await;
    let world = &talk.world;
    world.post("/tags", json!({"name": "vip"})).await.ok();
    world.call("DELETE", &format!("/master-inbox/{}", talk.conversation), &world.key, "").await.ok();
    let log = world.get("/changes?since=0&limit=1000").await.ok();
    let mut seen = Vec::new();
    for change in log["changes"].as_array().unwrap() {
        let kind = change["kind"].as_str().unwrap();
        let (why, of_kind) = match ChangeKind::from_name(kind).unwrap() {
            ChangeKind::AccountCreated => ("everything that happens since belongs to it", kind),
            ChangeKind::KeyCreated => ("make a new key, or revoke it", kind),
            ChangeKind::TagSaved => {
                ("the log keeps no names and addresses, so save it again as it was", kind)
            }
            ChangeKind::MessageReceived => ("mail that came in stays, as it does in its mailbox", kind),
            ChangeKind::MessageSent => ("a message that was sent is with its recipients", kind),
            ChangeKind::ConversationDeleted => ("what was deleted is not kept", kind),
            _ => continue,
        };
        let seq = change["seq"].as_u64().unwrap();
        let refused = undo(world, seq).await;
        let sentence = refused.json()["error"].as_str().unwrap().to_owned();
        assert_eq!(refused.status, 409, "{sentence}");
        assert!(sentence.starts_with(&format!("Change {seq} ({of_kind}) cannot be undone: ")), "{sentence}");
        assert!(sentence.ends_with(why), "{sentence}");
        seen.push(of_kind);
    }
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.len() >= 5, "{seen:?}");
}
