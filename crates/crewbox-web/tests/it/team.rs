//! The load of the team: each figure, and that its list call returns exactly its conversations.

use crewbox_core::model::{Dialect, Role};
use serde_json::{Value, json};

use crate::world::{World, ids};

const OURS: &str = "spring@us.test";

/// Follows a list call to its end; how many rows it says there are, and the ids of those of its first page.
async fn listed(world: &World, key: &str, call: &Value) -> (u64, Vec<u64>) {
    let path = call["path"].as_str().unwrap().trim_start_matches("/api/v1");
    let verb = call["method"].as_str().unwrap();
    let page = world.call(verb, path, key, call["body"].to_string()).await.ok();
    (page["total_count"].as_u64().unwrap(), ids(&page))
}

/// Checks that each figure of a load is the total of its list.
async fn check_rows(world: &World, key: &str, load: &Value) {
    for (name, call) in load["rows"].as_object().unwrap() {
        if name == "oldest_waiting_at" {
            assert_eq!(call.is_null(), load[name].is_null());
            continue;
        }
        assert_eq!(load[name].as_u64(), Some(listed(world, key, call).await.0), "{name} of {load}");
    }
}

#[tokio::test]
async fn each_figure_of_the_load_is_the_total_of_its_list() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let bo = world.new_member("Bo", Role::Member, None).await;
    let mut ids = Vec::new();
    for n in 0..8 {
        let lead = format!("lead{n}@lead.test");
        ids.push(world.lead(campaign, &lead).await);
        world.advance(60_000);
        world.mail(mailbox, OURS, &lead, "", "Hello").await;
        world.advance(60_000);
        if n > 0 {
            world.mail(mailbox, &lead, OURS, "", "Yes, please").await;
        }
    }
    // 0 has no reply, 1 is answered, 2 is snoozed, 3 archived, 4 and 5 wait; 6 and 7 are nobody's.
    world.advance(60_000);
    world.mail(mailbox, OURS, "lead1@lead.test", "", "When?").await;
    for id in &ids[..6] {
        world.assign(*id, bo.0).await;
    }
    let with = |id: u64, key: &str, value: Value| json!({"email_lead_map_id": id, key: value});
    world.post("/master-inbox/update-snooze", with(ids[2], "until", json!("2025-07-01"))).await.ok();
    world.post("/master-inbox/update-archived", with(ids[3], "archived", json!(true))).await.ok();
    world.post("/master-inbox/change-read-status", with(ids[4], "read_status", json!(true))).await.ok();
    for (id, due) in [(ids[4], "2025-06-01"), (ids[4], "2025-05-01"), (ids[5], "2025-06-30")] {
        let task = json!({"email_lead_map_id": id, "name": due, "due_date": due});
        world.post("/master-inbox/create-task", task).await.ok();
        let remind = json!({"email_lead_map_id": id, "message": due, "reminder_time": due});
        world.post("/master-inbox/set-reminder", remind).await.ok();
    }

    let load = world.get("/team/load").await.ok();
    let members = load["members"].as_array().unwrap();
    assert_eq!(members.len(), 2);
    let of_bo = members.iter().find(|member| member["name"] == "Bo").unwrap();
    let figures = |load: &Value| {
        let mut figures = load.clone();
        figures.as_object_mut().unwrap().remove("rows");
        figures
    };
    let expected = json!({"id": bo.0, "name": "Bo", "open": 4, "unread": 3, "waiting": 2,
        "oldest_waiting_at": "2025-06-01T12:10:00Z", "snoozed": 1, "assigned_total": 6, "tasks_due": 1,
        "reminders_due": 1});
    assert_eq!(figures(of_bo), expected);
    let expected = json!({"open": 2, "unread": 2, "waiting": 2, "oldest_waiting_at": "2025-06-01T12:14:00Z"});
    assert_eq!(figures(&load["unassigned"]), expected);
    for load in members.iter().chain([&load["unassigned"]]) {
        check_rows(&world, &world.key, load).await;
    }
    let oldest = &of_bo["rows"]["oldest_waiting_at"];
    assert_eq!(listed(&world, &world.key, oldest).await, (2, vec![ids[4]]));
    assert_eq!(listed(&world, &world.key, &of_bo["rows"]["tasks_due"]).await, (1, vec![ids[4]]));

    // A task that is done is no longer due, and one falls due as time goes by.
    let tasks = world.get(&format!("/master-inbox/{}/tasks", ids[4])).await.ok();
    for task in tasks["data"].as_array().unwrap() {
        let path = format!("/master-inbox/tasks/{}", task["task_id"]);
        world.call("PATCH", &path, &world.key, json!({"done": true}).to_string()).await.ok();
    }
    let due = |load: &Value| load["members"][1]["tasks_due"].clone();
    assert_eq!(due(&world.get("/team/load").await.ok()), 0);
    world.advance(30 * 86_400_000);
    let later = world.get("/team/load").await.ok();
    assert_eq!((due(&later), &later["members"][1]["snoozed"]), (json!(1), &json!(0)));

    // A member sees their own figures.
    let key = world.new_key(world.account, bo, Dialect::Documented, None, None).await;
    let own = world.call("GET", "/team/load", &key, "").await.ok();
    let members = own["members"].as_array().unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(figures(&members[0]), figures(&later["members"][1]));
    check_rows(&world, &key, &members[0]).await;
}

#[tokio::test]
async fn a_clients_key_counts_its_clients_conversations_only() {
    let world = World::new().await;
    let mut clients = Vec::new();
    for (name, leads) in [("A", 2), ("B", 1)] {
        let body = json!({"name": name, "email": format!("{name}@c.test")});
        let client = world.post("/client/save", body).await.ok()["clientId"].as_u64().unwrap();
        let (campaign, mailbox) = world.campaign(name, Some(client)).await;
        for n in 0..leads {
            let lead = format!("{n}@{}.test", name.to_lowercase());
            let id = world.lead(campaign, &lead).await;
            world.mail(mailbox, &lead, OURS, "", "Yes, please").await;
            world.assign(id, world.owner.0).await;
        }
        clients.push(client);
    }
    let of_all = world.get("/team/load").await.ok();
    assert_eq!(of_all["members"][0]["assigned_total"], 3);
    for (client, expected) in clients.into_iter().zip([2, 1]) {
        let key = world.new_key(world.account, world.owner, Dialect::Documented, Some(client), None).await;
        let load = world.call("GET", "/team/load", &key, "").await.ok();
        assert_eq!(load["members"][0]["assigned_total"], expected);
        assert_eq!(load["unassigned"]["open"], 0);
        check_rows(&world, &key, &load["members"][0]).await;
    }
}
