//! The OpenAPI document, the pages and the probes.

use axum::body::Body;
use axum::http::Request;
use crewbox_web::openapi::document;
use crewbox_web::route::ROUTES;
use serde_json::{Value, json};

use crate::world::{Reply, World};

async fn get(world: &World, uri: &str) -> Reply {
    world.request(Request::get(uri).body(Body::empty()).unwrap()).await
}

#[test]
fn the_interface_changes_only_on_purpose() {
    let mut document = document();
    document.info.version = "0".to_owned();
    let mut json: serde_json::Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
    // Those of successful calls are in a file of their own.
    for operation in json["paths"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .flat_map(|item| item.as_object_mut().into_iter().flat_map(|operations| operations.values_mut()))
    {
        let contents = operation["responses"]["200"]["content"].as_object_mut().into_iter();
        for content in contents.flat_map(|contents| contents.values_mut()) {
            content.as_object_mut().unwrap().remove("example");
        }
    }
    insta::assert_json_snapshot!("openapi", json);
}

#[tokio::test]
async fn the_document_is_valid_and_whole() {
    let world = World::new().await;
    let served = get(&world, "/openapi.json").await;
    let read: utoipa::openapi::OpenApi = serde_json::from_slice(&served.bytes).unwrap();
    for route in ROUTES.iter() {
        let item = read.paths.get_path_item(route.path).unwrap_or_else(|| panic!("{route:?}"));
        let json = serde_json::to_value(item).unwrap();
        for verb in route.verbs {
            assert!(json.get(verb.name().to_lowercase()).is_some(), "{route:?}");
        }
    }
    let text = served.text();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("#/components/schemas/") {
        let name = after.split('"').next().unwrap();
        assert!(read.components.as_ref().unwrap().schemas.contains_key(name), "{name}");
        rest = after;
    }
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_run_nothing() {
    let world = World::new().await;
    for uri in ["/docs", "/docs/"] {
        let page = get(&world, uri).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        for word in ["<script", "src=", "@import", "url(", "https://"] {
            assert!(!page.text().contains(word), "{uri} has {word}");
        }
    }
    let docs = get(&world, "/docs").await;
    for route in ROUTES.iter() {
        assert!(docs.text().contains(route.path), "{route:?}");
    }
}

#[tokio::test]
async fn counters_name_templates_only() {
    let world = World::new().await;
    world.get("/master-inbox/424242").await;
    world.get("/nowhere/515151").await;
    let text = get(&world, "/metrics").await;
    let text = text.text();
    assert!(
        text.contains(
            r#"crewbox_http_requests_total{method="GET",route="/api/v1/master-inbox/{id}",status="404"} 1"#
        ),
        "{text}"
    );
    assert!(text.contains(r#"crewbox_http_requests_total{method="",route="(none)",status="404"} 1"#));
    assert!(!text.contains("424242") && !text.contains("515151"));
}

#[test]
fn every_answer_and_every_parameter_is_described() {
    let document = serde_json::to_value(document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let content = &operation["responses"]["200"]["content"];
            let is_described =
                |one: &Value| one["schema"].as_object().is_some_and(|schema| !schema.is_empty());
            let answers = content.as_object().is_some_and(|content| content.values().all(is_described));
            assert!(answers, "{verb} {path} describes its answer");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let (query, others): (Vec<_>, Vec<_>) = parameters.partition(|one| one["in"] == "query");
            for one in query {
                let is_described = one["schema"]["type"].is_string() && one["description"].is_string();
                assert!(is_described, "{verb} {path} describes {}", one["name"]);
            }
            let in_path = others.iter().filter(|one| one["in"] == "path").count();
            assert_eq!(in_path, path.matches('{').count(), "{verb} {path} declares its path");
        }
    }
    let mut empty = Vec::new();
    find_empty(&document, "", &mut empty);
    assert_eq!(empty, Vec::<String>::new(), "objects without a key");
}

/// The places of all schemas of objects that say nothing of their keys.
fn find_empty(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let kind = object.get("type");
            let is_object = kind.is_some_and(|kind| kind == "object" || *kind == json!(["object", "null"]));
            if is_object && !object.contains_key("properties") && !object.contains_key("additionalProperties")
            {
                found.push(place.to_owned());
            }
            for (key, value) in object {
                find_empty(value, &format!("{place}/{key}"), found);
            }
        }
        Value::Array(values) => {
            values.iter().for_each(|value| find_empty(value, place, found));
        }
        _ => {}
    }
}

/// The keys of an object are those of its schema: each required one, and none that is not described.
fn check_keys(document: &serde_json::Value, schema: &str, object: &serde_json::Value) {
    let schema_of = &document["components"]["schemas"][schema];
    let described = schema_of["properties"].as_object().unwrap_or_else(|| panic!("{schema}"));
    let object = object.as_object().unwrap_or_else(|| panic!("{schema}: {object}"));
    for key in object.keys() {
        assert!(described.contains_key(key), "{schema} does not describe {key}");
    }
    for key in schema_of["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(key.as_str().unwrap()), "{schema} requires {key}: {object:?}");
    }
}

#[tokio::test]
async fn rows_and_messages_have_the_keys_that_are_described() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    world.mail(mailbox, "spring@us.test", "lea@lead.test", "", "We wrote.").await;
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "Attached: a.pdf\n", "She answered.").await;
    world.assign(id, world.owner.0).await;
    let document = serde_json::to_value(document()).unwrap();
    let live = world.live_key().await;
    let item = format!("/master-inbox/{id}");
    let list = "/master-inbox/unread-replies?fetch_message_history=true";
    for (key, page, rows, row, history, message, one) in [
        (&world.key, "List", "messages", "Row", "message_history", "MessageEntry", "InboxItem"),
        (&live, "LiveList", "data", "LiveRow", "email_history", "LiveMessage", "LiveInboxItem"),
    ] {
        let answer = world.call("POST", list, key, "").await.ok();
        check_keys(&document, page, &answer);
        let shown = &answer[rows][0];
        check_keys(&document, row, shown);
        assert!(shown["reply_age_hours"].is_u64(), "{shown}");
        for entry in shown[history].as_array().unwrap() {
            check_keys(&document, message, entry);
            entry["attachments"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|file| check_keys(&document, "File", file));
        }
        if page == "List" {
            for (schema, field) in [
                ("RowLead", "lead"),
                ("RowCampaign", "campaign"),
                ("LastMessage", "last_message"),
                ("Assignee", "assigned_to"),
                ("RowEmailAccount", "email_account"),
                ("RowStats", "stats"),
            ] {
                check_keys(&document, schema, &shown[field]);
            }
        }
        let answer = world.call("GET", &item, key, "").await.ok();
        let shown = if page == "List" { &answer } else { &answer["data"][0] };
        check_keys(&document, one, shown);
        assert_eq!(shown[history].as_array().unwrap().len(), 2);
    }
}
