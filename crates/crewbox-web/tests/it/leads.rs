//! Leads as clients of the hosted service page through, export, change and remove them.

use std::collections::HashSet;

use crewbox_core::conversation::{Edit, LeadStatus};
use crewbox_core::id::CampaignId;
use crewbox_core::model::LeadFields;
use crewbox_store::{Batch, Op, Outcome, Scope};
use serde_json::{Value, json};

use crate::world::World;

/// Leads of the large campaign.
const MANY: usize = 10_000;

impl World {
    /// Adds so many leads, `l0@lead.test` and on; their conversations.
    async fn many_leads(&self, campaign: u64, count: usize) -> Vec<u64> {
        let lead = |number| LeadFields { email: format!("l{number}@lead.test"), ..LeadFields::default() };
        let leads = (0..count).map(lead).collect();
        let op = Op::AddLeads { campaign: CampaignId(campaign), leads };
        let Outcome::Leads(added) = self.op(self.account, op).await else { panic!("no leads") };
        added.into_iter().map(|one| one.unwrap().conversation.get()).collect()
    }
}

fn rows(page: &Value) -> &Value {
    &page["data"]
}

#[tokio::test]
async fn a_client_that_reads_until_a_short_page_sees_each_of_10_000_leads_once_with_each_filter() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let all = world.many_leads(campaign, MANY).await;
    // Every fourth is paused, every fifth has a category; one wrote and was written to, later.
    let edits = all.iter().enumerate().flat_map(|(number, id)| {
        let edit = |edit| Op::Edit { conversation: (*id).into(), edit };
        let paused = number.is_multiple_of(4).then(|| edit(Edit::Lead(LeadStatus::Paused)));
        let category = number.is_multiple_of(5).then(|| edit(Edit::Category(Some(1.into()))));
        paused.into_iter().chain(category)
    });
    let batch = Batch::new(Scope::operator(world.account), world.now(), edits.collect());
    world.store.commit(batch).await.unwrap();
    world.advance(60_000);
    world.mail(mailbox, "l7@lead.test", "spring@us.test", "", "Hi").await;
    world.mail(mailbox, "spring@us.test", "l9@lead.test", "", "Hello").await;
    world.lead(campaign, "late@lead.test").await;
    let path = format!("/campaigns/{campaign}/leads");
    for (filter, expected) in [
        ("", MANY + 1),
        ("status=PAUSED", MANY / 4),
        ("lead_category_id=1", MANY / 5),
        ("status=PAUSED&lead_category_id=1", MANY / 20),
        ("emailStatus=Replied", 1),
        ("emailStatus=is_replied,not_replied", 2),
        ("emailStatus=Accepted", 1),
        ("created_at_gt=2025-06-01T12:00:30Z", 1),
        ("last_sent_time_gt=2025-06-01T12:00:30Z", 1),
        ("event_time_gt=2025-06-01T12:00:30Z", 2),
        ("event_time_gt=2025-06-02", 0),
    ] {
        let found = world.until_short(&format!("{path}?{filter}"), 100, rows).await;
        let ids: HashSet<&str> =
            found.iter().map(|one| one["campaign_lead_map_id"].as_str().unwrap()).collect();
        assert_eq!((found.len(), ids.len()), (expected, expected), "{filter}");
        let page = world.get(&format!("{path}?{filter}&limit=1")).await.ok();
        assert_eq!(page["total_leads"], expected.to_string(), "{filter}");
    }
    for (query, field) in [
        ("email_status=Opened", "email_status"),
        ("emailStatus=Spam", "emailStatus"),
        ("status=OPEN", "status"),
    ] {
        let refused = world.get(&format!("{path}?{query}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["field"].as_str()),
            (422, Some(field)),
            "{query}"
        );
    }
    let table = world.get(&format!("/campaigns/{campaign}/leads-export")).await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(table.header("content-disposition").unwrap().starts_with("attachment;"));
    let addresses: HashSet<&str> =
        table.text().lines().skip(1).map(|line| line.split(',').nth(6).unwrap()).collect();
    assert_eq!((table.text().lines().count(), addresses.len()), (MANY + 2, MANY + 1));
}

#[tokio::test]
async fn an_exported_table_is_safe_in_a_spreadsheet() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let lead = json!({"email": "lea@lead.test", "first_name": "=HYPERLINK(\"x\")", "last_name": "Lä, Lead",
        "phone_number": "+49 1", "custom_fields": {"note": "two\nlines"}});
    world.post(&format!("/campaigns/{campaign}/leads"), json!({"lead_list": [lead]})).await.ok();
    let table = world.get(&format!("/campaigns/{campaign}/leads-export")).await;
    let text = table.text().to_owned();
    let (names, row) = text.split_once("\r\n").unwrap();
    assert!(
        names.starts_with("id,campaign_lead_map_id,status,created_at,first_name,last_name,email,"),
        "{names}"
    );
    let expected = r#",STARTED,2025-06-01T12:00:00Z,"'=HYPERLINK(""x"")","Lä, Lead",lea@lead.test,"'+49 1",,,,"{""note"":""two\nlines""}",,,false,0,false,0,0,0"#;
    assert!(row.ends_with(&format!("{expected}\r\n")), "{row}");
    assert_eq!(world.get("/campaigns/99/leads-export").await.status, 404);
}

#[tokio::test]
async fn a_lead_is_changed_in_all_its_campaigns_and_removed_from_one() {
    let world = World::new().await;
    let (first, mailbox) = world.campaign("Spring", None).await;
    let (second, _) = world.campaign("Autumn", None).await;
    let kept = world.lead(first, "lea@lead.test").await;
    let list = json!({"lead_list": [{"email": "lea@lead.test"}], "settings": {"return_lead_ids": true}});
    let added = world.post(&format!("/campaigns/{second}/leads"), list).await.ok();
    let ids = &added["emailToLeadIdMap"]["existingLeadsInOtherCampaigns"];
    let lead = added["lead_ids"]["lea@lead.test"].as_u64().unwrap();
    assert_eq!(ids, &json!({"lea@lead.test": lead.to_string()}));
    world.lead(first, "max@lead.test").await;
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "", "Hi").await;
    let path = format!("/campaigns/{first}/leads/{lead}");
    let change = json!({"email": "Lea@Lead.test", "first_name": "Leah", "company_name": null, "last_name": "",
        "custom_fields": {"size": 5}});
    let changed = world.post(&path, change).await.ok();
    assert_eq!((changed["ok"].as_bool(), changed["data"]["first_name"].as_str()), (Some(true), Some("Leah")));
    let shown = world.get(&format!("/leads/{lead}")).await.ok();
    for (key, value) in [
        ("first_name", json!("Leah")),
        ("last_name", json!("Lead")),
        ("company_name", json!("Lead & Co")),
        ("custom_fields", json!({"size": "5"})),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    assert_eq!(shown["lead_campaign_data"].as_array().unwrap().len(), 2);
    let row = world.list("inbox-replies", json!({})).await["messages"][0].clone();
    assert_eq!(row["lead"]["first_name"], "Leah");
    let campaigns = world.get(&format!("/leads/{lead}/campaigns")).await.ok();
    let names: Vec<_> = campaigns.as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Spring", "Autumn"]);
    assert_eq!(campaigns[0]["status"], "DRAFTED");
    // A new address: mail from it is this lead's.
    assert_eq!(world.post(&path, json!({"email": "max@lead.test"})).await.status, 409);
    let wrong = world.post(&path, json!({"email": "no address"})).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["field"].as_str()), (422, Some("email")));
    world.post(&path, json!({"email": "leah@lead.test"})).await.ok();
    let stored = world.mail(mailbox, "leah@lead.test", "spring@us.test", "", "Me again").await;
    assert_eq!(stored["campaign_lead_map_id"], kept.to_string());
    let custom: serde_json::Map<_, _> = (0..200).map(|n| (format!("f{n}"), json!(n))).collect();
    let over = world.post(&path, json!({"custom_fields": custom})).await.json();
    assert_eq!(
        (over["provided_count"].as_u64(), over["max_allowed"].as_u64()),
        (Some(201), Some(200)),
        "{over}"
    );
    let history = world.get(&format!("{path}/messages")).await.ok();
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);

    let path = format!("/campaigns/{second}/leads/{lead}");
    world.call("DELETE", &path, &world.key, "").await.ok();
    assert_eq!(world.call("DELETE", &path, &world.key, "").await.status, 404);
    let campaigns = world.get(&format!("/leads/{lead}/campaigns")).await.ok();
    assert_eq!(campaigns.as_array().unwrap().len(), 1);
    for (path, text) in [
        ("/leads/999999", "Lead not found with ID 999999"),
        ("/leads/99999999999999999999/campaigns", "Lead not found with ID 99999999999999999999"),
    ] {
        let reply = world.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (404, Some(text)));
    }
    let reply = world.post(&format!("/campaigns/{first}/leads/999999"), json!({})).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["error"].as_str()),
        (404, Some("Lead mapping not found"))
    );
    let scope = Scope::operator(world.account);
    assert_eq!(world.store.check(&scope).await.unwrap(), []);
}

#[tokio::test]
async fn a_lead_of_another_client_is_not_there() {
    let world = World::new().await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].as_u64();
    let (campaign, _) = world.campaign("Spring", None).await;
    world.lead(campaign, "lea@lead.test").await;
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let dialect = crewbox_core::model::Dialect::Documented;
    let key = world.new_key(world.account, world.owner, dialect, client, None).await;
    for (verb, path) in [
        ("GET", format!("/leads/{lead}")),
        ("GET", format!("/leads/{lead}/campaigns")),
        ("GET", format!("/campaigns/{campaign}/leads-export")),
        ("POST", format!("/campaigns/{campaign}/leads/{lead}")),
        ("GET", format!("/campaigns/{campaign}/leads/{lead}/messages")),
    ] {
        assert_eq!(world.call(verb, &path, &key, "{}").await.status, 404, "{verb} {path}");
    }
}
