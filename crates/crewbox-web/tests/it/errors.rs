//! Every error's status and body.

use axum::body::Body;
use axum::http::Request;
use crewbox_core::model::{Dialect, RateLimit, Role};
use crewbox_store::Op;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn keys_are_asked_for_and_checked() {
    let world = World::new().await;
    let none =
        world.request(Request::post("/api/v1/master-inbox/assigned-me").body(Body::empty()).unwrap()).await;
    assert_eq!((none.status.as_u16(), none.text()), (401, r#"{"message":"API key is required."}"#));
    let empty = world.request(Request::get("/api/v1/me?api_key=").body(Body::empty()).unwrap()).await;
    assert_eq!(empty.text(), r#"{"message":"API key is required."}"#);
    let wrong = world.key.replace("cbx_", "cbx_9");
    for key in ["nonsense", "cbx_1_00", wrong.as_str()] {
        let bad = world.call("GET", "/me", key, "").await;
        assert_eq!((bad.status.as_u16(), bad.text()), (401, r#"{"message":"Invalid API Key"}"#));
        assert!(bad.header("x-request-id").is_some());
    }
    let key = world.new_key(world.account, world.owner, Dialect::Documented, None, None).await;
    world.call("GET", "/me", &key, "").await.ok();
    let names = world.store.catalog(&crewbox_store::Scope::operator(world.account)).await.unwrap();
    let id = names.keys.last().unwrap().id;
    world.op(world.account, Op::RevokeKey(id)).await;
    assert_eq!(world.call("GET", "/me", &key, "").await.status, 401);
}

#[tokio::test]
async fn wrong_values_are_all_told_by_name() {
    let world = World::new().await;
    let reply = world.post("/master-inbox/inbox-replies", json!({"limit": 50})).await;
    assert_eq!(reply.status, 422);
    assert_eq!(
        reply.text(),
        r#"{"error":"limit must be between 1 and 20","message":"limit must be between 1 and 20","field":"limit","provided_value":50,"errors":[{"message":"limit must be between 1 and 20","field":"limit","provided_value":50}]}"#
    );
    let many: Vec<u64> = (1..=10).collect();
    let reply =
        world.post("/master-inbox/inbox-replies", json!({"filters": {"campaignId": many}})).await.json();
    assert_eq!(reply["error"], "campaignId array cannot exceed 5 items");
    assert_eq!(reply["field"], "filters.campaignId");
    assert_eq!((reply["provided_count"].as_u64(), reply["max_allowed"].as_u64()), (Some(10), Some(5)));
    let two =
        world.post("/master-inbox/assigned-me", json!({"filters": {"emailAccountId": [1, 2]}})).await.json();
    assert_eq!(two["error"], "emailAccountId array cannot exceed 1 items", "one form of words for every cap");
    let cases = [
        (json!({"fliters": {}}), "Unknown key fliters, did you mean filters?"),
        (json!({"filters": {"campaign_id": 1}}), "Unknown key filters.campaign_id, did you mean campaignId?"),
        (json!({"campaign_id": 1}), "Unknown key campaign_id, did you mean filters.campaignId?"),
        (json!({"client_id": 1}), "Unknown key client_id, did you mean filters.campaignClientId?"),
        (json!({"search": "x"}), "Unknown key search, did you mean filters.search?"),
        (
            json!({"filters": {"categoryIdsIn": [1]}}),
            "Unknown key filters.categoryIdsIn, did you mean filters.leadCategories.categoryIdsIn?",
        ),
        (json!({"filters": {"limit": 1}}), "Unknown key filters.limit, did you mean limit?"),
        (json!({"zzzzzz": 1}), "Unknown key zzzzzz"),
        (json!({"filters": {"search": "x".repeat(31)}}), "search cannot exceed 30 characters"),
        (json!({"sortBy": "NAME"}), "sortBy must be one of: REPLY_TIME_DESC, SENT_TIME_DESC"),
        (json!({"offset": -1}), "offset must be a number of at least 0"),
        (
            json!({"filters": {"replyTimeBetween": ["2025-01-01"]}}),
            "replyTimeBetween must contain exactly 2 dates",
        ),
        (
            json!({"filters": {"replyTimeBetween": ["2025-01-02", "2025-01-01"]}}),
            "replyTimeBetween must not start after it ends",
        ),
        (json!({"filters": {"subSequenceId": 1}}), "subSequenceId is taken by /master-inbox/views only"),
        (json!({"filters": 5}), "filters must be an object"),
        (json!([1]), "body must be a JSON object"),
    ];
    for (body, text) in cases {
        let reply = world.post("/master-inbox/inbox-replies", body).await;
        assert_eq!(reply.status, 422);
        assert_eq!(
            (reply.json()["error"].as_str(), reply.json()["message"].as_str()),
            (Some(text), Some(text))
        );
    }
    let reply =
        world.post("/master-inbox/inbox-replies", json!({"limit": 0, "offset": "x", "a": 1})).await.json();
    assert_eq!(reply["errors"].as_array().unwrap().len(), 3);
    assert!(
        world
            .post("/master-inbox/inbox-replies", json!({"filters": {"search": "ä".repeat(30)}}))
            .await
            .status
            == 200
    );
    let everywhere = json!({
        "limit": 50,
        "filters": {"leadCategories": {"isAssigned": "maybe", "x": 1}, "campaignId": [1, 2, 3, 4, 5, 6]},
    });
    let reply = world.post("/master-inbox/inbox-replies?fetch_message_history=x", everywhere).await.json();
    let fields: Vec<&str> =
        reply["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    let wrong = [
        "fetch_message_history",
        "limit",
        "filters.leadCategories.x",
        "filters.leadCategories.isAssigned",
        "filters.campaignId",
    ];
    assert_eq!(fields, wrong, "the query, the body and the objects within, at once");
    let live = world.live_key().await;
    let reply = world.call("POST", "/master-inbox/assigned-me", &live, r#"{"limit":50}"#).await;
    assert_eq!(reply.status, 400);
    let reply =
        world.call("POST", "/master-inbox/assigned-me", &live, r#"{"campaign_id":[1,2]}"#).await.json();
    assert_eq!(reply["field"], "campaign_id");
    assert_eq!(reply["error"], "campaign_id array cannot exceed 1 items");
}

#[tokio::test]
async fn broken_json_is_placed() {
    let world = World::new().await;
    let reply = world.call("POST", "/master-inbox/assigned-me", &world.key, "{\n  \"limit\": }").await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["error"].as_str().unwrap().ends_with("line 2 column 12"), "{}", reply.text());
    assert_eq!(reply.json()["error"], reply.json()["message"]);
    let form = Request::post("/api/v1/master-inbox/assigned-me")
        .header("x-api-key", &world.key)
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let reply = world.request(form.body(Body::from("limit=5")).unwrap()).await;
    let sentence = "line 1 column 1. Its Content-Type is application/x-www-form-urlencoded: send JSON";
    assert!(reply.json()["error"].as_str().unwrap().ends_with(sentence), "{}", reply.text());
}

#[tokio::test]
async fn methods_and_paths_that_are_not_there() {
    let world = World::new().await;
    let reply = world.get("/master-inbox/assigned-me").await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, Some("PATCH, POST")));
    let reply = world.call("DELETE", "/campaigns/5/leads", &world.key, "").await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, Some("GET, HEAD, PATCH, POST")));
    let reply = world.get("/nothing").await;
    assert_eq!(reply.status, 404);
    assert!(reply.header("x-request-id").is_some());
    let reply = world.get("/master-inbox/abc").await;
    assert_eq!(reply.json()["field"], "id");
    for id in ["0", "-1", "9007199254740993", "99999999999999999999"] {
        for (method, path, text) in [
            ("GET", "/campaigns/{id}", "Campaign not found - Invalid campaign_id."),
            ("GET", "/master-inbox/{id}", "Inbox item not found with ID {id}"),
            ("DELETE", "/master-inbox/{id}", "Inbox item not found with ID {id}"),
            ("GET", "/email-accounts/{id}", "Email account not found with ID {id}"),
            ("GET", "/messages/{id}", "Message not found with ID {id}"),
            ("PATCH", "/messages/{id}/class", "Message not found with ID {id}"),
            ("POST", "/quarantine/{id}/retry", "Quarantined mail not found with ID {id}"),
        ] {
            let body = if method == "PATCH" { r#"{"class":"human"}"# } else { "" };
            let reply = world.call(method, &path.replace("{id}", id), &world.key, body).await;
            assert_eq!(reply.status, 404, "{path} {id}");
            assert_eq!(reply.json()["error"], text.replace("{id}", id));
        }
    }
}

#[tokio::test]
async fn a_body_over_the_limit_of_its_route_is_refused() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    for (path, limit) in [
        ("/master-inbox/assigned-me".to_owned(), 64 << 10),
        ("/tags".to_owned(), 64 << 10),
        (format!("/campaigns/{campaign}/leads"), 8 << 20),
        (format!("/campaigns/{campaign}/reply-email-thread"), 48 << 20),
        (format!("/email-accounts/{mailbox}/messages"), 80 << 20),
    ] {
        let reply = world.call("POST", &path, &world.key, vec![b' '; limit + 1]).await;
        assert_eq!(reply.status, 413, "{path}");
        let sentence = format!("The body exceeds its limit of {limit} bytes: send a shorter one");
        assert_eq!(reply.json()["error"], sentence);
        assert_eq!(reply.json()["error"], reply.json()["message"]);
        let reply = world.call("POST", &path, &world.key, vec![b' '; limit]).await;
        assert_ne!(reply.status, 413, "{path}");
    }
    let values = format!(r#"{{"lead_list":[{}]}}"#, vec!["1"; 300_000].join(","));
    let reply = world.call("POST", &format!("/campaigns/{campaign}/leads"), &world.key, values).await;
    assert_eq!(reply.status, 422);
    assert_eq!(
        reply.json()["error"],
        "body cannot hold more than 250000 values: send it in several requests"
    );
}

#[tokio::test]
async fn what_the_path_names_is_looked_up_before_a_large_body_is_received() {
    let world = World::new().await;
    for path in ["/campaigns/99/leads", "/campaigns/99/reply-email-thread", "/email-accounts/99/messages"] {
        // Longer than any body may be: were it received, the answer would be 413.
        let reply = world.call("POST", path, &world.key, vec![b' '; (80 << 20) + 1]).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[tokio::test]
async fn at_most_twenty_problems_are_listed_and_the_rest_is_counted() {
    let world = World::new().await;
    let keys: serde_json::Map<_, _> = (0..50).map(|n| (format!("unknown{n}"), json!(1))).collect();
    let reply = world.post("/master-inbox/inbox-replies", keys.into()).await.json();
    let errors = reply["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 21);
    assert_eq!(
        errors[20],
        json!({"message": "30 more are not listed: correct these and send the request again", "not_listed": 30})
    );
}

#[tokio::test]
async fn a_number_that_json_does_not_hold_exactly_is_refused() {
    let world = World::new().await;
    let sentence =
        |key: &str| format!("{key} cannot exceed 9007199254740991: larger numbers are not exact in JSON");
    for (body, key) in [
        (r#"{"offset":9007199254740992}"#, "offset"),
        (r#"{"filters":{"campaignId":[9007199254740993]}}"#, "campaignId"),
        (r#"{"filters":{"campaignId":1e300}}"#, "campaignId"),
    ] {
        let reply = world.call("POST", "/master-inbox/inbox-replies", &world.key, body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error"].as_str()),
            (422, Some(&*sentence(key))),
            "{body}"
        );
    }
    let reply = world.get("/master-inbox/untracked-replies?offset=9007199254740992").await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (422, Some(&*sentence("offset"))));
}

#[tokio::test]
async fn a_limited_key_is_told_when_to_come_back() {
    let world = World::new().await;
    let limit = Some(RateLimit { requests: 2, seconds: 10 });
    let key = world.new_key(world.account, world.owner, Dialect::Documented, None, limit).await;
    let first = world.call("GET", "/me", &key, "").await;
    assert_eq!(first.header("x-ratelimit-limit"), Some("2"));
    assert_eq!(first.header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(first.header("x-ratelimit-reset"), Some("1748779210"));
    world.call("GET", "/me", &key, "").await.ok();
    let third = world.call("GET", "/me", &key, "").await;
    assert_eq!((third.status.as_u16(), third.header("retry-after")), (429, Some("10")));
    assert_eq!(
        third.text(),
        r#"{"message":"Too many requests for this API key","error":{"code":"RATE_LIMIT_EXCEEDED","message":"Too many requests for this API key","retry_after":10}}"#
    );
    // The time of day gives it no request.
    world.advance(10_000);
    assert_eq!(world.call("GET", "/me", &key, "").await.status, 429);
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(10)).await;
    tokio::time::resume();
    world.call("GET", "/me", &key, "").await.ok();
    assert_eq!(world.get("/me").await.header("x-ratelimit-limit"), None, "off by default");
}

#[tokio::test]
async fn until_it_is_ready_it_says_so() {
    let world = World::new().await;
    let app = crewbox_web::App::new(
        crewbox_store::Live::new(world.store.clone()),
        std::sync::Arc::new(|| crewbox_core::time::Timestamp(0)),
        1,
        crewbox_web::Settings::default(),
    )
    .unwrap();
    let router = crewbox_web::router(app.clone());
    let ask = |uri: &str| {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        tower::ServiceExt::oneshot(router.clone(), request)
    };
    for uri in ["/readyz", "/api/v1/me?api_key=x"] {
        let reply = ask(uri).await.unwrap();
        assert_eq!(reply.status(), 503);
        assert!(reply.headers().contains_key("retry-after"));
    }
    assert_eq!(ask("/healthz").await.unwrap().status(), 200);
    app.set_ready();
    assert_eq!(ask("/readyz").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_member_of_the_crew_cannot_manage() {
    let world = World::new().await;
    let ben = world.new_member("Ben", Role::Member, None).await;
    let key = world.new_key(world.account, ben, Dialect::Documented, None, None).await;
    let reply = world.call("POST", "/client/save", &key, r#"{"name":"N","email":"e@f.gh"}"#).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.json()["error"], reply.json()["message"]);
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_keys() {
    let world = World::new().await;
    let ask = |from: &'static str| Request::get("/metrics").header("x-forwarded-for", from);
    for (from, status) in [("127.0.0.1", 200), ("::1", 200), ("203.0.113.9", 401), ("nonsense", 401)] {
        let reply = world.request(ask(from).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, status, "{from}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{from}");
    }
    let with_key = ask("203.0.113.9").header("x-api-key", &world.key);
    assert_eq!(world.request(with_key.body(Body::empty()).unwrap()).await.status, 200);
}
