//! Secrets stay where they belong: a key and a mail's body are sent to every route, well and badly, while
//! everything logged is caught.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body as HttpBody;
use axum::http::Request;
use crewbox_web::route::{Body, ROUTES, Route};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::World;

const MAIL: &str = "canary-in-the-mail-9c1f";

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
    let (mut answers, mut shown) = (0, String::new());
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
                .replace("{n}", &number);
            for key in [&world.key, &wrong, &limited] {
                for body in ["{}", "{\"limit\":", "[1]", "{\"api_key\":\"x\",\"email_lead_map_id\":1}"] {
                    // A raw message may hold anything; what is posted here is JSON.
                    if matches!(route.body, Body::Raw) && body != "{}" {
                        continue;
                    }
                    let request = Request::builder()
                        .method(route.verbs[0].name())
                        .uri(format!("{path}?api_key={key}&event_time_gt=2099-01-01"))
                        .header("authorization", format!("Bearer {key}"))
                        .header("x-api-key", key.as_str());
                    let reply = world.request(request.body(HttpBody::from(body)).unwrap()).await;
                    answers += 1;
                    let text =
                        String::from_utf8_lossy(&reply.bytes).into_owned() + &format!("{:?}", reply.headers);
                    assert!(
                        secrets.iter().all(|secret| !text.contains(secret)),
                        "{route:?} answers a key: {text}"
                    );
                    if reply.status != 200 {
                        assert!(!text.contains(MAIL), "{route:?} fails with a mail's body");
                    }
                }
            }
        }
    }
    assert!(answers > 1_000);
    assert!(shown.contains(MAIL), "the canary is where it belongs");
    let metrics = world.request(Request::get("/metrics").body(HttpBody::empty()).unwrap()).await;
    let log = String::from_utf8_lossy(&caught.0.lock().unwrap()).into_owned();
    assert!(log.contains("answered"), "the log was caught");
    for text in [log.as_str(), metrics.text()] {
        assert!(!text.contains(MAIL));
        assert!(secrets.iter().all(|secret| !text.contains(secret)));
        assert!(!text.contains("lea@lead.test"));
    }
}
