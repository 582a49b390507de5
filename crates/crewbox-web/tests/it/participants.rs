//! Detaching a participant: their mail leaves the conversation and stays out of it, and undo brings both back.

use crewbox_core::model::{Dialect, Role};
use crewbox_store::Scope;
use serde_json::{Value, json};

use crate::world::World;

const LEAD: &str = "ann@one.test";
const STRANGER: &str = "carl+x@else.test";
/// The same in the path of a call.
const IN_PATH: &str = "CARL%2Bx@else.test";

struct Joined {
    world: World,
    campaign: u64,
    mailbox: u64,
    conversation: u64,
}

impl Joined {
    /// We wrote to the lead, who answered; then a stranger answered what we wrote, twice.
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let conversation = world.lead(campaign, LEAD).await;
        let joined = Self { world, campaign, mailbox, conversation };
        joined.mail("spring@us.test", LEAD, "hello@us", "").await;
        joined.mail(LEAD, "spring@us.test", "one@ann", "In-Reply-To: <hello@us>\n").await;
        let read = json!({"email_lead_map_id": conversation, "read_status": true});
        joined.world.post("/master-inbox/change-read-status", read).await.ok();
        let there = joined.mail(STRANGER, "spring@us.test", "one@carl", "In-Reply-To: <hello@us>\n").await;
        assert_eq!(there, Some(conversation));
        joined.mail(STRANGER, "spring@us.test", "two@carl", "In-Reply-To: <one@carl>\n").await;
        joined
    }

    /// The conversation that a mail comes into.
    async fn mail(&self, from: &str, to: &str, id: &str, more: &str) -> Option<u64> {
        self.world.advance(60_000);
        let raw =
            format!("From: {from}\nTo: {to}\nMessage-ID: <{id}>\nSubject: {id}\n{more}\nA zebra of {id}");
        let path = format!("/email-accounts/{}/messages", self.mailbox);
        let stored = self.world.call("POST", &path, &self.world.key, raw).await.ok();
        stored["campaign_lead_map_id"].as_str().map(|id| id.parse().unwrap())
    }

    async fn participants(&self) -> Value {
        let path = format!("/master-inbox/{}/participants", self.conversation);
        self.world.get(&path).await.ok()["data"].clone()
    }

    async fn detach(&self, email: &str) -> crate::world::Reply {
        let path = format!("/master-inbox/{}/participants/{email}", self.conversation);
        let reply = self.world.call("DELETE", &path, &self.world.key, "").await;
        let faults = self.world.store.check(&Scope::operator(self.world.account)).await.unwrap();
        assert_eq!(faults, []);
        reply
    }

    async fn undo(&self, seq: &str) -> crate::world::Reply {
        self.world.post(&format!("/changes/{seq}/undo"), json!({})).await
    }

    /// The subjects of the conversation's messages and whether it is read.
    async fn state(&self) -> (Vec<String>, bool) {
        let item = self.world.get(&format!("/master-inbox/{}", self.conversation)).await.ok();
        let history = item["message_history"].as_array().unwrap();
        let subjects = history.iter().map(|one| one["subject"].as_str().unwrap().to_owned());
        (subjects.collect(), item["is_read"].as_bool().unwrap())
    }

    async fn untracked(&self) -> u64 {
        self.world.get("/master-inbox/untracked-replies").await.ok()["total_count"].as_u64().unwrap()
    }

    async fn found(&self, search: &str) -> Vec<u64> {
        self.world.ids("views", json!({"filters": {"search": search}})).await
    }
}

#[tokio::test]
async fn a_detached_participants_mail_leaves_and_stays_out_until_that_is_undone() {
    let joined = Joined::new().await;
    let world = &joined.world;
    let people = joined.participants().await;
    assert_eq!((&people[0]["email"], &people[0]["confirmed"]), (&json!(STRANGER), &json!(false)));
    assert_eq!((&people[0]["message_count"], people.as_array().unwrap().len()), (&json!(2), 1));
    assert!(!joined.state().await.1);

    let reply = joined.detach(IN_PATH).await;
    let seqs = reply.header("x-change-seq").unwrap().to_owned();
    let answer = reply.ok();
    let id = joined.conversation.to_string();
    let data = json!({"email_lead_map_id": id, "email": STRANGER.to_uppercase().replace("+X@ELSE.TEST", "+x@else.test"), "detached": 2});
    assert_eq!((&answer["data"], &answer["message"]), (&data, &json!("Participant detached")));
    assert_eq!(joined.state().await, (vec!["hello@us".to_owned(), "one@ann".to_owned()], true));
    assert_eq!((joined.participants().await, joined.untracked().await), (json!([]), 2));
    assert_eq!(joined.found("one@carl").await, Vec::<u64>::new());
    let again = joined.detach(IN_PATH).await;
    assert_eq!((again.header("x-change-seq"), again.json()["data"]["detached"].clone()), (None, json!(0)));

    // Whatever it answers, and though the lead copies them.
    let answers = "In-Reply-To: <hello@us>\nReferences: <one@ann>\n";
    assert_eq!(joined.mail(STRANGER, "spring@us.test", "three@carl", answers).await, None);
    let copied = format!("Cc: {STRANGER}\n");
    assert_eq!(joined.mail(LEAD, "spring@us.test", "two@ann", &copied).await, Some(joined.conversation));
    assert_eq!(joined.mail(STRANGER, "spring@us.test", "four@carl", "In-Reply-To: <two@ann>\n").await, None);
    assert_eq!(joined.participants().await, json!([]));

    let seq = seqs.split('-').next().unwrap();
    let undone = joined.undo(seq).await.ok();
    assert_eq!(undone["data"]["changed"], true, "{undone}");
    let (subjects, is_read) = joined.state().await;
    assert_eq!(subjects, ["hello@us", "one@ann", "one@carl", "two@carl", "two@ann"]);
    assert!(!is_read);
    assert_eq!(
        (joined.participants().await[0]["email"].clone(), joined.untracked().await),
        (json!(STRANGER), 2)
    );
    assert_eq!(joined.found("one@carl").await, [joined.conversation]);
    assert_eq!(joined.undo(seq).await.ok()["data"]["changed"], false);
    assert_eq!(
        joined.mail(STRANGER, "spring@us.test", "five@carl", "In-Reply-To: <hello@us>\n").await,
        Some(joined.conversation)
    );
    let kinds = world.get("/changes?since=0&limit=1000").await.ok();
    let kinds: Vec<_> =
        kinds["changes"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    for kind in ["participant_detached", "message_detached", "participant_reattached", "message_moved"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}

#[tokio::test]
async fn a_thread_that_was_detached_can_be_attached_and_the_undo_says_so() {
    let joined = Joined::new().await;
    let world = &joined.world;
    let seqs = joined.detach(IN_PATH).await.header("x-change-seq").unwrap().to_owned();
    let page = world.get("/master-inbox/untracked-replies").await.ok();
    let first =
        page["data"]["untracked_replies"].as_array().or(page["untracked_replies"].as_array()).unwrap();
    let first = first.iter().find(|one| one["subject"] == "two@carl").unwrap()["id"].clone();
    let path = format!("/master-inbox/untracked-replies/{first}/attach");
    let attached = world.post(&path, json!({"campaign_id": joined.campaign})).await.ok();
    assert_eq!(attached["data"]["attached"], 2, "what it answers is known again: {attached}");
    let refused = joined.undo(seqs.split('-').next().unwrap()).await;
    let sentence = refused.json()["error"].as_str().unwrap().to_owned();
    assert_eq!(refused.status, 409, "{sentence}");
    assert!(sentence.starts_with("Ana has moved or deleted message"), "{sentence}");

    // Back into the conversation that its sender was detached from: they take part again.
    let joined = Joined::new().await;
    joined.detach(IN_PATH).await.ok();
    let page = joined.world.get("/master-inbox/untracked-replies").await.ok();
    let first = page["untracked_replies"].as_array().unwrap()[0]["id"].clone();
    let path = format!("/master-inbox/untracked-replies/{first}/attach");
    joined.world.post(&path, json!({"email_lead_map_id": joined.conversation})).await.ok();
    assert_eq!(joined.participants().await[0]["confirmed"], true);
    assert_eq!(
        joined.mail(STRANGER, "spring@us.test", "three@carl", "In-Reply-To: <hello@us>\n").await,
        Some(joined.conversation)
    );
}

#[tokio::test]
async fn who_does_not_take_part_cannot_be_detached() {
    let joined = Joined::new().await;
    let world = &joined.world;
    let refused = joined.detach(LEAD).await;
    let sentence = "This is the lead of the conversation: only a participant can be detached";
    assert_eq!((refused.status.as_u16(), refused.json()["error"].as_str()), (409, Some(sentence)));
    let missing = joined.detach("nobody@else.test").await;
    assert_eq!(
        (missing.status.as_u16(), missing.json()["error"].as_str()),
        (404, Some("Participant not found in this conversation"))
    );
    let missing = world.call("DELETE", "/master-inbox/424242/participants/x@y.test", &world.key, "").await;
    assert_eq!(
        (missing.status.as_u16(), missing.json()["error"].as_str()),
        (404, Some("Lead mapping not found"))
    );
    assert_eq!(world.get("/master-inbox/424242/participants").await.status, 404);
    let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
    let client = client["clientId"].as_u64();
    let member = world.new_member("Cora", Role::Member, client).await;
    let key = world.new_key(world.account, member, Dialect::Documented, client, None).await;
    let path = format!("/master-inbox/{}/participants", joined.conversation);
    assert_eq!(world.call("GET", &path, &key, "").await.status, 404);
    assert_eq!(world.call("DELETE", &format!("{path}/{IN_PATH}"), &key, "").await.status, 403);
    assert_eq!(joined.state().await.0.len(), 4);

    // Who was detached does not come in by a merge either.
    joined.detach(IN_PATH).await.ok();
    let other = world.lead(joined.campaign, "ben@two.test").await;
    world
        .post(
            &format!("/master-inbox/{}/merge", joined.conversation),
            json!({"into_email_lead_map_id": other}),
        )
        .await
        .ok();
    assert_eq!(
        joined.mail(STRANGER, "spring@us.test", "three@carl", "In-Reply-To: <hello@us>\n").await,
        None
    );
    assert_eq!(joined.mail(LEAD, "spring@us.test", "two@ann", "").await, Some(other));
}
