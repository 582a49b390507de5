//! Who may do what: every route of the table against every kind of key. Each response of a call that succeeds is compared with
//! its description.

use axum::body::Body as HttpBody;
use axum::http::Request;
use crewbox_core::id::{ClientId, Seq};
use crewbox_core::model::{Dialect, Role};
use crewbox_core::outgoing::Outgoing;
use crewbox_store::contract::NewAccount;
use crewbox_store::{NewMember, Scope};
use crewbox_web::route::{Needs, ROUTES, Route, Verb};
use serde_json::json;

use crate::described::Described;
use crate::valid_calls::ValidCalls;
use crate::world::World;

/// What one kind of caller is answered, as the table of permissions says.
fn expected(route: &Route, caller: &Caller) -> Expected {
    match (route.needs, caller) {
        (Needs::Nobody, _) => Expected::Success,
        (_, Caller::Unknown) => Expected::Status(401),
        (Needs::Link, _) => Expected::Success,
        (Needs::May(permission) | Needs::Trusted(permission), Caller::Known { role, restricted }) => {
            match permission.check(*role, *restricted) {
                Ok(()) => Expected::Success,
                Err(_) => Expected::Status(403),
            }
        }
    }
}

enum Caller {
    Unknown,
    Known { role: Role, restricted: bool },
}

#[derive(Debug)]
enum Expected {
    Success,
    Status(u16),
}

#[tokio::test]
async fn every_route_succeeds_for_the_callers_it_permits_and_refuses_all_others() {
    let calls = ValidCalls::new().await;
    let world = &calls.world;
    let key = async |name: &str, role: Role, of: Option<u64>, to: Option<u64>| {
        let member = world.new_member(name, role, of).await;
        world.new_key(world.account, member, Dialect::Documented, to, None).await
    };
    let client = Some(calls.client);
    let known = |role, restricted| Caller::Known { role, restricted };
    let callers = [
        ("nobody", None, Caller::Unknown),
        ("a bad key", Some(world.key.replace('_', "_1")), Caller::Unknown),
        ("the owner", Some(world.key.clone()), known(Role::Owner, false)),
        ("the owner in the live dialect", Some(world.live_key().await), known(Role::Owner, false)),
        ("an admin", Some(key("Ada", Role::Admin, None, None).await), known(Role::Admin, false)),
        ("a member", Some(key("Ben", Role::Member, None, None).await), known(Role::Member, false)),
        (
            "an owner with a key restricted to a client",
            Some(key("Oda", Role::Owner, None, client).await),
            known(Role::Owner, true),
        ),
        (
            "a client's own admin",
            Some(key("Cleo", Role::Admin, client, None).await),
            known(Role::Admin, true),
        ),
        (
            "a client's own member",
            Some(key("Carl", Role::Member, client, None).await),
            known(Role::Member, true),
        ),
    ];
    let described = Described::new();
    let mut faults = Vec::new();
    let mut asked = 0;
    for route in ROUTES.iter() {
        for (who, key, caller) in &callers {
            for verb in Verb::ALL.into_iter().filter(|verb| route.answers(*verb)) {
                let (mut uri, body) = calls.of(route).await;
                let is_restricted = matches!(caller, Caller::Known { restricted: true, .. });
                if is_restricted && route.path.ends_with("/changes/{seq}/undo") {
                    // The same change, as the client numbers its own.
                    let operator = Scope::operator(world.account);
                    let from = Seq(world.head().await.saturating_sub(20));
                    let page = world.store.changes(&operator, from, 20).await.unwrap();
                    let client = client.map(ClientId);
                    let seen = page.changes.iter().rev().find_map(|change| change.seq_for(client)).unwrap();
                    uri = route.path.replace("{seq}", &seen.to_string());
                }
                let before = world.head().await;
                // From elsewhere: what this machine may do without a key is tested separately. Each from another address,
                // since one that sends many invalid keys is told to wait.
                asked += 1;
                let request = Request::builder().method(verb.name()).uri(uri);
                let address = format!("203.0.{}.{}", asked / 250, asked % 250);
                let mut request = request.header("x-forwarded-for", address);
                if let Some(key) = key {
                    request = request.header("x-api-key", key);
                }
                let reply = world.request(request.body(HttpBody::from(body)).unwrap()).await;
                match expected(route, caller) {
                    Expected::Success => {
                        assert!(
                            reply.status.is_success(),
                            "{route:?} answers {who} with {} to {verb:?}: {}",
                            reply.status,
                            reply.text()
                        );
                        let found = described.faults(route, &reply);
                        faults.extend(
                            found.into_iter().map(|fault| format!("{} {verb:?}: {fault}", route.path)),
                        );
                    }
                    Expected::Status(status) => {
                        assert_eq!(reply.status, status, "{route:?} answers {who} to {verb:?}");
                        assert_eq!(world.head().await, before, "{route:?} wrote for {who}");
                    }
                }
            }
        }
    }
    faults.sort_unstable();
    faults.dedup();
    assert!(faults.is_empty(), "responses are not as they are described: {faults:#?}");
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
    let added = async |path: &str, key: &str| {
        let body = json!({"email_lead_map_id": id, key: "Ours"});
        world.post(&format!("/master-inbox/{path}"), body).await.ok()["data"].clone()
    };
    let note = added("create-note", "note_message").await["id"].clone();
    let task = added("create-task", "name").await["task_id"].clone();
    let remind = json!({"email_lead_map_id": id, "message": "x", "reminder_time": "2025-05-01"});
    let reminder = world.post("/master-inbox/set-reminder", remind.clone()).await.ok();
    let reminder = reminder["data"]["reminder_id"].clone();
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
            format!("/master-inbox/{id}/draft"),
            format!("/master-inbox/{id}/notes"),
            format!("/master-inbox/notes/{note}"),
            format!("/master-inbox/{id}/tasks"),
            format!("/master-inbox/tasks/{task}"),
            format!("/master-inbox/{id}/reminders"),
            format!("/master-inbox/reminders/{reminder}"),
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
            ("/master-inbox/update-revenue", json!({"email_lead_map_id": id, "revenue": 1})),
            ("/master-inbox/push-to-subsequence", json!({"email_lead_map_id": id, "sub_sequence_id": 1})),
            ("/master-inbox/create-note", json!({"email_lead_map_id": id, "note_message": "x"})),
            ("/master-inbox/create-task", json!({"email_lead_map_id": id, "name": "x"})),
            ("/master-inbox/set-reminder", remind.clone()),
        ] {
            let reply = world.call("POST", uri, key, body.to_string()).await;
            assert_eq!(
                (reply.status.as_u16(), reply.json()["error"].as_str()),
                (404, Some("Lead mapping not found")),
                "{uri}"
            );
        }
        for (uri, body) in [
            (format!("/master-inbox/notes/{note}"), json!({"note_message": "x"})),
            (format!("/master-inbox/tasks/{task}"), json!({"done": true})),
            (format!("/master-inbox/reminders/{reminder}"), json!({"done": true})),
        ] {
            for (verb, body) in [("PATCH", body.to_string()), ("DELETE", String::new())] {
                assert_eq!(world.call(verb, &uri, key, body).await.status, 404, "{verb} {uri}");
            }
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
            ("POST", format!("/campaigns/{campaign}/forward-email"), forward.clone()),
            ("POST", "/email-campaigns/send-email-thread".to_owned(), reply.clone()),
            ("POST", "/email-campaigns/forward-reply-email".to_owned(), forward),
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
    assert_eq!(world.store.parts::<Outgoing>(&scope, id.into()).await.unwrap().len(), 1);
    let body = json!({"name": "N", "client_id": 99}).to_string();
    assert_eq!(world.call("POST", "/campaigns/create", &narrowed, body).await.status, 403);
}
