//! A mail that ends the program whenever it is read: it costs three deaths, and then the mailbox goes on without it.

use std::time::Duration;

use crewbox_testkit::letter::Letter;
use serde_json::Value;

use crate::bed::{ANN, Bed, LEA};
use crate::drive::Server;
use crate::http;

const MARKER: &str = "poison";
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the server has died, or has a mail in quarantine.
fn put_aside(bed: &Bed, server: &mut Server) -> bool {
    let (aside, _) = bed.until("death or quarantine", PATIENCE, || {
        if !server.lives() {
            return Ok(false);
        }
        match http::send(&server.url, "GET", "/api/v1/quarantine", &bed.house.key, "application/json", b"") {
            Ok(response) if response.json()["total_count"] == 1 => Ok(true),
            other => Err(format!("{other:?}")),
        }
    });
    aside
}

#[test]
fn a_mail_that_kills_its_reader_is_put_aside_and_tried_by_another_reader_only() {
    let bed = Bed::new();
    for subject in ["before", MARKER, "after"] {
        bed.mail.dovecot.deliver(ANN, "INBOX", &Letter::new(LEA, ANN, subject).raw());
    }
    let mut deaths = 0;
    let server = loop {
        assert!(deaths < 6, "it goes on dying");
        if let Some(mut server) = bed.try_serve_with(&[("CREWBOX_CRASH_ON_SUBJECT", MARKER)])
            && put_aside(&bed, &mut server)
        {
            break server;
        }
        deaths += 1;
    };
    assert!(deaths >= 3, "three deaths while it was read alone, not {deaths}");
    let conversation = bed.conversation(&server);
    let subjects = |server: &Server| {
        let item = bed.item(server, conversation);
        let mut all: Vec<String> = item["message_history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["subject"].as_str().unwrap().to_owned())
            .collect();
        all.sort_unstable();
        all
    };
    bed.until("the others", PATIENCE, || {
        let there = subjects(&server);
        if there == ["after", "before"] { Ok(()) } else { Err(format!("{there:?}")) }
    });
    bed.live(&server);
    assert_eq!(bed.ledger(), [3, 2, 0, 1]);
    let listed = server.call("GET", "/quarantine", &bed.house.key, &Value::Null).json()["items"][0].clone();
    assert!(listed["reason"].as_str().unwrap().contains("three times"), "{listed}");
    let retry = |server: &Server| {
        server.call("POST", &format!("/quarantine/{}/retry", listed["id"]), &bed.house.key, &Value::Null)
    };
    // The same reader would die of it again.
    let refused = retry(&server);
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(server.stop(), Some(0), "and has not");

    // Another reader, and the mailbox is gone meanwhile.
    let server = bed.serve();
    let gone =
        server.call("DELETE", &format!("/email-accounts/{}", bed.mailbox), &bed.house.key, &Value::Null);
    assert_eq!(gone.status, 200, "{gone:?}");
    let read = bed.item(&server, conversation)["is_read"].clone();
    assert_eq!(read, false, "the mailbox has the other two unread");
    let stored = retry(&server);
    assert_eq!(stored.status, 200, "{stored:?}");
    assert!(stored.json()["message_id"].as_u64().is_some(), "{stored:?}");
    assert_eq!(subjects(&server), ["after", "before", MARKER]);
    let item = bed.item(&server, conversation);
    assert_eq!(item["is_read"], read, "it was history when it came, and changes nothing: {item}");
    assert_eq!(retry(&server).status, 404);
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}
