//! Writes that a client sends one after another, and what must be there once they are acknowledged.
//!
//! Owns the mails, categories and campaigns that are written. What happens to the server meanwhile is the attack's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::drive::{Inbox, Server, path, run};
use crate::http;

const CONVERSATIONS: u64 = 6;
/// Every so many mails one is large enough to be kept in a file of its own.
const LARGE_EVERY: u64 = 5;
const LARGE_LINES: usize = 4_000;
const CATEGORIES: u64 = 7;

/// An account with conversations, and what the client knows of them.
pub(crate) struct Workload(pub(super) Inbox);

/// A write, and what its response promised.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Mail { number: u64, id: Value },
    Category { conversation: u64, category: u64 },
}

/// How the server took a write.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// 200: it must be there from now on.
    Acknowledged(Write),
    /// Another response: it may be there.
    Refused(u16),
    /// No response: the server is gone, and the write may be there.
    Gone,
}

impl Workload {
    pub(crate) fn new() -> Self {
        Self(Inbox::new(CONVERSATIONS))
    }

    /// The data directory, which nothing serves yet.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.house.data()
    }

    /// What it is set up on.
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.0
    }

    /// Performs the write of this turn: mails and categories by turns.
    pub(crate) fn write(&self, url: &str, turn: u64) -> Outcome {
        if turn.is_multiple_of(2) {
            let number = turn + 1;
            return match self.deliver(url, number) {
                Ok(response) if response.status == 200 => {
                    let id = response.json()["message_id"].clone();
                    Outcome::Acknowledged(Write::Mail { number, id })
                }
                Ok(response) => Outcome::Refused(response.status),
                Err(_) => Outcome::Gone,
            };
        }
        let conversation = self.conversation(turn);
        let category = turn % CATEGORIES + 1;
        let body = json!({"email_lead_map_id": conversation, "category_id": category}).to_string();
        let route = "/api/v1/master-inbox/update-category";
        match http::send(url, "PATCH", route, &self.0.house.key, "application/json", body.as_bytes()) {
            Ok(response) if response.status == 200 => {
                Outcome::Acknowledged(Write::Category { conversation, category })
            }
            Ok(response) => Outcome::Refused(response.status),
            Err(_) => Outcome::Gone,
        }
    }

    fn deliver(&self, url: &str, number: u64) -> std::io::Result<http::Answer> {
        let route = format!("/api/v1/email-accounts/{}/messages", self.0.mailbox);
        http::send(url, "POST", &route, &self.0.house.key, "message/rfc822", &mail(number))
    }

    /// Asserts that doctor finds nothing in this data directory and that a server on it has what was acknowledged.
    /// Categories of conversations in `unsure` may be newer. No mail is in quarantine.
    pub(crate) fn check(&self, data: &Path, acknowledged: &[Write], unsure: &[u64], state: &str) {
        let printed = run(&["doctor", "--data", path(data)]);
        assert_eq!(printed.code, Some(0), "{state}: {printed:?}");
        let server = Server::start(&["serve", "--data", path(data), "--listen", "127.0.0.1:0"]);
        let quarantine = server.call("GET", "/quarantine", &self.0.house.key, &Value::Null).json();
        assert_eq!(quarantine["items"], json!([]), "{state}: quarantine");
        let mut categories = HashMap::new();
        for write in acknowledged {
            match write {
                Write::Mail { number, id } => {
                    let again = self.deliver(&server.url, *number).unwrap().json();
                    assert_eq!(
                        (&again["duplicate"], &again["message_id"]),
                        (&json!(true), id),
                        "{state}: mail {number} is gone"
                    );
                    let raw = format!("/api/v1/messages/{id}/raw");
                    let raw = http::call(&server.url, "GET", &raw, &self.0.house.key, &Value::Null);
                    assert!(
                        raw.status == 200 && raw.body == mail(*number),
                        "{state}: mail {number} is damaged"
                    );
                }
                Write::Category { conversation, category } => {
                    categories.insert(*conversation, *category);
                }
            }
        }
        for (conversation, category) in categories {
            let item =
                server.call("GET", &format!("/master-inbox/{conversation}"), &self.0.house.key, &Value::Null);
            let item = item.json();
            let item = if item["data"].is_object() { &item["data"] } else { &item };
            let found = item["category"]["id"].as_u64();
            assert!(
                found == Some(category) || unsure.contains(&conversation),
                "{state}: conversation {conversation} has category {found:?}, acknowledged {category}"
            );
        }
        server.kill();
    }

    /// The conversation whose category the write of this turn changes; none where it delivers a mail.
    pub(crate) fn conversation_of(&self, turn: u64) -> Option<u64> {
        (!turn.is_multiple_of(2)).then(|| self.conversation(turn))
    }

    fn conversation(&self, turn: u64) -> u64 {
        self.0.conversations[(turn / 2 % CONVERSATIONS) as usize]
    }
}

/// The mail of this number.
pub(super) fn mail(number: u64) -> Vec<u8> {
    let mut raw = Inbox::mail(number, CONVERSATIONS);
    if number > 0 && number.is_multiple_of(LARGE_EVERY) {
        for line in 0..LARGE_LINES {
            let digits = (number + 1) * 0x9e37_79b9 * (line as u64 + 1);
            raw.extend_from_slice(format!("{number} {line} {digits:x}\r\n").as_bytes());
        }
    }
    raw
}
