//! Figures of campaigns: their shapes, their limits, and whose figures a caller sees.

use crewbox_core::model::Dialect;
use serde_json::{Value, json};

use crate::world::World;

const OURS: &str = "spring@us.test";
const DAYS: &str = "start_date=2025-06-01&end_date=2025-06-02";

/// A campaign of a client with a lead that replied: the client, the campaign, the mailbox and the conversation.
async fn with_a_reply(world: &World) -> (u64, u64, u64, u64) {
    let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
    let client = client["clientId"].as_u64().unwrap();
    let (campaign, mailbox) = world.campaign("Spring", Some(client)).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    world.lead(campaign, "leo@lead.test").await;
    world.mail(mailbox, OURS, "lea@lead.test", "", "Hello").await;
    world.advance(90_061_000);
    world.mail(mailbox, "lea@lead.test", OURS, "", "Yes, please").await;
    world.assign(id, world.owner.0).await;
    let interested = json!({"email_lead_map_id": id, "category_id": 1});
    world.post("/master-inbox/update-category", interested).await.ok();
    world.advance(60_000);
    world.mail(mailbox, OURS, "lea@lead.test", "", "When?").await;
    (client, campaign, mailbox, id)
}

#[tokio::test]
async fn the_answers_have_the_shapes_of_the_public_reference() {
    let world = World::new().await;
    let (client, campaign, mailbox, id) = with_a_reply(&world).await;
    let data = async |path: &str| world.get(&format!("/analytics/{path}?{DAYS}")).await.ok()["data"].clone();
    assert_eq!(
        data("overall-stats-v2").await,
        json!({"overall_stats": {"sent": 2, "opened": 0, "replied": 1, "bounced": 0, "unsubscribed": 0,
            "unique_lead_count": 1, "unique_open_count": 0, "positive_replied": 1, "open_rate": "0.00%",
            "reply_rate": "100.00%", "positive_reply_rate": "100.00%", "bounce_rate": "0.00%"}})
    );
    let day = |date: &str, name: &str, day: &str, figures: Value| json!({"date": date, "day_name": name, "day": day, "email_engagement_metrics": figures});
    let figures = |sent: u64, replied: u64| json!({"sent": sent, "opened": 0, "replied": replied, "bounced": 0, "unsubscribed": 0});
    assert_eq!(
        data("day-wise-overall-stats").await,
        json!({"day_wise_stats": [day("01 Jun", "Sunday", "2025-06-01", figures(1, 0)),
            day("02 Jun", "Monday", "2025-06-02", figures(1, 1))]})
    );
    assert_eq!(
        data("day-wise-positive-reply-stats").await["day_wise_stats"][1],
        day("02 Jun", "Monday", "2025-06-02", json!({"positive_replied": 1}))
    );
    assert_eq!(
        data("campaign/response-stats").await,
        json!({"campaign_wise_response_stats": [{"email_campaign_id": campaign, "email_campaign_name": "Spring",
            "leads_contacted": 1, "not_replied": 0, "total_response": 1, "total_unique_response": 1,
            "unrecognised_response": 0, "total_positive_response": 1, "total_negative_response": 0,
            "total_neutral_response": 0}]})
    );
    assert_eq!(
        data("campaign/lead-to-reply-time").await,
        json!({"lead_to_reply_time": {"average_time_diff": "1d 1h 1m 1s", "median_time_diff": "1d 1h 1m 1s"}})
    );
    assert_eq!(
        data("lead/category-wise-response").await,
        json!({"lead_responses_by_category": {
            "filter": [{"sentiment_type": "positive"}, {"sentiment_type": "neutral"}, {"sentiment_type": "negative"}],
            "leadResponseGrouping": [{"total_response": 1, "name": "Interested", "sentiment_type": "positive",
                "percentage": "100.00%"}]}})
    );
    assert_eq!(
        data("client/overall-stats").await,
        json!({"client_wise_performance": [{"client_id": client, "client_name": "C",
            "total_campaigns_count": "1", "campaign_stats": {"sent": 2, "opened": 0, "replied": 1,
            "positive_replied": 1, "bounced": 0, "unsubscribed": 0, "client_health": "100.00%",
            "open_rate": "0.00%", "reply_rate": "100.00%", "positive_reply_rate": "100.00%",
            "unique_open_count": 0, "unique_lead_count": 1}}]})
    );
    let board = data("team-board/overall-stats").await;
    assert_eq!(
        board["team_board_stats"],
        json!([{"id": world.owner.0, "name": "Ana", "profile_pic_url": null, "lead_count": 1,
            "campaign_count": 1, "reply_count": 1, "positive_reply_count": 1, "reply_rate": null,
            "positive_reply_rate": 100.0, "average_reply_time": 60, "unique_open_count": null}])
    );
    let mailboxes = world.get(&format!("/analytics/mailbox/overall-stats?client_ids={client}")).await.ok();
    assert_eq!(
        mailboxes["data"],
        json!({"overall_mailbox_stats": {"total_connected": 0, "in_use": 1, "disconnected": 0,
            "enabled_without_warmup": null}})
    );

    let of_mailbox = world.get(&format!("/campaigns/{campaign}/mailbox-statistics")).await.ok();
    assert_eq!(
        of_mailbox,
        json!({"ok": true, "data": [{"email_account_id": mailbox, "from_email": OURS, "sent_count": 2,
            "open_count": 0, "click_count": 0, "reply_count": 1, "positive_reply_count": 1, "bounce_count": 0,
            "sender_bounce_count": null, "unsubscribed_count": 0}]})
    );
    let path = format!("/campaigns/{campaign}/leads-statistics?limit=1");
    let page = world.get(&path).await.ok();
    assert_eq!((&page["hasMore"], &page["skip"], &page["limit"]), (&json!(true), &json!(0), &json!(1)));
    assert_eq!((&page["data"][0]["to"], &page["data"][0]["history"]), (&json!("leo@lead.test"), &json!([])));
    let page = world.get(&format!("{path}&offset=1")).await.ok();
    let lead = &page["data"][0];
    assert_eq!((&page["hasMore"], &lead["campaign_lead_map_id"]), (&json!(false), &json!(id.to_string())));
    assert_eq!((&lead["from"], &lead["status"]), (&json!(OURS), &json!("INPROGRESS")));
    let kinds: Vec<&Value> = lead["history"].as_array().unwrap().iter().map(|mail| &mail["type"]).collect();
    assert_eq!(kinds, ["SENT", "REPLY", "SENT"]);
    let later = format!("/campaigns/{campaign}/leads-statistics?event_time_gt=2025-06-05");
    assert_eq!(world.get(&later).await.ok()["data"], json!([]));
}

#[tokio::test]
async fn wrong_days_zones_and_ids_are_refused_with_their_field() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let many: Vec<String> = (1..=101).map(|id: u32| id.to_string()).collect();
    let daily = "/analytics/day-wise-overall-stats";
    let by_date = format!("/campaigns/{campaign}/analytics-by-date");
    for (path, query, field) in [
        (daily, "end_date=2025-06-02".to_owned(), "start_date"),
        (daily, "start_date=2025-06-01&end_date=soon".to_owned(), "end_date"),
        (daily, "start_date=2025-06-03&end_date=2025-06-02".to_owned(), "start_date"),
        (daily, "start_date=2024-01-01&end_date=2025-01-02".to_owned(), "end_date"),
        (daily, format!("{DAYS}&timezone=Mars/Olympus"), "timezone"),
        (daily, format!("{DAYS}&client_ids=x"), "client_ids"),
        (daily, format!("{DAYS}&campaign_ids={}", many.join(",")), "campaign_ids"),
        (daily, format!("{DAYS}&campaign=1"), "campaign"),
        (&by_date, "start_date=1900-01-01&end_date=2025-01-02".to_owned(), "end_date"),
        (&by_date, format!("{DAYS}&time_zone=Mars/Olympus"), "time_zone"),
    ] {
        let reply = world.get(&format!("{path}?{query}")).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["field"].clone()),
            (422, json!(field)),
            "{path}?{query}"
        );
    }
    let half = world.get(&format!("/campaigns/{campaign}/mailbox-statistics?start_date=2025-06-01")).await;
    assert_eq!((half.status.as_u16(), &half.json()["field"]), (422, &json!("end_date")));
    // What means everything to clients is a period as any other.
    let all = "start_date=2000-01-01&end_date=2025-12-31";
    for path in [by_date.as_str(), "/analytics/overall-stats-v2"] {
        world.get(&format!("{path}?{all}")).await.ok();
    }
}

#[tokio::test]
async fn a_client_sees_the_figures_of_its_own_campaigns_only() {
    let world = World::new().await;
    let (client, campaign, ..) = with_a_reply(&world).await;
    let other = world.post("/client/save", json!({"name": "D", "email": "d@d.test"})).await.ok();
    let other = other["clientId"].as_u64().unwrap();
    let key = world.new_key(world.account, world.owner, Dialect::Documented, Some(other), None).await;
    for call in ["analytics-by-date", "top-level-analytics-by-date", "mailbox-statistics", "leads-statistics"]
    {
        let query = if call == "leads-statistics" { "limit=5" } else { DAYS };
        let foreign = world.call("GET", &format!("/campaigns/{campaign}/{call}?{query}"), &key, "").await;
        let unknown = world.call("GET", &format!("/campaigns/9999/{call}?{query}"), &key, "").await;
        assert_eq!((foreign.status.as_u16(), foreign.text()), (404, unknown.text()), "{call}");
    }
    // A filter that names what the caller does not see matches nothing.
    for filter in ["", &format!("&campaign_ids={campaign}"), &format!("&client_ids={client}")] {
        let get = async |path: &str| {
            world.call("GET", &format!("/analytics/{path}?{DAYS}{filter}"), &key, "").await.ok()["data"]
                .clone()
        };
        assert_eq!(get("overall-stats-v2").await["overall_stats"]["sent"], 0);
        assert_eq!(
            get("day-wise-overall-stats").await["day_wise_stats"][0]["email_engagement_metrics"]["sent"],
            0
        );
        assert_eq!(get("campaign/response-stats").await["campaign_wise_response_stats"], json!([]));
        assert_eq!(
            get("lead/category-wise-response").await["lead_responses_by_category"]["leadResponseGrouping"],
            json!([])
        );
        assert_eq!(
            get("campaign/lead-to-reply-time").await["lead_to_reply_time"]["average_time_diff"],
            Value::Null
        );
        let board = get("team-board/overall-stats").await;
        assert!(!board.to_string().contains("\"lead_count\":1"), "{board}");
        let clients = get("client/overall-stats").await;
        assert!(!clients.to_string().contains("\"C\""), "{clients}");
    }
}
