//! Unit tests of the checkpointer.

use std::future::Future as _;
use std::os::unix::fs::FileExt as _;

use super::*;

fn database(dir: &Path) -> Connection {
    let db = connect::writer(dir).unwrap();
    db.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)").unwrap();
    db
}

fn insert(db: &Connection, from: u32) {
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let sql = "INSERT OR REPLACE INTO t (n, text) VALUES (?1, ?2)";
    for n in from..from + 40 {
        db.execute(sql, (n, format!("{n} {from} ").repeat(200))).unwrap();
    }
    db.execute_batch("COMMIT").unwrap();
}

fn flip(dir: &Path, byte: u64) {
    let file = std::fs::OpenOptions::new().read(true).write(true).open(dir.join(connect::DATABASE)).unwrap();
    let mut bytes = [0];
    file.read_exact_at(&mut bytes, byte).unwrap();
    file.write_all_at(&[bytes[0] ^ 1], byte).unwrap();
}

fn changed(dir: &Path) -> Vec<u32> {
    PageSums::open_to_read(dir).unwrap().unwrap().changed(dir).unwrap()
}

#[test]
fn a_bit_that_changes_in_any_page_is_found_once_its_page_was_copied() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, db) = (temp.path(), database(temp.path()));
    insert(&db, 0);
    let checkpointer = Checkpointer::open(dir).unwrap();
    assert!(checkpointer.pass().unwrap());
    assert!(changed(dir).is_empty());
    insert(&db, 20);
    assert!(changed(dir).is_empty(), "with pages that are in the log");
    drop((checkpointer, db));
    last(dir);
    assert!(!dir.join("crewbox.db-wal").exists(), "one whole file is left");
    let pages = std::fs::metadata(dir.join(connect::DATABASE)).unwrap().len() / connect::PAGE_BYTES as u64;
    assert!(pages > 20);
    for page in 0..pages {
        let byte = page * connect::PAGE_BYTES as u64 + page * 37 % connect::PAGE_BYTES as u64;
        flip(dir, byte);
        assert_eq!(changed(dir), [u32::try_from(page).unwrap() + 1]);
        flip(dir, byte);
    }
    assert!(changed(dir).is_empty());
}

#[test]
fn sums_that_are_not_known_are_taken_again_and_no_others() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, db) = (temp.path(), database(temp.path()));
    insert(&db, 0);
    drop(db);
    last(dir);
    flip(dir, 10_000);
    let sums = PageSums::open(dir).unwrap();
    sums.complete(&|| false).unwrap();
    assert_eq!(changed(dir), [3], "its sum was known");
    std::fs::remove_file(dir.join(page_sums::FILE)).unwrap();
    PageSums::open(dir).unwrap().complete(&|| false).unwrap();
    assert!(changed(dir).is_empty(), "accepted as it is");
    flip(dir, 10_000);
    assert_eq!(changed(dir), [3]);
}

#[test]
fn pages_have_their_sums_while_others_write_copy_and_restart_the_log() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let writers = [database(dir), connect::writer(dir).unwrap()];
    PageSums::open(dir).unwrap().complete(&|| false).unwrap();
    let ended = std::sync::atomic::AtomicBool::new(false);
    let is_over = || ended.load(std::sync::atomic::Ordering::Acquire);
    std::thread::scope(|scope| {
        for (number, db) in (0..).zip(writers) {
            scope.spawn(move || (0..120).for_each(|n| insert(&db, number * 1_000 + n * 7)));
        }
        for number in 0..2 {
            scope.spawn(move || {
                let checkpointer = Checkpointer::open(dir).unwrap();
                while !is_over() {
                    let _locked = checkpointer.lock().unwrap();
                    checkpointer.pass().unwrap();
                    if number == 1 {
                        checkpointer.restart().unwrap();
                    }
                }
            });
        }
        let found: Vec<Vec<u32>> = (0..60).map(|_| changed(dir)).collect();
        ended.store(true, std::sync::atomic::Ordering::Release);
        assert!(found.iter().all(Vec::is_empty), "{found:?}");
    });
    last(dir);
    assert!(changed(dir).is_empty());
}

#[test]
fn the_writer_pauses_only_for_the_little_that_is_left_of_a_long_log() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, db) = (temp.path(), database(temp.path()));
    let checkpointer = Checkpointer::open(dir).unwrap();
    let gate = Gate::default();
    insert(&db, 0);
    // A reader of an old snapshot keeps pages from being copied: a pause would be for nothing, and long.
    let reader = connect::writer(dir).unwrap();
    begin_reading(&reader).unwrap();
    (1..20).for_each(|n| insert(&db, n * 40));
    checkpointer.look(&gate, LIMIT_BYTES).unwrap();
    assert!(checkpointer.frames_left() > FRAMES_PAUSED);
    assert_eq!(gate.most_paused.load(std::sync::atomic::Ordering::Acquire), 0, "the writer went on");
    assert!(!*gate.bulk_waits.borrow());
    end(&reader).unwrap();
    checkpointer.look(&gate, LIMIT_BYTES).unwrap();
    assert_eq!(checkpointer.frames_left(), 0);
    // However long that takes, a log that grows without end is worse.
    begin_reading(&reader).unwrap();
    (20..40).for_each(|n| insert(&db, n * 40));
    checkpointer.look(&gate, MOST_BYTES).unwrap();
    assert!(gate.most_paused.load(std::sync::atomic::Ordering::Acquire) > FRAMES_PAUSED);
    end(&reader).unwrap();
}

#[test]
fn the_log_of_a_writer_that_is_always_at_work_starts_again() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, db) = (temp.path(), database(temp.path()));
    let checkpointer = Checkpointer::open(dir).unwrap();
    let (gate, ended) = (&Gate::default(), &std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0_u32.. {
                gate.pass();
                // The right to write is held for longer than the checkpointer waits for it, and again at once.
                db.execute_batch("BEGIN IMMEDIATE").unwrap();
                db.execute("INSERT INTO t (n, text) VALUES (?1, 'x')", [n]).unwrap();
                std::thread::park_timeout(connect::CHECKPOINT_WAIT * 3);
                db.execute_batch("COMMIT").unwrap();
                gate.leave();
                if ended.load(std::sync::atomic::Ordering::Acquire) {
                    return;
                }
            }
        });
        let started_again = (0..5).filter(|_| {
            std::thread::park_timeout(connect::CHECKPOINT_WAIT * 4);
            let before = checkpointer.index.state().unwrap().header;
            checkpointer.look(gate, MOST_BYTES).unwrap();
            let wal = std::fs::metadata(dir.join("crewbox.db-wal")).unwrap().len();
            checkpointer.index.state().unwrap().header != before && wal < 10 * connect::PAGE_BYTES as u64
        });
        let started_again = started_again.count();
        ended.store(true, std::sync::atomic::Ordering::Release);
        assert_eq!(started_again, 5);
    });
}

#[test]
fn work_in_bulk_waits_until_the_log_has_started_again() {
    let gate = Gate::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        gate.let_bulk_pass().await;
        gate.bulk_waits.send_replace(true);
        let mut waiting = Box::pin(gate.let_bulk_pass());
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(waiting.as_mut().poll(context))).await;
        assert!(polled.is_pending());
        gate.bulk_waits.send_replace(false);
        waiting.await;
    });
}
