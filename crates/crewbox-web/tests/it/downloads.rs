//! Raw mails and attachments: byte for byte, in pieces where they are large, and never damaged.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crewbox_store::contract::NewQuarantined;
use crewbox_store::{Op, Outcome};
use http_body_util::BodyExt as _;

use crate::world::World;

/// Longer than what is sent in one piece.
const LARGE: usize = 600 * 1024;

/// Bytes that repeat only after long.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A mail with a file in each way that files travel: Base64, as they are, quoted-printable.
fn mail(file: &[u8], line: &str) -> String {
    let encoded = BASE64_STANDARD.encode(file);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let text = line.repeat(LARGE / line.len());
    let part = |name: &str, transfer: &str, body: &str| {
        format!(
            "--b\r\nContent-Type: application/x-test\r\nContent-Transfer-Encoding: {transfer}\r\n\
             Content-Disposition: attachment; filename={name}\r\n\r\n{body}\r\n"
        )
    };
    format!(
        "From: lea@lead.test\r\nTo: spring@us.test\r\nSubject: Files\r\nMessage-ID: <files@lead.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n{}{}{}--b--\r\n",
        part("one", "base64", &lines.join("\r\n")),
        part("two", "8bit", &text),
        part("three", "quoted-printable", "caf=C3=A9")
    )
}

/// The files of large mails.
fn blobs(world: &World) -> Vec<PathBuf> {
    let entries = |dir: PathBuf| std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let shelves = entries(world.data().join("blobs")).flat_map(entries);
    shelves.flat_map(entries).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn large_mails_and_their_attachments_come_back_byte_for_byte() {
    let world = World::new().await;
    let (_, mailbox) = world.campaign("Spring", None).await;
    let file = noise(LARGE);
    let line = "A line of a file that travels as it is.\r\n";
    let raw = mail(&file, line);
    let path = format!("/email-accounts/{mailbox}/messages");
    let id = world.call("POST", &path, &world.key, raw.clone()).await.ok()["message_id"].as_u64().unwrap();
    let download = async |path: &str| {
        let reply = world.get(&format!("/messages/{id}/{path}")).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("cache-control"), Some("private, no-store"));
        assert!(reply.header("content-disposition").unwrap().starts_with("attachment"));
        reply.bytes
    };
    assert!(download("raw").await == raw.as_bytes());
    assert!(download("attachments/0").await == file);
    assert_eq!(download("attachments/1").await, line.repeat(LARGE / line.len()).as_bytes());
    assert_eq!(download("attachments/2").await, "café".as_bytes());
    let missing = world.get(&format!("/messages/{id}/attachments/3")).await;
    assert_eq!(
        (missing.status.as_u16(), missing.json()["message"].as_str()),
        (404, Some(&*format!("Attachment 3 not found in message {id}")))
    );
    // What is not read yet is as long as announced.
    let response = world.response("GET", &format!("/messages/{id}/attachments/0")).await;
    assert_eq!(hyper::body::Body::size_hint(response.body()).exact(), Some(LARGE as u64));
    drop(response);

    let quarantined = NewQuarantined {
        mailbox: crewbox_core::id::MailboxId(mailbox),
        location: None,
        raw: file.clone().into(),
        reason: "a test".to_owned(),
        received_at: None,
        backfill: false,
        direction: None,
        reader: None,
    };
    let Outcome::Quarantined(quarantined) =
        world.op(world.account, Op::Quarantine(Box::new(quarantined))).await
    else {
        panic!()
    };
    let path = format!("/quarantine/{quarantined}/raw");
    assert!(world.get(&path).await.bytes == file);

    // One bit in the last bytes: nothing is sent as if it were whole.
    for blob in blobs(&world) {
        let mut bytes = std::fs::read(&blob).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&blob, bytes).unwrap();
    }
    let damaged = [path, format!("/messages/{id}/raw"), format!("/messages/{id}/attachments/0")];
    for path in &damaged {
        let reply = world.get(path).await;
        assert_eq!(reply.status, 500, "{path}");
        assert_eq!(reply.json()["message"], "Internal server error");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_whose_file_goes_away_ends_with_an_error() {
    let world = World::new().await;
    let (_, mailbox) = world.campaign("Spring", None).await;
    let raw = mail(&noise(LARGE), "A line.\r\n");
    let path = format!("/email-accounts/{mailbox}/messages");
    let id = world.call("POST", &path, &world.key, raw).await.ok()["message_id"].as_u64().unwrap();
    let mut body = world.response("GET", &format!("/messages/{id}/raw")).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    for blob in blobs(&world) {
        std::fs::remove_file(blob).unwrap();
    }
    while let Some(frame) = body.frame().await {
        if frame.is_err() {
            return;
        }
    }
    panic!("the body seemed complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_who_do_not_read_the_longest_messages_keep_no_list_waiting() {
    /// Of characters that JSON writes as they are; as the store has it and as JSON it is longer than a response.
    const LONGEST: usize = 17 << 20;
    /// Together longer than all lists may be.
    const UNREAD: usize = 6;
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let mut longest = 0;
    for (number, length) in [LONGEST, 300 << 10, 300 << 10].into_iter().enumerate() {
        let lead = format!("lead{number}@lead.test");
        world.lead(campaign, &lead).await;
        let line = "A line of a long mail that nobody reads to its end.\n";
        let mail = world.mail(mailbox, &lead, "spring@us.test", "", &line.repeat(length / line.len())).await;
        if number == 0 {
            longest = mail["message_id"].as_u64().unwrap();
        }
    }
    let mut unread = Vec::new();
    for _ in 0..UNREAD {
        let response = world.response("GET", &format!("/messages/{longest}")).await;
        assert_eq!(response.status(), 200);
        unread.push(response);
    }
    for offset in 0..20 {
        // Rows of long texts are large pages.
        let reply =
            world.post("/master-inbox/inbox-replies", serde_json::json!({"offset": offset % 3})).await;
        assert_eq!(reply.status, 200, "call {offset}");
        assert!(reply.bytes.len() > 256 << 10, "the page is large");
    }
    drop(unread);
}
