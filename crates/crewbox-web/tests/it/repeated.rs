//! `Idempotency-Key` on every call that writes: a repetition gets the response of the first call and writes nothing.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::Request;
use crewbox_core::model::{Dialect, Role};
use crewbox_web::route::{ROUTES, Reads};
use serde_json::json;

use crate::valid_calls::ValidCalls;
use crate::world::{Reply, World};

async fn send(world: &World, api_key: &str, call: (&str, &str, &str), key: &str) -> Reply {
    let (verb, uri, body) = call;
    let request = Request::builder()
        .method(verb)
        .uri(uri)
        .header("x-api-key", api_key)
        .header("Idempotency-Key", key)
        .body(Body::from(body.to_owned()))
        .unwrap();
    world.request(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_that_writes_is_answered_as_the_first_time_when_it_is_repeated() {
    let calls = ValidCalls::new().await;
    let world = &calls.world;
    let mut checked = 0;
    for (number, route) in ROUTES.iter().enumerate().filter(|(_, route)| route.is_repeatable()) {
        let (uri, body) = calls.of(route).await;
        let (verb, key) = (route.verbs[0].name(), format!("key {number}"));
        let first = send(world, &world.key, (verb, &uri, &body), &key).await;
        assert!(first.status.is_success(), "{route:?}: {}", first.text());
        assert_eq!(first.header("idempotent-replayed"), None, "{route:?}");
        let head = world.head().await;
        world.advance(1_000);
        let second = send(world, &world.key, (verb, &uri, &body), &key).await;
        assert_eq!(world.head().await, head, "{route:?} writes again");
        if route.shows_secret {
            let sentence = "This call was made before with this Idempotency-Key. Its response had a secret, which is shown \
                            once";
            assert_eq!(
                (second.status.as_u16(), &second.json()["error"]),
                (409, &json!(sentence)),
                "{route:?}"
            );
        } else {
            assert_eq!((second.status, second.text()), (first.status, first.text()), "{route:?}");
            for name in ["x-change-seq", "content-type"] {
                assert_eq!(second.header(name), first.header(name), "{route:?}: {name}");
            }
            assert_eq!(second.header("idempotent-replayed"), Some("true"), "{route:?}");
        }
        // With another query, and with another body where it has one.
        let other_uri = format!("{uri}{}other=1", if uri.contains('?') { '&' } else { '?' });
        let mut others = vec![(other_uri, body.clone())];
        if route.reads != Reads::Nothing {
            others.push((uri.clone(), format!("{body} ")));
        }
        for (uri, body) in others {
            let other = send(world, &world.key, (verb, &uri, &body), &key).await;
            let field = other.json()["field"].clone();
            assert_eq!(
                (other.status.as_u16(), field),
                (422, json!("Idempotency-Key")),
                "{route:?}: {}",
                other.text()
            );
            assert_eq!(world.head().await, head, "{route:?}");
        }
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
    // Every other route that writes knows its repetitions by what it made; the rest only read.
    let by_themselves: HashSet<&str> =
        ROUTES.iter().filter(|route| route.writes() && route.once).map(|route| route.path).collect();
    assert_eq!(by_themselves.len(), 7, "{by_themselves:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_of_one_member_and_one_call_and_what_failed_is_tried_again() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let ben = world.new_member("Ben", Role::Admin, None).await;
    let ben = world.new_key(world.account, ben, Dialect::Documented, None, None).await;
    let make = ("POST", "/api/v1/campaigns/create", r#"{"name":"Autumn"}"#);
    let first = send(&world, &world.key, make, "k").await.ok()["id"].clone();
    assert_eq!(send(&world, &world.key, make, "k").await.ok()["id"], first);
    assert_ne!(send(&world, &ben, make, "k").await.ok()["id"], first, "another member's");
    assert_ne!(send(&world, &world.key, make, "l").await.ok()["id"], first, "another key");
    assert_ne!(world.post("/campaigns/create", json!({"name": "Autumn"})).await.ok()["id"], first);
    let other = ("POST", "/api/v1/tags", r#"{"name":"Autumn"}"#);
    assert_eq!(send(&world, &world.key, other, "k").await.status, 200, "another call");

    // Keys of two clients that one member has made.
    let mut of_clients = Vec::new();
    for name in ["North", "South"] {
        let body = json!({"name": name, "email": format!("{name}@client.test")});
        let client = world.post("/client/save", body).await.ok()["clientId"].as_u64();
        let key = world.new_key(world.account, world.owner, Dialect::Documented, client, None).await;
        of_clients.push(send(&world, &key, make, "k").await.ok()["id"].clone());
    }
    assert!(of_clients[0] != of_clients[1] && !of_clients.contains(&first), "{of_clients:?}");

    let note = format!("/api/v1/master-inbox/{id}");
    let twice = "k".repeat(256);
    assert_eq!(
        send(&world, &world.key, ("DELETE", &note, ""), &twice).await.status,
        422,
        "the key is too long"
    );
    let late = json!({"email_lead_map_id": 999, "archived": true}).to_string();
    let path = "/api/v1/master-inbox/update-archived";
    for _ in 0..2 {
        let missing = send(&world, &world.key, ("PATCH", path, &late), "m").await;
        assert_eq!((missing.status.as_u16(), missing.header("idempotent-replayed")), (404, None));
    }
    let good = json!({"email_lead_map_id": id, "archived": true}).to_string();
    assert_eq!(send(&world, &world.key, ("PATCH", path, &good), "m").await.status, 200, "nothing was stored");
    // POST and PATCH stand for each other, and the API key may come in another place.
    let uri = format!("{path}?api_key={}", world.key);
    let again = send(&world, &world.key, ("POST", &uri, &good), "m").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_not_kept_once_what_it_tells_of_is_deleted_and_the_call_still_writes_nothing() {
    let world = World::new().await;
    let (campaign, _) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    let other = world.lead(campaign, "otto@lead.test").await;
    let make = ("POST", "/api/v1/campaigns/create", r#"{"name":"Zinnober"}"#);
    let first = send(&world, &world.key, make, "k").await;
    let first = first.ok()["id"].clone();
    let remove = format!("/api/v1/master-inbox/{id}");
    let removed = send(&world, &world.key, ("DELETE", &remove, ""), "d").await.ok();
    let head = world.head().await;
    assert_eq!(send(&world, &world.key, ("DELETE", &remove, ""), "d").await.ok(), removed);
    let again = send(&world, &world.key, make, "k").await;
    assert_eq!(again.header("idempotent-replayed"), None, "the response was forgotten");
    assert_eq!(again.ok()["id"], first, "the batch of the first call happened once");
    assert_eq!(world.head().await, head);
    let again = send(&world, &world.key, make, "k").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.ok()["id"], first);
    world.call("DELETE", &format!("/master-inbox/{other}"), &world.key, "").await.ok();
    let other = ("POST", "/api/v1/campaigns/create", r#"{"name":"Other"}"#);
    assert_eq!(send(&world, &world.key, other, "k").await.status, 422, "that it was answered is known");
}
