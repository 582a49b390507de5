//! `check` finds what a hand breaks in the files beneath the embedded engine, and names it without any text.

use crewbox_store::contract::NewQuarantined;
use crewbox_store::{Op, Open, Outcome, Store, StoreError};
use rusqlite::Connection;

use crate::sqlite::suite::world::{World, mail};

/// The database's file.
fn database(world: &World) -> std::path::PathBuf {
    std::fs::read_dir(world.engine.dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "db") && !path.ends_with("search.db"))
        .unwrap()
}

/// Breaks the database with this SQL and gives the checks that then fail.
async fn broken_by(sql: &str) -> Vec<String> {
    let mut world = World::new().await;
    let (mut small, raw) = mail("a@x", "a very secret text");
    world.ingest(&small, &raw).await;
    let (large, raw) = mail("b@x", &"large ".repeat(20_000));
    small.text.clear();
    world.ingest(&large, &raw).await;
    assert_eq!(world.store.check(&world.scope).await.unwrap(), [], "all is well before");
    world.store.close().await;
    let db = Connection::open(database(&world)).unwrap();
    db.execute_batch(sql).unwrap();
    drop(db);
    world.reopen().await;
    let faults = world.store.check(&world.scope).await.unwrap();
    for fault in &faults {
        assert!(!fault.what.contains("secret") && !fault.what.contains('@'), "{}", fault.what);
    }
    faults.into_iter().map(|fault| fault.check.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_damage_is_found() {
    let damages = [
        ("DELETE FROM change_log WHERE seq = 3", "log is dense"),
        ("UPDATE account SET head = head + 1", "log ends at the head"),
        ("UPDATE conversation SET flags = 0", "conversation agrees with its messages"),
        ("UPDATE conversation SET replied_count = 9", "conversation agrees with its messages"),
        ("UPDATE conversation SET reply_time = reply_time - 1", "conversation agrees with its messages"),
        ("UPDATE conversation SET last_reply_id = 1", "conversation agrees with its messages"),
        ("UPDATE conversation SET updated_at = updated_at + 1", "row changed with its log"),
        (
            "DELETE FROM change_log WHERE kind = 'conversation_created'",
            "conversation has its creation in the log",
        ),
        (
            "UPDATE change_log SET kind = 'read_changed' WHERE subject_id = 1 AND kind = 'message_received'",
            "message has its arrival in the log",
        ),
        ("DELETE FROM lead", "conversation has its lead and campaign"),
        ("DELETE FROM conversation", "message is in a conversation that is there"),
        ("DELETE FROM message_body WHERE message_id = 1", "message has its texts"),
        ("DELETE FROM message WHERE message_id = 1", "texts have their message"),
        ("DELETE FROM message WHERE message_id = 1", "raw mail belongs to something"),
        ("DELETE FROM blob WHERE data IS NOT NULL", "message has its raw mail"),
        ("UPDATE blob SET data = x'00' WHERE data IS NOT NULL", "raw mail is as it came"),
        ("UPDATE counter SET next_id = 1 WHERE name = 'message'", "ids are below their counters"),
        ("DELETE FROM directory", "member is in the directory"),
        ("UPDATE directory SET email = 'x@y.test'", "directory names members"),
        (
            "INSERT INTO message_location VALUES (1, 1, 'INBOX', 1, 1, 999, NULL)",
            "place belongs to a message",
        ),
        (
            "INSERT INTO folder VALUES (1, 1, 'INBOX', 'inbox', 1, 10, 5, 3, 0, NULL)",
            "cursors are where they can be",
        ),
    ];
    for (sql, check) in damages {
        let found = broken_by(sql).await;
        assert!(found.iter().any(|name| name == check), "{sql} was found as {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_mails_file_altered_or_gone_is_found() {
    let world = World::new().await;
    let (large, raw) = mail("b@x", &"large ".repeat(20_000));
    world.ingest(&large, &raw).await;
    let shelf =
        std::fs::read_dir(world.engine.dir().join("blobs/1")).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::read_dir(shelf).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let faults = world.store.check(&world.scope).await.unwrap();
    assert_eq!(faults.iter().map(|fault| fault.check).collect::<Vec<_>>(), ["raw mail is as it came"]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(world.store.check(&world.scope).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_of_raw_mail_is_repaired_by_the_same_mail() {
    let world = World::new().await;
    let (received, raw) = mail("a@x", "a short text");
    let message = world.ingest(&received, &raw).await.message;
    let quarantine = || {
        Op::Quarantine(Box::new(NewQuarantined {
            mailbox: world.mailbox,
            location: None,
            raw: b"\0\0\0".to_vec().into(),
            reason: "too deep".to_owned(),
            received_at: None,
            backfill: false,
            direction: None,
            reader: None,
        }))
    };
    let Outcome::Quarantined(quarantined) = world.commit(vec![quarantine()]).await.outcomes[0] else {
        panic!()
    };
    let db = Connection::open(database(&world)).unwrap();
    for damage in ["data = x'00'", "data = NULL", "size = size + 1", "size = size - 1"] {
        assert_eq!(db.execute(&format!("UPDATE blob SET {damage}"), []).unwrap(), 2, "{damage}");
        let read = world.store.raw(&world.scope, message).await;
        assert!(matches!(read, Err(StoreError::Damaged(..))), "{damage}: {read:?}");
        let read = world.store.quarantine_raw(&world.scope, quarantined).await;
        assert!(matches!(read, Err(StoreError::Damaged(..))), "{damage}: {read:?}");

        let again = world.ingest(&received, &raw).await;
        assert!(again.duplicate && again.message == message);
        assert_eq!(world.store.raw(&world.scope, message).await.unwrap(), raw, "{damage}");
        assert_eq!(world.commit(vec![quarantine()]).await.outcomes, [Outcome::Quarantined(quarantined)]);
        assert_eq!(world.store.quarantine_raw(&world.scope, quarantined).await.unwrap(), b"\0\0\0");
    }
    assert_eq!(world.store.check(&world.scope).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_key_is_reported_at_open_and_a_lost_one_leaves_the_mail() {
    let world = World::new().await;
    let (mail, raw) = mail("a@x", "still here");
    let message = world.ingest(&mail, &raw).await.message;
    world.store.close().await;
    let file = world.engine.dir().join("secret.key");
    std::fs::remove_file(&file).unwrap();
    let refused = Store::open(&Open::server(world.engine.dir())).unwrap_err();
    assert!(matches!(&refused, StoreError::KeyMissing(path) if *path == file), "{refused}");
    std::fs::write(&file, "00".repeat(32)).unwrap();
    let refused = Store::open(&Open::server(world.engine.dir())).unwrap_err();
    assert!(matches!(&refused, StoreError::KeyWrong(path) if *path == file), "{refused}");
    let open = Open { without_key: true, ..Open::command(world.engine.dir()) };
    let store = Store::open(&open).unwrap();
    assert_eq!(store.raw(&world.scope, message).await.unwrap(), raw);
    assert!(matches!(
        store.mailbox_secrets(&world.scope, world.mailbox).await,
        Err(StoreError::KeyMissing(_))
    ));
}
