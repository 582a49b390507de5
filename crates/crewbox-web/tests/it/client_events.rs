//! The log, the event stream and subscriptions of a key that is restricted to a client, over real sockets: everything of the
//! client comes once, and nothing of another one, neither as a change nor in a text, a number or a count.

use std::collections::BTreeSet;
use std::time::Duration;

use crewbox_core::conversation::Edit;
use crewbox_core::id::{CampaignId, ConversationId, TagId};
use crewbox_core::model::{Dialect, Role};
use crewbox_store::{Batch, Op, Scope};
use crewbox_testkit::figures::figure;
use serde_json::{Value, json};

use crate::events::{Random, Served, subscribed};
use crate::world::{World, ids};

/// In every text of the other client.
const CANARY: &str = "canary7c1d";

/// A client and what it has.
struct Client {
    /// In each of its texts.
    word: &'static str,
    id: u64,
    campaign: u64,
    mailbox: u64,
    tag: u64,
    category: u64,
    member: u64,
    /// Conversations, also those that are deleted.
    ever: BTreeSet<u64>,
    present: Vec<u64>,
}

impl Client {
    async fn new(world: &World, word: &'static str) -> Self {
        let email = format!("{word}@client.test");
        let saved = world.post("/client/save", json!({"name": word, "email": email})).await.ok();
        let id = saved["clientId"].as_u64().unwrap();
        let (campaign, mailbox) = world.campaign(word, Some(id)).await;
        let tag = world.post("/tags", json!({"name": word})).await.ok()["id"].as_u64().unwrap();
        let category = world.post("/leads/categories", json!({"name": word})).await.ok();
        let member = world.new_member(word, Role::Member, Some(id)).await.0;
        let category = category["data"]["id"].as_u64().unwrap();
        let (ever, present) = (BTreeSet::new(), Vec::new());
        let mut client = Self { word, id, campaign, mailbox, tag, category, member, ever, present };
        for _ in 0..3 {
            client.add(world).await;
        }
        client
    }

    async fn add(&mut self, world: &World) {
        let word = self.word;
        let email = format!("{word}{}@lead.test", self.ever.len());
        let lead = json!({"email": email, "first_name": word, "last_name": word, "company_name": word,
            "phone_number": word, "custom_fields": {word: word}});
        let path = format!("/campaigns/{}/leads", self.campaign);
        world.post(&path, json!({"lead_list": [lead]})).await.ok();
        let found = world.get(&format!("/leads/?email={email}")).await.ok();
        let new = &found["lead_campaign_data"][0]["campaign_lead_map_id"];
        let new = new.as_str().unwrap().parse().unwrap();
        self.ever.insert(new);
        self.present.push(new);
    }

    /// Does something to one of its conversations.
    async fn act(&mut self, world: &World, random: &mut Random, number: u64) {
        let place = random.below(self.present.len() as u64) as usize;
        let (id, word) = (self.present[place], self.word);
        let with = |key: &str, value: Value| json!({"email_lead_map_id": id, key: value});
        let flag = json!(random.below(2) == 0);
        let (path, body) = match random.below(11) {
            0 => ("update-important", with("important", flag)),
            1 => ("update-archived", with("archived", flag)),
            2 => ("update-category", with("category_id", json!(self.category))),
            3 => ("update-team-member", with("team_member_id", json!(self.member))),
            4 => ("create-note", with("note_message", json!(format!("{word} {number}")))),
            5 => ("create-task", with("name", json!(format!("{word} {number}")))),
            6 => {
                let tag = Edit::Tags(vec![TagId(self.tag)]);
                return drop(
                    world.op(world.account, Op::Edit { conversation: ConversationId(id), edit: tag }).await,
                );
            }
            7 => return self.add(world).await,
            8 if self.present.len() > 2 => {
                self.present.remove(place);
                let path = format!("/master-inbox/{id}");
                return drop(world.call("DELETE", &path, &world.key, "").await.ok());
            }
            9 => {
                let op = Op::RenameCampaign {
                    campaign: CampaignId(self.campaign),
                    name: format!("{word} {number}"),
                };
                return drop(world.op(world.account, op).await);
            }
            _ => {
                let item = world.get(&format!("/master-inbox/{id}")).await.ok();
                let from = item["lead"]["email"].as_str().unwrap().to_owned();
                let to = format!("{word}@us.test");
                world.mail(self.mailbox, &from, &to, &format!("X-Word: {word}\n"), word).await;
                return;
            }
        };
        world.post(&format!("/master-inbox/{path}"), body).await.ok();
    }
}

/// All of a log, read in pages.
async fn log(world: &World, key: &str, limit: u64) -> (Vec<Value>, u64) {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let since = all.last().map_or(json!(0), |last| last["seq"].clone());
        let page = world.call("GET", &format!("/changes?since={since}&limit={limit}"), key, "").await.ok();
        all.extend(page["changes"].as_array().unwrap().iter().cloned());
        if page["more"] == false {
            return (all, page["head"].as_u64().unwrap());
        }
    }
}

/// The changes without their numbers.
fn unnumbered(changes: &[Value]) -> Vec<Value> {
    let without = |change: &Value| {
        let mut change = change.clone();
        change.as_object_mut().unwrap().remove("seq");
        change
    };
    changes.iter().map(without).collect()
}

/// What is the client's among the changes that the owner sees.
fn of_client(owner: &[Value], client: &Client) -> Vec<Value> {
    let is_its = |change: &&Value| {
        let (kind, subject) = (change["kind"].as_str().unwrap(), &change["detail"]["subject"]);
        match change["email_lead_map_id"].as_u64() {
            Some(id) => client.ever.contains(&id),
            None => match kind {
                "campaign_saved" | "campaign_status_changed" | "campaign_deleted" => {
                    *subject == client.campaign
                }
                "mailbox_saved" | "mailbox_changed" | "mailbox_aliases_changed" | "mailbox_state_changed" => {
                    *subject == client.mailbox
                }
                _ => false,
            },
        }
    };
    unnumbered(&owner.iter().filter(is_its).cloned().collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clients_key_gets_each_of_its_changes_once_however_often_it_is_disconnected() {
    let seed = figure("CREWBOX_SEED", 20_261_127);
    let mut random = Random(seed);
    let served = Served::new().await;
    let world = &served.world;
    let mut ours = Client::new(world, "ours").await;
    let mut theirs = Client::new(world, CANARY).await;
    let (own, _) = world.campaign("Own", None).await;
    let key = world.new_key(world.account, world.owner, Dialect::Documented, Some(ours.id), None).await;
    let (mut seen, mut last, mut texts) = (Vec::new(), 0, String::new());
    for number in 0..figure("CREWBOX_DISCONNECTS", 100) {
        let mut events = served.stream(&key, &format!("?since={last}"), (last > 0).then_some(last)).await;
        let (writes, bytes) = (random.below(4), random.below(4_000));
        let write = async {
            for _ in 0..writes {
                match random.below(5) {
                    0 | 1 => ours.act(world, &mut random, number).await,
                    2 | 3 => theirs.act(world, &mut random, number).await,
                    _ => drop(world.lead(own, &format!("own{number}@lead.test")).await),
                }
            }
        };
        let read = async {
            let mut left = bytes as usize;
            while left > 0 {
                let before = events.came.len();
                match tokio::time::timeout(Duration::from_millis(20), events.read_some(left)).await {
                    Ok(true) => left -= events.came.len() - before,
                    _ => break,
                }
            }
        };
        tokio::join!(write, read);
        texts.push_str(&String::from_utf8_lossy(&events.came));
        while let Some(event) = events.taken() {
            last = event.id;
            if event.kind == "change" {
                assert_eq!(event.data["seq"], event.id);
                seen.push(event.data);
            }
        }
    }
    let mut rest = served.stream(&key, "?seconds=0", Some(last)).await;
    while let Some(event) = rest.next().await {
        if event.kind == "change" {
            seen.push(event.data);
        }
    }
    let (owner, head) = log(world, &world.key, 1_000).await;
    assert_eq!(head, world.head().await);
    let expected = of_client(&owner, &ours);
    assert!(expected.len() > 40 && expected.len() < owner.len() / 2, "{} of {}", expected.len(), owner.len());
    assert_eq!(unnumbered(&seen), expected, "CREWBOX_SEED={seed}");
    let numbers: Vec<u64> = seen.iter().map(|change| change["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=expected.len() as u64).collect::<Vec<_>>(), "its numbers have no gap");
    for limit in [7, 1_000] {
        let (paged, head) = log(world, &key, limit).await;
        assert_eq!(
            (unnumbered(&paged), head),
            (expected.clone(), expected.len() as u64),
            "CREWBOX_SEED={seed}"
        );
        texts.push_str(&json!(paged).to_string());
    }
    assert!(!texts.contains(CANARY), "{texts}");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lists_that_a_clients_key_follows_are_those_that_it_reads() {
    let seed = figure("CREWBOX_SEED", 20_261_127);
    let mut random = Random(seed);
    let served = Served::new().await;
    let world = &served.world;
    let mut ours = Client::new(world, "ours").await;
    let mut theirs = Client::new(world, CANARY).await;
    let key = world.new_key(world.account, world.owner, Dialect::Documented, Some(ours.id), None).await;
    let query = subscribed(&json!([
        {"name": "all", "view": "views"},
        {"name": "replies", "view": "inbox-replies"},
        {"name": "important", "view": "views", "filters": {"isImportant": true}},
        // The filter of another client's things finds nothing.
        {"name": "theirs", "view": "views", "filters": {"campaignId": theirs.campaign}},
        {"name": "counts", "counts": ["views", "inbox-replies"]},
    ]));
    let mut shown = Shown::default();
    let (mut last, mut texts) = (None, String::new());
    for number in 0..figure("CREWBOX_DISCONNECTS", 100).min(60) {
        let mut events = served.stream(&key, &query, last).await;
        shown.was_read_again = false;
        match random.below(4) {
            0 | 1 => ours.act(world, &mut random, number).await,
            2 => theirs.act(world, &mut random, number).await,
            _ => {
                // More than is looked at row by row, of another client: this one reads nothing again.
                let id = theirs.present[0];
                let toggle = |on: u64| Op::Edit {
                    conversation: ConversationId(id),
                    edit: Edit::Important(on.is_multiple_of(2)),
                };
                let ops =
                    if number % 10 == 3 { (0..1_001).map(toggle).collect() } else { vec![toggle(number)] };
                let batch = Batch::new(Scope::operator(world.account), world.now(), ops);
                world.store.commit(batch).await.unwrap();
            }
        }
        // At most so long, since nothing need come.
        let wait = Duration::from_millis(20 + random.below(250));
        while let Ok(Some(event)) = tokio::time::timeout(wait, events.next()).await {
            last = Some(event.id);
            for one in event.data["updates"].as_array().into_iter().flatten() {
                shown.take(one);
                if let Some(place) = shown.again(one) {
                    shown.lists[place] = listed(world, &key, place, theirs.campaign).await.0;
                }
            }
        }
        texts.push_str(&String::from_utf8_lossy(&events.came));
    }
    let mut rest = served.stream(&key, &format!("{query}&seconds=1"), last).await;
    shown.was_read_again = false;
    while let Some(event) = rest.next().await {
        for one in event.data["updates"].as_array().into_iter().flatten() {
            shown.take(one);
            if let Some(place) = shown.again(one) {
                shown.lists[place] = listed(world, &key, place, theirs.campaign).await.0;
            }
        }
    }
    for (place, name) in LISTS.iter().enumerate() {
        let (expected, total) = listed(world, &key, place, theirs.campaign).await;
        assert!(expected.is_subset(&ours.ever));
        assert_eq!(
            (&shown.lists[place], shown.totals[place]),
            (&expected, total),
            "{name}, CREWBOX_SEED={seed}"
        );
    }
    assert_eq!(shown.counts["views"]["total_count"], ours.present.len());
    assert!(!texts.contains(CANARY), "{texts}");
    served.end().await;
}

/// The rows of a list as its own call has them, and how many.
async fn listed(world: &World, key: &str, place: usize, foreign: u64) -> (BTreeSet<u64>, u64) {
    let (path, body) = match place {
        0 => ("views", json!({})),
        1 => ("inbox-replies", json!({})),
        2 => ("views", json!({"filters": {"isImportant": true}})),
        _ => ("views", json!({"filters": {"campaignId": foreign}})),
    };
    let page = world.call("POST", &format!("/master-inbox/{path}"), key, body.to_string()).await.ok();
    (ids(&page).into_iter().collect(), page["total_count"].as_u64().unwrap())
}

/// The lists that are followed.
const LISTS: [&str; 4] = ["all", "replies", "important", "theirs"];

/// What a client of a stream makes of the news.
#[derive(Default)]
struct Shown {
    lists: [BTreeSet<u64>; 4],
    totals: [u64; 4],
    counts: serde_json::Map<String, Value>,
    /// Whether a list was read again on this connection: it may then know more than the next news.
    was_read_again: bool,
}

impl Shown {
    /// Takes the news of a subscription.
    fn take(&mut self, one: &Value) {
        if one["news"] == "counts" {
            self.counts.extend(one["counts"].as_object().unwrap().clone());
            return;
        }
        let place = LISTS.iter().position(|name| one["name"] == *name).unwrap();
        self.totals[place] = one["total_count"].as_u64().unwrap();
        let list = &mut self.lists[place];
        if one["news"] == "first" {
            *list = one["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
        }
        let of = |key: &str| {
            let rows = one[key].as_array().into_iter().flatten();
            rows.map(|row| row["email_lead_map_id"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        for id in of("entered") {
            assert!(list.insert(id) || self.was_read_again, "{id} entered twice: {one}");
        }
        for id in of("left") {
            list.remove(&id);
        }
        for id in of("changed") {
            assert!(list.contains(&id) || self.was_read_again, "{id} was not shown: {one}");
        }
    }

    /// The place of the list that has to be read again, if one has.
    fn again(&mut self, one: &Value) -> Option<usize> {
        if one["news"] != "resync" {
            return None;
        }
        self.was_read_again = true;
        LISTS.iter().position(|name| one["name"] == *name)
    }
}

#[tokio::test]
async fn an_untracked_mail_that_is_put_into_a_conversation_of_the_client_enters_its_lists() {
    let served = Served::new().await;
    let world = &served.world;
    let ours = Client::new(world, "ours").await;
    let key = world.new_key(world.account, world.owner, Dialect::Live, Some(ours.id), None).await;
    let query = subscribed(&json!([{"name": "replies", "view": "inbox-replies"}]));
    let mut events = served.stream(&key, &query, None).await;
    assert_eq!(events.next().await.unwrap().data["updates"][0]["total_count"], 0);
    let mail = world.mail(ours.mailbox, "stranger@else.test", "ours@us.test", "", "Hello").await;
    assert!(mail["campaign_lead_map_id"].is_null(), "{mail}");
    let path = format!("/master-inbox/untracked-replies/{}/attach", mail["message_id"]);
    let attached = world.post(&path, json!({"email_lead_map_id": ours.present[0]})).await.ok();
    assert_eq!(attached["ok"], true);
    let entered = events.next().await.unwrap().data["updates"][0].clone();
    assert_eq!((&entered["news"], &entered["total_count"]), (&json!("rows"), &json!(1)), "{entered}");
    assert_eq!(entered["entered"][0]["email_lead_map_id"], ours.present[0]);
    let undo = format!("/changes/{}/undo", world.head().await);
    world.post(&undo, json!({})).await.ok();
    let left = events.next().await.unwrap().data["updates"][0].clone();
    assert_eq!((&left["total_count"], left["left"].as_array().unwrap().len()), (&json!(0), 1), "{left}");
    served.end().await;
}

#[tokio::test]
async fn a_stream_of_a_client_begins_at_its_own_newest_change() {
    let served = Served::new().await;
    let world = &served.world;
    let ours = Client::new(world, "ours").await;
    let theirs = Client::new(world, CANARY).await;
    let key = world.new_key(world.account, world.owner, Dialect::Documented, Some(ours.id), None).await;
    let (own, head) = log(world, &key, 1_000).await;
    assert_eq!(own.len() as u64, head);
    let mut events = served.stream(&key, "", None).await;
    let ready = events.next().await.unwrap();
    assert_eq!((ready.kind.as_str(), ready.id), ("ready", head));
    let important = |id: u64| json!({"email_lead_map_id": id, "important": true});
    world.post("/master-inbox/update-important", important(theirs.present[0])).await.ok();
    world.post("/master-inbox/update-important", important(ours.present[0])).await.ok();
    let event = events.next().await.unwrap();
    assert_eq!((event.id, &event.data["email_lead_map_id"]), (head + 1, &json!(ours.present[0])));
    // A number that its log does not have.
    let mut lost = served.stream(&key, "", Some(head + 1_000)).await;
    assert_eq!(lost.next().await.unwrap().kind, "ready");
    let resync = lost.next().await.unwrap();
    assert_eq!((resync.kind.as_str(), resync.id), ("resync", head + 1));
    // A conversation of another client is answered as one that does not exist.
    let follow = |id: u64| format!("/events{}", subscribed(&json!([{"name": "x", "email_lead_map_id": id}])));
    let [foreign, missing] = [follow(theirs.present[0]), follow(999_999)];
    let foreign = world.call("GET", &foreign, &key, "").await;
    let missing = world.call("GET", &missing, &key, "").await;
    assert_eq!((foreign.status, foreign.status.as_u16()), (missing.status, 404));
    served.end().await;
}
