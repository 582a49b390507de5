//! An account with conversations, long histories and wide leads, and keys of an owner, a member and a client.

use serde_json::{Map, Value, json};

use crate::drive::{House, Server, path};
use crate::http;

const MAILBOX: &str = "sales@acme.example";
/// Characters that a custom field may have, and custom fields that a lead may have.
const FIELD: usize = 10_000;
const FIELDS: usize = 200;
/// Wide leads of a call: their fields take most of the 8 MiB that a call may have.
const WIDE_A_CALL: usize = 4;

/// How much the account holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Leads with one mail each.
    pub(crate) leads: usize,
    /// Mails of the first lead, beyond one.
    pub(crate) history: usize,
    /// Leads with 200 custom fields of 10,000 characters.
    pub(crate) wide: usize,
}

/// Who calls.
pub(crate) struct Identity {
    pub(crate) name: &'static str,
    pub(crate) key: String,
    /// A campaign that it sees.
    campaign: u64,
}

impl Identity {
    /// A path of [`Filled::path_of`] for this caller.
    pub(crate) fn path(&self, path: &str) -> String {
        path.replace(CAMPAIGN, &self.campaign.to_string())
    }
}

/// The place of a caller's own campaign in a path.
const CAMPAIGN: &str = "{campaign}";

/// A filled account.
pub(crate) struct Filled {
    pub(crate) house: House,
    pub(crate) identities: [Identity; 3],
    pub(crate) wide_campaign: u64,
    conversation: u64,
    lead: u64,
    message: u64,
    mailbox: u64,
}

impl Filled {
    pub(crate) fn new(size: Size) -> Self {
        let house = House::new();
        house.run(&["member", "add", "--name", "Bo", "--email", "bo@acme.example"]).json();
        let owner = house.key.clone();
        let server = house.serve();
        let call = |method: &str, path: &str, body: Value| server.call(method, path, &owner, &body).json();
        let client = call("POST", "/client/save", json!({"name": "North", "email": "n@x.example"}));
        let campaign = |create: Value| number(&call("POST", "/campaigns/create", create)["id"]);
        let of_client = campaign(json!({"name": "North", "client_id": client["clientId"]}));
        let wide_campaign = campaign(json!({"name": "Wide"}));
        let campaign = campaign(json!({"name": "Spring"}));
        let leads: Vec<Value> =
            (0..size.leads).map(|lead| json!({"email": address(lead), "company_name": "Line Ltd"})).collect();
        for leads in leads.chunks(400) {
            call("POST", &format!("/campaigns/{campaign}/leads"), json!({"lead_list": leads}));
        }
        add_wide(&server, &owner, wide_campaign, size.wide);
        assert_eq!(server.stop(), Some(0));
        for number in 0..size.leads + size.history {
            house.file(
                &format!("in/{number}.eml"),
                mail(number, if number < size.leads { number } else { 0 }),
            );
        }
        let dir = house.temp.path().join("in");
        house.run(&["import", "mail", "--mailbox", MAILBOX, path(&dir)]).json();
        let key = |words: &[&str]| {
            let words = [&["key", "create", "--email"], words].concat();
            house.run(&words).json()["api_key"].as_str().unwrap().to_owned()
        };
        let identities = [
            Identity { name: "owner", key: owner.clone(), campaign },
            Identity { name: "member", key: key(&["bo@acme.example"]), campaign },
            Identity {
                name: "client key",
                key: key(&["ann@acme.example", "--client", "North"]),
                campaign: of_client,
            },
        ];
        let server = house.serve();
        let call = |path: &str| server.call("GET", path, &owner, &Value::Null).json();
        let lead = call(&format!("/leads?email={}", address(0)));
        let conversation = number(&lead["lead_campaign_data"][0]["campaign_lead_map_id"]);
        let history = call(&format!("/master-inbox/{conversation}"))["message_history"].clone();
        let (message, mailbox) = (number(&history[0]["id"]), number(&call("/email-accounts")[0]["id"]));
        let lead = number(&lead["id"]);
        assert_eq!(server.stop(), Some(0));
        Self { house, identities, wide_campaign, conversation, lead, message, mailbox }
    }

    /// The path of a route with what exists in its places; for one that deletes, with what does not.
    pub(crate) fn path_of(&self, route: &str, deletes: bool) -> String {
        const MISSING: u64 = 999_999_999;
        let parts = route.split('/').enumerate().map(|(place, part)| {
            let before = route.split('/').nth(place.saturating_sub(1)).unwrap_or_default();
            let id = match (part, before) {
                _ if !part.starts_with('{') => return part.to_owned(),
                ("{id}", "campaigns") if !deletes => return CAMPAIGN.to_owned(),
                ("{id}", _) if deletes => MISSING,
                ("{id}", "master-inbox") => self.conversation,
                ("{id}", "messages" | "untracked-replies") | ("{message_id}", _) => self.message,
                ("{id}", "email-accounts") => self.mailbox,
                ("{lead_id}", _) => self.lead,
                ("{n}", _) => 0,
                _ => 1,
            };
            id.to_string()
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The route that takes raw mail.
    pub(crate) fn deliver(&self) -> String {
        format!("/api/v1/email-accounts/{}/messages", self.mailbox)
    }
}

/// Adds leads that are as wide as they may be.
fn add_wide(server: &Server, key: &str, campaign: u64, count: usize) {
    let route = format!("/api/v1/campaigns/{campaign}/leads");
    let fields: Map<String, Value> =
        (0..FIELDS).map(|number| (format!("f{number}"), "x".repeat(FIELD).into())).collect();
    for first in (0..count).step_by(WIDE_A_CALL) {
        let leads = first..count.min(first + WIDE_A_CALL);
        let leads: Vec<Value> = leads
            .map(|lead| json!({"email": format!("wide{lead}@x.example"), "custom_fields": fields}))
            .collect();
        let body = json!({"lead_list": leads}).to_string();
        let added =
            http::send(&server.url, "POST", &route, key, "application/json", body.as_bytes()).unwrap();
        assert_eq!(added.json()["added_count"], leads.len());
    }
}

fn address(lead: usize) -> String {
    format!("lead{lead}@x.example")
}

fn mail(number: usize, lead: usize) -> String {
    let text = format!("Line {number} of words that are looked for, such as e and line.\r\n").repeat(200);
    format!(
        "From: {}\r\nTo: {MAILBOX}\r\nSubject: Line {number}\r\nMessage-ID: <{number}@x.example>\r\nDate: Tue, 3 Feb 2026 {:02}:{:02}:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}",
        address(lead),
        number / 60 % 24,
        number % 60
    )
}

fn number(value: &Value) -> u64 {
    let parsed = |text: &str| text.strip_prefix("msg_").unwrap_or(text).parse().ok();
    value.as_u64().or_else(|| parsed(value.as_str()?)).unwrap_or_else(|| panic!("no id: {value}"))
}
