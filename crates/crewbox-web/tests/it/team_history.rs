//! The figures of the team after a random history, against figures that are computed from the same history in the plainest
//! way. The seed is printed; `CREWBOX_SEED` replays it.

use std::collections::{BTreeMap, BTreeSet};

use crewbox_core::model::{Dialect, Role};
use crewbox_testkit::figures::figure;
use serde_json::{Value, json};

use crate::world::{World, ids};

/// Things that happen, unless `CREWBOX_HISTORY` says otherwise.
const STEPS: u64 = 250;
const OURS: &str = "spring@us.test";
const CONVERSATIONS: u64 = 6;

/// Numbers that only look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What is known of a conversation.
#[derive(Default)]
struct Told {
    id: u64,
    /// Time in ms, id, whether it is ours, whether a person wrote it.
    messages: Vec<(i64, u64, bool, bool)>,
    /// From when on who owned it; 0 for nobody.
    owners: Vec<(i64, u64)>,
    /// When who archived it.
    archived: Vec<(i64, u64)>,
    /// When who gave it which category.
    categories: Vec<(i64, u64, u64)>,
    is_archived: bool,
    category: Option<u64>,
    open_tasks: u64,
}

impl Told {
    fn owner(&self, at: i64) -> u64 {
        self.owners.iter().rfind(|(since, _)| *since <= at).map_or(0, |(_, owner)| *owner)
    }

    /// For each of our messages after a reply: when, whose, and how long a reply had waited if one had.
    fn sent(&self) -> Vec<(i64, u64, Option<i64>)> {
        let mut sorted = self.messages.clone();
        sorted.sort_unstable();
        let is_reply = |message: &&(i64, u64, bool, bool)| !message.2 && message.3;
        let ours = (0..sorted.len()).filter(|place| sorted[*place].2);
        let after = ours.filter(|place| sorted[..*place].iter().any(|message| is_reply(&message)));
        after
            .map(|place| {
                let since =
                    sorted[..place].iter().rposition(|message| message.2).map_or(0, |before| before + 1);
                let oldest = sorted[since..place].iter().find(is_reply);
                let at = sorted[place].0;
                (at, self.owner(at), oldest.map(|reply| (at - reply.0) / 1_000))
            })
            .collect()
    }
}

fn durations(mut seconds: Vec<i64>) -> Value {
    seconds.sort_unstable();
    let n = seconds.len();
    if n == 0 {
        return json!({"median": null, "p90": null, "count": 0});
    }
    let twice = seconds[n / 2] + seconds[(n - 1) / 2];
    let median = if twice % 2 == 0 { json!(twice / 2) } else { json!(twice as f64 / 2.0) };
    let rank = (1..=n).find(|rank| rank * 10 >= n * 9).unwrap();
    json!({"median": median, "p90": seconds[rank - 1], "count": n})
}

/// The figures of a member in `[from, to)`.
fn naive(told: &[Told], member: u64, from: i64, to: i64) -> Value {
    let within = |at: i64| from <= at && at < to;
    let (mut received, mut sent, mut first, mut all) = (0, 0, Vec::new(), Vec::new());
    let (mut worked, mut archived) = (BTreeSet::new(), BTreeSet::new());
    let mut categories: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for one in told {
        for (at, _, ours, human) in &one.messages {
            if !ours && *human && within(*at) && one.owner(*at) == member {
                received += 1;
                worked.insert(one.id);
            }
        }
        let mut is_first = true;
        for (at, owner, waited) in one.sent() {
            let was_first = waited.is_some() && std::mem::take(&mut is_first);
            if within(at) && owner == member {
                sent += 1;
                worked.insert(one.id);
                all.extend(waited);
                first.extend(waited.filter(|_| was_first));
            }
        }
        archived.extend(one.archived.iter().filter(|(at, by)| within(*at) && *by == member).map(|_| one.id));
        for (at, by, category) in &one.categories {
            if within(*at) && *by == member {
                categories.entry(*category).or_default().insert(one.id);
            }
        }
    }
    let categories: Vec<Value> =
        categories.iter().map(|(id, of)| json!({"id": id, "count": of.len()})).collect();
    json!({"replies_received": received, "replies_sent": sent, "conversations": worked.len(),
        "archived": archived.len(), "first_response_seconds": durations(first),
        "response_seconds": durations(all), "categories": categories})
}

/// The figures as they are served, without names and list calls.
fn served(member: &Value) -> Value {
    let mut member = member.clone();
    for key in ["id", "name", "rows"] {
        member.as_object_mut().unwrap().remove(key);
    }
    for category in member["categories"].as_array_mut().unwrap() {
        category.as_object_mut().unwrap().retain(|key, _| key == "id" || key == "count");
    }
    member
}

/// How much a member has to do, from the rows of all conversations.
fn naive_load(rows: &[Value], told: &[Told], member: &Value) -> Value {
    let mine: Vec<&Value> = rows.iter().filter(|row| row["assigned_to"]["id"] == *member).collect();
    let is = |row: &Value, key: &str| row[key].as_bool().unwrap();
    let open: Vec<&&Value> =
        mine.iter().filter(|row| !is(row, "is_archived") && !is(row, "is_snoozed")).collect();
    let record_of = |row: &Value| {
        let id: u64 = row["campaign_lead_map_id"].as_str().unwrap().parse().unwrap();
        told.iter().find(|one| one.id == id).unwrap()
    };
    let waits = |row: &Value| {
        let messages = &record_of(row).messages;
        let newest = |ours: bool| messages.iter().filter(|one| one.2 == ours).map(|one| (one.0, one.1)).max();
        // Of replies of one time, one by a person counts.
        let is_by_person =
            newest(false).is_some_and(|(at, _)| messages.iter().any(|one| one.0 == at && !one.2 && one.3));
        is_by_person && newest(false) > newest(true)
    };
    let unread = mine.iter().filter(|row| !is(row, "is_read") && !is(row, "is_archived")).count();
    json!({"open": open.len(), "unread": unread, "waiting": open.iter().filter(|row| waits(row)).count(),
        "snoozed": mine.iter().filter(|row| is(row, "is_snoozed")).count(), "assigned_total": mine.len(),
        "tasks_due": mine.iter().filter(|row| record_of(row).open_tasks > 0).count()})
}

#[tokio::test]
async fn the_figures_of_a_random_history_are_those_of_a_plain_recomputation() {
    let seed = figure("CREWBOX_SEED", 20_261_127);
    println!("CREWBOX_SEED={seed}");
    let mut random = Random(seed);
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let mut members = vec![(world.owner.0, world.key.clone())];
    for name in ["Bo", "Cy"] {
        let member = world.new_member(name, Role::Member, None).await;
        let key = world.new_key(world.account, member, Dialect::Documented, None, None).await;
        members.push((member.0, key));
    }
    let mut told: Vec<Told> = Vec::new();
    for number in 0..CONVERSATIONS {
        let id = world.lead(campaign, &format!("lead{number}@lead.test")).await;
        told.push(Told { id, ..Told::default() });
    }
    let start = world.now().millis();
    for step in 0..figure("CREWBOX_HISTORY", STEPS) {
        world.advance(i64::try_from(random.below(4) * random.below(90_000)).unwrap());
        let now = world.now().millis();
        let place = usize::try_from(random.below(CONVERSATIONS)).unwrap();
        let (who, key) = members[usize::try_from(random.below(3)).unwrap()].clone();
        let one = &mut told[place];
        let lead = format!("lead{place}@lead.test");
        let body = |name: &str, value: Value| json!({"email_lead_map_id": one.id, name: value}).to_string();
        match random.below(12) {
            0..3 => {
                let stored = world.mail(mailbox, OURS, &lead, "", "Hello").await;
                one.messages.push((now, stored["message_id"].as_u64().unwrap(), true, true));
            }
            3..6 => {
                let is_automatic = random.below(4) == 0;
                let more = if is_automatic { "Auto-Submitted: auto-replied\n" } else { "" };
                let text = if is_automatic { "I am out of the office until Monday." } else { "Yes, please" };
                let stored = world.mail(mailbox, &lead, OURS, more, text).await;
                let id = stored["message_id"].as_u64().unwrap();
                let human = world.get(&format!("/messages/{id}")).await.ok()["class"] == "human";
                one.is_archived &= !human;
                one.messages.push((now, id, false, human));
                let row = world.get(&format!("/master-inbox/{}", one.id)).await.ok();
                one.category = row["category"]["id"].as_u64();
            }
            6 | 7 => {
                let owner = random.below(4).checked_sub(1).map(|at| members[usize::try_from(at).unwrap()].0);
                if one.owner(i64::MAX) != owner.unwrap_or(0) {
                    one.owners.push((now, owner.unwrap_or(0)));
                }
                world.assign(one.id, json!(owner)).await;
            }
            8 => {
                let on = random.below(3) > 0;
                if on && !one.is_archived {
                    one.archived.push((now, who));
                }
                one.is_archived = on;
                let body = body("archived", json!(on));
                world.call("PATCH", "/master-inbox/update-archived", &key, body).await.ok();
            }
            9 => {
                let category = 1 + random.below(3);
                if one.category != Some(category) {
                    one.categories.push((now, who, category));
                }
                one.category = Some(category);
                let body = body("category_id", json!(category));
                world.call("PATCH", "/master-inbox/update-category", &key, body).await.ok();
            }
            10 => {
                let until = body("until", json!("2099-01-01"));
                world.call("PATCH", "/master-inbox/update-snooze", &key, until).await.ok();
                let read = body("read_status", json!(random.below(2) == 0));
                world.call("PATCH", "/master-inbox/change-read-status", &key, read).await.ok();
            }
            _ if one.messages.is_empty() || random.below(3) > 0 => {
                let task =
                    json!({"email_lead_map_id": one.id, "name": step.to_string(), "due_date": "2025-01-01"});
                world.post("/master-inbox/create-task", task).await.ok();
                one.open_tasks += 1;
            }
            _ => {
                // A class that turns out to be another one changes the past.
                let Some(at) = one.messages.iter().position(|message| !message.2) else { continue };
                let human = !one.messages[at].3;
                one.messages[at].3 = human;
                let class = if human { "human" } else { "automatic" };
                let path = format!("/messages/{}/class", one.messages[at].1);
                world.call("PATCH", &path, &world.key, json!({"class": class}).to_string()).await.ok();
                let row = world.get(&format!("/master-inbox/{}", one.id)).await.ok();
                one.category = row["category"]["id"].as_u64();
                one.is_archived = row["is_archived"].as_bool().unwrap();
            }
        }
        if step % 10 == 9 {
            compare(&world, &mut random, &told, start).await;
        }
    }
}

async fn compare(world: &World, random: &mut Random, told: &[Told], start: i64) {
    let length = world.now().millis() - start + 1_000;
    let from = start + i64::try_from(random.below(length.unsigned_abs())).unwrap();
    let to = from + i64::try_from(random.below(length.unsigned_abs())).unwrap();
    for (from, to) in [(start - 1, start + length), (from, to)] {
        let iso = |at: i64| jiff::Timestamp::from_millisecond(at).unwrap().to_string();
        let path = format!("/team/performance?from={}&to={}", iso(from), iso(to));
        let shown = world.get(&path).await.ok();
        for member in shown["members"].as_array().unwrap() {
            let id = member["id"].as_u64().unwrap();
            assert_eq!(served(member), naive(told, id, from, to), "member {id} from {from} to {to}");
            let call = &member["rows"]["conversations"];
            let path = call["path"].as_str().unwrap().trim_start_matches("/api/v1");
            let rows = world.post(path, call["body"].clone()).await.ok();
            assert_eq!(rows["total_count"], member["conversations"], "{call}");
        }
    }
    let rows = world.list("views", json!({})).await;
    assert_eq!(ids(&rows).len() as u64, CONVERSATIONS);
    let load = world.get("/team/load").await.ok();
    for member in load["members"].as_array().unwrap() {
        for (figure, expected) in
            naive_load(rows["messages"].as_array().unwrap(), told, &member["id"]).as_object().unwrap()
        {
            assert_eq!(&member[figure], expected, "{figure} of {member}");
        }
    }
}
