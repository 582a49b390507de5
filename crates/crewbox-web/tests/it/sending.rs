//! Replying, forwarding and blocking, up to the row in the outbox: what is sent, to which recipients, and how often.

use crewbox_core::model::Dialect;
use crewbox_core::outgoing::Outgoing;
use crewbox_store::Scope;
use serde_json::{Value, json};

use crate::world::{Reply, World};

/// What is attached where nothing else is asked: base64 of `Hello`.
const HELLO: &str = "SGVsbG8=";

/// A campaign with a mailbox and one conversation.
pub(crate) struct Talk {
    pub(crate) world: World,
    pub(crate) campaign: u64,
    pub(crate) mailbox: u64,
    pub(crate) conversation: u64,
}

impl Talk {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let (campaign, mailbox) = world.campaign("Spring", None).await;
        let conversation = world.lead(campaign, "lea@lead.test").await;
        Self { world, campaign, mailbox, conversation }
    }

    /// The same with our mail and the lead's answer in it.
    pub(crate) async fn answered() -> Self {
        let talk = Self::new().await;
        talk.sent("lea@lead.test").await;
        talk.got("lea@lead.test", "").await;
        talk
    }

    pub(crate) async fn sent(&self, to: &str) -> u64 {
        let stored = self.world.mail(self.mailbox, "spring@us.test", to, "", "Our offer").await;
        stored["message_id"].as_u64().unwrap()
    }

    pub(crate) async fn got(&self, from: &str, more: &str) -> u64 {
        let stored = self.world.mail(self.mailbox, from, "spring@us.test", more, "Their words").await;
        assert!(stored["campaign_lead_map_id"].is_string(), "{stored}");
        stored["message_id"].as_u64().unwrap()
    }

    pub(crate) async fn history(&self, conversation: u64) -> Vec<Value> {
        let item = self.world.get(&format!("/master-inbox/{conversation}")).await.ok();
        item["message_history"].as_array().unwrap().clone()
    }

    pub(crate) async fn stats_id(&self, conversation: u64) -> String {
        self.history(conversation).await.last().unwrap()["stats_id"].as_str().unwrap().to_owned()
    }

    async fn call(&self, verb: &str, path: &str, once: Option<&str>, body: &Value) -> Reply {
        let mut request = axum::http::Request::builder()
            .method(verb)
            .uri(format!("/api/v1/campaigns/{}/{path}", self.campaign))
            .header("x-api-key", &self.world.key);
        if let Some(once) = once {
            request = request.header("Idempotency-Key", once);
        }
        self.world.request(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
    }

    /// Answers; the body gets the `email_stats_id` unless it has one.
    async fn reply(&self, once: Option<&str>, mut body: Value) -> Reply {
        if body.get("email_stats_id").is_none() {
            body["email_stats_id"] = self.stats_id(self.conversation).await.into();
        }
        self.call("POST", "reply-email-thread", once, &body).await
    }

    async fn forward(&self, once: Option<&str>, mut body: Value) -> Reply {
        let last = self.history(self.conversation).await.pop().unwrap();
        body["stats_id"] = last["stats_id"].clone();
        body["message_id"] = last["message_id"].clone();
        self.call("POST", "forward-email", once, &body).await
    }

    /// The mail of an answer, and its recipients.
    pub(crate) async fn outgoing(&self, message_id: &Value) -> (String, Vec<String>) {
        let scope = Scope::operator(self.world.account);
        let id = message_id.as_str().unwrap().trim_matches(['<', '>']);
        let one = self.world.store.outgoing(&scope, id).await.unwrap();
        let raw = self.world.store.outgoing_raw(&scope, one.id).await.unwrap();
        (unfolded(&String::from_utf8(raw).unwrap()), one.recipients)
    }

    /// How many messages wait to be sent in a conversation.
    pub(crate) async fn waiting(&self, conversation: u64) -> usize {
        let scope = Scope::operator(self.world.account);
        self.world.store.parts::<Outgoing>(&scope, conversation.into()).await.unwrap().len()
    }
}

/// A mail without its soft line breaks and folds, and with the `=` of its quoted-printable parts decoded.
fn unfolded(raw: &str) -> String {
    raw.replace("=\r\n", "")
        .replace("=3D", "=")
        .replace("\r\n\t", " ")
        .replace("\r\n ", " ")
        .replace("\r\n", "\n")
}

/// The names of a mail's files, in their order.
fn files(mail: &str) -> Vec<&str> {
    let names = mail.split("Content-Disposition: attachment; filename=\"").skip(1);
    names.map(|rest| rest.split('"').next().unwrap()).collect()
}

pub(crate) fn refused(reply: &Reply) -> (u16, String) {
    let body = reply.json();
    (reply.status.as_u16(), body["field"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_answer_goes_to_a_person_and_never_to_a_machine_that_reports() {
    let talk = Talk::new().await;
    talk.sent("lea@lead.test").await;
    let bounce = "Failed: lea@lead.test\n";
    let to = async |body: Value| {
        let response = talk.reply(None, body).await.ok();
        talk.outgoing(&response["message_id"]).await.1
    };
    let body = |n: u32| json!({"email_body": format!("<p>{n}</p>")});
    // Only our own mail and a bounce of it: the recipients of our mail.
    let report = talk.got("mailer-daemon@mx.test", bounce).await;
    assert_eq!(to(body(1)).await, ["lea@lead.test"]);
    // Named, the bounce is answered in its thread, and still not to its sender.
    let named = json!({"email_body": "<p>2</p>", "reply_message_id": format!("msg_{report}")});
    assert_eq!(to(named).await, ["lea@lead.test"]);
    // Her answer, and a later bounce with the same stats_id.
    talk.got("lea@lead.test", "").await;
    let answer = talk.history(talk.conversation).await.pop().unwrap();
    talk.got("mailer-daemon@mx.test", bounce).await;
    let response = talk.reply(None, body(3)).await.ok();
    let (raw, recipients) = talk.outgoing(&response["message_id"]).await;
    assert_eq!(recipients, ["lea@lead.test"]);
    let answered = answer["message_id"].as_str().unwrap().trim_matches(['<', '>']);
    assert!(raw.contains(&format!("In-Reply-To: <{answered}>\n")), "{raw}");
    // Where she wants answers to go; not when that is ourselves.
    talk.got("lea@lead.test", "Reply-To: desk@lead.test\n").await;
    assert_eq!(to(body(4)).await, ["desk@lead.test"]);
    talk.got("lea@lead.test", "Reply-To: Spring@us.test\n").await;
    assert_eq!(to(body(5)).await, ["lea@lead.test"]);
    // The recipients that the caller names get it.
    let named = json!({"email_body": "<p>6</p>", "to_email": "\"Doe, Jane\" <j@x.test>, k@x.test", "cc": ["c@x.test"]});
    assert_eq!(to(named).await, ["c@x.test", "j@x.test", "k@x.test"]);
}

#[tokio::test]
async fn a_key_makes_a_retry_safe_and_nothing_else() {
    let talk = Talk::answered().await;
    let other = talk.world.lead(talk.campaign, "max@lead.test").await;
    talk.got("max@lead.test", "").await;
    let body = json!({"email_body": "<p>Once.</p>"});
    let first = talk.reply(Some("k"), body.clone()).await.ok();
    assert_eq!(talk.reply(Some("k"), body.clone()).await.ok(), first);
    // Another day, too: a key holds for good.
    talk.world.advance(24 * 3_600_000);
    assert_eq!(talk.reply(Some("k"), body.clone()).await.ok(), first);
    assert_eq!(talk.waiting(talk.conversation).await, 1);
    // Another body is another message: refused, and not sent.
    let changed = talk.reply(Some("k"), json!({"email_body": "<p>Changed.</p>"})).await;
    assert_eq!(refused(&changed), (422, "Idempotency-Key".to_owned()), "{}", changed.text());
    assert_eq!(talk.waiting(talk.conversation).await, 1);
    // Another lead and another call are not the same call.
    let mut elsewhere = body.clone();
    elsewhere["email_stats_id"] = talk.stats_id(other).await.into();
    let second = talk.reply(Some("k"), elsewhere).await.ok();
    assert_ne!(second["message_id"], first["message_id"]);
    assert_eq!(talk.outgoing(&second["message_id"]).await.1, ["max@lead.test"]);
    let third = talk.forward(Some("k"), json!({"to_emails": "boss@us.test"})).await.ok();
    assert_ne!(third["messageId"], first["message_id"]);
    assert_eq!((talk.waiting(talk.conversation).await, talk.waiting(other).await), (2, 1));
    let long = talk.reply(Some(&"k".repeat(256)), body.clone()).await;
    assert_eq!(refused(&long), (422, "Idempotency-Key".to_owned()));
    // Whatever has become of the domain and the mailbox since, a retry is told what the first call did.
    talk.world.post("/master-inbox/block-domains", json!({"domains": ["lead.test"]})).await.ok();
    assert_eq!(talk.reply(Some("k"), body.clone()).await.ok(), first);
    let path = format!("/email-accounts/{}", talk.mailbox);
    talk.world.call("DELETE", &path, &talk.world.key, "").await.ok();
    assert_eq!(talk.reply(Some("k"), body.clone()).await.ok(), first);
    assert_eq!(talk.reply(Some("new"), body).await.status, 409, "a new one has no mailbox to leave by");
}

#[tokio::test]
async fn without_a_key_the_same_call_is_the_same_for_a_minute() {
    let talk = Talk::answered().await;
    let body = json!({"email_body": "<p>Twice?</p>"});
    let first = talk.reply(None, body.clone()).await.ok();
    talk.world.advance(59_000);
    assert_eq!(talk.reply(None, body.clone()).await.ok(), first);
    talk.world.advance(2_000);
    assert_ne!(talk.reply(None, body.clone()).await.ok()["message_id"], first["message_id"]);
    assert_eq!(talk.waiting(talk.conversation).await, 2);
}

#[tokio::test]
async fn a_key_reaches_no_other_clients_message() {
    let talk = Talk::answered().await;
    let client = async |name: &str| {
        let body = json!({"name": name, "email": "c@c.test"});
        talk.world.post("/client/save", body).await.ok()["clientId"].as_u64()
    };
    let theirs = client("Theirs").await;
    let narrowed =
        talk.world.new_key(talk.world.account, talk.world.owner, Dialect::Documented, theirs, None).await;
    let stats_id = talk.stats_id(talk.conversation).await;
    let body = json!({"email_stats_id": stats_id, "email_body": "<p>Ours.</p>"});
    let first = talk.reply(Some("k"), body.clone()).await.ok();
    let path = format!("/campaigns/{}/reply-email-thread", talk.campaign);
    let response = talk.world.call("POST", &path, &narrowed, body.to_string()).await;
    assert_eq!(response.status, 404, "{}", response.text());
    assert!(!response.text().contains(first["message_id"].as_str().unwrap()));
}

#[tokio::test]
async fn a_forward_takes_the_files_along_and_names_its_own_fields() {
    let talk = Talk::new().await;
    talk.got("lea@lead.test", "Attached: offer.pdf\n").await;
    let forward =
        talk.forward(None, json!({"to_emails": "a@x.test, b@x.test", "forward_email_body": "<p>See.</p>"}));
    let response = forward.await.ok();
    for (key, value) in [("ok", json!(true)), ("success", json!(true)), ("status", json!("success"))] {
        assert_eq!(response[key], value, "{response}");
    }
    assert!(response["message"].is_string(), "{response}");
    let (raw, recipients) = talk.outgoing(&response["messageId"]).await;
    assert_eq!(recipients, ["a@x.test", "b@x.test"]);
    assert_eq!(files(&raw), ["offer.pdf"], "{raw}");
    for words in
        ["Subject: Fwd: Hello", "<p>See.</p>", "Forwarded message", "Their words", "YXR0YWNoZWQgYnl0ZXM"]
    {
        assert!(raw.contains(words), "{words} in {raw}");
    }
    assert!(!raw.contains("In-Reply-To:") && !raw.contains("References:"), "it answers nobody: {raw}");
    let own = json!({"to_emails": "a@x.test", "forward_email_subject": "Look"});
    let response = talk.forward(None, own).await.ok();
    assert!(talk.outgoing(&response["messageId"]).await.0.contains("Subject: Look\n"));
    talk.world.post("/master-inbox/block-domains", json!({"domains": ["blocked.test"]})).await.ok();
    for (body, field) in [
        (json!({}), "to_emails"),
        (json!({"to_emails": "nobody"}), "to_emails"),
        (json!({"to_emails": "a@blocked.test"}), "to_emails"),
        (json!({"to_emails": "a@x.test", "forward_email_subject": "ü".repeat(600)}), "forward_email_subject"),
        (
            json!({"to_emails": "a@x.test", "forward_email_subject": "a\r\nBcc: b@x.test"}),
            "forward_email_subject",
        ),
    ] {
        let response = talk.forward(None, body.clone()).await;
        assert_eq!(refused(&response), (422, field.to_owned()), "{body} {}", response.text());
        assert!(
            response.json()["error"].as_str().unwrap().contains(field) || field == "to_emails",
            "{}",
            response.text()
        );
    }
}

#[tokio::test]
async fn nobody_of_a_blocked_domain_is_written_to_and_the_field_is_named() {
    let talk = Talk::answered().await;
    let block = json!({"domains": ["Blocked.test", "lead.test"], "source": "complaint"});
    let response = talk.world.post("/master-inbox/block-domains", block).await.ok();
    assert_eq!(response["data"]["blocked_domains"], json!(["blocked.test", "lead.test"]));
    assert_eq!((&response["data"]["source"], &response["success"]), (&json!("complaint"), &json!(true)));
    for (more, field) in [
        (json!({}), "to_email"),
        (json!({"to_email": "a@x.test", "cc": "b@BLOCKED.test"}), "cc"),
        (json!({"to_email": "a@x.test", "bcc": "b@blocked.test"}), "bcc"),
    ] {
        let mut body = more;
        body["email_body"] = "<p>x</p>".into();
        let response = talk.reply(None, body).await;
        assert_eq!(refused(&response), (422, field.to_owned()), "{}", response.text());
    }
    // However it is written, when it is blocked or in an address.
    let block = json!({"domains": ["BÜCHER.test", "xn--caf-dma.test"]});
    let response = talk.world.post("/master-inbox/block-domains", block).await.ok();
    assert_eq!(response["data"]["blocked_domains"], json!(["bücher.test", "xn--caf-dma.test"]));
    for to in ["a@bücher.test", "a@xn--bcher-kva.test", "a@café.test", "a@XN--CAF-DMA.test"] {
        let response = talk.reply(None, json!({"to_email": to, "email_body": "<p>x</p>"})).await;
        assert_eq!(refused(&response), (422, "to_email".to_owned()), "{to} {}", response.text());
        assert!(response.text().contains("is blocked"), "{to} {}", response.text());
    }
    for (body, field) in [
        (json!({}), "domains"),
        (json!({"domains": ["xn--zzzzzz.test"]}), "domains"),
        (json!({"domains": ["no domain"]}), "domains"),
        (json!({"domains": ["x.test"], "source": "spite"}), "source"),
        (json!({"domains": ["x.test"], "domain": "y.test"}), "domain"),
    ] {
        let response = talk.world.post("/master-inbox/block-domains", body).await;
        assert_eq!(refused(&response), (422, field.to_owned()), "{}", response.text());
    }
    assert_eq!(talk.waiting(talk.conversation).await, 0);
}

#[tokio::test]
async fn signature_undo_window_and_files_are_as_asked() {
    let talk = Talk::answered().await;
    let account = json!({"from_name": "Spring", "from_email": "spring@us.test", "user_name": "u", "password": "p",
        "smtp_host": "smtp.test", "smtp_port": 465, "imap_host": "imap.test", "imap_port": 993,
        "signature": "<b>Ann Lee</b>"});
    talk.world.post("/email-accounts/save", account).await.ok();
    let held = talk.got("lea@lead.test", "Attached: theirs.pdf\n").await;
    let response = talk.reply(None, json!({"email_body": "<p>Plain.</p>"})).await.ok();
    assert!(!talk.outgoing(&response["message_id"]).await.0.contains("Ann Lee"));
    let body = json!({"email_body": "<p>Signed.</p>", "add_signature": true, "undo_seconds": 30,
    "attachments": [
        {"file_name": "own.txt", "file_type": "text/plain", "content": HELLO},
        {"file_url": format!("http://here/api/v1/messages/{held}/attachments/0?signature=x")},
        {"file_url": format!("/api/v1/messages/{held}/attachments/0"), "file_name": "renamed.pdf"},
    ]});
    let response = talk.reply(None, body).await.ok();
    let (raw, _) = talk.outgoing(&response["message_id"]).await;
    assert!(raw.contains("-- <br>\n<b>Ann Lee</b>\n"), "{raw}");
    assert_eq!(files(&raw), ["own.txt", "theirs.pdf", "renamed.pdf"], "{raw}");
    let scope = Scope::operator(talk.world.account);
    let id = response["message_id"].as_str().unwrap().trim_matches(['<', '>']);
    let one = talk.world.store.outgoing(&scope, id).await.unwrap();
    assert_eq!(one.not_before.millis() - talk.world.now().millis(), 30_000);
    assert_eq!(one.scheduled_time, None, "an undo window is no schedule");
    let due = async || talk.world.store.outgoing_due(&scope, talk.world.now()).await.unwrap();
    assert!(due().await.iter().all(|due| due.id != one.id));
    let status = talk.world.get(&format!("/master-inbox/reply-status?message_id={id}")).await.ok();
    assert_eq!(status["data"]["status"], "QUEUED", "{status}");
    let path = format!("reply-email-thread/{id}");
    talk.call("DELETE", &path, None, &Value::Null).await.ok();
    for attachments in [
        json!([{"file_url": "https://elsewhere.test/x.pdf"}]),
        json!([{"file_url": "/api/v1/messages/424242/attachments/0"}]),
        json!([{"file_url": format!("/api/v1/messages/{held}/attachments/9")}]),
        json!([{"content": "no base64!"}]),
        json!([{"content": HELLO, "file_name": "a\r\nb"}]),
    ] {
        let response = talk.reply(None, json!({"email_body": "<p>x</p>", "attachments": attachments})).await;
        assert_eq!(response.status, 422, "{attachments} {}", response.text());
    }
}

#[tokio::test]
async fn files_may_be_larger_than_any_other_body() {
    let talk = Talk::answered().await;
    // Nine million bytes, past what other bodies may have.
    let file = |quarters: usize| json!({"email_body": "<p>Big.</p>", "attachments": [{"content": "AAAA".repeat(quarters)}]});
    talk.reply(None, file(3_000_000)).await.ok();
    let over = talk.reply(None, file(9_500_000)).await;
    assert_eq!(refused(&over), (422, "attachments".to_owned()), "{}", over.text());
    let elsewhere = talk.world.post("/campaigns/create", json!({"name": "x".repeat(9_000_000)})).await;
    assert_eq!(elsewhere.status, 413);
}

#[tokio::test]
async fn the_live_dialect_has_its_own_message_and_patch_does_as_well() {
    let talk = Talk::answered().await;
    let live = talk.world.live_key().await;
    let stats_id = talk.stats_id(talk.conversation).await;
    let path = format!("/campaigns/{}/reply-email-thread", talk.campaign);
    for verb in ["POST", "PATCH"] {
        let body = json!({"email_stats_id": stats_id, "email_body": format!("<p>{verb}</p>")}).to_string();
        let response = talk.world.call(verb, &path, &live, body).await.ok();
        assert_eq!(response["message"], "Email added to the queue, will be sent out soon!");
        assert_eq!((&response["ok"], &response["success"]), (&json!(true), &json!(true)));
    }
    let response =
        talk.world.call("POST", &path, &live, json!({"email_stats_id": stats_id}).to_string()).await;
    assert_eq!(refused(&response), (400, "email_body".to_owned()));
    assert_eq!(talk.waiting(talk.conversation).await, 2);
}

#[tokio::test]
async fn scheduled_messages_are_ordered_in_both_dialects() {
    let talk = Talk::answered().await;
    let mut order = Vec::new();
    for (lead, at) in [
        ("max", "2030-03-01T00:00:00.250Z"),
        ("ida", "2030-01-01T00:00:00Z"),
        ("tom", "2030-02-01T00:00:00Z"),
    ] {
        let email = format!("{lead}@lead.test");
        let conversation = talk.world.lead(talk.campaign, &email).await;
        talk.got(&email, "").await;
        let stats_id = talk.stats_id(conversation).await;
        talk.reply(
            None,
            json!({"email_stats_id": stats_id, "email_body": "<p>Then.</p>", "scheduled_time": at}),
        )
        .await
        .ok();
        order.push((at, conversation));
    }
    // Sent at once, so in no list of what is scheduled.
    talk.reply(None, json!({"email_body": "<p>Now.</p>"})).await.ok();
    order.sort_unstable();
    let ascending: Vec<u64> = order.iter().map(|(_, conversation)| *conversation).collect();
    let descending: Vec<u64> = ascending.iter().rev().copied().collect();
    for (sort, expected) in [
        (json!({}), &ascending),
        (json!({"sortBy": "SCHEDULED_TIME_ASC"}), &ascending),
        (json!({"sortBy": "SCHEDULED_TIME_DESC"}), &descending),
    ] {
        assert_eq!(talk.world.ids("scheduled", sort.clone()).await, *expected, "{sort}");
        let mut paged = sort;
        paged["limit"] = 1.into();
        paged["offset"] = 1.into();
        let page = talk.world.list("scheduled", paged).await;
        assert_eq!((&page["total_count"], crate::world::ids(&page)), (&json!(3), vec![expected[1]]));
    }
    let page = talk.world.list("scheduled", json!({})).await;
    let times = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["scheduled_time"].as_str().unwrap().to_owned()).collect()
    };
    let shown = times(&page["messages"]);
    assert_eq!(shown, ["2030-01-01T00:00:00Z", "2030-02-01T00:00:00Z", "2030-03-01T00:00:00Z"]);
    let live = talk.world.live_key().await;
    let page = talk.world.call("POST", "/master-inbox/scheduled", &live, "{}").await.ok();
    let shown = times(&page["data"]);
    assert_eq!(shown, ["2030-01-01T00:00:00.000Z", "2030-02-01T00:00:00.000Z", "2030-03-01T00:00:00.250Z"]);
}
