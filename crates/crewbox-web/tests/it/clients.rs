//! What one client has is to another as if it did not exist: its leads, names, addresses, and how many there are.

use crewbox_core::conversation::Edit;
use crewbox_core::id::{ConversationId, TagId};
use crewbox_core::model::{Dialect, Role};
use crewbox_store::{Op, reads};
use crewbox_web::route::{ROUTES, Verb};
use serde_json::{Value, json};

use crate::valid_calls::ValidCalls;
use crate::world::World;

/// An address that more than one client writes to.
const SHARED: &str = "lea@lead.test";
/// In every text of the other client.
const CANARY: &str = "canary";
/// An id of nothing.
const MISSING: u64 = 424_242;

/// A client with a campaign, a mailbox and keys of its own, one for each dialect.
struct Client {
    id: u64,
    campaign: u64,
    mailbox: u64,
    key: String,
    live: String,
}

impl Client {
    async fn new(world: &World, name: &str) -> Self {
        let saved =
            world.post("/client/save", json!({"name": name, "email": format!("{name}@c.test")})).await;
        let id = saved.ok()["clientId"].as_u64().unwrap();
        let (campaign, mailbox) = world.campaign(name, Some(id)).await;
        let key = async |dialect| world.new_key(world.account, world.owner, dialect, Some(id), None).await;
        let (key, live) = (key(Dialect::Documented).await, key(Dialect::Live).await);
        Self { id, campaign, mailbox, key, live }
    }
}

/// Adds a lead with a key; the response.
async fn add(world: &World, key: &str, campaign: u64, lead: Value) -> Value {
    let body = json!({"lead_list": [lead], "settings": {"return_lead_ids": true}});
    world.call("POST", &format!("/campaigns/{campaign}/leads"), key, body.to_string()).await.ok()
}

/// A lead whose every field says that it is the other client's.
fn secret_lead() -> Value {
    json!({"email": SHARED, "first_name": CANARY, "last_name": CANARY, "company_name": CANARY, "phone_number": CANARY,
        "website": CANARY, "location": CANARY, "linkedin_profile": CANARY, "company_url": CANARY,
        "custom_fields": {CANARY: CANARY}})
}

async fn total(world: &World, key: &str, body: Value) -> u64 {
    let page = world.call("POST", "/master-inbox/views", key, body.to_string()).await.ok();
    page["total_count"].as_u64().unwrap()
}

#[tokio::test]
async fn an_address_that_another_client_knows_is_added_named_searched_and_counted_as_a_new_one() {
    let world = World::new().await;
    let [one, two, three] = [
        Client::new(&world, "one").await,
        Client::new(&world, "two").await,
        Client::new(&world, "three").await,
    ];
    let theirs = add(&world, &one.key, one.campaign, secret_lead()).await["lead_ids"][SHARED].clone();
    // The client itself adds it, and the owner adds it to a client's campaign.
    for (client, adds) in [(&two, &two.key), (&three, &world.key)] {
        let own = json!({"email": SHARED, "first_name": "Own"});
        let added = add(&world, adds, client.campaign, own.clone()).await;
        assert_eq!((&added["added_count"], &added["already_added_to_campaign"]), (&json!(1), &json!(0)));
        let ours = added["lead_ids"][SHARED].clone();
        assert_ne!(ours, theirs);
        // Filling in what is empty fills in the own lead.
        let more =
            json!({"email": SHARED, "first_name": "Other", "phone_number": "+1", "website": "own.test"});
        let again = add(&world, adds, client.campaign, more).await;
        assert_eq!((&again["already_added_to_campaign"], &again["lead_ids"][SHARED]), (&json!(1), &ours));
        for key in [&client.key, &client.live] {
            let lead = world.call("GET", &format!("/leads?email={SHARED}"), key, "").await.ok();
            assert_eq!(
                (&lead["id"], &lead["first_name"], &lead["phone_number"]),
                (&ours, &json!("Own"), &json!("+1"))
            );
            assert_eq!((&lead["company_name"], &lead["custom_fields"]), (&Value::Null, &json!({})));
            assert_eq!(lead["lead_campaign_data"].as_array().map(Vec::len), Some(1), "{lead}");
            let leads =
                world.call("GET", &format!("/campaigns/{}/leads", client.campaign), key, "").await.ok();
            assert_eq!(leads["total_leads"], "1");
            assert!(!leads.to_string().contains(CANARY), "{leads}");
        }
        let search = |text: &str| json!({"filters": {"search": text}});
        assert_eq!(total(&world, &client.key, search(SHARED)).await, 1);
        assert_eq!(total(&world, &client.key, search(CANARY)).await, 0);
        assert_eq!(total(&world, &client.key, json!({})).await, 1);
        let others = json!({"filters": {"campaignClientId": one.id}});
        assert_eq!(total(&world, &client.key, others).await, 0);
        // The other client's lead id is no lead of this one's campaign.
        let history = |lead: &Value| format!("/campaigns/{}/leads/{lead}/message-history", client.campaign);
        assert_eq!(world.call("GET", &history(&ours), adds, "").await.status, 200);
        for lead in [&theirs, &json!(MISSING)] {
            assert_eq!(world.call("GET", &history(lead), adds, "").await.status, 404, "{lead}");
        }
    }
    // Nothing of it reached the first client.
    let lead = world.call("GET", &format!("/leads?email={SHARED}"), &one.key, "").await.ok();
    assert_eq!((&lead["id"], &lead["phone_number"]), (&theirs, &json!(CANARY)));
    assert_eq!(total(&world, &one.key, json!({})).await, 1);
    // The owner sees one object, with the campaigns of all clients and the fields of the oldest lead.
    let lead = world.get(&format!("/leads/?email={SHARED}")).await.ok();
    assert_eq!((&lead["id"], &lead["first_name"]), (&theirs, &json!(CANARY)));
    let campaigns = lead["lead_campaign_data"].as_array().unwrap();
    let clients: Vec<_> = campaigns.iter().map(|one| one["client_id"].as_u64().unwrap()).collect();
    assert_eq!(clients, [one.id, two.id, three.id]);
    assert_eq!(total(&world, &world.key, json!({"filters": {"search": SHARED}})).await, 3);
}

#[tokio::test]
async fn a_sender_attached_to_a_campaign_is_a_lead_of_its_client_only() {
    let world = World::new().await;
    let [one, two] = [Client::new(&world, "one").await, Client::new(&world, "two").await];
    add(&world, &one.key, one.campaign, secret_lead()).await;
    let stored = world.mail(two.mailbox, &format!("Own Name <{SHARED}>"), "two@us.test", "", "Hello").await;
    assert!(stored["campaign_lead_map_id"].is_null(), "the other client's lead draws it: {stored}");
    let attach = format!("/master-inbox/untracked-replies/{}/attach", stored["message_id"]);
    assert_eq!(world.post(&attach, json!({"campaign_id": one.campaign})).await.status, 422);
    world.post(&attach, json!({"campaign_id": two.campaign})).await.ok();
    let lead = world.call("GET", &format!("/leads?email={SHARED}"), &two.key, "").await.ok();
    assert_eq!((&lead["first_name"], &lead["last_name"]), (&json!("Own"), &json!("Name")));
    assert!(!lead.to_string().contains(CANARY), "{lead}");
    assert_eq!(total(&world, &two.key, json!({})).await, 1);
    let lead = world.call("GET", &format!("/leads?email={SHARED}"), &one.key, "").await.ok();
    assert_eq!(
        (&lead["first_name"], lead["lead_campaign_data"].as_array().map(Vec::len)),
        (&json!(CANARY), Some(1))
    );
}

#[tokio::test]
async fn a_client_sees_and_sets_the_tags_and_categories_that_something_of_it_has() {
    let world = World::new().await;
    let [one, two] = [Client::new(&world, "one").await, Client::new(&world, "two").await];
    let theirs = world.lead(one.campaign, SHARED).await;
    let ours = world.lead(two.campaign, SHARED).await;
    let made = async |path: &str, name: &str| world.post(path, json!({"name": name})).await.ok();
    let of_campaign = made("/tags", "canary-campaign").await["id"].as_u64().unwrap();
    let of_conversation = made("/tags", "canary-conversation").await["id"].as_u64().unwrap();
    let unused = made("/tags", "canary-unused").await["id"].as_u64().unwrap();
    let category = made("/leads/categories", "canary-category").await["data"]["id"].as_u64().unwrap();
    let set_tags = async |key: &str, campaign: u64, tags: &[u64]| {
        let body = json!({"tag_ids": tags}).to_string();
        world.call("POST", &format!("/campaigns/{campaign}/tags"), key, body).await
    };
    let set_category = async |key: &str, conversation: u64, id: u64| {
        let body = json!({"email_lead_map_id": conversation, "category_id": id}).to_string();
        world.call("POST", "/master-inbox/update-category", key, body).await
    };
    set_tags(&world.key, one.campaign, &[of_campaign]).await.ok();
    set_category(&world.key, theirs, category).await.ok();
    let edit = Edit::Tags(vec![TagId(of_conversation)]);
    world.op(world.account, Op::Edit { conversation: ConversationId(theirs), edit }).await;
    let ids = async |key: &str, path: &str| -> Vec<u64> {
        let list = world.call("GET", path, key, "").await.ok();
        list.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect()
    };
    let fixed: Vec<u64> = (1..=7).collect();
    assert_eq!(ids(&world.key, "/tags").await, [of_campaign, of_conversation, unused]);
    assert_eq!(ids(&one.key, "/tags").await, [of_campaign, of_conversation]);
    assert_eq!(ids(&two.key, "/tags").await, Vec::<u64>::new());
    assert_eq!(ids(&world.key, "/leads/fetch-categories").await.len(), 8);
    assert_eq!(ids(&one.key, "/leads/fetch-categories").await.len(), 8);
    assert_eq!(ids(&two.key, "/leads/fetch-categories").await, fixed);

    let missing = set_tags(&two.key, two.campaign, &[MISSING]).await;
    assert_eq!(missing.status, 404);
    for tag in [of_campaign, of_conversation, unused] {
        let refused = set_tags(&two.key, two.campaign, &[tag]).await;
        let as_missing = refused.text().replace(&tag.to_string(), &MISSING.to_string());
        assert_eq!((refused.status, as_missing.as_str()), (missing.status, missing.text()), "{tag}");
    }
    let missing = set_category(&two.key, ours, MISSING).await;
    let refused = set_category(&two.key, ours, category).await;
    assert_eq!(refused.status, missing.status);
    let as_missing = refused.text().replace(&category.to_string(), &MISSING.to_string());
    assert_eq!(as_missing, missing.text());
    set_category(&two.key, ours, 1).await.ok();
    // What the client has it may set, and the owner may set everything.
    set_tags(&one.key, one.campaign, &[of_campaign, of_conversation]).await.ok();
    set_category(&one.key, theirs, category).await.ok();
    set_tags(&world.key, two.campaign, &[unused]).await.ok();
    assert_eq!(ids(&two.key, "/tags").await, [unused]);
}

/// Gives another client every kind of thing, with the canary in each text.
async fn furnish(world: &World) -> Client {
    let client = Client::new(world, CANARY).await;
    let campaign = client.campaign;
    let address = "canary@us.test";
    let account = json!({"from_name": CANARY, "from_email": address, "user_name": CANARY, "password": CANARY,
        "smtp_host": "canary.test", "smtp_port": 465, "imap_host": "canary.test", "imap_port": 993,
        "signature": CANARY, "client_id": client.id, "aliases": ["canary-alias@us.test"]});
    world.post("/email-accounts/save", account).await.ok();
    let member = world.new_member("Canary", Role::Member, Some(client.id)).await;
    add(world, &client.key, campaign, secret_lead()).await;
    let more = "Cc: canary-cc@lead.test\nAttached: canary.pdf\n";
    let stored = world.mail(client.mailbox, &format!("{CANARY} <{SHARED}>"), address, more, CANARY).await;
    let id = stored["campaign_lead_map_id"].clone();
    world.mail(client.mailbox, "canary-stranger@else.test", address, "", CANARY).await;
    let tag = world.post("/tags", json!({"name": CANARY})).await.ok()["id"].clone();
    world.post(&format!("/campaigns/{campaign}/tags"), json!({"tag_ids": [tag]})).await.ok();
    let category = world.post("/leads/categories", json!({"name": CANARY})).await.ok()["data"]["id"].clone();
    for (path, key, value) in [
        ("update-category", "category_id", category),
        ("update-team-member", "team_member_id", json!(member.get())),
        ("create-note", "note_message", json!(CANARY)),
        ("create-task", "name", json!(CANARY)),
    ] {
        let mut body = json!({"email_lead_map_id": id});
        body[key] = value;
        world.post(&format!("/master-inbox/{path}"), body).await.ok();
    }
    let reminder = json!({"email_lead_map_id": id, "message": CANARY, "reminder_time": "2025-05-01"});
    world.post("/master-inbox/set-reminder", reminder).await.ok();
    client
}

#[tokio::test]
async fn no_text_of_another_client_is_in_any_response() {
    let calls = ValidCalls::new().await;
    let world = &calls.world;
    let other = furnish(world).await;
    let whole = world.get(&format!("/leads/?email={SHARED}")).await.ok();
    assert_eq!(
        whole["lead_campaign_data"].as_array().map(Vec::len),
        Some(2),
        "both know the address: {whole}"
    );
    let of_client = Some(calls.client);
    let cora = world.new_member("Clara", Role::Admin, of_client).await;
    let mut keys = Vec::new();
    for (member, to) in [(world.owner, of_client), (cora, None)] {
        for dialect in [Dialect::Documented, Dialect::Live] {
            keys.push(world.new_key(world.account, member, dialect, to, None).await);
        }
    }
    let mut answered = 0;
    for route in ROUTES.iter() {
        for verb in Verb::ALL.into_iter().filter(|verb| route.answers(*verb)) {
            for key in &keys {
                let (uri, body) = calls.of(route).await;
                let Some(path) = uri.strip_prefix("/api/v1") else { continue };
                let mut bodies = vec![body];
                if route.path.starts_with("/api/v1/master-inbox/")
                    && route.has_parameter("fetch_message_history")
                {
                    bodies.extend([
                        json!({"filters": {"search": CANARY}}).to_string(),
                        json!({"filters": {"campaignClientId": other.id}}).to_string(),
                    ]);
                }
                for body in bodies {
                    let reply = world.call(verb.name(), path, key, body).await;
                    answered += usize::from(reply.status.is_success());
                    let text = String::from_utf8_lossy(&reply.bytes).to_lowercase();
                    assert!(!text.contains(CANARY), "{route:?} answers {text}");
                    assert!(!format!("{:?}", reply.headers).to_lowercase().contains(CANARY), "{route:?}");
                }
            }
        }
    }
    assert!(answered > 100, "{answered}");
    // The client itself sees them all, so the canaries are where they belong.
    for (verb, path) in [
        ("POST", "/master-inbox/views?fetch_message_history=true"),
        ("GET", "/tags"),
        ("GET", "/leads/fetch-categories"),
        ("GET", "/team-members"),
        ("GET", "/client"),
        ("GET", "/campaigns"),
        ("GET", "/email-accounts"),
    ] {
        let reply = world.call(verb, path, &other.key, "{}").await.ok();
        assert!(reply.to_string().contains(CANARY), "{path}: {reply}");
    }
}

/// Calls of which the one with the fewest reads counts.
const TRIES: usize = 20;

#[tokio::test]
async fn an_id_of_another_client_is_answered_like_one_that_does_not_exist_with_as_many_reads() {
    let world = World::new().await;
    let [one, two] = [Client::new(&world, "one").await, Client::new(&world, "two").await];
    let theirs = world.lead(one.campaign, SHARED).await;
    let stored = world.mail(one.mailbox, SHARED, "one@us.test", "Attached: a.pdf\n", "Hi").await;
    let message = stored["message_id"].as_u64().unwrap();
    let lead = world.call("GET", &format!("/leads?email={SHARED}"), &one.key, "").await.ok();
    let lead = lead["id"].as_u64().unwrap();
    let tag = world.post("/tags", json!({"name": "hot"})).await.ok()["id"].as_u64().unwrap();
    world.post(&format!("/campaigns/{}/tags", one.campaign), json!({"tag_ids": [tag]})).await.ok();
    let own = two.campaign;
    let on = |key: &str, value: Value| {
        let mut body = json!({"email_lead_map_id": "ID"});
        body[key] = value;
        body
    };
    let made = async |path: &str, key: &str| {
        let body = json!({"email_lead_map_id": theirs, key: "Theirs"});
        world.post(&format!("/master-inbox/{path}"), body).await.ok()["data"].clone()
    };
    let note = made("create-note", "note_message").await["id"].as_u64().unwrap();
    let task = made("create-task", "name").await["task_id"].as_u64().unwrap();
    let mut remind = json!({"email_lead_map_id": theirs, "message": "x", "reminder_time": "2025-05-01"});
    let reminder = world.post("/master-inbox/set-reminder", remind.clone()).await.ok();
    let reminder = reminder["data"]["reminder_id"].as_u64().unwrap();
    remind["email_lead_map_id"] = json!("ID");
    // With ID where the id belongs.
    let calls: &[(&str, String, Value, u64)] = &[
        ("GET", "/master-inbox/ID".into(), Value::Null, theirs),
        ("POST", "/master-inbox/change-read-status".into(), on("read_status", json!(true)), theirs),
        ("POST", "/master-inbox/update-category".into(), on("category_id", json!(1)), theirs),
        ("POST", "/master-inbox/update-archived".into(), on("archived", json!(true)), theirs),
        ("POST", "/master-inbox/update-team-member".into(), on("team_member_id", Value::Null), theirs),
        ("GET", "/master-inbox/ID/draft".into(), Value::Null, theirs),
        ("PUT", "/master-inbox/ID/draft".into(), json!({"body": "x"}), theirs),
        ("DELETE", "/master-inbox/ID/draft".into(), Value::Null, theirs),
        ("POST", "/master-inbox/update-revenue".into(), on("revenue", json!(1)), theirs),
        ("POST", "/master-inbox/push-to-subsequence".into(), on("sub_sequence_id", json!(MISSING)), theirs),
        ("POST", format!("/campaigns/{own}/leads/ID/pause"), Value::Null, lead),
        ("POST", format!("/campaigns/ID/leads/{lead}/resume"), Value::Null, one.campaign),
        ("POST", format!("/campaigns/{own}/leads/ID/unsubscribe"), Value::Null, lead),
        ("POST", format!("/campaigns/{own}/leads/ID/category"), json!({"category_id": 1}), lead),
        ("POST", "/master-inbox/create-note".into(), on("note_message", json!("x")), theirs),
        ("POST", "/master-inbox/create-task".into(), on("name", json!("x")), theirs),
        ("GET", "/master-inbox/ID/notes".into(), Value::Null, theirs),
        ("GET", "/master-inbox/notes/ID".into(), Value::Null, note),
        ("PATCH", "/master-inbox/notes/ID".into(), json!({"note_message": "x"}), note),
        ("DELETE", "/master-inbox/notes/ID".into(), Value::Null, note),
        ("GET", "/master-inbox/ID/tasks".into(), Value::Null, theirs),
        ("GET", "/master-inbox/tasks/ID".into(), Value::Null, task),
        ("PATCH", "/master-inbox/tasks/ID".into(), json!({"done": true}), task),
        ("DELETE", "/master-inbox/tasks/ID".into(), Value::Null, task),
        ("POST", "/master-inbox/set-reminder".into(), remind, theirs),
        ("GET", "/master-inbox/ID/reminders".into(), Value::Null, theirs),
        ("GET", "/master-inbox/reminders/ID".into(), Value::Null, reminder),
        ("PATCH", "/master-inbox/reminders/ID".into(), json!({"done": true}), reminder),
        ("DELETE", "/master-inbox/reminders/ID".into(), Value::Null, reminder),
        ("GET", "/campaigns/ID".into(), Value::Null, one.campaign),
        ("GET", "/campaigns/ID/leads".into(), Value::Null, one.campaign),
        ("POST", "/campaigns/ID/leads".into(), json!({"lead_list": [{"email": SHARED}]}), one.campaign),
        ("POST", "/campaigns/ID/tags".into(), json!({"tag_ids": []}), one.campaign),
        ("GET", format!("/campaigns/ID/leads/{lead}/message-history"), Value::Null, one.campaign),
        ("GET", format!("/campaigns/{own}/leads/ID/message-history"), Value::Null, lead),
        ("POST", format!("/campaigns/{own}/tags"), json!({"tag_ids": ["ID"]}), tag),
        (
            "POST",
            format!("/campaigns/{own}/email-accounts"),
            json!({"email_account_ids": ["ID"]}),
            one.mailbox,
        ),
        ("GET", "/email-accounts/ID".into(), Value::Null, one.mailbox),
        ("GET", "/email-accounts/ID/ledger".into(), Value::Null, one.mailbox),
        ("GET", "/messages/ID".into(), Value::Null, message),
        ("GET", "/messages/ID/raw".into(), Value::Null, message),
        ("GET", "/messages/ID/attachments/0".into(), Value::Null, message),
        ("POST", "/messages/ID/class".into(), json!({"class": "bounce"}), message),
    ];
    for (verb, path, body, id) in calls {
        let ask_once = async |id: u64| {
            let (path, id) = (path.replace("ID", &id.to_string()), id.to_string());
            let body = if body.is_null() { String::new() } else { body.to_string().replace("\"ID\"", &id) };
            // The first call after a write also reads what was written.
            world.call("GET", "/me", &two.key, "").await.ok();
            let before = reads::total();
            let reply = world.call(verb, &path, &two.key, body).await;
            (reply.status.as_u16(), reply.text().replace(&id, "ID"), reads::total() - before)
        };
        // Tasks in the background read as well, and only add: the fewest reads are the call's own.
        let ask = async |id: u64| {
            let mut answers = Vec::new();
            for _ in 0..TRIES {
                answers.push(ask_once(id).await);
            }
            answers.into_iter().min_by_key(|(_, _, reads)| *reads).unwrap()
        };
        let (foreign, missing) = (ask(*id).await, ask(MISSING).await);
        assert_eq!(foreign, missing, "{verb} {path}");
        assert_eq!(foreign.0, 404, "{verb} {path}: {}", foreign.1);
    }
}
