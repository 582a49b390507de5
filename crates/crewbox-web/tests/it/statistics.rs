//! A campaign's figures and its sent mails.

use serde_json::{Value, json};

use crate::world::World;

const LEADS: [&str; 4] = ["one@lead.test", "two@lead.test", "three@lead.test", "four@lead.test"];
const OURS: &str = "spring@us.test";

#[tokio::test]
async fn a_campaigns_figures_are_those_of_its_conversations() {
    let world = World::new().await;
    let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
    let (campaign, mailbox) = world.campaign("Spring", client["clientId"].as_u64()).await;
    let mut ids = Vec::new();
    for lead in LEADS {
        ids.push(world.lead(campaign, lead).await);
    }
    for (lead, mails) in LEADS.iter().zip([2, 1, 1]) {
        for _ in 0..mails {
            world.mail(mailbox, OURS, lead, "", "Hello").await;
            world.advance(60_000);
        }
    }
    let first = world.get(&format!("/master-inbox/{}", ids[0])).await.ok()["message_history"][0].clone();
    let answer = format!("In-Reply-To: {}\n", first["message_id"].as_str().unwrap());
    world.mail(mailbox, LEADS[0], OURS, &answer, "Yes, please").await;
    let second = world.get(&format!("/master-inbox/{}", ids[1])).await.ok()["message_history"][0].clone();
    let report = format!("In-Reply-To: {}\nFailed: {}\n", second["message_id"].as_str().unwrap(), LEADS[1]);
    world.mail(mailbox, "mailer-daemon@mx.test", OURS, &report, "Not delivered").await;
    let interested = json!({"email_lead_map_id": ids[0], "category_id": 1});
    world.post("/master-inbox/update-category", interested).await.ok();

    let shown = world.get(&format!("/campaigns/{campaign}/analytics")).await.ok();
    for (key, value) in [
        ("sent_count", json!("4")),
        ("unique_sent_count", json!("3")),
        ("reply_count", json!("1")),
        ("bounce_count", json!("1")),
        ("unsubscribed_count", json!("0")),
        ("total_count", json!("4")),
        ("open_count", json!("0")),
        ("drafted_count", Value::Null),
        ("sequence_count", Value::Null),
        ("status", json!("DRAFTED")),
        ("name", json!("Spring")),
        ("client_name", json!("C")),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    assert_eq!(
        shown["campaign_lead_stats"],
        json!({"total": 4, "paused": 0, "revenue": 0, "blocked": 0, "stopped": 0, "completed": 0,
            "inprogress": 3, "interested": 1, "notStarted": 1})
    );

    let path = format!("/campaigns/{campaign}/statistics");
    let all = world.until_short(&path, 3, |page| &page["data"]).await;
    assert_eq!(all.len(), 4);
    let replied = all.iter().find(|mail| mail["stats_id"] == first["stats_id"]).unwrap();
    for (key, value) in [
        ("lead_name", json!("Lea Lead")),
        ("lead_email", json!(LEADS[0])),
        ("lead_category", json!("Interested")),
        ("sequence_number", json!(1)),
        ("sent_time", json!("2025-06-01T12:00:00Z")),
        ("reply_time", json!("2025-06-01T12:04:00Z")),
        ("is_bounced", json!(false)),
        ("open_count", json!(0)),
    ] {
        assert_eq!(replied[key], value, "{key}");
    }
    assert!(replied["email_message"].as_str().unwrap().contains("Hello"));
    for (query, expected) in [
        ("email_status=replied", 1),
        ("email_status=bounced", 1),
        ("email_status=opened", 0),
        ("email_sequence_number=1", 3),
        ("email_sequence_number=2", 1),
        ("sent_time_start_date=2025-06-01T12:01:00Z", 3),
        ("sent_time_end_date=2025-06-01T12:01:00Z", 2),
        ("sent_time_start_date=2025-06-01&sent_time_end_date=2025-06-01", 4),
        ("sent_time_end_date=2025-05-31", 0),
    ] {
        let page = world.get(&format!("{path}?{query}")).await.ok();
        assert_eq!(page["total_stats"], expected.to_string(), "{query}");
        assert_eq!(page["data"].as_array().unwrap().len(), expected, "{query}");
    }
    assert_eq!(world.get(&format!("{path}?status=replied")).await.status, 422);
    assert_eq!(world.get("/campaigns/99/analytics").await.status, 404);
    assert_eq!(world.get("/campaigns/99/statistics").await.status, 404);
}
