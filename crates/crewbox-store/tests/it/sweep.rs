//! The sweep removes the files of large mails that nothing refers to, and no other.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use crewbox_core::time::Timestamp;
use crewbox_store::{Op, StoreError};

use crate::sqlite::suite::world::{NOW, World, mail};

/// A day after all files of a test were written.
const LATER: Timestamp = Timestamp(4_000_000_000_000);

/// As many directories as an account has at most: far more than one poll of a task can look through.
const SHELVES: usize = 256;

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn large(id: &str) -> (crewbox_core::message::Mail, Vec<u8>) {
    mail(id, &format!("large {id} ").repeat(20_000))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_deleted_mail_is_swept_at_once_one_of_a_mail_never_stored_after_a_day_and_files_in_use_stay()
 {
    let world = World::new().await;
    let blobs = world.engine.dir().join("blobs");
    let (deleted, raw) = large("deleted@x");
    world.ingest(&deleted, &raw).await;
    world.commit(vec![Op::DeleteConversation(world.conversation)]).await;
    let (mut kept, raw) = large("kept@x");
    kept.from.email = "stranger@elsewhere.test".to_owned();
    let message = world.ingest(&kept, &raw).await.message;
    let unfinished = files(&blobs)[0].with_extension("1-0.draft");
    fs::write(&unfinished, "half").unwrap();
    fs::write(blobs.join("1/notes.txt"), "not ours").unwrap();
    let never_stored = unfinished.with_file_name(format!("{:064x}", 7));
    fs::write(never_stored, "its mail may still be on its way").unwrap();
    assert_eq!(files(&blobs).len(), 5);

    assert_eq!(world.store.sweep(NOW).await.unwrap(), 1, "the others are younger than a day");
    assert_eq!(files(&blobs).len(), 4);
    assert_eq!(world.store.sweep(LATER).await.unwrap(), 1);
    assert_eq!(world.store.sweep(LATER).await.unwrap(), 0);
    assert_eq!(files(&blobs).len(), 2, "the file in use and the one that is not ours");
    assert_eq!(world.store.raw(&world.scope, message).await.unwrap(), raw);
    assert_eq!(world.store.check(&world.scope).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_is_dropped_ends_with_the_files_it_is_looking_at() {
    let world = World::new().await;
    let blobs = world.engine.dir().join("blobs");
    for shelf in 0..SHELVES {
        let shelf = blobs.join(format!("1/{shelf:02x}"));
        fs::create_dir_all(&shelf).unwrap();
        fs::write(shelf.join(format!("{:064x}", 7)), "no row names this").unwrap();
    }
    let mut sweep = Box::pin(world.store.sweep(LATER));
    // How far one poll takes it depends on the machine; tokio's budget of a task ends it after a part of the shelves.
    while files(&blobs).len() == SHELVES {
        let polled = std::future::poll_fn(|context| Poll::Ready(sweep.as_mut().poll(context))).await;
        assert!(polled.is_pending(), "it ended with {} files left: {polled:?}", files(&blobs).len());
        tokio::task::yield_now().await;
    }
    drop(sweep);
    world.store.close().await;
    let left = files(&blobs).len();
    assert!(left > SHELVES / 2, "{left}");
}

/// The sweep is told that every file is old, which takes its day away: only the check of the row remains.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_mail_is_coming_in_at_that_moment_is_not_lost() {
    let world = Arc::new(World::new().await);
    let done = Arc::new(AtomicBool::new(false));
    let sweeping = tokio::spawn({
        let (world, done) = (world.clone(), done.clone());
        async move {
            while !done.load(Ordering::Acquire) {
                world.store.sweep(LATER).await.unwrap();
            }
        }
    });
    let mut held = Vec::new();
    for number in 0..60 {
        let (mail, raw) = large(&format!("{number}@x"));
        let op = || Op::Ingest(Box::new(world.ingest_of(&mail, &raw)));
        // A mail whose file was swept before its row was written is refused, and comes in when it is tried again.
        while let Err(error) = world.try_commit(vec![op()]).await {
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
        }
        held.push(mail.content);
    }
    done.store(true, Ordering::Release);
    sweeping.await.unwrap();
    assert_eq!(world.store.held(&world.scope, &held).await.unwrap(), [true; 60]);
    assert_eq!(world.store.check(&world.scope).await.unwrap(), [], "every row has its file");
    assert_eq!(files(&world.engine.dir().join("blobs")).len(), 60);
}
