//! docs/compatibility.md names every call that is served, and no other; and the contract's calls are all served.

use std::collections::BTreeSet;

use axum::body::Body as HttpBody;
use axum::http::Request;
use crewbox_web::openapi::document;
use crewbox_web::route::{ROUTES, Verb};

use crate::world::World;

const PAGE: &str = include_str!("../../../../docs/compatibility.md");

/// The calls in the rows of the page's tables.
fn on_page() -> Vec<&'static str> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.map(|(call, _)| call).filter(|call| call.contains(" /")).collect()
}

#[test]
fn the_page_names_what_is_served_and_nothing_else() {
    let served = ROUTES.iter().map(|route| {
        format!("{} {}", route.verbs[0].name(), route.path.strip_prefix("/api/v1").unwrap_or(route.path))
    });
    let served: BTreeSet<String> = served.collect();
    let named: BTreeSet<String> = on_page().into_iter().map(str::to_owned).collect();
    let missing: Vec<_> = served.difference(&named).collect();
    assert!(missing.is_empty(), "docs/compatibility.md needs a row for each of these: {missing:#?}");
    let unknown: Vec<_> = named.difference(&served).collect();
    assert!(unknown.is_empty(), "docs/compatibility.md has rows of calls that are not served: {unknown:#?}");
    assert_eq!(on_page().len(), named.len(), "a call has one row");
}

#[tokio::test]
async fn what_the_page_says_is_not_served_is_answered_so() {
    let world = World::new().await;
    let (_, rest) = PAGE.split_once("## Calls that are not served").unwrap();
    let rows = rest
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let mut asked = 0;
    for path in rows.filter(|path| path.starts_with('/')) {
        let path = path.replace("{*rest}", "x/y").replace("{id}", "1").replace("{lead_id}", "1");
        let request = Request::get(format!("/api/v1{path}")).body(HttpBody::empty()).unwrap();
        let reply = world.request(request).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.text().contains("does not send campaigns"), "{path}: {}", reply.text());
        asked += 1;
    }
    assert!(asked > 20, "{asked}");
}

/// Every call of the contract, by its first method. `{}` is a part that varies.
const CONTRACT: &[(&str, &[&str])] = &[
    (
        "POST",
        &[
            "/master-inbox/assigned-me",
            "/master-inbox/inbox-replies",
            "/master-inbox/unread-replies",
            "/master-inbox/important",
            "/master-inbox/snoozed",
            "/master-inbox/archived",
            "/master-inbox/scheduled",
            "/master-inbox/reminders",
            "/master-inbox/sent",
            "/master-inbox/views",
            "/master-inbox/unassigned",
            "/master-inbox/update-team-member",
            "/master-inbox/set-reminder",
            "/master-inbox/create-note",
            "/master-inbox/create-task",
            "/master-inbox/push-to-subsequence",
            "/master-inbox/block-domains",
            "/master-inbox/untracked-replies/{}/attach",
            "/campaigns/{}/reply-email-thread",
            "/campaigns/{}/forward-email",
            "/email-campaigns/send-email-thread",
            "/email-campaigns/forward-reply-email",
            "/campaigns/{}/leads/{}/category",
            "/campaigns/{}/leads/{}/pause",
            "/campaigns/{}/leads/{}/resume",
            "/campaigns/{}/leads/{}/unsubscribe",
            "/changes/{}/undo",
            "/leads/categories",
            "/quarantine/{}/retry",
            "/campaigns/create",
            "/campaigns/create-subsequence",
            "/campaigns/{}/leads",
            "/campaigns/{}/leads/{}",
            "/campaigns/{}/status",
            "/campaigns/{}/settings",
            "/campaigns/{}/tags",
            "/campaigns/{}/email-accounts",
            "/email-accounts/save",
            "/email-accounts/{}",
            "/email-accounts/{}/messages",
            "/email-accounts/tag-manager",
            "/email-accounts/tag-list",
            "/email-accounts/tag-mapping",
            "/leads/add-domain-block-list",
            "/client/save",
            "/client/api-key",
            "/tags",
            "/events/ingest",
            "/master-inbox/bulk",
            "/bulk/{}/undo",
            "/bulk/{}/stop",
            "/master-inbox/{}/merge",
            "/master-inbox/{}/split",
            "/leads/{}/unsubscribe",
            "/email-accounts/{}/test",
            "/webhook/create",
            "/campaigns/{}/webhooks",
            "/campaigns/{}/webhooks/retrigger-failed-events",
            "/master-inbox/saved-views",
            "/mcp",
        ],
    ),
    (
        "PATCH",
        &[
            "/master-inbox/change-read-status",
            "/master-inbox/update-category",
            "/master-inbox/update-revenue",
            "/master-inbox/resume-lead",
            "/master-inbox/update-archived",
            "/master-inbox/update-important",
            "/master-inbox/update-snooze",
            "/master-inbox/notes/{}",
            "/master-inbox/tasks/{}",
            "/master-inbox/reminders/{}",
            "/messages/{}/class",
        ],
    ),
    (
        "GET",
        &[
            "/master-inbox/{}",
            "/master-inbox/{}/draft",
            "/master-inbox/{}/notes",
            "/master-inbox/{}/tasks",
            "/master-inbox/{}/reminders",
            "/master-inbox/{}/participants",
            "/master-inbox/notes/{}",
            "/master-inbox/tasks/{}",
            "/master-inbox/reminders/{}",
            "/master-inbox/reply-status",
            "/bulk/{}",
            "/tags",
            "/email-accounts/tags",
            "/master-inbox/untracked-replies",
            "/master-inbox/saved-views",
            "/campaigns/{}/leads/{}/message-history",
            "/campaigns/{}/leads/{}/messages",
            "/leads/fetch-categories",
            "/messages/{}",
            "/messages/{}/attachments/{}",
            "/messages/{}/raw",
            "/team-members",
            "/team/load",
            "/team/performance",
            "/webhook/{}",
            "/campaigns/{}/webhooks",
            "/campaigns/{}/webhooks/summary",
            "/me",
            "/changes",
            "/events",
            "/quarantine",
            "/quarantine/{}/raw",
            "/email-accounts/{}/ledger",
            "/campaigns",
            "/campaigns/{}",
            "/campaigns/{}/leads",
            "/campaigns/{}/leads-export",
            "/campaigns/{}/email-accounts",
            "/campaigns/{}/analytics",
            "/campaigns/{}/statistics",
            "/campaigns/{}/analytics-by-date",
            "/campaigns/{}/top-level-analytics-by-date",
            "/campaigns/{}/mailbox-statistics",
            "/campaigns/{}/leads-statistics",
            "/analytics/overall-stats-v2",
            "/analytics/day-wise-overall-stats",
            "/analytics/day-wise-positive-reply-stats",
            "/analytics/campaign/response-stats",
            "/analytics/campaign/lead-to-reply-time",
            "/analytics/lead/category-wise-response",
            "/analytics/client/overall-stats",
            "/analytics/team-board/overall-stats",
            "/analytics/mailbox/overall-stats",
            "/leads",
            "/leads/{}",
            "/leads/{}/campaigns",
            "/leads/get-domain-block-list",
            "/email-accounts",
            "/email-accounts/{}",
            "/client",
            "/client/api-key",
            "/openapi.json",
            "/docs",
            "/healthz",
            "/readyz",
            "/metrics",
        ],
    ),
    ("PUT", &["/master-inbox/{}/draft", "/client/api-key/reset/{}", "/webhook/update/{}"]),
    (
        "DELETE",
        &[
            "/master-inbox/{}",
            "/master-inbox/{}/draft",
            "/master-inbox/{}/participants/{}",
            "/master-inbox/saved-views",
            "/master-inbox/saved-views/{}",
            "/leads/{}",
            "/master-inbox/notes/{}",
            "/master-inbox/tasks/{}",
            "/master-inbox/reminders/{}",
            "/campaigns/{}/reply-email-thread/{}",
            "/campaigns/{}",
            "/campaigns/{}/leads/{}",
            "/campaigns/{}/email-accounts",
            "/email-accounts/{}",
            "/email-accounts/tag-mapping",
            "/leads/delete-domain-block-list",
            "/client/api-key",
            "/client/api-key/{}",
            "/webhook/delete",
            "/campaigns/{}/webhooks",
            "/campaigns/{}/webhooks/{}",
        ],
    ),
];

#[test]
fn every_call_of_the_contract_is_served_and_described() {
    let document = serde_json::to_value(document()).unwrap();
    let mut missing = Vec::new();
    for (method, paths) in CONTRACT {
        let verb = Verb::ALL.into_iter().find(|verb| verb.name() == *method).unwrap();
        for path in *paths {
            let route = ROUTES.iter().find(|route| {
                let own = route.path.strip_prefix("/api/v1").unwrap_or(route.path);
                route.answers(verb) && unnamed(own) == *path
            });
            let described = route.is_some_and(|route| {
                let item = &document["paths"][route.path];
                route.verbs.iter().all(|verb| item[verb.name().to_lowercase()].is_object())
            });
            if !described {
                missing.push(format!("{method} {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A path without the names of the parts that vary.
fn unnamed(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
