//! Merging and splitting: messages are where a person put them, later mail follows, and undo puts them back.

use crewbox_core::model::{Dialect, Role};
use crewbox_store::Scope;
use serde_json::{Value, json};

use crate::world::World;

const ANN: &str = "ann@one.test";
const BEN: &str = "ben@two.test";

struct Two {
    world: World,
    mailbox: u64,
    ann: u64,
    ben: u64,
}

impl Two {
    /// Two leads of a campaign, who wrote once each. Ben's mail is read.
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let (ann, ben) = (world.lead(campaign, ANN).await, world.lead(campaign, BEN).await);
        let two = Self { world, mailbox, ann, ben };
        two.mail(BEN, "one@ben", "", "From Ben").await;
        let read = json!({"email_lead_map_id": ben, "read_status": true});
        two.world.post("/master-inbox/change-read-status", read).await.ok();
        two.mail(ANN, "one@ann", "", "A rare platypus").await;
        two
    }

    /// The conversation that a mail comes into, and its message id.
    async fn mail(&self, from: &str, id: &str, more: &str, body: &str) -> (Option<u64>, u64) {
        self.world.advance(60_000);
        let raw =
            format!("From: {from}\nTo: spring@us.test\nMessage-ID: <{id}>\nSubject: {id}\n{more}\n{body}");
        let path = format!("/email-accounts/{}/messages", self.mailbox);
        let stored = self.world.call("POST", &path, &self.world.key, raw).await.ok();
        let conversation = stored["campaign_lead_map_id"].as_str().map(|id| id.parse().unwrap());
        (conversation, stored["message_id"].as_u64().unwrap())
    }

    async fn call(&self, id: u64, action: &str, body: Value) -> (Value, u64) {
        let reply = self.world.post(&format!("/master-inbox/{id}/{action}"), body).await;
        let seqs = reply.header("x-change-seq").unwrap_or("0").to_owned();
        let data = reply.ok()["data"].clone();
        self.check().await;
        // Splitting may make a lead first.
        let since = seqs.split('-').next().unwrap().parse::<u64>().unwrap().saturating_sub(1);
        let changes = self.world.get(&format!("/changes?since={since}&limit=100")).await.ok();
        let kinds = ["conversation_merged", "conversation_split"];
        let is_move = |change: &&Value| kinds.contains(&change["kind"].as_str().unwrap());
        let seq = changes["changes"].as_array().unwrap().iter().find(is_move);
        (data, seq.map_or(0, |change| change["seq"].as_u64().unwrap()))
    }

    async fn undo(&self, seq: u64) -> crate::world::Reply {
        self.world.post(&format!("/changes/{seq}/undo"), json!({})).await
    }

    /// How many messages a conversation has, and whether it is read.
    async fn state(&self, id: u64) -> (usize, bool) {
        let item = self.world.get(&format!("/master-inbox/{id}")).await.ok();
        (item["message_history"].as_array().unwrap().len(), item["is_read"].as_bool().unwrap())
    }

    async fn check(&self) {
        let faults = self.world.store.check(&Scope::operator(self.world.account)).await.unwrap();
        assert_eq!(faults, []);
    }
}

#[tokio::test]
async fn a_merged_conversation_gives_its_messages_and_later_mail_and_undo_gives_them_back() {
    let two = Two::new().await;
    let Two { world, ann, ben, .. } = &two;
    let into = json!({"into_email_lead_map_id": ben});
    assert_eq!((two.state(*ann).await, two.state(*ben).await), ((1, false), (1, true)));
    let (data, first) = two.call(*ann, "merge", into.clone()).await;
    assert_eq!(data, json!({"email_lead_map_id": ben.to_string(), "moved": 1}));
    assert_eq!((two.state(*ann).await, two.state(*ben).await), ((0, true), (2, false)));
    assert_eq!(world.ids("inbox-replies", json!({})).await, [*ben]);
    let search = json!({"filters": {"search": "platypus"}});
    assert_eq!(world.ids("views", search.clone()).await, [*ben]);

    assert_eq!(two.undo(first).await.status, 200);
    two.check().await;
    assert_eq!((two.state(*ann).await, two.state(*ben).await), ((1, false), (1, true)));
    assert_eq!(world.ids("views", search.clone()).await, [*ann]);
    assert_eq!(two.mail(ANN, "two@ann", "", "Later").await.0, Some(*ann), "nothing is merged any more");

    let (data, second) = two.call(*ann, "merge", into.clone()).await;
    assert_eq!(data["moved"], 2);
    assert_eq!(two.mail(ANN, "three@ann", "", "New").await.0, Some(*ben), "without naming anything");
    assert_eq!(two.mail(ANN, "four@ann", "In-Reply-To: <one@ann>\n", "Answer").await.0, Some(*ben));
    assert_eq!(two.call(*ann, "merge", into.clone()).await.0["moved"], 0, "it is merged already");
    assert_eq!(two.undo(second).await.status, 200);
    two.check().await;
    assert_eq!((two.state(*ann).await.0, two.state(*ben).await), (2, (3, false)), "what came since stays");

    let (_, third) = two.call(*ann, "merge", into.clone()).await;
    world.call("DELETE", &format!("/master-inbox/{ben}"), &world.key, "").await.ok();
    let refused = two.undo(third).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.json()["error"], format!("Conversation {ben} was deleted since: it was not undone"));
    assert_eq!(two.mail(ANN, "five@ann", "", "After").await.0, Some(*ann));
    two.check().await;
}

#[tokio::test]
async fn a_message_is_split_off_with_what_followed_it_and_undo_names_what_came_between() {
    let two = Two::new().await;
    let Two { world, ann, ben, .. } = &two;
    let answer = "In-Reply-To: <one@ann>\n";
    let (there, message) = two.mail("carl@one.test", "one@carl", answer, "A colleague").await;
    assert_eq!(there, Some(*ann));
    two.mail(ANN, "two@ann", "", "Ann again").await;
    two.mail("carl@one.test", "two@carl", answer, "Carl again").await;
    let (data, seq) = two.call(*ann, "split", json!({"message_id": message})).await;
    let carl: u64 = data["email_lead_map_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(data["moved"], 2);
    assert_eq!((two.state(*ann).await, two.state(carl).await), ((2, true), (2, false)), "Carl wrote last");
    let follows = two.mail("carl@one.test", "three@carl", "In-Reply-To: <two@carl>\n", "Follows").await.0;
    assert_eq!(follows, Some(carl));
    let lead = world.get("/leads?email=carl@one.test").await.ok();
    assert_eq!(lead["lead_campaign_data"].as_array().unwrap().len(), 1);

    let (_, merged) = two.call(carl, "merge", json!({"into_email_lead_map_id": ben})).await;
    let refused = two.undo(seq).await;
    assert_eq!(refused.status, 409);
    let sentence = refused.json()["error"].as_str().unwrap().to_owned();
    assert!(sentence.contains(&format!("moved or deleted message {message} since, in change")), "{sentence}");
    assert!(sentence.starts_with("Ana has"), "{sentence}");
    assert_eq!(two.undo(merged).await.status, 200);
    assert_eq!(two.undo(seq).await.status, 200);
    two.check().await;
    assert_eq!((two.state(*ann).await.0, two.state(carl).await.0), (4, 1), "what came since stays");
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused_with_a_sentence() {
    let two = Two::new().await;
    let Two { world, ann, ben, .. } = &two;
    let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
    let client = client["clientId"].as_u64();
    let (theirs, _) = world.campaign("Theirs", client).await;
    let other = world.lead(theirs, ANN).await;
    let message = two.mail(ANN, "two@ann", "", "Again").await.1;
    let post = async |id: u64, action: &str, body: Value| {
        let reply = world.post(&format!("/master-inbox/{id}/{action}"), body).await;
        (reply.status.as_u16(), reply.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    let into = |id: u64| json!({"into_email_lead_map_id": id});
    let refused = post(*ann, "merge", into(other)).await;
    assert_eq!(refused, (422, "into_email_lead_map_id belongs to another client".to_owned()));
    assert_eq!(post(*ann, "merge", into(424_242)).await.0, 404);
    assert_eq!(post(424_242, "merge", into(*ann)).await.0, 404);
    assert_eq!(post(*ann, "merge", json!({})).await.0, 422);
    let off = |message: u64, campaign: Option<u64>| json!({"message_id": message, "campaign_id": campaign});
    assert_eq!(post(*ann, "split", off(message, None)).await.0, 409, "Ann is the lead there");
    assert_eq!(post(*ben, "split", off(message, None)).await.0, 404, "it is in another conversation");
    assert_eq!(post(*ann, "split", off(message, Some(theirs))).await.0, 422);
    let member = world.new_member("Cora", Role::Member, client).await;
    let key = world.new_key(world.account, member, Dialect::Documented, client, None).await;
    for (from, to) in [(other, *ann), (*ann, other)] {
        let path = format!("/master-inbox/{from}/merge");
        assert_eq!(world.call("POST", &path, &key, into(to).to_string()).await.status, 404);
    }
    assert_eq!(two.state(*ann).await.0, 2);
    two.check().await;
}
