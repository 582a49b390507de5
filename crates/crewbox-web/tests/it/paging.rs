//! Paging as a simple client does: with the offset, until a page is shorter than its limit. It ends, and each item comes
//! once.

use crewbox_core::conversation::{Edit, LeadStatus};
use crewbox_core::id::{CategoryId, ConversationId, MemberId};
use crewbox_store::{Batch, Op, Scope};
use serde_json::{Value, json};

use crate::world::World;

const MAILBOXES: usize = 300;
const LEADS: usize = 10_000;
const CONVERSATIONS: usize = 5_000;
/// Leads that one call adds.
const ADDED_AT_ONCE: usize = 400;
/// Leads that we wrote to.
const WRITTEN_TO: usize = 230;

/// Asks for page after page; `page` gives the ids of the page at an offset.
async fn ids_of_all_pages(limit: usize, most: usize, page: impl AsyncFn(usize) -> Vec<u64>) -> Vec<u64> {
    let mut ids = Vec::new();
    for offset in (0..).step_by(limit) {
        assert!(offset <= most + limit, "paging does not end");
        let of_page = page(offset).await;
        let is_last = of_page.len() < limit;
        ids.extend(of_page);
        if is_last {
            break;
        }
    }
    ids
}

fn assert_each_once(mut ids: Vec<u64>, expected: usize, what: &str) {
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), count), (expected, expected), "{what}");
}

fn id(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}

#[tokio::test]
async fn three_hundred_mailboxes_come_once_each() {
    let world = World::new().await;
    for number in 0..MAILBOXES {
        let body = json!({"from_name": "Us", "from_email": format!("m{number}@us.test"), "user_name": "u",
            "password": "p", "smtp_host": "smtp.test", "smtp_port": 465, "imap_host": "imap.test", "imap_port": 993});
        world.post("/email-accounts/save", body).await.ok();
    }
    for (limit, query) in [(100, ""), (100, "&limit=100"), (7, "&limit=7")] {
        let page = async |offset: usize| {
            let page = world.get(&format!("/email-accounts/?offset={offset}{query}")).await.ok();
            page.as_array().unwrap().iter().map(|one| id(&one["id"])).collect()
        };
        assert_each_once(ids_of_all_pages(limit, MAILBOXES, page).await, MAILBOXES, query);
    }
}

/// A campaign with all the leads: every second has a category, every third is paused, and we wrote to some.
async fn campaign_of_leads(world: &World) -> (u64, Vec<ConversationId>) {
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    for first in (0..LEADS).step_by(ADDED_AT_ONCE) {
        let leads: Vec<Value> = (first..first + ADDED_AT_ONCE)
            .map(|number| json!({"email": format!("l{number}@lead.test")}))
            .collect();
        world.post(&format!("/campaigns/{campaign}/leads"), json!({"lead_list": leads})).await.ok();
    }
    world.advance(60_000);
    for number in 0..WRITTEN_TO {
        world.mail(mailbox, "spring@us.test", &format!("l{number}@lead.test"), "", "We wrote.").await;
    }
    let conversations: Vec<ConversationId> = (1..=LEADS as u64).map(ConversationId).collect();
    let edits = conversations.iter().enumerate().flat_map(|(number, conversation)| {
        let of = |edit| Op::Edit { conversation: *conversation, edit };
        let category = number.is_multiple_of(2).then(|| of(Edit::Category(Some(CategoryId(1)))));
        let paused = number.is_multiple_of(3).then(|| of(Edit::Lead(LeadStatus::Paused)));
        category.into_iter().chain(paused)
    });
    edit(world, edits.collect()).await;
    (campaign, conversations)
}

async fn edit(world: &World, mut ops: Vec<Op>) {
    while !ops.is_empty() {
        let rest = ops.split_off(ops.len().min(1_000));
        let batch = Batch::new(Scope::operator(world.account), world.now(), ops);
        world.store.commit(batch).await.unwrap();
        ops = rest;
    }
}

#[tokio::test]
async fn ten_thousand_leads_and_five_thousand_conversations_come_once_each_with_every_filter() {
    let world = World::new().await;
    let (campaign, conversations) = campaign_of_leads(&world).await;
    let count = |every: usize| LEADS.div_ceil(every);
    let before_mail = "2025-06-01T12:00:30Z";
    let paused_of_written = (0..WRITTEN_TO).filter(|number| number % 3 == 0).count();
    for (filter, expected) in [
        (String::new(), LEADS),
        ("&status=PAUSED".to_owned(), count(3)),
        ("&status=INPROGRESS".to_owned(), WRITTEN_TO - paused_of_written),
        ("&lead_category_id=1".to_owned(), count(2)),
        ("&emailStatus=Accepted".to_owned(), WRITTEN_TO),
        ("&emailStatus=Replied".to_owned(), 0),
        ("&created_at_gt=2025-01-01".to_owned(), LEADS),
        (format!("&created_at_gt={before_mail}"), 0),
        (format!("&last_sent_time_gt={before_mail}"), WRITTEN_TO),
        (format!("&event_time_gt={before_mail}"), WRITTEN_TO),
        ("&status=PAUSED&lead_category_id=1".to_owned(), count(6)),
    ] {
        let page = async |offset: usize| {
            let path = format!("/campaigns/{campaign}/leads?limit=100&offset={offset}{filter}");
            let page = world.get(&path).await.ok();
            assert_eq!(id(&page["total_leads"]), expected as u64, "{filter}");
            page["data"].as_array().unwrap().iter().map(|one| id(&one["campaign_lead_map_id"])).collect()
        };
        assert_each_once(ids_of_all_pages(100, LEADS, page).await, expected, &filter);
    }
    // Half of them are assigned. Most rows have no time: they are in order, too.
    let ids = conversations.into_iter().take(CONVERSATIONS);
    let me = world.owner.get();
    let assign = |conversation| Op::Edit { conversation, edit: Edit::Owner(Some(MemberId(me))) };
    edit(&world, ids.map(assign).collect()).await;
    for (list, filters, expected) in [
        ("views", json!({"campaignTeamMemberId": me}), CONVERSATIONS),
        (
            "views",
            json!({"campaignTeamMemberId": me, "leadCategories": {"unassigned": true}}),
            CONVERSATIONS / 2,
        ),
        ("assigned-me", json!({}), WRITTEN_TO),
        ("assigned-me", json!({"emailStatus": "Accepted"}), WRITTEN_TO),
    ] {
        let page = async |offset: usize| {
            let body = json!({"limit": 20, "offset": offset, "filters": filters});
            let page = world.list(list, body).await;
            assert_eq!(page["total_count"], expected, "{filters}");
            crate::world::ids(&page)
        };
        let ids = ids_of_all_pages(20, CONVERSATIONS, page).await;
        assert_each_once(ids, expected, &filters.to_string());
    }
}
