//! Which mails are one message: by text and attachments.

use crewbox_core::message::{Attachment, Mail, derived_id};
use crewbox_store::{Ingested, Op};
use sha2::{Digest as _, Sha256};

use super::world::{World, mail};

/// A mail under one Message-ID and with one text; its file and its bytes differ.
pub(crate) fn with_file(file: &str, way: &str) -> (Mail, Vec<u8>) {
    let (mut mail, mut raw) = mail("same@x", "see file");
    mail.attachments = vec![Attachment {
        index: 0,
        file_name: "rates.pdf".to_owned(),
        file_type: "application/pdf".to_owned(),
        file_size: file.len() as u64,
    }];
    mail.files_digest = Sha256::digest(file).into();
    raw.extend_from_slice(format!("\r\n{way}\r\n{file}").as_bytes());
    mail.content = Sha256::digest(&raw).into();
    (mail, raw)
}

pub(crate) async fn take(world: &World, (mail, raw): &(Mail, Vec<u8>)) -> Ingested {
    world.ingest(mail, raw).await
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_differ_in_an_attachment_are_two_messages() {
    let world = World::new().await;
    let (one, other) = (with_file("10 euro", ""), with_file("20 euro", ""));
    let first = take(&world, &one).await;
    let second = take(&world, &other).await;
    assert!(!second.duplicate && second.message != first.message);
    assert_eq!(world.store.raw(&world.scope, second.message).await.unwrap(), other.1);
    // The same files on another way are the message that has them.
    for (copy, held) in
        [(with_file("10 euro", "X-Way: b"), &first), (with_file("20 euro", "X-Way: b"), &second)]
    {
        let again = take(&world, &copy).await;
        assert_eq!((again.duplicate, again.message), (true, held.message));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_stays_deleted_and_another_attachment_is_another_message() {
    let world = World::new().await;
    take(&world, &with_file("10 euro", "")).await;
    world.commit(vec![Op::DeleteConversation(world.conversation)]).await;
    assert!(take(&world, &with_file("10 euro", "X-Way: b")).await.duplicate, "it stays deleted");
    assert!(!take(&world, &with_file("20 euro", "")).await.duplicate);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_id_that_was_not_found_before_makes_no_second_message() {
    let world = World::new().await;
    let (now, raw) = mail("found@x", "hello");
    let before =
        Mail { message_id: derived_id(&now.content), own_message_id: false, digest: [1; 32], ..now.clone() };
    let first = world.ingest(&before, &raw).await;
    let again = world.ingest(&now, &raw).await;
    assert_eq!((again.duplicate, again.message), (true, first.message));
    let (other, raw) = mail("found@x", "hello again");
    assert!(!world.ingest(&other, &raw).await.duplicate, "other bytes are another message");
}
