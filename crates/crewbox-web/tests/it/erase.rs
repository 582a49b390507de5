//! Erasing a person: afterwards no file of the data directory has their words, nothing is damaged, and their mail does not
//! come back.

use std::path::Path;

use crewbox_core::id::MailboxId;
use crewbox_core::model::{Dialect, Role};
use crewbox_store::contract::NewQuarantined;
use crewbox_store::{Op, Scope};
use serde_json::{Value, json};

use crate::world::World;

const PIA: &str = "pia@lead.test";
const OTTO: &str = "otto@lead.test";
/// In every text of the person's.
const CANARY: &str = "zinnober";

/// Whether a file of the directory has the word, in any letter case.
fn holds(dir: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holds(&path, word));
        } else {
            let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
            if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

struct Person {
    world: World,
    mailbox: u64,
    lead: u64,
    conversation: u64,
    /// Of another lead, in which the person wrote.
    other: u64,
    /// The mails that the person sent.
    raws: Vec<String>,
}

impl Person {
    /// A person with everything that Crewbox can hold of one.
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let mut raws = Vec::new();
        let untracked = raw(PIA, "one@pia", "", "An untracked zinnober");
        post(&world, mailbox, &untracked).await;
        raws.push(untracked);
        let quarantined = NewQuarantined {
            mailbox: MailboxId(mailbox),
            location: None,
            raw: format!("From: Pia <{PIA}>\r\n\r\nA quarantined zinnober{}", "!".repeat(70_000)).into(),
            reason: "A test".to_owned(),
            received_at: None,
            backfill: false,
            direction: None,
            reader: None,
        };
        world.op(world.account, Op::Quarantine(Box::new(quarantined))).await;

        let leads = json!([{"email": PIA, "first_name": "Zinnoberina", "company_name": "Zinnober & Co"}, {"email": OTTO}]);
        world.post(&format!("/campaigns/{campaign}/leads"), json!({"lead_list": leads})).await.ok();
        let found = world.get(&format!("/leads?email={PIA}")).await.ok();
        let lead: u64 =
            found["id"].as_str().map_or_else(|| found["id"].as_u64(), |id| id.parse().ok()).unwrap();
        let conversation = map_id(&found);
        let other = map_id(&world.get(&format!("/leads?email={OTTO}")).await.ok());
        let large = "A long zinnober. ".repeat(6_000);
        for mail in [
            raw(PIA, "two@pia", "", "A zinnober in a conversation"),
            raw(PIA, "three@pia", "", &large),
            raw(OTTO, "one@otto", "", "Nothing of Pia's"),
            raw(PIA, "four@pia", "In-Reply-To: <one@otto>\n", "A zinnober in another conversation"),
        ] {
            let stored = post(&world, mailbox, &mail).await;
            let there = if mail.contains("otto") { other } else { conversation };
            assert_eq!(stored["campaign_lead_map_id"], there.to_string(), "{stored}");
            if mail.contains(PIA) {
                raws.push(mail);
            }
        }
        let person = Self { world, mailbox, lead, conversation, other, raws };
        person.add_parts(campaign).await;
        person
    }

    /// What members add.
    async fn add_parts(&self, campaign: u64) {
        let Self { world, conversation, .. } = self;
        let with = |key: &str, text: &str| json!({"email_lead_map_id": conversation, key: text});
        world.post("/master-inbox/create-note", with("note_message", "A noted zinnober")).await.ok();
        world.post("/master-inbox/create-task", with("name", "A zinnober to do")).await.ok();
        let mut reminder = with("message", "Remember zinnober");
        reminder["reminder_time"] = "2099-01-01".into();
        world.post("/master-inbox/set-reminder", reminder).await.ok();
        let draft = json!({"to": PIA, "body": "A drafted zinnober"}).to_string();
        world.call("PUT", &format!("/master-inbox/{conversation}/draft"), &world.key, draft).await.ok();
        let item = world.get(&format!("/master-inbox/{conversation}")).await.ok();
        let answer = json!({"email_stats_id": item["message_history"][0]["stats_id"], "email_body": "A zinnober to send",
            "scheduled_time": "2099-01-01"});
        world.post(&format!("/campaigns/{campaign}/reply-email-thread"), answer).await.ok();
    }

    async fn found(&self) -> u64 {
        let page = self.world.list("views", json!({"filters": {"search": CANARY}})).await;
        page["total_count"].as_u64().unwrap()
    }
}

fn map_id(lead: &Value) -> u64 {
    lead["lead_campaign_data"][0]["campaign_lead_map_id"].as_str().unwrap().parse().unwrap()
}

fn raw(from: &str, id: &str, more: &str, body: &str) -> String {
    format!("From: {from}\nTo: spring@us.test\nMessage-ID: <{id}>\nSubject: {id}\n{more}\n{body}")
}

async fn post(world: &World, mailbox: u64, raw: &str) -> Value {
    world.call("POST", &format!("/email-accounts/{mailbox}/messages"), &world.key, raw.to_owned()).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_in_no_file_and_their_mail_does_not_come_back() {
    let person = Person::new().await;
    let world = &person.world;
    assert_eq!(person.found().await, 2, "theirs, and the other one");
    assert_ne!(holds(world.data(), CANARY), Vec::<String>::new());

    let path = format!("/leads/{}?erase=true", person.lead);
    let answer = world.call("DELETE", &path, &world.key, "").await.ok();
    assert_eq!(
        answer["data"],
        json!({"lead_id": person.lead, "erased": true, "conversations": 1, "report": {
            "leads": 1, "messages": 3, "untracked_messages": 1, "quarantined_messages": 1, "outgoing_messages": 1,
            "notes": 1, "tasks": 1, "reminders": 1, "drafts": 1, "participations": 1, "files": 2,
            "search_index_done": true}})
    );
    assert_eq!(person.found().await, 0);
    assert_eq!(world.call("DELETE", &path, &world.key, "").await.status, 404);
    assert_eq!(world.get(&format!("/master-inbox/{}", person.conversation)).await.status, 404);
    let other = world.get(&format!("/master-inbox/{}", person.other)).await.ok();
    assert_eq!(other["message_history"].as_array().unwrap().len(), 1, "{other}");

    for raw in &person.raws {
        let stored = post(world, person.mailbox, raw).await;
        assert_eq!(
            (&stored["duplicate"], &stored["campaign_lead_map_id"]),
            (&json!(true), &Value::Null),
            "{stored}"
        );
    }
    assert_eq!(world.get("/master-inbox/untracked-replies").await.ok()["total_count"], 0);
    assert_eq!(world.get("/quarantine").await.ok()["total_count"], 0);
    assert_eq!(world.store.sweep(world.now()).await.unwrap(), 1, "the large mail was written to be compared");
    assert_eq!(world.store.check(&Scope::operator(world.account)).await.unwrap(), []);
    world.store.close().await;
    for word in [CANARY, PIA] {
        assert_eq!(holds(world.data(), word), Vec::<String>::new());
    }
    assert_ne!(holds(world.data(), OTTO), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_erase_the_conversations_go_and_the_lead_stays() {
    let person = Person::new().await;
    let world = &person.world;
    let path = format!("/leads/{}", person.lead);
    let answer = world.call("DELETE", &path, &world.key, "").await.ok();
    assert_eq!(answer["data"], json!({"lead_id": person.lead, "erased": false, "conversations": 1}));
    let lead = world.get(&path).await.ok();
    assert_eq!((&lead["email"], lead["lead_campaign_data"].as_array().unwrap().len()), (&json!(PIA), 0));
    assert_eq!(world.get("/master-inbox/untracked-replies").await.ok()["total_count"], 1);
    assert_eq!(world.call("DELETE", &path, &world.key, "").await.ok()["data"]["conversations"], 0);
    assert_eq!(world.call("DELETE", "/leads/424242?erase=true", &world.key, "").await.status, 404);
    let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
    let member = world.new_member("Cora", Role::Member, client["clientId"].as_u64()).await;
    let key =
        world.new_key(world.account, member, Dialect::Documented, client["clientId"].as_u64(), None).await;
    for path in [path.clone(), format!("{path}?erase=true")] {
        assert_eq!(world.call("DELETE", &path, &key, "").await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_unsubscribed_from_all_campaigns_that_the_caller_sees() {
    let world = World::new().await;
    let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
    let client = client["clientId"].as_u64();
    let (first, _) = world.campaign("First", None).await;
    let (second, _) = world.campaign("Second", None).await;
    let (theirs, _) = world.campaign("Theirs", client).await;
    let conversations =
        [world.lead(first, PIA).await, world.lead(second, PIA).await, world.lead(theirs, PIA).await];
    let member = world.new_member("Cora", Role::Member, client).await;
    let key = world.new_key(world.account, member, Dialect::Documented, client, None).await;
    let unsubscribed = async || {
        let mut flags = Vec::new();
        for id in conversations {
            let item = world.get(&format!("/master-inbox/{id}")).await.ok();
            flags.push(item["email_status"] == "Unsubscribed");
        }
        flags
    };
    let own = world.call("GET", &format!("/leads?email={PIA}"), &key, "").await.ok()["id"].clone();
    let ours = world.get(&format!("/leads?email={PIA}")).await.ok()["id"].clone();
    assert_ne!(own, ours);
    let path = |id: &Value| format!("/leads/{}/unsubscribe", id.to_string().trim_matches('"'));
    assert_eq!(world.call("POST", &path(&ours), &key, "").await.status, 404, "another client's lead");
    let answer = world.call("POST", &path(&own), &key, "").await.ok();
    assert_eq!(answer, json!({"ok": true, "data": "success"}));
    assert_eq!(unsubscribed().await, [false, false, true]);
    world.call("POST", &path(&ours), &world.key, "").await.ok();
    assert_eq!(unsubscribed().await, [true, true, true]);
    let head = world.head().await;
    world.call("POST", &path(&ours), &world.key, "").await.ok();
    assert_eq!(world.head().await, head, "a repetition is no change");
}
