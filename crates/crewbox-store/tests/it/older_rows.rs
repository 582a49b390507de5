//! Which mails are one message where the rows were written by a version that knew no digest of attachments.
//!
//! Of the embedded engine only: such rows are made by hand.

use crewbox_core::id::MessageId;
use crewbox_store::Op;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::sqlite::suite::identity::{take, with_file};
use crate::sqlite::suite::world::{World, mail};

/// Puts the store into the state of a version that knew no digest of attachments.
async fn forget_files(world: &mut World) {
    world.store.close().await;
    let database = world.engine.dir().join("crewbox.db");
    let db = Connection::open(database).unwrap();
    db.execute_batch("UPDATE message SET files_digest = NULL; UPDATE tombstone SET files_digest = NULL")
        .unwrap();
    drop(db);
    world.reopen().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_before_is_known_again_by_what_it_says_of_its_files() {
    let mut world = World::new().await;
    let first = take(&world, &with_file("10 euro", "")).await;
    let (plain, raw) = mail("plain@x", "no file");
    world.ingest(&plain, &raw).await;
    forget_files(&mut world).await;
    // The same bytes, the same message on another way, and a message without files.
    for copy in [with_file("10 euro", ""), with_file("10 euro", "X-Way: b")] {
        let again = take(&world, &copy).await;
        assert_eq!((again.duplicate, again.message), (true, first.message));
    }
    let (mut copy, raw) = (plain.clone(), [raw.as_slice(), b" "].concat());
    copy.content = Sha256::digest(&raw).into();
    assert!(world.ingest(&copy, &raw).await.duplicate);
    assert!(!take(&world, &with_file("1,000 euro", "")).await.duplicate, "its file has another size");

    // Read again, it has a digest, and a file of the same size is told from its own.
    let lacking = |world: &World| {
        let (store, scope) = (world.store.clone(), world.scope);
        async move {
            let all = store.raws(&scope, MessageId(0), 100).await.unwrap();
            all.into_iter().filter(|mail| mail.lacks_files_digest).count()
        }
    };
    assert_eq!(lacking(&world).await, 2);
    let (mail, _) = with_file("10 euro", "");
    world.commit(vec![Op::Reread { message: first.message, mail: Box::new(mail) }]).await;
    assert_eq!(lacking(&world).await, 1);
    assert!(!take(&world, &with_file("20 euro", "")).await.duplicate);
    assert!(take(&world, &with_file("10 euro", "X-Way: c")).await.duplicate);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_before_stays_deleted() {
    let mut world = World::new().await;
    take(&world, &with_file("10 euro", "")).await;
    world.commit(vec![Op::DeleteConversation(world.conversation)]).await;
    forget_files(&mut world).await;
    assert!(take(&world, &with_file("10 euro", "X-Way: b")).await.duplicate);
}
