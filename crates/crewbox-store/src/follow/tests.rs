//! Followers over a log in memory, with time that passes only when everybody waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crewbox_core::change::{Cause, Change, ChangeKind};
use crewbox_core::id::{AccountId, Seq};
use crewbox_core::time::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::{Follower, Log, LogHeads, Then, run};
use crate::contract::StoreError;

const ONE: AccountId = AccountId(1);
const TWO: AccountId = AccountId(2);
/// Longer than any wait of a follower that works.
const SOON: Duration = Duration::from_secs(60);

/// A log whose accounts have as many changes as their head says.
#[derive(Default)]
struct MemoryLog {
    heads: LogHeads,
    pages: Mutex<Vec<(AccountId, Seq)>>,
}

impl Log for MemoryLog {
    fn heads(&self) -> &LogHeads {
        &self.heads
    }

    async fn changes_after(
        &self,
        account: AccountId,
        since: Seq,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.pages.lock().unwrap().push((account, since));
        let mut head = Seq(0);
        self.heads.for_each(|of, seq| head = if of == account { seq } else { head });
        let change = |seq| Change {
            seq: Seq(seq),
            at: Timestamp(0),
            actor: None,
            cause: Cause::System,
            kind: ChangeKind::TagSaved,
            conversation: None,
            subject: None,
            detail: Vec::new(),
            of_client: None,
        };
        Ok((since.0 + 1..=head.0).take(limit as usize).map(change).collect())
    }
}

/// Tells what it is called with.
struct Told {
    calls: mpsc::UnboundedSender<(AccountId, u64, u64)>,
    /// Calls of account two that still fail.
    fails: u32,
    /// Account one never returns.
    hangs: bool,
    again: mpsc::UnboundedReceiver<()>,
}

impl Follower for Told {
    const NAME: &'static str = "told";
    type Event = ();

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        let _ = self.calls.send((account, 0, 0));
        Ok(Seq(0))
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        if self.hangs && account == ONE {
            std::future::pending::<()>().await;
        }
        if self.fails > 0 && account == TWO {
            self.fails -= 1;
            return Err(StoreError::Stopped);
        }
        let (first, last) = (changes.first().unwrap().seq, changes.last().unwrap().seq);
        let _ = self.calls.send((account, first.0, last.0));
        Ok(last)
    }

    async fn wait(&mut self) {
        if self.again.recv().await.is_none() {
            std::future::pending().await
        }
    }

    async fn act(&mut self, (): ()) -> Then {
        Then::BeginAgain
    }
}

/// A follower at work.
struct Running {
    calls: mpsc::UnboundedReceiver<(AccountId, u64, u64)>,
    again: mpsc::UnboundedSender<()>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    fn start(log: &Arc<MemoryLog>, fails: u32, hangs: bool) -> Self {
        let (told, calls) = mpsc::unbounded_channel();
        let (again, asked) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let log = Arc::clone(log);
        let mut follower = Told { calls: told, fails, hangs, again: asked };
        let task = tokio::spawn(async move { run(&*log, &mut follower, stopped).await });
        Self { calls, again, stop, task }
    }

    async fn next(&mut self) -> (AccountId, u64, u64) {
        timeout(SOON, self.calls.recv()).await.expect("it was called").unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_is_followed_at_once_and_many_are_followed_together() {
    let log = Arc::new(MemoryLog::default());
    let mut follower = Running::start(&log, 0, false);
    log.heads.publish([(ONE, Seq(2))]);
    assert_eq!((follower.next().await, follower.next().await), ((ONE, 0, 0), (ONE, 1, 2)));
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let (before, pages) = (Instant::now(), log.pages.lock().unwrap().len());
    log.heads.publish([(ONE, Seq(3))]);
    assert_eq!(follower.next().await, (ONE, 3, 3));
    assert_eq!(before.elapsed(), Duration::ZERO, "no wait for a poll");
    for head in 4..100 {
        log.heads.publish([(ONE, Seq(head))]);
        tokio::task::yield_now().await;
    }
    assert_eq!(follower.next().await, (ONE, 4, 99));
    assert_eq!(log.pages.lock().unwrap().len(), pages + 2, "an hour without a commit reads nothing");
}

#[tokio::test(start_paused = true)]
async fn a_slow_follower_delays_no_other() {
    let log = Arc::new(MemoryLog::default());
    let mut slow = Running::start(&log, 0, true);
    let mut quick = Running::start(&log, 0, false);
    log.heads.publish([(ONE, Seq(2_500))]);
    assert_eq!((slow.next().await, quick.next().await), ((ONE, 0, 0), (ONE, 0, 0)));
    for page in [(ONE, 1, 1_000), (ONE, 1_001, 2_000), (ONE, 2_001, 2_500)] {
        assert_eq!(quick.next().await, page);
    }
    assert!(slow.calls.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn changes_come_again_after_an_error_and_other_accounts_do_not_wait() {
    let log = Arc::new(MemoryLog::default());
    let mut follower = Running::start(&log, 3, false);
    log.heads.publish([(ONE, Seq(1)), (TWO, Seq(1))]);
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(follower.next().await);
    }
    assert_eq!(calls, [(ONE, 0, 0), (TWO, 0, 0), (ONE, 1, 1), (TWO, 1, 1)]);
    log.heads.publish([(TWO, Seq(2))]);
    assert_eq!(follower.next().await, (TWO, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_lost_its_state_begins_again_and_a_stop_ends_it() {
    let log = Arc::new(MemoryLog::default());
    let mut follower = Running::start(&log, 0, false);
    log.heads.publish([(ONE, Seq(1))]);
    for _ in 0..2 {
        assert_eq!((follower.next().await, follower.next().await), ((ONE, 0, 0), (ONE, 1, 1)));
        follower.again.send(()).unwrap();
    }
    follower.stop.send(true).unwrap();
    timeout(SOON, follower.task).await.unwrap().unwrap();
}
