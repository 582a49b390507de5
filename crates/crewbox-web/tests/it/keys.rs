//! API keys: what they allow, when they end, when they were used, and those of clients.

use axum::body::Body;
use axum::http::Request;
use crewbox_core::model::{Dialect, KeyLevel, Role};
use crewbox_core::time::Timestamp;
use crewbox_store::{NewKey, Op, Scope, key};
use serde_json::json;

use crate::world::World;

impl World {
    /// A key of the owner with this level and this end.
    async fn key_of(&self, secret: u8, level: KeyLevel, expires_at: Option<Timestamp>) -> String {
        let (text, hash) = key::from_secret(self.account, [secret; 32]);
        let new = NewKey {
            member: self.owner,
            hash,
            dialect: Dialect::Documented,
            rate_limit: None,
            client: None,
            expires_at,
            name: None,
            level,
            mcp_send: false,
        };
        self.op(self.account, Op::AddKey(new)).await;
        text
    }
}

#[tokio::test]
async fn a_key_allows_as_much_as_its_level() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let read = world.key_of(101, KeyLevel::Read, None).await;
    let reply = world.key_of(102, KeyLevel::Reply, None).await;
    let manage = world.key_of(103, KeyLevel::Manage, None).await;
    let archive = json!({"email_lead_map_id": id, "archived": true});
    for (verb, path, body, allowed) in [
        ("POST", "/master-inbox/views", json!({}), [true, true, true]),
        ("GET", "/leads?email=lea@lead.test", json!({}), [true, true, true]),
        ("PATCH", "/master-inbox/update-archived", archive, [false, true, true]),
        ("POST", "/campaigns/create", json!({"name": "New"}), [false, false, true]),
        ("GET", "/client/api-key", json!({}), [false, false, true]),
        ("POST", "/leads/categories", json!({"name": "Warm"}), [false, false, true]),
    ] {
        for (key, allowed) in [&read, &reply, &manage].into_iter().zip(allowed) {
            let answer = world.call(verb, path, key, body.to_string()).await;
            let expected = if allowed { 200 } else { 403 };
            assert_eq!(answer.status, expected, "{verb} {path}: {}", answer.text());
            if !allowed {
                let sentence = "This API key does not allow that: use one of a higher level";
                assert_eq!(answer.json()["error"], sentence);
            }
        }
    }
}

#[tokio::test]
async fn a_key_ends_when_it_expires() {
    let world = World::new().await;
    let key = world.key_of(101, KeyLevel::Manage, Some(Timestamp(world.now().millis() + 60_000))).await;
    world.call("GET", "/me", &key, "").await.ok();
    world.advance(60_000);
    let over = world.call("GET", "/me", &key, "").await;
    assert_eq!((over.status.as_u16(), over.text()), (401, r#"{"message":"Invalid API Key"}"#));
}

#[tokio::test]
async fn an_address_that_sends_many_invalid_keys_is_told_to_wait_and_a_valid_key_still_works() {
    let world = World::new().await;
    let ask = async |key: &str, from: &str| {
        let request = Request::get("/api/v1/me").header("x-api-key", key).header("x-forwarded-for", from);
        world.request(request.body(Body::empty()).unwrap()).await
    };
    for _ in 0..30 {
        assert_eq!(ask("cbx_1_bad", "203.0.113.9").await.status, 401);
    }
    let wait = ask("cbx_1_bad", "203.0.113.9").await;
    assert_eq!((wait.status.as_u16(), wait.header("retry-after")), (429, Some("60")));
    assert_eq!(wait.json()["error"]["code"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(ask("cbx_1_bad", "203.0.113.8").await.status, 401);
    assert_eq!(ask(&world.key, "203.0.113.9").await.status, 200);
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    tokio::time::resume();
    assert_eq!(ask("cbx_1_bad", "203.0.113.9").await.status, 401);
}

#[tokio::test]
async fn keys_of_clients_are_made_listed_reset_and_revoked() {
    let world = World::new().await;
    let client = async |name: &str| {
        let body = json!({"name": name, "email": format!("{name}@c.test")});
        world.post("/client/save", body).await.ok()["clientId"].as_u64().unwrap()
    };
    let (one, two) = (client("one").await, client("two").await);
    world.campaign("Of one", Some(one)).await;
    world.campaign("Of two", Some(two)).await;
    let make = async |client: u64, name: &str| {
        let body = json!({"clientId": client, "keyName": name});
        world.post("/client/api-key", body).await.ok()["data"].clone()
    };
    let made = make(one, "Reports").await;
    make(two, "Other").await;
    let text = made["apiKey"].as_str().unwrap().to_owned();
    let campaigns = world.call("GET", "/campaigns", &text, "").await.ok();
    assert_eq!((campaigns[0]["name"].as_str(), campaigns.as_array().unwrap().len()), (Some("Of one"), 1));
    assert_eq!(world.call("GET", "/client/api-key", &text, "").await.status, 403);
    let listed = async |query: &str| world.get(&format!("/client/api-key{query}")).await.ok()["data"].clone();
    let all = listed("").await;
    assert_eq!(all.as_array().unwrap().len(), 2, "keys of the team are not among them: {all}");
    assert!(!all.to_string().contains(&text));
    assert_eq!(all[0]["last_used_at"], "2025-06-01T12:00:00Z");
    assert_eq!(all[1]["last_used_at"], json!(null));
    assert_eq!(listed(&format!("?clientId={two}")).await[0]["keyName"], "Other");
    assert_eq!(listed("?keyName=REP").await.as_array().unwrap().len(), 1);

    let reset = format!("/client/api-key/reset/{}", made["id"]);
    let again = world.call("PUT", &reset, &world.key, "").await.ok()["data"]["apiKey"].clone();
    assert_eq!(world.call("GET", "/me", &text, "").await.status, 401, "the text before");
    let again = again.as_str().unwrap();
    world.call("GET", "/me", again, "").await.ok();
    world.call("DELETE", &format!("/client/api-key/{}", made["id"]), &world.key, "").await.ok();
    assert_eq!(world.call("GET", "/me", again, "").await.status, 401, "on the next request");
    assert_eq!(listed("?status=inactive").await[0]["id"], made["id"]);
    assert_eq!(listed("?status=active").await.as_array().unwrap().len(), 1);
    assert_eq!(world.call("PUT", &reset, &world.key, "").await.status, 409);
    // A key of the team is none of a client.
    let names = world.store.catalog(&Scope::operator(world.account)).await.unwrap();
    let own = names.keys.iter().find(|key| key.client.is_none()).unwrap().id;
    assert_eq!(world.call("DELETE", &format!("/client/api-key/{own}"), &world.key, "").await.status, 404);
    for wrong in [json!({"clientId": one}), json!({"keyName": "x"})] {
        assert_eq!(world.post("/client/api-key", wrong).await.status, 422);
    }
    assert_eq!(world.post("/client/api-key", json!({"clientId": 99, "keyName": "x"})).await.status, 404);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_once_an_hour() {
    let world = World::new().await;
    world.get("/me").await.ok();
    let before = world.head().await;
    world.app.note_key_uses().await.unwrap();
    assert_eq!(world.head().await, before + 1);
    world.advance(59 * 60_000);
    world.get("/me").await.ok();
    world.app.note_key_uses().await.unwrap();
    assert_eq!(world.head().await, before + 1, "within the hour");
    world.advance(60_000);
    world.get("/me").await.ok();
    world.app.note_key_uses().await.unwrap();
    let names = world.store.catalog(&Scope::operator(world.account)).await.unwrap();
    assert_eq!((world.head().await, names.keys[0].used_at), (before + 2, Some(world.now())));
}

#[tokio::test]
async fn a_client_is_changed_and_its_address_is_its_own() {
    let world = World::new().await;
    let save = async |body: serde_json::Value| world.post("/client/save", body).await;
    let one = save(json!({"name": "One", "email": "one@c.test"})).await.ok()["clientId"].clone();
    let two = save(json!({"name": "Two", "email": "two@c.test"})).await.ok()["clientId"].clone();
    assert_eq!(save(json!({"name": "Three", "email": "ONE@c.test"})).await.status, 409);
    let changed = save(json!({"id": two, "name": "Second", "email": "two@c.test"})).await.ok();
    assert_eq!((&changed["clientId"], changed["name"].as_str()), (&two, Some("Second")));
    assert_eq!(save(json!({"id": two, "name": "Second", "email": "one@c.test"})).await.status, 409);
    assert_eq!(save(json!({"id": 99, "name": "None", "email": "none@c.test"})).await.status, 404);
    let all = world.get("/client/").await.ok();
    let names: Vec<_> =
        all.as_array().unwrap().iter().map(|client| client["name"].as_str().unwrap()).collect();
    assert_eq!((names, &all[0]["id"]), (vec!["One", "Second"], &one));
}

#[tokio::test]
async fn blocked_domains_are_listed_and_unblocked() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    world.lead(campaign, "lea@spam.test").await;
    let status =
        async || world.get(&format!("/campaigns/{campaign}/leads")).await.ok()["data"][0]["status"].clone();
    let body = json!({"domain_block_list": ["Spam.test", "b.test", "c.test"], "client_id": null});
    let done = world.post("/leads/add-domain-block-list", body).await.ok();
    assert_eq!(done["message"], "Domains blocked successfully");
    assert_eq!(done["data"]["blocked_domains"], json!(["b.test", "c.test", "spam.test"]));
    assert_eq!(status().await, "BLOCKED");
    let page = world.get("/leads/get-domain-block-list?limit=2&offset=1").await.ok();
    assert_eq!((&page["total_count"], page["data"].as_array().unwrap().len()), (&json!(3), 2));
    let found = world.get("/leads/get-domain-block-list?filter_email_or_domain=SPAM").await.ok();
    assert_eq!(found["data"][0]["email_or_domain"], "spam.test");
    let id = found["data"][0]["id"].as_str().unwrap();
    let path = format!("/leads/delete-domain-block-list?id={id}");
    world.call("DELETE", &path, &world.key, "").await.ok();
    assert_eq!(status().await, "STARTED");
    let body = json!({"domains": ["b.test"]}).to_string();
    world.call("DELETE", "/leads/delete-domain-block-list", &world.key, body).await.ok();
    let left = world.until_short("/leads/get-domain-block-list", 100, |page| &page["data"]).await;
    assert_eq!(left.len(), 1);
    for (verb, path) in [("POST", "add"), ("DELETE", "delete")] {
        let path = format!("/leads/{path}-domain-block-list");
        let none = world.call(verb, &path, &world.key, "{}").await;
        assert_eq!((none.status.as_u16(), none.json()["field"].as_str()), (422, Some("domain_block_list")));
    }
    let ben = world.new_member("Ben", Role::Member, None).await;
    let key = world.new_key(world.account, ben, Dialect::Documented, None, None).await;
    world.call("GET", "/leads/get-domain-block-list", &key, "").await.ok();
    assert_eq!(world.store.check(&Scope::operator(world.account)).await.unwrap(), []);
}
