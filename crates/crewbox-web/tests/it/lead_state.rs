//! Revenue, and what a lead does in its campaign: each documented answer, once as a change.

use serde_json::{Value, json};

use crate::world::World;

struct Lead {
    world: World,
    campaign: u64,
    id: u64,
    lead: u64,
}

impl Lead {
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let id = world.lead(campaign, "lea@lead.test").await;
        world.mail(mailbox, "lea@lead.test", "spring@us.test", "", "Hi").await;
        let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].as_u64().unwrap();
        Self { world, campaign, id, lead }
    }

    /// Does an action twice: the answer is the same, and it is one change.
    async fn twice(&self, path: &str, body: Value) -> Value {
        let before = self.world.head().await;
        let first = self.world.call("PATCH", path, &self.world.key, body.to_string()).await.ok();
        self.world.advance(5_000);
        assert_eq!(self.world.post(path, body).await.ok(), first, "{path}");
        assert_eq!(self.world.head().await, before + 1, "{path}");
        first
    }

    async fn row(&self, key: &str) -> Value {
        let live = self.world.call("GET", &format!("/master-inbox/{}", self.id), key, "").await.ok();
        live["data"][0].clone()
    }
}

#[tokio::test]
async fn the_revenue_is_in_the_row_of_both_dialects() {
    let of = Lead::new().await;
    let body = json!({"email_lead_map_id": of.id.to_string(), "revenue": "1200.50"});
    let set = of.twice("/master-inbox/update-revenue", body).await;
    assert_eq!(set["message"], "Revenue updated successfully");
    assert_eq!(
        set["data"],
        json!({"email_lead_map_id": of.id, "revenue": 1200.5, "updated_at": "2025-06-01T12:00:00Z"})
    );
    let live = of.world.live_key().await;
    assert_eq!(of.row(&live).await["revenue"], "1200.50");
    assert_eq!(of.world.get(&format!("/master-inbox/{}", of.id)).await.ok()["revenue"], 1200.5);
    for (body, text) in [
        (json!({"email_lead_map_id": of.id}), "revenue is required"),
        (json!({"email_lead_map_id": of.id, "revenue": -0.01}), "revenue must be at least 0"),
        (json!({"email_lead_map_id": of.id, "revenue": "much"}), "revenue must be a number"),
        (json!({"email_lead_map_id": of.id, "revenue": 1e300}), "revenue cannot exceed 90071992547409"),
    ] {
        let refused = of.world.post("/master-inbox/update-revenue", body).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (422, &json!(text)));
    }
    let missing = json!({"email_lead_map_id": 99_999, "revenue": 1});
    let missing = of.world.post("/master-inbox/update-revenue", missing).await;
    assert_eq!((missing.status.as_u16(), &missing.json()["error"]), (404, &json!("Lead mapping not found")));
}

#[tokio::test]
async fn every_existing_lead_is_resumed() {
    let of = Lead::new().await;
    let body = json!({"campaign_id": of.campaign, "email_lead_map_id": of.id, "resume_delay_days": 2});
    let set = of.twice("/master-inbox/resume-lead", body).await;
    assert_eq!(set["message"], "Lead resumed successfully");
    let expected = json!({"campaign_id": of.campaign, "email_lead_map_id": of.id, "resume_delay_days": 2,
        "will_resume_at": "2025-06-03T12:00:00Z"});
    assert_eq!(set["data"], expected);
    for (campaign, id, text) in [
        (of.campaign, 99_999, "Lead mapping not found"),
        (99_999, of.id, "Campaign not found - Invalid campaign_id."),
        (of.world.campaign("Other", None).await.0, of.id, "Lead mapping not found"),
    ] {
        let body = json!({"campaign_id": campaign, "email_lead_map_id": id});
        let missing = of.world.post("/master-inbox/resume-lead", body).await;
        assert_eq!((missing.status.as_u16(), &missing.json()["error"]), (404, &json!(text)));
    }
    // Its conversations stay.
    of.world.call("DELETE", &format!("/campaigns/{}", of.campaign), &of.world.key, "").await.ok();
    let body = json!({"campaign_id": of.campaign, "email_lead_map_id": of.id});
    of.world.post("/master-inbox/resume-lead", body).await.ok();
    let negative = json!({"campaign_id": of.campaign, "email_lead_map_id": of.id, "resume_delay_days": -1});
    assert_eq!(of.world.post("/master-inbox/resume-lead", negative).await.status, 422);
    // Who may not be written to is not, whoever resumes it.
    of.world.post("/master-inbox/block-domains", json!({"domains": ["lead.test"]})).await.ok();
    let body = json!({"campaign_id": of.campaign, "email_lead_map_id": of.id});
    of.world.post("/master-inbox/resume-lead", body).await.ok();
    let live = of.world.live_key().await;
    assert_eq!(of.row(&live).await["lead_status"], "BLOCKED");
}

#[tokio::test]
async fn a_lead_is_pushed_to_a_sub_sequence_of_its_campaign() {
    let of = Lead::new().await;
    let made = json!({"parent_campaign_id": of.campaign, "subsequence_name": "Follow up"});
    let subsequence = of.world.post("/campaigns/create-subsequence", made).await.ok()["id"].clone();
    let body = json!({"email_lead_map_id": of.id, "sub_sequence_id": subsequence,
        "sub_sequence_delay_time": 3_600, "stop_lead_on_parent_campaign_reply": true});
    let pushed = of.twice("/master-inbox/push-to-subsequence", body).await;
    assert_eq!(pushed["message"], "Lead pushed to subsequence successfully");
    let expected = json!({"email_lead_map_id": of.id, "parent_campaign_id": of.campaign,
        "sub_sequence_id": subsequence, "will_start_at": "2025-06-01T13:00:00Z", "stop_on_parent_reply": true});
    assert_eq!(pushed["data"], expected);
    let live = of.world.live_key().await;
    let row = of.row(&live).await;
    assert_eq!((&row["sub_sequence_id"], &row["is_pushed_to_sub_sequence"]), (&subsequence, &json!(true)));
    let filter = json!({"filters": {"subSequenceId": subsequence}});
    assert_eq!(of.world.ids("views", filter).await, [of.id]);
    let other = of.world.campaign("Other", None).await.0;
    for wrong in [json!(99_999), json!(other), json!(of.campaign)] {
        let body = json!({"email_lead_map_id": of.id, "sub_sequence_id": wrong});
        let missing = of.world.post("/master-inbox/push-to-subsequence", body).await;
        assert_eq!(missing.status, 404, "{wrong}");
        assert_eq!(missing.json()["error"], "sub_sequence_id not found in this campaign");
    }
}

#[tokio::test]
async fn a_lead_of_a_campaign_is_paused_resumed_categorised_and_unsubscribed() {
    let of = Lead::new().await;
    let live = of.world.live_key().await;
    let path = |action: &str| format!("/campaigns/{}/leads/{}/{action}", of.campaign, of.lead);
    let done = json!({"ok": true, "data": "success"});
    for (action, body, column, value) in [
        ("pause", json!({}), "lead_status", json!("PAUSED")),
        ("resume", json!({"resume_lead_with_delay_days": "3"}), "lead_status", json!("STARTED")),
        ("category", json!({"category_id": 2}), "lead_category_id", json!(2)),
        ("category", json!({"category_id": ""}), "lead_category_id", Value::Null),
        ("unsubscribe", json!({}), "lead_status", json!("STOPPED")),
    ] {
        assert_eq!(of.twice(&path(action), body).await, done, "{action}");
        assert_eq!(of.row(&live).await[column], value, "{action}");
    }
    let both = json!({"category_id": 3, "pause_lead": true});
    assert_eq!(of.world.post(&path("category"), both).await.ok(), done);
    assert_eq!(of.world.post(&path("category"), json!({"category_id": 99})).await.status, 422);
    let filter = json!({"filters": {"emailStatus": "Unsubscribed"}});
    assert_eq!(of.world.ids("views", filter).await, [of.id]);
    let item = of.world.get(&format!("/master-inbox/{}", of.id)).await.ok();
    assert_eq!(item["email_status"], "Unsubscribed");
    let missing = format!("/campaigns/{}/leads/99999/pause", of.campaign);
    let missing = of.world.post(&missing, json!({})).await;
    assert_eq!((missing.status.as_u16(), &missing.json()["error"]), (404, &json!("Lead mapping not found")));
}

#[tokio::test]
async fn the_actions_answer_with_the_public_sentences() {
    let of = Lead::new().await;
    for (action, key, value, message) in [
        ("change-read-status", "read_status", json!(true), "Read status updated successfully"),
        ("update-category", "category_id", json!(1), "Lead category updated successfully"),
        ("update-category", "category_id", json!(""), "Lead category updated successfully"),
        (
            "update-team-member",
            "team_member_id",
            json!(of.world.owner.0),
            "Team member assigned successfully",
        ),
    ] {
        let body = json!({"email_lead_map_id": of.id, key: value});
        let answer = of.world.post(&format!("/master-inbox/{action}"), body).await.ok();
        assert_eq!(answer["message"], message);
    }
    let blocked = of.world.post("/master-inbox/block-domains", json!({"domains": ["spam.test"]})).await.ok();
    assert_eq!(blocked["message"], "Domains blocked successfully");
}
