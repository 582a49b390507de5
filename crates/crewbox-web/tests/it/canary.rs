//! Secrets stay where they belong: a key and a mail's body are sent to every route, well and badly, while
//! everything logged is caught.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body as HttpBody;
use axum::http::Request;
use crewbox_web::route::{ROUTES, Reads, Route};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::World;

const MAIL: &str = "canary-in-the-mail-9c1f";
/// In what is sent: its text, its signature, its recipients.
const ANSWER: &str = "canary-in-the-answer-77ab";
const SIGNATURE: &str = "canary-in-the-signature-02de";
const RECIPIENT: &str = "canary-recipient-5c3f";

#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Vec<u8>>>);

impl Write for Caught {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Caught {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_key_and_no_mail_leaks() {
    let caught = Caught::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(caught.clone())
        .finish();
    // For the whole process: what other threads, and tests beside this one, log is caught too.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let id = world.lead(campaign, "lea@lead.test").await;
    world.mail(mailbox, "lea@lead.test", "spring@us.test", "", MAIL).await;
    let account = json!({"from_name": "Spring", "from_email": "spring@us.test", "user_name": "u", "password": "p",
        "smtp_host": "smtp.test", "smtp_port": 465, "imap_host": "imap.test", "imap_port": 993, "signature": SIGNATURE});
    world.post("/email-accounts/save", account).await.ok();
    let item = world.get(&format!("/master-inbox/{id}")).await.ok();
    let (stats_id, held) =
        (&item["message_history"][0]["stats_id"], &item["message_history"][0]["message_id"]);
    let to = format!("{RECIPIENT}@lead.test");
    let reply =
        json!({"email_stats_id": stats_id, "email_body": ANSWER, "to_email": to, "add_signature": true});
    let forward =
        json!({"stats_id": stats_id, "message_id": held, "to_emails": to, "forward_email_body": ANSWER});
    let with = |body: &serde_json::Value, key: &str, value: serde_json::Value| {
        let mut body = body.clone();
        body[key] = value;
        body.to_string()
    };
    // Well, and wrong in each way that comes after the text was read.
    let sendings = [
        reply.to_string(),
        with(&reply, "cc", json!([1])),
        with(&reply, "attachments", json!([{"content": "no base64!"}])),
        with(&reply, "email_stats_id", json!("nothing")),
        with(&reply, "reply_message_id", json!("nothing")),
        forward.to_string(),
        with(&forward, "forward_email_subject", json!("a\nb")),
    ];
    let queued = world.post(&format!("/campaigns/{campaign}/reply-email-thread"), reply.clone()).await.ok();
    let queued = queued["message_id"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
    let wrong = format!("{}f", &world.key[..world.key.len() - 1]);
    let limited = world
        .new_key(
            world.account,
            world.owner,
            crewbox_core::model::Dialect::Live,
            None,
            Some(crewbox_core::model::RateLimit { requests: 1, seconds: 60 }),
        )
        .await;
    let secrets = [&world.key, &wrong, &limited].map(|key| key.rsplit('_').next().unwrap().to_owned());
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let (mut answers, mut shown, mut sent) = (0, String::new(), false);
    // What deletes goes last, when the canary has been seen.
    let deletes = |route: &&Route| route.verbs[0].name() == "DELETE";
    let (last, first): (Vec<&Route>, Vec<&Route>) = ROUTES.iter().partition(deletes);
    for route in first.into_iter().chain(last) {
        if route.verbs[0].name() == "DELETE" && shown.is_empty() {
            shown = world.list("inbox-replies", json!({})).await.to_string();
        }
        for number in [id.to_string(), "424242".to_owned(), "x".to_owned()] {
            let path = route
                .path
                .replace("{id}", &number)
                .replace("{lead_id}", &lead.to_string())
                .replace("{message_id}", if number == id.to_string() { &queued } else { &number })
                .replace("{webhook_id}", &number)
                .replace("{bulk_id}", &number)
                .replace("{n}", &number)
                .replace("{email}", "someone@x.example")
                .replace("{seq}", &number);
            assert!(!path.contains('{'), "{path}");
            // A stream of events would go on for ever.
            let parameter = match () {
                () if path.ends_with("/events") => "seconds=0",
                () if route.has_parameter("event_time_gt") => "event_time_gt=2099-01-01",
                () => "",
            };
            for key in [&world.key, &wrong, &limited] {
                let all = ["{}", "{\"limit\":", "[1]", "{\"api_key\":\"x\",\"email_lead_map_id\":1}"];
                let to_send = sendings.iter().map(String::as_str).filter(|_| route.reads == Reads::Files);
                for body in all.into_iter().chain(to_send) {
                    // A raw message may hold anything; what is posted here is JSON.
                    if route.reads == Reads::Mail && body != "{}" {
                        continue;
                    }
                    let request = Request::builder()
                        .method(route.verbs[0].name())
                        .uri(format!("{path}?api_key={key}&{parameter}"))
                        .header("authorization", format!("Bearer {key}"))
                        .header("x-api-key", key.as_str());
                    let reply = world.request(request.body(HttpBody::from(body.to_owned())).unwrap()).await;
                    answers += 1;
                    sent |= (route.reads == Reads::Files) && body.contains(ANSWER) && reply.status == 200;
                    let text =
                        String::from_utf8_lossy(&reply.bytes).into_owned() + &format!("{:?}", reply.headers);
                    assert!(
                        secrets.iter().all(|secret| !text.contains(secret)),
                        "{route:?} answers a key: {text}"
                    );
                    if reply.status != 200 {
                        for word in [MAIL, ANSWER, SIGNATURE, RECIPIENT] {
                            assert!(!text.contains(word), "{route:?} fails with {word}");
                        }
                    }
                }
            }
        }
    }
    assert!(answers > 1_000);
    assert!(sent, "the answer's text went out");
    assert!(shown.contains(MAIL), "the canary is where it belongs");
    let metrics = world.request(Request::get("/metrics").body(HttpBody::empty()).unwrap()).await;
    let log = String::from_utf8_lossy(&caught.0.lock().unwrap()).into_owned();
    assert!(log.contains("answered"), "the log was caught");
    for text in [log.as_str(), metrics.text()] {
        for word in [MAIL, ANSWER, SIGNATURE, RECIPIENT] {
            assert!(!text.contains(word), "{word}");
        }
        assert!(secrets.iter().all(|secret| !text.contains(secret)));
        assert!(!text.contains("lea@lead.test"));
    }
}
