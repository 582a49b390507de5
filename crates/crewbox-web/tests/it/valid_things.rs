//! The things that a valid call of a route is about, made again for each call that takes one away.

use bytes::Bytes;
use crewbox_app::conversation::{CreateNote, ListFilter, create_note};
use crewbox_app::saved_view::{SaveView, save};
use crewbox_app::{Caller, Idempotency, Services};
use crewbox_core::saved_view::SavedList;
use crewbox_core::view::View;
use crewbox_store::contract::NewQuarantined;
use crewbox_store::{Op, Outcome, Scope};
use crewbox_web::openapi::document;
use serde_json::{Value, json};

use crate::valid_calls::{MAILBOX, ValidCalls};

impl ValidCalls {
    /// A webhook of the campaign.
    pub(crate) async fn webhook(&self) -> u64 {
        let path = format!("/campaigns/{}/webhooks", self.campaign);
        let made = self.world.post(&path, self.new_webhook()).await.ok();
        made["id"].as_u64().unwrap()
    }

    /// What a webhook needs; nothing listens there.
    pub(crate) fn new_webhook(&self) -> Value {
        json!({"webhook_url": "http://127.0.0.1:1/", "event_types": ["EMAIL_REPLY"]})
    }

    /// A key that is restricted to the client.
    pub(crate) async fn client_key(&self) -> u64 {
        let body = json!({"clientId": self.client, "keyName": "Reports"});
        let made = self.world.post("/client/api-key", body).await.ok();
        made["data"]["id"].as_u64().unwrap()
    }

    /// An address that nothing has yet.
    pub(crate) async fn unused_address(&self) -> String {
        format!("x{}@else.test", self.world.head().await)
    }

    /// An e-mail account of the client at the server of this test. Nothing answers on its SMTP port, which is what a
    /// test of the account then reports.
    pub(crate) fn account(&self, address: &str) -> Value {
        json!({"from_name": "Spring", "from_email": address, "user_name": "u", "password": "p",
            "smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_port_type": "NONE",
            "imap_host": "127.0.0.1", "imap_port": self.server.port, "imap_port_type": "NONE",
            "client_id": self.client})
    }

    pub(crate) fn reply(&self) -> Value {
        json!({"email_stats_id": self.stats_id, "email_body": "<p>Ours.</p>", "undo_seconds": 60})
    }

    /// A note of the operator: every member may change it.
    pub(crate) async fn note(&self) -> u64 {
        let text = self.unused_address().await;
        let (store, now) = (&self.world.store, self.world.now());
        let caller = Caller::operator(store, Scope::operator(self.world.account), now).await.unwrap();
        let idempotency = Idempotency { key: None, action: text.clone(), request: Bytes::new() };
        let command = CreateNote { conversation: self.conversation.into(), text, idempotency };
        create_note(&Services::new(store.clone()), &caller, command).await.unwrap().id.get()
    }

    /// A view that the operator saved and shares with the client.
    pub(crate) async fn saved_view(&self) -> u64 {
        let (store, now) = (&self.world.store, self.world.now());
        let caller = Caller::operator(store, Scope::operator(self.world.account), now).await.unwrap();
        let list = SavedList { view: View::Inbox, filters: ListFilter::default(), sort: None };
        let client = Some(self.client.into());
        let command = SaveView { name: self.unused_address().await, client, shared: true, list };
        save(&Services::new(store.clone()), &caller, command).await.unwrap().id.get()
    }

    /// A bulk action that was started for the client.
    pub(crate) async fn bulk_action(&self) -> u64 {
        let body = json!({"view": "archived", "action": {"type": "read", "value": true}}).to_string();
        let done = self.world.call("POST", "/master-inbox/bulk", &self.clients_key, body).await.ok();
        done["data"]["bulk_id"].as_u64().unwrap()
    }

    pub(crate) async fn reminder(&self) -> u64 {
        let message = self.unused_address().await;
        let body = json!({"email_lead_map_id": self.conversation, "message": message, "reminder_time": "2025-07-01"});
        let made = self.world.post("/master-inbox/set-reminder", body).await.ok();
        made["data"]["reminder_id"].as_u64().unwrap()
    }

    pub(crate) async fn task(&self) -> u64 {
        let body = json!({"email_lead_map_id": self.conversation, "name": self.unused_address().await});
        let made = self.world.post("/master-inbox/create-task", body).await.ok();
        made["data"]["task_id"].as_u64().unwrap()
    }

    /// The Message-ID of a reply that waits to be sent.
    pub(crate) async fn queued(&self) -> String {
        let path = format!("/campaigns/{}/reply-email-thread", self.campaign);
        let queued = self.world.post(&path, self.reply()).await.ok();
        queued["message_id"].as_str().unwrap().trim_matches(['<', '>']).to_owned()
    }

    /// A mail in quarantine that this version reads.
    pub(crate) async fn quarantined(&self) -> u64 {
        let raw = format!("From: {}\nTo: {MAILBOX}\n\nHello\n", self.unused_address().await);
        let new = NewQuarantined {
            mailbox: self.mailbox.into(),
            location: None,
            raw: Bytes::from(raw).into(),
            reason: "three times".to_owned(),
            received_at: None,
            backfill: false,
            direction: None,
            reader: Some("another reader".to_owned()),
        };
        match self.world.op(self.world.account, Op::Quarantine(Box::new(new))).await {
            Outcome::Quarantined(id) => id.get(),
            other => panic!("{other:?}"),
        }
    }

    /// A body of what a route requires, as the document describes it: ids by their names, other values by their types.
    pub(crate) fn required_of(&self, verb: &str, path: &str) -> Value {
        let document = serde_json::to_value(document()).unwrap();
        let operation = &document["paths"][path][verb.to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let named = schema["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
        let schema = named.unwrap_or(schema);
        let value = |name: &str| match (name, schema["properties"][name]["type"].as_str()) {
            ("email_lead_map_id", _) => json!(self.conversation),
            ("team_member_id", _) => json!(self.member),
            (_, Some("string")) => json!("New"),
            (_, Some("boolean")) => json!(true),
            _ => panic!("give the matrix a valid call of {verb} {path}: what is {name}?"),
        };
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        required.map(|name| (name.to_owned(), value(name))).collect::<serde_json::Map<_, _>>().into()
    }
}
