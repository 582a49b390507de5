//! Both dialects show the same conversations: after random changes, each row and each message of one is that of the
//! other. The seed is printed; `CREWBOX_SEED` replays it.

use crewbox_core::conversation::{Edit, LeadStatus};
use crewbox_core::id::TagId;
use crewbox_core::model::Role;
use crewbox_store::Op;
use serde_json::{Value, json};

use crate::world::World;

/// Changes that are made, and how often the dialects are compared.
const STEPS: usize = 150;
const EVERY: usize = 15;

/// Numbers that look random (PCG); the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

#[tokio::test]
async fn each_row_of_one_dialect_is_that_of_the_other() {
    let seed = std::env::var("CREWBOX_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("CREWBOX_SEED={seed}");
    let mut random = Random(seed);
    let world = World::new().await;
    let live = world.live_key().await;
    let mut conversations = Vec::new();
    for name in ["Spring", "Autumn"] {
        let (campaign, mailbox) = world.campaign(name, None).await;
        for number in 0..6 {
            let email = format!("{name}{number}@lead.test").to_lowercase();
            let id = world.lead(campaign, &email).await;
            conversations.push((id, email, mailbox, format!("{}@us.test", name.to_lowercase())));
        }
    }
    let tag = world.post("/tags", json!({"name": "vip"})).await.ok()["id"].as_u64().unwrap();
    let members = [world.owner, world.new_member("Ben", Role::Member, None).await];
    for step in 0..STEPS {
        let (id, lead, mailbox, ours) = &conversations[random.below(conversations.len())];
        world.advance(1 + random.below(90_000) as i64);
        let edit = match random.below(11) {
            0 => Edit::Read(random.coin()),
            1 => Edit::Category(random.coin().then(|| (1 + random.below(7) as u64).into())),
            2 => Edit::Owner(random.coin().then(|| members[random.below(2)])),
            3 => Edit::Archived(random.coin()),
            4 => Edit::Important(random.coin()),
            5 => Edit::Snooze(
                random.coin().then(|| crewbox_core::time::Timestamp(world.now().millis() + 3_600_000)),
            ),
            6 => Edit::Revenue(random.below(100_000) as i64),
            7 => Edit::Lead([LeadStatus::Paused, LeadStatus::Stopped, LeadStatus::Blocked][random.below(3)]),
            8 => Edit::Tags(if random.coin() { vec![TagId(tag)] } else { Vec::new() }),
            9 => {
                world.mail(*mailbox, lead, ours, "Cc: else@cc.test\n", "A reply").await;
                continue;
            }
            _ => {
                world.mail(*mailbox, ours, lead, "", "Ours").await;
                continue;
            }
        };
        world.op(world.account, Op::Edit { conversation: (*id).into(), edit }).await;
        if step % EVERY == 0 {
            compare(&world, &live).await;
        }
    }
    compare(&world, &live).await;
}

#[tokio::test]
async fn untracked_replies_have_the_same_rows_in_both_dialects() {
    let world = World::new().await;
    let live = world.live_key().await;
    let (_, mailbox) = world.campaign("Spring", None).await;
    for number in 0..3 {
        let from = format!("s{number}@else.test");
        world.mail(mailbox, &from, "spring@us.test", "", "Who am I").await;
    }
    let path = "/master-inbox/untracked-replies?limit=2&fetchBody=true";
    let documented = world.get(path).await.ok();
    let flat = world.call("GET", path, &live, "").await.ok();
    assert_eq!((&flat["ok"], &flat["success"]), (&json!(true), &json!(true)));
    assert_eq!((&flat["data"]["totalCount"], &documented["total_count"]), (&json!(3), &json!(3)));
    let nested = documented["untracked_replies"].as_array().unwrap();
    let rows = flat["data"]["replies"].as_array().unwrap();
    assert_eq!((nested.len(), rows.len()), (2, 2));
    for (nested, row) in nested.iter().zip(rows) {
        for key in ["id", "from_email", "to_email", "subject", "body", "has_attachments"] {
            assert_eq!(nested[key], row[key], "{key}");
        }
        assert_eq!(nested["received_at"], seconds(row["received_at"].as_str().unwrap()));
    }
}

async fn compare(world: &World, live: &str) {
    let path = "/master-inbox/views?fetch_message_history=true";
    let documented = world.post(path, json!({})).await.ok();
    let flat = world.call("POST", path, live, "{}").await.ok();
    let nested = documented["messages"].as_array().unwrap();
    let rows = flat["data"].as_array().unwrap();
    assert_eq!((nested.len(), rows.len()), (12, 12));
    assert_eq!(documented["total_count"], 12);
    for (nested, row) in nested.iter().zip(rows) {
        same_row(nested, row);
        same_history(&nested["message_history"], &row["email_history"]);
    }
}

fn same_row(nested: &Value, row: &Value) {
    let stats = &nested["stats"];
    let revenue = format!("{:.2}", nested["revenue"].as_f64().unwrap());
    for (key, expected) in [
        ("email_lead_map_id", nested["campaign_lead_map_id"].clone()),
        ("lead_category_id", nested["category"]["id"].clone()),
        ("has_new_unread_email", json!(!nested["is_read"].as_bool().unwrap())),
        ("email_account_id", nested["email_account"]["id"].clone()),
        ("revenue", json!(revenue)),
        ("lead_first_name", nested["lead"]["first_name"].clone()),
        ("lead_last_name", nested["lead"]["last_name"].clone()),
        ("lead_email", nested["lead"]["email"].clone()),
        ("is_important", nested["is_important"].clone()),
        ("is_archived", nested["is_archived"].clone()),
        ("is_snoozed", nested["is_snoozed"].clone()),
        ("team_member_id", nested["assigned_to"]["id"].clone()),
        ("email_campaign_id", nested["campaign"]["id"].clone()),
        ("email_campaign_name", nested["campaign"]["name"].clone()),
        ("current_sequence_number", stats["total_sent"].clone()),
        ("sequence_count", stats["total_sent"].clone()),
    ] {
        assert_eq!(row[key], expected, "{key}: {nested} {row}");
    }
    assert!(row["email_lead_id"].is_string() && row["client_id"].is_null(), "{row}");
    let [reply, sent] = ["last_reply_time", "last_sent_time"].map(|key| row[key].as_str());
    let last = &nested["last_message"];
    match reply {
        Some(reply) => assert_eq!(last["received_at"], seconds(reply)),
        None => assert_eq!(last["sent_at"], sent.map_or(Value::Null, |sent| seconds(sent).into())),
    }
    assert_eq!(stats["last_activity"], reply.max(sent).map_or(Value::Null, |at| seconds(at).into()));
}

fn same_history(nested: &Value, flat: &Value) {
    let (nested, flat) = (nested.as_array().unwrap(), flat.as_array().unwrap());
    assert_eq!(nested.len(), flat.len());
    for (message, entry) in nested.iter().zip(flat) {
        for key in ["stats_id", "message_id", "subject", "from", "to", "cc"] {
            assert_eq!(message[key], entry[key], "{key}");
        }
        let (kind, time) = match message["direction"].as_str() {
            Some("inbound") => ("REPLY", "received_at"),
            _ => ("SENT", "sent_at"),
        };
        assert_eq!(entry["type"], kind);
        assert_eq!(message[time], seconds(entry["time"].as_str().unwrap()));
        assert!(entry["email_seq_number"].is_string() && entry["open_count"].is_u64(), "{entry}");
    }
}

/// A time of the live dialect, which has milliseconds, as the documented one shows it.
fn seconds(live: &str) -> String {
    let (whole, rest) = live.split_once('.').unwrap_or_else(|| panic!("{live} has no milliseconds"));
    assert_eq!((rest.len(), &rest[3..]), (4, "Z"), "{live}");
    format!("{whole}Z")
}
