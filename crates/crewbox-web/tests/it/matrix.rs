//! Who may do what: every route of the table against every kind of key.

use axum::body::Body as HttpBody;
use axum::http::Request;
use crewbox_core::model::{Dialect, Role};
use crewbox_store::contract::NewAccount;
use crewbox_store::{NewMember, Scope};
use crewbox_web::route::{Needs, ROUTES, Route, Verb};
use serde_json::json;

use crate::world::World;

/// The route's path with this number for every id.
fn path(route: &Route, id: u64) -> String {
    let parts = route
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { id.to_string() } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("/")
}

async fn status(world: &World, verb: Verb, uri: &str, key: Option<&str>, body: &str) -> u16 {
    let mut request = Request::builder().method(verb.name()).uri(uri);
    if let Some(key) = key {
        request = request.header("x-api-key", key);
    }
    world.request(request.body(HttpBody::from(body.to_owned())).unwrap()).await.status.as_u16()
}

#[tokio::test]
async fn every_route_answers_whom_it_needs() {
    let world = World::new().await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].as_u64();
    let ben = world.new_member("Ben", Role::Member, None).await;
    let cleo = world.new_member("Cleo", Role::Admin, client).await;
    let member = world.new_key(world.account, ben, Dialect::Documented, None, None).await;
    let narrowed = world.new_key(world.account, world.owner, Dialect::Documented, client, None).await;
    let client_key = world.new_key(world.account, cleo, Dialect::Documented, None, None).await;
    let invalid = world.key.replace("_", "_1");
    for route in ROUTES.iter() {
        let uri = path(route, 424_242);
        let open = route.needs == Needs::Nobody;
        // The table of permissions says who may; a restriction to a client is separate from the role.
        let may = |role: Role, restricted: bool| match route.needs {
            Needs::May(permission) if permission.check(role, restricted).is_err() => 403,
            _ => 0,
        };
        let unknown = if open { 0 } else { 401 };
        for (who, key, expected) in [
            ("nobody", None, unknown),
            ("a bad key", Some(&invalid), unknown),
            ("a member", Some(&member), may(Role::Member, false)),
            ("the owner's key restricted to a client", Some(&narrowed), may(Role::Owner, true)),
            ("an admin of a client", Some(&client_key), may(Role::Admin, true)),
            ("the owner", Some(&world.key), 0),
        ] {
            for verb in Verb::ALL.into_iter().filter(|verb| route.answers(*verb)) {
                let status = status(&world, verb, &uri, key.map(String::as_str), "").await;
                match expected {
                    0 => assert!(
                        ![401, 403, 405, 500].contains(&status),
                        "{route:?} answers {who} with {status} to {verb:?}"
                    ),
                    expected => assert_eq!(status, expected, "{route:?} answers {who} to {verb:?}"),
                }
            }
        }
    }
}

#[test]
fn post_and_patch_are_answered_wherever_one_is_documented() {
    for route in ROUTES.iter() {
        let writes = route.verbs.iter().any(|verb| matches!(verb, Verb::Post | Verb::Patch));
        assert_eq!([Verb::Post, Verb::Patch].map(|verb| route.answers(verb)), [writes; 2], "{route:?}");
        assert!(!writes || !route.answers(Verb::Get), "{route:?}");
    }
}

#[tokio::test]
async fn another_accounts_things_are_not_there() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let stored = world.mail(mailbox, "lea@lead.test", "spring@us.test", "Attached: a.pdf\n", "Hi").await;
    let message = stored["message_id"].as_u64().unwrap();
    let owner = NewMember {
        name: "Eve".into(),
        email: "eve@else.test".into(),
        role: Role::Owner,
        client: None,
        password_hash: None,
    };
    let new = NewAccount { name: "Else".into(), owner };
    let other = world.store.create_account(new, world.now()).await.unwrap();
    let eve = world.new_key(other.account, other.member, Dialect::Documented, None, None).await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].as_u64();
    let narrowed = world.new_key(world.account, world.owner, Dialect::Documented, client, None).await;
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let item = world.get(&format!("/master-inbox/{id}")).await.ok();
    let stats_id = item["message_history"][0]["stats_id"].clone();
    let reply = json!({"email_stats_id": stats_id, "email_body": "<p>Ours.</p>", "undo_seconds": 60});
    let reply_path = format!("/campaigns/{campaign}/reply-email-thread");
    let queued = world.post(&reply_path, reply.clone()).await.ok()["message_id"].clone();
    let queued = queued.as_str().unwrap().trim_matches(['<', '>']).to_owned();
    let stranger = world.mail(mailbox, "x@else.test", "spring@us.test", "", "Who am I").await;
    assert!(stranger["campaign_lead_map_id"].is_null(), "{stranger}");
    let stranger = stranger["message_id"].as_u64().unwrap();
    for key in [&eve, &narrowed] {
        for uri in [
            format!("/master-inbox/{id}"),
            format!("/campaigns/{campaign}"),
            format!("/campaigns/{campaign}/leads"),
            format!("/campaigns/{campaign}/leads/{lead}/message-history"),
            format!("/email-accounts/{mailbox}"),
            format!("/messages/{message}"),
            format!("/messages/{stranger}"),
            format!("/messages/{message}/raw"),
            format!("/messages/{message}/attachments/0"),
            format!("/messages/{stranger}/raw"),
            format!("/master-inbox/reply-status?message_id={queued}"),
        ] {
            let reply = world.call("GET", &uri, key, "").await;
            assert_eq!(reply.status, 404, "{uri}: {}", reply.text());
        }
        for (uri, body) in [
            ("/master-inbox/change-read-status", json!({"email_lead_map_id": id, "read_status": true})),
            ("/master-inbox/update-category", json!({"email_lead_map_id": id, "category_id": 1})),
            ("/master-inbox/update-team-member", json!({"email_lead_map_id": id, "team_member_id": null})),
            ("/master-inbox/update-archived", json!({"email_lead_map_id": id, "archived": true})),
            ("/master-inbox/update-important", json!({"email_lead_map_id": id, "important": true})),
            ("/master-inbox/update-snooze", json!({"email_lead_map_id": id, "until": "2099-01-01"})),
        ] {
            let reply = world.call("POST", uri, key, body.to_string()).await;
            assert_eq!(
                (reply.status.as_u16(), reply.json()["error"].as_str()),
                (404, Some("Lead mapping not found")),
                "{uri}"
            );
        }
        for (verb, message) in [("PATCH", message), ("POST", stranger)] {
            let uri = format!("/messages/{message}/class");
            let reply = world.call(verb, &uri, key, json!({"class": "bounce"}).to_string()).await;
            assert_eq!(reply.status, 404, "{uri}: {}", reply.text());
        }
        let forward =
            json!({"stats_id": stats_id, "message_id": format!("msg_{message}"), "to_emails": "e@else.test"});
        for (verb, uri, body) in [
            ("POST", reply_path.clone(), reply.clone()),
            ("POST", format!("/campaigns/{campaign}/forward-email"), forward),
            ("DELETE", format!("{reply_path}/{queued}"), json!({})),
        ] {
            let reply = world.call(verb, &uri, key, body.to_string()).await;
            assert_eq!(reply.status, 404, "{verb} {uri}: {}", reply.text());
            assert!(!reply.text().contains(&queued), "{verb} {uri}");
        }
        let lists = ROUTES.iter().filter(|route| route.has_parameter("fetch_message_history"));
        for route in lists {
            let uri = route.path.trim_start_matches("/api/v1").to_owned() + "?fetch_message_history=true";
            for body in [
                json!({}),
                json!({"filters": {"search": "lea@lead"}}),
                json!({"filters": {"campaignId": campaign}}),
            ] {
                let page = world.call("POST", &uri, key, body.to_string()).await.ok();
                assert_eq!(page["total_count"], 0, "{uri} {body}");
            }
        }
        for uri in ["/campaigns", "/email-accounts"] {
            assert_eq!(world.call("GET", uri, key, "").await.ok(), json!([]), "{uri}");
        }
        assert_eq!(world.call("GET", "/leads?email=lea@lead.test", key, "").await.ok(), json!({}));
        let body = json!({"lead_list": [{"email": "x@y.zz"}]}).to_string();
        assert_eq!(world.call("POST", &format!("/campaigns/{campaign}/leads"), key, body).await.status, 404);
    }
    // Deleting and attaching need the whole team; another account's key is of a team, and sees nothing.
    for (verb, uri, body) in [
        ("DELETE", format!("/master-inbox/{id}"), json!({})),
        (
            "POST",
            format!("/master-inbox/untracked-replies/{stranger}/attach"),
            json!({"email_lead_map_id": id}),
        ),
        (
            "POST",
            format!("/master-inbox/untracked-replies/{stranger}/attach"),
            json!({"campaign_id": campaign}),
        ),
    ] {
        assert_eq!(world.call(verb, &uri, &eve, body.to_string()).await.status, 404, "{verb} {uri}");
        assert_eq!(world.call(verb, &uri, &narrowed, body.to_string()).await.status, 403, "{verb} {uri}");
    }
    let none = world.call("GET", "/master-inbox/untracked-replies", &eve, "").await.ok();
    assert_eq!(none["total_count"], 0, "{none}");
    // A campaign of Eve's own opens no stats_id of ours.
    let own = world.call("POST", "/campaigns/create", &eve, json!({"name": "Own"}).to_string()).await.ok();
    let uri = format!("/campaigns/{}/reply-email-thread", own["id"]);
    assert_eq!(world.call("POST", &uri, &eve, reply.to_string()).await.status, 404);
    // All of it is as it was.
    let status = world.get(&format!("/master-inbox/reply-status?message_id={queued}")).await.ok();
    assert_eq!(status["data"]["status"], "QUEUED", "{status}");
    assert_eq!(world.get("/master-inbox/untracked-replies").await.ok()["total_count"], 1);
    let scope = Scope::operator(world.account);
    assert_eq!(world.store.outgoing_of(&scope, id.into()).await.unwrap().len(), 1);
    let body = json!({"name": "N", "client_id": 99}).to_string();
    assert_eq!(world.call("POST", "/campaigns/create", &narrowed, body).await.status, 403);
}
