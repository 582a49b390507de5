//! The calls of every route, with names such as `$campaign` where the things of an owner are named.
//!
//! Made of the table of routes and the server's own description of them, so that a new route is called too. Calls with
//! more than the required values are added here.

use crewbox_web::route::{Needs, ROUTES};
use serde_json::{Value, json};

/// Each name that a call may contain; none begins another.
const NAMES: &[&str] = &[
    "word",
    "address",
    "client",
    "mailbox",
    "campaign",
    "lead",
    "message",
    "stranger",
    "conversation",
    "tag",
    "category",
    "member",
    "apikey",
    "note",
    "task",
    "reminder",
    "change",
    "stats",
    "queued",
];

/// A call of a route.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    uri: String,
    body: String,
}

/// A route, and further calls of it: what follows its path, and its body.
type Further = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const FURTHER: &[Further] = &[
    (
        "PATCH",
        "/api/v1/master-inbox/update-category",
        &[("", r#"{"email_lead_map_id":$conversation,"category_id":$category}"#)],
    ),
    (
        "PATCH",
        "/api/v1/master-inbox/update-team-member",
        &[("", r#"{"email_lead_map_id":$conversation,"team_member_id":$member}"#)],
    ),
    (
        "PATCH",
        "/api/v1/master-inbox/update-snooze",
        &[("", r#"{"email_lead_map_id":$conversation,"until":"2099-01-01"}"#)],
    ),
    (
        "POST",
        "/api/v1/campaigns/{id}/reply-email-thread",
        &[("", r#"{"email_stats_id":"$stats","email_body":"x","scheduled_time":"2099-01-01T00:00:00Z"}"#)],
    ),
    (
        "POST",
        "/api/v1/campaigns/{id}/forward-email",
        &[(
            "",
            r#"{"stats_id":"$stats","message_id":"msg_$message","to_emails":"f@else.example","scheduled_time":"2099-01-01T00:00:00Z"}"#,
        )],
    ),
    ("GET", "/api/v1/master-inbox/reply-status", &[("?message_id=$queued", "")]),
    (
        "GET",
        "/api/v1/master-inbox/untracked-replies",
        &[("?limit=50&fetchBody=true&fetchAttachments=true", "")],
    ),
    (
        "POST",
        "/api/v1/master-inbox/untracked-replies/{id}/attach",
        &[("", r#"{"email_lead_map_id":$conversation}"#), ("", r#"{"campaign_id":$campaign}"#)],
    ),
    ("POST", "/api/v1/master-inbox/block-domains", &[("", r#"{"domains":["blocked.example"]}"#)]),
    ("GET", "/api/v1/changes", &[("?since=0&limit=100", "")]),
    // A stream that ends at once.
    ("GET", "/api/v1/events", &[("?since=0&seconds=0", "")]),
    ("PUT", "/api/v1/master-inbox/{id}/draft", &[("", r#"{"to":"x@else.example","body":"x"}"#)]),
    ("DELETE", "/api/v1/client/api-key", &[("", r#"{"id":$apikey}"#)]),
    ("POST", "/api/v1/client/api-key", &[("", r#"{"clientId":$client,"keyName":"New"}"#)]),
    ("GET", "/api/v1/client/api-key", &[("", ""), ("?clientId=$client", "")]),
    (
        "POST",
        "/api/v1/master-inbox/set-reminder",
        &[("", r#"{"email_lead_map_id":$conversation,"message":"x","reminder_time":"2099-01-01"}"#)],
    ),
    (
        "POST",
        "/api/v1/master-inbox/push-to-subsequence",
        &[("", r#"{"email_lead_map_id":$conversation,"sub_sequence_id":$campaign}"#)],
    ),
    ("POST", "/api/v1/campaigns/{id}/leads/{lead_id}/category", &[("", r#"{"category_id":$category}"#)]),
    ("POST", "/api/v1/campaigns/{id}/settings", &[("", r#"{"follow_up_percentage":40}"#)]),
    ("POST", "/api/v1/campaigns/{id}/status", &[("", r#"{"status":"START"}"#)]),
    ("GET", "/api/v1/campaigns/{id}/statistics", &[("?limit=50", "")]),
    (
        "POST",
        "/api/v1/email-accounts/tag-mapping",
        &[("", r#"{"email_account_ids":[$mailbox],"tag_ids":[$tag]}"#)],
    ),
    (
        "DELETE",
        "/api/v1/email-accounts/tag-mapping",
        &[("", r#"{"email_account_ids":[$mailbox],"tag_ids":[$tag]}"#)],
    ),
    ("POST", "/api/v1/email-accounts/tag-list", &[("", r#"{"email_ids":["$word@us.example"]}"#)]),
    (
        "POST",
        "/api/v1/email-accounts/tag-manager",
        &[("", r##"{"id":$tag,"name":"New","color":"#FF5733"}"##)],
    ),
    ("DELETE", "/api/v1/campaigns/{id}/email-accounts", &[("", r#"{"email_account_id":$mailbox}"#)]),
    (
        "POST",
        "/api/v1/email-campaigns/send-email-thread",
        &[("", r#"{"email_stats_id":"$stats","email_body":"x","scheduled_time":"2099-01-01T00:00:00Z"}"#)],
    ),
    (
        "POST",
        "/api/v1/email-campaigns/forward-reply-email",
        &[(
            "",
            r#"{"stats_id":"$stats","message_id":"msg_$message","to_emails":"f@else.example","scheduled_time":"2099-01-01T00:00:00Z"}"#,
        )],
    ),
    ("POST", "/api/v1/campaigns/create", &[("", r#"{"name":"New","client_id":$client}"#)]),
    (
        "POST",
        "/api/v1/campaigns/create-subsequence",
        &[("", r#"{"parent_campaign_id":$campaign,"subsequence_name":"New"}"#)],
    ),
    ("GET", "/api/v1/campaigns", &[("?include_tags=true", ""), ("?client_id=$client", "")]),
    ("POST", "/api/v1/campaigns/{id}/leads", &[("", r#"{"lead_list":[{"email":"new@lead.example"}]}"#)]),
    ("GET", "/api/v1/campaigns/{id}/leads", &[("?limit=50&offset=0", "")]),
    (
        "GET",
        "/api/v1/campaigns/{id}/leads/{lead_id}/message-history",
        &[("?show_plain_text_response=true", "")],
    ),
    ("POST", "/api/v1/campaigns/{id}/email-accounts", &[("", r#"{"email_account_ids":[$mailbox]}"#)]),
    ("POST", "/api/v1/campaigns/{id}/tags", &[("", r#"{"tag_ids":[$tag]}"#)]),
    ("GET", "/api/v1/leads", &[("?email=$address", "")]),
    ("POST", "/api/v1/client/save", &[("", r#"{"name":"New","email":"new@c.example"}"#)]),
    (
        "POST",
        "/api/v1/email-accounts/{id}/messages",
        &[("", "From: x@else.example\nTo: y@us.example\nSubject: x\nMessage-ID: <new@else.example>\n\nx\n")],
    ),
    ("PATCH", "/api/v1/messages/{id}/class", &[("", r#"{"class":"automatic"}"#)]),
];

/// What a list is asked for: everything, and what has something of an owner.
const LISTS: &[&str] = &[
    "{}",
    r#"{"filters":{"search":"$word"}}"#,
    r#"{"filters":{"campaignId":$campaign}}"#,
    r#"{"filters":{"campaignId":[$campaign]}}"#,
    r#"{"filters":{"campaignClientId":$client}}"#,
    r#"{"filters":{"campaignTagId":[$tag]}}"#,
    r#"{"filters":{"emailAccountId":[$mailbox]}}"#,
    r#"{"filters":{"campaignTeamMemberId":[$member]}}"#,
    r#"{"filters":{"leadCategories":{"categoryIdsIn":[$category]}}}"#,
];

/// The calls of every route.
pub(crate) fn calls(document: &Value) -> Vec<Call> {
    let mut calls = Vec::new();
    for route in ROUTES.iter() {
        for verb in route.verbs {
            let (method, path) = (verb.name(), route.path);
            let operation = &document["paths"][path][method.to_lowercase()];
            let uri = filled_path(path);
            let further = FURTHER.iter().find(|(of, further, _)| *further == path && is_same(of, method));
            let lists = operation.to_string().contains("fetch_message_history") && method != "GET";
            // The lists read their bodies in the same way: one is asked with all of them.
            let most = if path.ends_with("/views") { LISTS.len() } else { 2 };
            let further: Vec<(String, String)> = match further {
                Some((_, _, further)) => {
                    further.iter().map(|(query, body)| ((*query).to_owned(), (*body).to_owned())).collect()
                }
                None if lists => LISTS[..most]
                    .iter()
                    .map(|body| ("?fetch_message_history=true".to_owned(), (*body).to_owned()))
                    .collect(),
                None => vec![(String::new(), required(document, operation))],
            };
            for (query, body) in further {
                calls.push(Call { method, path, uri: format!("{uri}{query}"), body });
            }
        }
    }
    calls
}

/// Whether two methods make the same call: a change is answered to POST and PATCH.
fn is_same(one: &str, other: &str) -> bool {
    let changes = |method| matches!(method, "POST" | "PATCH");
    one == other || changes(one) && changes(other)
}

impl Call {
    /// Whether everybody may make it.
    pub(crate) fn is_open(&self) -> bool {
        let open = |needs: &Needs| matches!(needs, Needs::Nobody | Needs::Trusted(_));
        ROUTES.iter().any(|route| route.path == self.path && open(&route.needs))
    }

    /// Whether it takes something away that later calls need.
    pub(crate) fn takes_away(&self) -> bool {
        const WORDS: &[&str] =
            &["erase", "merge", "split", "detach", "undo", "reset", "bulk", "unsubscribe", "remove"];
        self.method == "DELETE" || WORDS.iter().any(|word| self.path.contains(word))
    }

    /// The names that it contains.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let holds = |name: &&&'static str| {
            let name = format!("${name}");
            self.uri.contains(&name) || self.body.contains(&name)
        };
        NAMES.iter().filter(holds).copied().collect()
    }

    /// The URI and the body, with these values.
    pub(crate) fn filled<'a>(&self, value: impl Fn(&'static str) -> &'a str) -> (String, String) {
        let fill = |text: &str| {
            self.names()
                .into_iter()
                .fold(text.to_owned(), |text, name| text.replace(&format!("${name}"), value(name)))
        };
        (fill(&self.uri), fill(&self.body))
    }
}

/// A path whose parameters are names.
fn filled_path(path: &str) -> String {
    const KINDS: &[(&str, &str)] = &[
        ("/untracked-replies/", "$stranger"),
        ("/notes/", "$note"),
        ("/tasks/", "$task"),
        ("/reminders/", "$reminder"),
        ("/api-key/", "$apikey"),
        ("/campaigns/", "$campaign"),
        ("/email-accounts/", "$mailbox"),
        ("/messages/", "$message"),
        ("/tags/", "$tag"),
        ("/categories/", "$category"),
        ("/client/", "$client"),
        ("/leads/", "$lead"),
    ];
    let kind = KINDS.iter().find(|(part, _)| path.contains(part)).map_or("$conversation", |(_, kind)| *kind);
    let path = path
        .replace("{id}", kind)
        .replace("{lead_id}", "$lead")
        .replace("{email}", "$address")
        .replace("{message_id}", "$queued")
        .replace("{seq}", "$change");
    let mut filled = path.replace("{n}", "0");
    while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
        filled.replace_range(from..=to, "$conversation");
    }
    filled
}

/// A body of what a route requires, as text in which ids are names.
fn required(document: &Value, operation: &Value) -> String {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_null() {
        return String::new();
    }
    let named = schema["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
    let schema = named.unwrap_or(schema);
    let mut body = Vec::new();
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let id = match name {
            "team_member_id" | "member_id" | "user_id" => Some("$member"),
            "category_id" => Some("$category"),
            "campaign_id" => Some("$campaign"),
            "client_id" => Some("$client"),
            "tag_id" => Some("$tag"),
            "email_address" | "email" => Some("\"$address\""),
            "lead_id" => Some("$lead"),
            "email_account_id" => Some("$mailbox"),
            _ if name.ends_with("_id") => Some("$conversation"),
            _ => None,
        };
        let value = id.map(str::to_owned).unwrap_or_else(|| {
            match schema["properties"][name]["type"].as_str() {
                Some("boolean") => json!(true),
                Some("integer" | "number") => json!(1),
                Some("array") => json!([]),
                Some("object") => json!({}),
                _ => json!("New"),
            }
            .to_string()
        });
        body.push(format!("\"{name}\":{value}"));
    }
    format!("{{{}}}", body.join(","))
}
