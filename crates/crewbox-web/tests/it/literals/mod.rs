//! Every literal of the API's contract (messages, error sentences, keys, names of values, headers, formats, defaults,
//! limits), each with the call that returns it. The tables are the files below; this one makes the calls.

mod errors;
mod items;
mod lists;
mod ordered;
mod rows;
mod supply;

use axum::http::Request;
use crewbox_core::model::{Dialect, RateLimit, Role};
use serde_json::{Value, json};

use self::ordered::Ordered;
use crate::world::{Reply, World};

/// A call and what its response must have.
struct Call {
    key: Key,
    /// Method and path. `$name` is one of [`Setup::names`].
    call: &'static str,
    /// A header of the request, as `name: value`; nothing for none.
    header: &'static str,
    body: &'static str,
    status: u16,
    says: &'static [(Where, &'static str)],
}

/// Who calls.
#[derive(Clone, Copy)]
enum Key {
    Documented,
    Live,
    /// Restricted to a client.
    Client,
    /// May call once in ten seconds.
    Limited,
    Unknown,
    Nobody,
}

/// Where in a response a literal is, and how it is compared.
#[derive(Clone, Copy, Debug)]
enum Where {
    /// The whole body.
    Body,
    /// The value at this JSON pointer: a text as it is, anything else as JSON.
    At(&'static str),
    /// A text at this pointer has it somewhere.
    In(&'static str),
    /// The object at this pointer has these keys, and in this order.
    Keys(&'static str),
    /// The value at this pointer has this type: `string|null`. `time` and `time ms` are the formats of a time.
    Type(&'static str),
    /// A header; `*` for any value.
    Header(&'static str),
}

use Key::{Client, Documented, Limited, Live, Nobody, Unknown};
use Where::{At, Body, Header, In, Keys, Type};

/// A call with a documented key that succeeds.
const fn ok(call: &'static str, body: &'static str, says: &'static [(Where, &'static str)]) -> Call {
    Call { key: Documented, call, header: "", body, status: 200, says }
}

/// A call with a documented key that is refused.
const fn refused(
    status: u16,
    call: &'static str,
    body: &'static str,
    says: &'static [(Where, &'static str)],
) -> Call {
    Call { key: Documented, call, header: "", body, status, says }
}

impl Call {
    const fn of(self, key: Key) -> Self {
        Self { key, ..self }
    }

    const fn with(self, header: &'static str) -> Self {
        Self { header, ..self }
    }
}

struct Setup {
    world: World,
    names: Vec<(&'static str, String)>,
    live: String,
    client: String,
    limited: String,
}

impl Setup {
    /// A lead who answered what we wrote, a second mail that belongs nowhere, and what the calls name.
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let conversation = world.lead(campaign, "lea@lead.test").await;
        let sent = format!("<m{}@test>", world.head().await);
        world.mail(mailbox, "spring@us.test", "lea@lead.test", "", "We wrote.").await;
        world.advance(3_600_000);
        let answer = format!("In-Reply-To: {sent}\nAttached: a.pdf\n");
        world.mail(mailbox, "lea@lead.test", "spring@us.test", &answer, "She answered.").await;
        let untracked = world.mail(mailbox, "stranger@else.test", "spring@us.test", "", "Who am I").await;
        world.assign(conversation, world.owner.get()).await;
        let item = world.get(&format!("/master-inbox/{conversation}")).await.ok();
        let newest = item["message_history"].as_array().unwrap().last().unwrap().clone();
        let parent = json!({"parent_campaign_id": campaign});
        let subsequence = world.post("/campaigns/create-subsequence", parent).await.ok()["id"].to_string();
        let tag = world.post("/tags", json!({"name": "vip", "color": "#FF5733"})).await.ok();
        let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
        let client = client["clientId"].as_u64();
        let ben = world.new_member("Ben", Role::Member, None).await;
        let key = async |dialect, client, limit| {
            world.new_key(world.account, world.owner, dialect, client, limit).await
        };
        let one = RateLimit { requests: 1, seconds: 10 };
        let live = key(Dialect::Live, None, None).await;
        let clients = key(Dialect::Documented, client, None).await;
        let limited = key(Dialect::Documented, None, Some(one)).await;
        let reply = json!({"email_stats_id": newest["stats_id"], "email_body": "<p>Later.</p>",
            "scheduled_time": "2099-01-19T10:00:00Z"});
        let reply = world.post(&format!("/campaigns/{campaign}/reply-email-thread"), reply).await.ok();
        let scheduled = reply["message_id"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
        let lead = world.get("/leads/?email=lea@lead.test").await.ok()["id"].clone();
        let names = vec![
            ("$conversation", conversation.to_string()),
            ("$subsequence", subsequence),
            ("$campaign", campaign.to_string()),
            ("$mailbox", mailbox.to_string()),
            ("$untracked", untracked["message_id"].to_string()),
            ("$member", world.owner.get().to_string()),
            ("$ben", ben.get().to_string()),
            ("$message", newest["id"].as_str().unwrap().trim_start_matches("msg_").to_owned()),
            ("$stats", newest["stats_id"].as_str().unwrap().to_owned()),
            ("$lead", lead.as_str().map_or_else(|| lead.to_string(), str::to_owned)),
            ("$tag", tag["id"].to_string()),
            ("$client", client.unwrap().to_string()),
            ("$key", world.key.clone()),
            ("$scheduled", scheduled),
        ];
        Self { world, names, live, client: clients, limited }
    }

    /// A text with the names replaced. `$array(N)` and `$text(N)` are as long as they say.
    fn filled(&self, text: &str) -> String {
        let mut text =
            self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        while let Some((before, rest)) = text.split_once("$array(") {
            let (count, after) = rest.split_once(')').unwrap();
            let numbers: Vec<String> =
                (1..=count.parse::<u64>().unwrap()).map(|one| one.to_string()).collect();
            text = format!("{before}[{}]{after}", numbers.join(","));
        }
        while let Some((before, rest)) = text.split_once("$text(") {
            let (count, after) = rest.split_once(')').unwrap();
            text = format!("{before}{}{after}", "x".repeat(count.parse().unwrap()));
        }
        text
    }

    async fn ask(&self, call: &Call) -> Reply {
        let (method, path) = call.call.split_once(' ').unwrap();
        let path = self.filled(path);
        let is_root =
            ["/openapi.json", "/docs", "/healthz", "/readyz", "/metrics", "/mcp"].contains(&path.as_str());
        let uri = if is_root { path } else { format!("/api/v1{path}") };
        let mut request = Request::builder().method(method).uri(uri);
        let key = match call.key {
            Documented => Some(self.world.key.as_str()),
            Live => Some(self.live.as_str()),
            Client => Some(self.client.as_str()),
            Limited => Some(self.limited.as_str()),
            Unknown => Some("cbx_1_unknown"),
            Nobody => None,
        };
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        if let Some((name, value)) = call.header.split_once(": ") {
            request = request.header(name, value);
        }
        self.world.request(request.body(self.filled(call.body).into()).unwrap()).await
    }

    /// Makes the calls in their order; what is not as the contract has it.
    async fn faults(&self, calls: &[Call]) -> Vec<String> {
        let mut faults = Vec::new();
        for call in calls {
            let reply = self.ask(call).await;
            let mut fault = |text: String| faults.push(format!("{} {}: {text}", call.call, call.body));
            if reply.status != call.status {
                fault(format!("{} in place of {}: {}", reply.status, call.status, shown(&reply)));
                continue;
            }
            for (place, literal) in call.says {
                let literal = self.filled(literal);
                if !place.has(&reply, &literal) {
                    fault(format!("{place:?} is not {literal}: {}", shown(&reply)));
                }
            }
        }
        faults
    }
}

fn shown(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes).chars().take(1_200).collect()
}

impl Where {
    fn has(self, reply: &Reply, literal: &str) -> bool {
        let json: Value = match self {
            Body => return reply.text() == literal,
            Header(name) => return reply.header(name).is_some_and(|had| literal == "*" || had == literal),
            _ => serde_json::from_slice(&reply.bytes).unwrap_or_default(),
        };
        let value = |pointer: &str| json.pointer(pointer);
        match self {
            At(pointer) => value(pointer).is_some_and(|had| match had {
                Value::String(text) => text == literal,
                other => serde_json::from_str::<Value>(literal).is_ok_and(|wanted| wanted == *other),
            }),
            In(pointer) => value(pointer).and_then(Value::as_str).is_some_and(|had| had.contains(literal)),
            Keys(pointer) => {
                let Ok(ordered) = serde_json::from_slice::<Ordered>(&reply.bytes) else { return false };
                let Some(had) = ordered.keys(pointer) else { return false };
                let mut had = had.iter();
                literal.split(',').all(|key| had.any(|had| *had == key))
            }
            Type(pointer) => value(pointer).is_some_and(|had| literal.split('|').any(|name| is_a(name, had))),
            Body | Header(_) => false,
        }
    }
}

fn is_a(name: &str, value: &Value) -> bool {
    let is_time = |form: &str| {
        value.as_str().is_some_and(|text| {
            let digits: String =
                text.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
            digits == form
        })
    };
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "time" => is_time("0000-00-00T00:00:00Z"),
        "time ms" => is_time("0000-00-00T00:00:00.000Z"),
        other => panic!("{other} is no type"),
    }
}

#[tokio::test]
async fn each_literal_of_the_contract_is_returned() {
    let setup = Setup::new().await;
    let mut faults = Vec::new();
    // What changes nothing comes first.
    for calls in [errors::CALLS, lists::CALLS, rows::CALLS, items::CALLS, supply::CALLS] {
        faults.extend(setup.faults(calls).await);
    }
    for list in lists::LISTS {
        faults.extend(list.faults(&setup).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_response_without_the_literal_is_noticed() {
    let setup = Setup::new().await;
    let calls = [
        ok(
            "GET /me",
            "",
            &[(At("/name"), "Eve"), (Keys(""), "name,id"), (Type("/id"), "string"), (Header("etag"), "*")],
        ),
        refused(404, "GET /me", "", &[]),
    ];
    assert_eq!(setup.faults(&calls).await.len(), 5);
}
