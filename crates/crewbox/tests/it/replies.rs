//! Answers on their way out, when the way is not smooth.

use std::time::Duration;

use crewbox_testkit::bed::MailBed;
use crewbox_testkit::letter::Letter;
use crewbox_testkit::proxy::{Fault, Proxy};
use serde_json::{Value, json};

use crate::bed::{ANN, Bed, LEA, count, send};
use crate::drive::Server;
use crate::http::{self, Answer};

const WAIT: Duration = Duration::from_secs(20);

/// A conversation with one letter of the lead in it, and a way to answer.
pub(crate) struct Talk<'a> {
    bed: &'a Bed,
    server: &'a Server,
    conversation: u64,
    stats_id: Value,
}

impl<'a> Talk<'a> {
    pub(crate) fn new(bed: &'a Bed, server: &'a Server) -> Self {
        bed.live(server);
        let conversation = bed.conversation(server);
        bed.mail.dovecot.deliver(ANN, "INBOX", &Letter::new(LEA, ANN, "A question").raw());
        let (stats_id, _) = bed.until("the letter", WAIT, || {
            let item = bed.item(server, conversation);
            match item["message_history"].as_array().and_then(|all| all.first()) {
                Some(first) => Ok(first["stats_id"].clone()),
                None => Err(item.to_string()),
            }
        });
        Self { bed, server, conversation, stats_id }
    }

    fn post(&self, body: Value) -> Answer {
        self.post_with_header("", body)
    }

    /// The same, with a header line more.
    fn post_with_header(&self, header: &str, mut body: Value) -> Answer {
        body["email_stats_id"] = self.stats_id.clone();
        let path = format!("/api/v1/campaigns/{}/reply-email-thread", self.bed.campaign);
        let kind = format!("application/json{header}");
        let body = body.to_string();
        http::send(&self.server.url, "POST", &path, &self.bed.house.key, &kind, body.as_bytes()).unwrap()
    }

    /// Asks for an answer; its Message-ID.
    pub(crate) fn answer(&self, body: Value) -> String {
        self.accepted(&self.post(body))
    }

    /// The same, with this `Idempotency-Key`.
    pub(crate) fn answer_by_key(&self, key: &str, body: Value) -> String {
        self.accepted(&self.post_with_header(&format!("\r\nIdempotency-Key: {key}"), body))
    }

    fn accepted(&self, response: &Answer) -> String {
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        response.json()["message_id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn status(&self, message_id: &str) -> Value {
        let path = format!("/master-inbox/reply-status?message_id={}", message_id.trim_matches(['<', '>']));
        self.server.call("GET", &path, &self.bed.house.key, &Value::Null).json()["data"].clone()
    }

    #[track_caller]
    pub(crate) fn until(&self, message_id: &str, status: &str) -> Value {
        let look = || {
            let response = self.status(message_id);
            if response["status"] == status { Ok(response) } else { Err(response.to_string()) }
        };
        self.bed.until(status, WAIT, look).0
    }
}

#[test]
fn a_connection_cut_after_the_dot_is_of_unknown_fate_and_sent_has_the_last_word() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mail = MailBed::start();
    let proxy = runtime.block_on(Proxy::start(mail.smtp.submission));
    let bed = Bed::on(mail, None, Some(proxy.port));
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    proxy.fail(Fault::CutAnswerTo(b"\r\n.\r\n".to_vec()));
    let id = talk.answer(json!({"email_body": "<p>Cut off.</p>"}));
    let response = talk.until(&id, "UNKNOWN");
    assert!(response["status_message"].as_str().unwrap().contains("may have been sent"), "{response}");
    proxy.fail(Fault::None);
    // The server had all of it: the lead has the answer, and it is not sent again whatever happens.
    bed.until("the answer", WAIT, || match count(&bed, LEA, "INBOX", &id) {
        1 => Ok(()),
        other => Err(other.to_string()),
    });
    let connections = proxy.connections();
    let (conversation, stats_id) = (talk.conversation, talk.stats_id.clone());
    assert_eq!(server.stop(), Some(0));
    let server = bed.serve();
    let talk = Talk { bed: &bed, server: &server, conversation, stats_id };
    talk.until(&id, "UNKNOWN");
    // A copy turns up in Sent, as with a provider that keeps them by itself: now it is known.
    let raw = bed.mail.dovecot.mails(LEA, "INBOX");
    let raw = raw.iter().find(|raw| String::from_utf8_lossy(raw).contains(&id)).unwrap();
    let from = String::from_utf8_lossy(raw).find("From: ").unwrap();
    // While the server is stopped, because a running one looks into Sent only once a minute.
    let Talk { conversation, stats_id, .. } = talk;
    assert_eq!(server.stop(), Some(0));
    bed.mail.dovecot.deliver_seen(ANN, "Sent", &raw[from..]);
    let server = bed.serve();
    let talk = Talk { bed: &bed, server: &server, conversation, stats_id };
    talk.until(&id, "COMPLETED");
    assert_eq!(proxy.connections(), connections, "nothing was sent again");
    assert_eq!(count(&bed, LEA, "INBOX", &id), 1);
    let history = bed.item(&server, talk.conversation)["message_history"].clone();
    let sent = history.as_array().unwrap().iter().filter(|one| one["message_id"] == id.as_str()).count();
    assert_eq!(sent, 1, "{history}");
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}

#[test]
fn a_connection_cut_before_the_message_left_leaves_it_queued_to_be_taken_back() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mail = MailBed::start();
    let proxy = runtime.block_on(Proxy::start(mail.smtp.submission));
    let bed = Bed::on(mail, None, Some(proxy.port));
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    proxy.fail(Fault::CutAnswerTo(b"RCPT TO".to_vec()));
    let id = talk.answer(json!({"email_body": "<p>Patience.</p>"}));
    let look = || {
        let response = talk.status(&id);
        let tried =
            response["status_message"].as_str().is_some_and(|text| !text.contains("Waiting to be sent"));
        if response["status"] == "QUEUED" && tried { Ok(()) } else { Err(response.to_string()) }
    };
    bed.until("a first try", WAIT, look);
    assert_eq!(count(&bed, LEA, "INBOX", &id), 0);
    // Taken back while it waits: it never leaves.
    proxy.fail(Fault::None);
    let path = format!("/campaigns/{}/reply-email-thread/{}", bed.campaign, id.trim_matches(['<', '>']));
    let response = server.call("DELETE", &path, &bed.house.key, &Value::Null);
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    assert!(talk.until(&id, "FAILED")["status_message"].as_str().unwrap().contains("taken back"));
    let second = talk.answer(json!({"email_body": "<p>Now.</p>"}));
    talk.until(&second, "COMPLETED");
    let late = server.call(
        "DELETE",
        &path.replace(id.trim_matches(['<', '>']), second.trim_matches(['<', '>'])),
        &bed.house.key,
        &Value::Null,
    );
    assert_eq!(late.status, 409, "{}", String::from_utf8_lossy(&late.body));
    assert_eq!(count(&bed, LEA, "INBOX", &id), 0);
}

#[test]
fn what_waits_when_its_domain_is_blocked_is_not_sent() {
    let bed = Bed::new();
    bed.mail.users(&["boss@x.example"]);
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    let body = json!({"email_body": "<p>Too late.</p>", "cc": "boss@x.example", "undo_seconds": 2});
    let id = talk.answer(body);
    let block = json!({"domains": ["lead.example"]});
    let response = server.call("POST", "/master-inbox/block-domains", &bed.house.key, &block);
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    let response = talk.until(&id, "FAILED");
    assert!(
        response["status_message"].as_str().unwrap().contains("was blocked after the message was written"),
        "{response}"
    );
    for user in [LEA, "boss@x.example"] {
        assert_eq!(count(&bed, user, "INBOX", &id), 0, "{user}");
    }
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}

#[test]
fn what_is_scheduled_is_listed_by_its_time_and_can_be_taken_back() {
    let bed = Bed::new();
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    let listed = |sort: &str| {
        let response =
            server.call("POST", "/master-inbox/scheduled", &bed.house.key, &json!({"sortBy": sort}));
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        response.json()
    };
    assert_eq!(listed("SCHEDULED_TIME_ASC")["total_count"], 0);
    let at = "2031-05-06T07:08:09Z";
    let id = talk.answer(json!({"email_body": "<p>Later.</p>", "scheduled_time": at}));
    let response = talk.until(&id, "SCHEDULED");
    assert_eq!(response["scheduled_time"], at, "{response}");
    // An earlier one of the same conversation decides its place in the list.
    let soon = talk.answer(json!({"email_body": "<p>Soon.</p>", "scheduled_time": "2030-01-01T00:00:00Z"}));
    for sort in ["SCHEDULED_TIME_ASC", "SCHEDULED_TIME_DESC"] {
        let page = listed(sort);
        assert_eq!(
            (&page["total_count"], &page["messages"][0]["scheduled_time"]),
            (&json!(1), &json!("2030-01-01T00:00:00Z")),
            "{page}"
        );
    }
    assert_eq!(
        server
            .call("POST", "/master-inbox/scheduled", &bed.house.key, &json!({"sortBy": "REPLY_TIME_DESC"}))
            .status,
        422
    );
    let inbox = server.call("POST", "/master-inbox/inbox-replies", &bed.house.key, &json!({})).json();
    assert!(inbox["messages"][0].get("scheduled_time").is_none(), "told in its own list only: {inbox}");
    // A restart reads it from the store.
    let (conversation, stats_id) = (talk.conversation, talk.stats_id.clone());
    assert_eq!(server.stop(), Some(0));
    let server = bed.serve();
    let talk = Talk { bed: &bed, server: &server, conversation, stats_id };
    let total = || {
        server.call("POST", "/master-inbox/scheduled", &bed.house.key, &json!({})).json()["total_count"]
            .clone()
    };
    assert_eq!(total(), 1);
    for id in [&soon, &id] {
        let path = format!("/campaigns/{}/reply-email-thread/{}", bed.campaign, id.trim_matches(['<', '>']));
        assert_eq!(server.call("DELETE", &path, &bed.house.key, &Value::Null).status, 200);
        talk.until(id, "FAILED");
    }
    assert_eq!(total(), 0);
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}

#[test]
fn an_address_refused_fails_with_the_servers_words_and_a_bounce_threads_back_without_marking_the_lead() {
    let bed = Bed::new();
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    let refused = talk.answer(json!({"email_body": "<p>Hello?</p>", "to_email": "nobody@lead.example"}));
    let response = talk.until(&refused, "FAILED");
    assert!(response["status_message"].as_str().unwrap().contains("no such mailbox"), "{response}");
    let bounced = talk.answer(json!({"email_body": "<p>Anybody?</p>", "to_email": "bounce@lead.example"}));
    talk.until(&bounced, "COMPLETED");
    let path = format!("/master-inbox/{}", talk.conversation);
    let (history, _) = bed.until("the bounce, threaded", Duration::from_secs(40), || {
        let item = server.call("GET", &path, &bed.house.key, &Value::Null).json();
        let inbound = item["message_history"].as_array().unwrap().iter();
        match inbound.filter(|one| one["direction"] == "inbound").count() {
            2 => Ok(item),
            _ => Err(item.to_string()),
        }
    });
    let classes: Vec<&str> = history["message_history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["direction"] == "inbound")
        .map(|one| one["class"].as_str().unwrap())
        .collect();
    assert_eq!(classes, ["human", "bounce"], "{history}");
    // The address that failed is not the lead's.
    let body = json!({"filters": {"emailStatus": "Bounced"}});
    let rows = server.call("POST", "/master-inbox/inbox-replies", &bed.house.key, &body).json();
    assert_eq!(rows["messages"].as_array().map(Vec::len), Some(0), "{rows} {history}");
    assert_eq!(history["email_status"], "Replied", "{history}");
}

#[test]
fn the_same_call_again_is_the_same_answer_and_bad_ones_say_why() {
    let bed = Bed::new();
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    let path = format!("/api/v1/campaigns/{}/reply-email-thread?api_key={}", bed.campaign, bed.house.key);
    let body = json!({"email_stats_id": talk.stats_id, "email_body": "<p>Once.</p>"}).to_string();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let response = crate::http::send(
                        &server.url,
                        "POST",
                        &path,
                        "",
                        "application/json",
                        body.as_bytes(),
                    );
                    response.unwrap().json()["message_id"].clone()
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|id| *id == answers[0]), "{answers:?}");
    let id = answers[0].as_str().unwrap();
    talk.until(id, "COMPLETED");
    for (body, field) in [
        (
            json!({"email_body": "<p>x</p>", "to_email": "lea@lead.example\r\nBcc: all@lead.example"}),
            "to_email",
        ),
        (json!({"email_body": "<p>x</p>", "cc": "no address"}), "cc"),
        (json!({}), "email_body"),
        (json!({"email_body": "<p>x</p>", "undo_seconds": 61}), "undo_seconds"),
        (json!({"email_body": "<p>x</p>", "scheduled_time": "tomorrow"}), "scheduled_time"),
    ] {
        let response = talk.post(body.clone());
        assert_eq!(
            (response.status, &response.json()["field"]),
            (422, &json!(field)),
            "{body} {}",
            String::from_utf8_lossy(&response.body)
        );
    }
    // Accepted is not yet delivered.
    bed.until("the answer", WAIT, || match count(&bed, LEA, "INBOX", id) {
        1 => Ok(()),
        other => Err(other.to_string()),
    });
    assert_eq!(bed.mail.dovecot.mails(LEA, "INBOX").len(), 1);
}

#[test]
fn signature_attachments_and_copies_arrive_as_they_were_given() {
    let bed = Bed::new();
    bed.mail.users(&["boss@lead.example", "quiet@crew.example"]);
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    let id = talk.answer(json!({
        "email_body": "<p>Grüße, as asked.</p>",
        "cc": "boss@lead.example",
        "bcc": "quiet@crew.example",
        "attachments": [{"file_name": "Angebot – 1.txt", "file_type": "text/plain", "content": "SGVsbG8="}],
    }));
    talk.until(&id, "COMPLETED");
    for user in [LEA, "boss@lead.example", "quiet@crew.example"] {
        bed.until("the answer everywhere", WAIT, || match count(&bed, user, "INBOX", &id) {
            1 => Ok(()),
            other => Err(format!("{user}: {other}")),
        });
    }
    let raw = bed.mail.dovecot.mails(LEA, "INBOX").swap_remove(0);
    let text = String::from_utf8_lossy(&raw).into_owned();
    assert!(!text.to_lowercase().contains("quiet@crew.example"), "a blind copy stays blind: {text}");
    assert!(text.contains("Angebot%20%E2%80%93%201.txt") && text.contains("Hello"), "{text}");
    let history = bed.item(&server, talk.conversation)["message_history"].clone();
    let sent = history.as_array().unwrap().iter().find(|one| one["message_id"] == id.as_str()).unwrap();
    assert!(sent["body"].as_str().unwrap().contains("Grüße"), "{sent}");
    assert_eq!(sent["attachments"][0]["file_name"], "Angebot – 1.txt", "{sent}");
    // What the lead answers threads by our id, from whatever subject.
    let answer = Letter::new(LEA, ANN, "Quite another subject").answering(id.trim_matches(['<', '>']));
    send(bed.mail.smtp.submission, LEA, ANN, &answer);
    bed.until("the answer to it", WAIT, || {
        let item = bed.item(&server, talk.conversation);
        match item["message_history"].as_array().map(Vec::len) {
            Some(3) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn a_conversation_deleted_here_and_still_there_never_comes_back() {
    let mut bed = Bed::new();
    let server = bed.serve();
    let talk = Talk::new(&bed, &server);
    let id = talk.answer(json!({"email_body": "<p>Our answer.</p>"}));
    talk.until(&id, "COMPLETED");
    bed.until("copy in Sent", WAIT, || match count(&bed, ANN, "Sent", &id) {
        1 => Ok(()),
        other => Err(other.to_string()),
    });
    let conversation = talk.conversation;
    let path = format!("/master-inbox/{conversation}");
    let response = server.call("DELETE", &path, &bed.house.key, &Value::Null);
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    assert_eq!(server.call("GET", &path, &bed.house.key, &Value::Null).status, 404);
    assert_eq!(server.call("DELETE", &path, &bed.house.key, &Value::Null).status, 404);
    assert_eq!(bed.assigned(&server)["total_count"], 0);
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
    // All of it is numbered afresh, so every mail is read again: and found buried, Sent's copy too.
    for (folder, uidvalidity) in [("INBOX", 90_001), ("Sent", 90_002)] {
        bed.mail.dovecot.renumber(ANN, folder, uidvalidity);
    }
    let server = bed.serve();
    bed.until("ledger without gaps", WAIT, || match bed.ledger() {
        [2, 2, 0, 0] => Ok(()),
        other => Err(format!("{other:?}")),
    });
    bed.live(&server);
    assert_eq!(
        server.call("POST", "/master-inbox/views", &bed.house.key, &json!({})).json()["total_count"],
        0
    );
    let untracked =
        server.call("GET", "/master-inbox/untracked-replies", &bed.house.key, &Value::Null).json();
    assert_eq!(untracked["total_count"], 0, "{untracked}");
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}
