//! Owners whose every object has the owner's own word in each of its texts, so that a leak shows whose it is.
//!
//! Owns what an owner has. Who calls with its ids, and what may differ, belongs to [`super::identities`].

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::drive::{House, Server, number};
use crate::http;

/// An id that nothing has.
pub(crate) const MISSING: u64 = 424_242;

/// One owner of things: an account, or a client of it.
pub(crate) struct Owner {
    /// What each of its texts contains.
    pub(crate) word: &'static str,
    /// The texts that name its things in a request, by what they name.
    pub(crate) values: BTreeMap<&'static str, String>,
}

impl Owner {
    /// Makes one of each thing that a client can have, with the key of the account's owner. `client` says whether it is
    /// a client, named by the word.
    pub(crate) fn furnish(
        house: &House,
        server: &Server,
        account: &str,
        key: &str,
        word: &'static str,
        client: bool,
    ) -> Self {
        let post = |path: &str, body: Value| {
            let response = http::call(&server.url, "POST", &format!("/api/v1{path}"), key, &body);
            assert_eq!(response.status, 200, "{path}: {}", String::from_utf8_lossy(&response.body));
            response.json()
        };
        let deliver = |mailbox: &str, raw: String| {
            let path = format!("/api/v1/email-accounts/{mailbox}/messages");
            let response =
                http::send(&server.url, "POST", &path, key, "message/rfc822", raw.as_bytes()).unwrap();
            assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
            response.json()
        };
        let client_id = client.then(|| {
            let saved = post("/client/save", json!({"name": word, "email": format!("{word}@c.example")}));
            number(&saved["clientId"])
        });
        let address = format!("{word}@us.example");
        let saved = post("/email-accounts/save", account_of(word, &address, client_id));
        let mailbox = number(&saved["emailAccountId"]).to_string();
        let made = post("/campaigns/create", json!({"name": word, "client_id": client_id}));
        let campaign = number(&made["id"]).to_string();
        post(
            &format!("/campaigns/{campaign}/email-accounts"),
            json!({"email_account_ids": [number(&saved["emailAccountId"])]}),
        );
        let lead = format!("{word}@lead.example");
        let added = post(
            &format!("/campaigns/{campaign}/leads"),
            json!({"lead_list": [{"email": lead, "first_name": word, "last_name": word, "company_name": word,
                "phone_number": word, "website": word, "location": word, "linkedin_profile": word,
                "company_url": word, "custom_fields": {word: word}}], "settings": {"return_lead_ids": true}}),
        );
        let lead_id = number(&added["lead_ids"][&lead]).to_string();
        let stored = deliver(&mailbox, mail(word, &lead, &address));
        let message = number(&stored["message_id"]).to_string();
        let conversation = number(&stored["campaign_lead_map_id"]);
        let stranger = deliver(&mailbox, mail(word, &format!("{word}-stranger@else.example"), &address));
        assert!(stranger["campaign_lead_map_id"].is_null(), "{stranger}");
        let tag = number(&post("/tags", json!({"name": word}))["id"]);
        post(&format!("/campaigns/{campaign}/tags"), json!({"tag_ids": [tag]}));
        let category = number(&post("/leads/categories", json!({"name": word}))["data"]["id"]);
        let mail_of_member = format!("{word}-member@crew.example");
        let mut words =
            vec!["member", "add", "--account", account, "--name", word, "--email", &mail_of_member];
        if client {
            words.extend(["--client", word]);
        }
        let member = number(&house.run(&words).json()["member_id"]);
        let on = |key: &str, value: Value| json!({"email_lead_map_id": conversation, key: value});
        post("/master-inbox/update-category", on("category_id", json!(category)));
        post("/master-inbox/update-team-member", on("team_member_id", json!(member)));
        let note = number(&post("/master-inbox/create-note", on("note_message", json!(word)))["data"]["id"]);
        let task = number(&post("/master-inbox/create-task", on("name", json!(word)))["data"]["task_id"]);
        let mut reminder = on("message", json!(word));
        reminder["reminder_time"] = json!("2099-01-01");
        let reminder = number(&post("/master-inbox/set-reminder", reminder)["data"]["reminder_id"]);
        let client_key = client_id.map(|client| {
            let made = post("/client/api-key", json!({"clientId": client, "keyName": word}));
            number(&made["data"]["id"])
        });
        let item = server.call("GET", &format!("/master-inbox/{conversation}"), key, &Value::Null).json();
        let stats = item["message_history"][0]["stats_id"].as_str().unwrap().to_owned();
        let reply = json!({"email_stats_id": stats, "email_body": word, "cc": format!("{word}-cc@lead.example"),
            "add_signature": true, "scheduled_time": "2099-01-01T00:00:00Z"});
        let queued = post(&format!("/campaigns/{campaign}/reply-email-thread"), reply);
        let queued = queued["message_id"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
        let log = server.call("GET", "/changes?since=0&limit=1", key, &Value::Null).json();
        let values = [
            ("word", word.to_owned()),
            ("address", lead),
            ("client", client_id.map_or(MISSING.to_string(), |id| id.to_string())),
            ("apikey", client_key.map_or(MISSING.to_string(), |id| id.to_string())),
            ("note", note.to_string()),
            ("task", task.to_string()),
            ("reminder", reminder.to_string()),
            ("change", log["head"].to_string()),
            ("mailbox", mailbox),
            ("campaign", campaign),
            ("lead", lead_id),
            ("message", message),
            ("stranger", number(&stranger["message_id"]).to_string()),
            ("conversation", conversation.to_string()),
            ("tag", tag.to_string()),
            ("category", category.to_string()),
            ("member", member.to_string()),
            ("stats", stats),
            ("queued", queued),
        ];
        Self { word, values: values.into() }
    }

    /// An owner of nothing: what it names is not there.
    pub(crate) fn of_nothing(like: &Self) -> Self {
        let missing = |(name, value): (&&'static str, &String)| {
            let value = match *name {
                "word" => "nowhere".to_owned(),
                "address" => "nowhere@lead.example".to_owned(),
                "queued" => format!("{}@us.example", "0".repeat(value.find('@').unwrap_or(8))),
                // Of the same form, with other digits.
                "stats" => value.chars().map(|c| if c.is_ascii_alphanumeric() { '0' } else { c }).collect(),
                _ => MISSING.to_string(),
            };
            (*name, value)
        };
        Self { word: "nowhere", values: like.values.iter().map(missing).collect() }
    }
}

/// An e-mail account at servers that refuse each connection at once.
fn account_of(word: &str, address: &str, client: Option<u64>) -> Value {
    json!({"from_name": word, "from_email": address, "user_name": word, "password": word,
        "smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_port_type": "NONE",
        "imap_host": "127.0.0.1", "imap_port": 1, "imap_port_type": "NONE",
        "signature": word, "aliases": [format!("{word}-alias@us.example")], "client_id": client})
}

/// A mail with the word in its name, subject, text and the name and content of its file.
fn mail(word: &str, from: &str, to: &str) -> String {
    format!(
        "From: {word} <{from}>\r\nTo: {to}\r\nCc: {word} <{word}-cc@lead.example>\r\nSubject: {word}\r\n\
         Message-ID: <{from}.{word}@lead.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{word}\r\n\
         --b\r\nContent-Type: text/csv; name={word}.csv\r\n\
         Content-Disposition: attachment; filename={word}.csv\r\n\r\n{word}\r\n--b--\r\n"
    )
}
