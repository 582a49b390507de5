//! Large responses: how many are prepared at once, and how many bytes of them are in memory.
//!
//! Owns the limits of a response and of all large ones together. What a response holds belongs to its handler; a
//! handler that finds that its response is large takes a [`Turn`] before it reads the rest.
//!
//! Three budgets keep the rare, largest responses from the frequent ones. What needs more than [`RESPONSE_BYTES`] has a
//! budget of its own. Of the rest, those that are prepared and wait for their clients may fill only a part of theirs, so
//! that clients who read slowly leave room to prepare others.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::payload::Payload;

/// A response is at most this long, so that a client can hold what it asked for, and so can this process. Complete
/// messages alone may be longer.
pub(crate) const RESPONSE_BYTES: usize = 32 * 1024 * 1024;
/// A response up to this length is prepared at once, on the thread that serves the request: that takes less than a
/// millisecond. A longer one is large.
pub(crate) const SMALL_BYTES: usize = 256 * 1024;
/// What a response that is read while it is sent holds: its piece, and what the connection has taken of it and the client
/// has not (the connection's buffer, 64 KiB).
pub(crate) const PIECES_BYTES: usize = 512 * 1024;
/// A prepared response up to this length is short: a page of long mails without their histories is.
const SHORT_BYTES: usize = 2 * 1024 * 1024;
/// Prepared responses over [`SHORT_BYTES`], until they are sent: three of full length.
const UNSENT_BYTES: usize = 3 * RESPONSE_BYTES;
/// Responses of at most [`RESPONSE_BYTES`], from the start of their preparation until they are sent: the unsent long
/// ones, one that is prepared, and short ones.
const ORDINARY_BYTES: usize = UNSENT_BYTES + RESPONSE_BYTES + 8 * SHORT_BYTES;
/// All others: the longest message, as the store has it and as JSON.
const HUGE_BYTES: usize = 192 * 1024 * 1024;
/// A call waits this long for its turn; clients give up after about thirty seconds.
const WAIT: Duration = Duration::from_secs(10);
/// A prepared response waits this long for others to be sent: meanwhile it keeps others from being prepared.
const UNSENT_WAIT: Duration = Duration::from_secs(2);
/// Permits count kibibytes, since a semaphore takes a `u32` of them at a time.
const UNIT: usize = 1024;
const BUSY: &str = "Too many large responses are in preparation: try again, or ask for fewer rows";
const UNSENT: &str =
    "Too many large responses wait for their clients to read them: try again, or ask for fewer rows";

/// All large responses of the process.
#[derive(Debug)]
pub(crate) struct LargeResponses {
    ordinary: Arc<Semaphore>,
    unsent: Arc<Semaphore>,
    huge: Arc<Semaphore>,
    threads: Arc<Semaphore>,
    wait: Duration,
}

/// The right to prepare one large response.
#[derive(Debug)]
pub(crate) struct Turn {
    bytes: OwnedSemaphorePermit,
    /// What [`Turn::bytes`] counts.
    reserved: usize,
    /// What a long response takes a part of until it is sent; none where it has a budget of its own.
    unsent: Option<Arc<Semaphore>>,
    unsent_wait: Duration,
    _thread: OwnedSemaphorePermit,
}

/// A response's bytes, counted until they are dropped.
struct Counted {
    body: Bytes,
    _bytes: OwnedSemaphorePermit,
    _unsent: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

const fn units(bytes: usize) -> usize {
    bytes.div_ceil(UNIT)
}

impl LargeResponses {
    /// Half of the machine's threads may prepare large responses: the other half serves everything else.
    pub(crate) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() / 2).max(1);
        Self::with(threads, WAIT)
    }

    fn with(threads: usize, wait: Duration) -> Self {
        let budget = |bytes| Arc::new(Semaphore::new(units(bytes)));
        Self {
            ordinary: budget(ORDINARY_BYTES),
            unsent: budget(UNSENT_BYTES),
            huge: budget(HUGE_BYTES),
            threads: Arc::new(Semaphore::new(threads)),
            wait,
        }
    }

    /// Does work that keeps a thread busy, on one of the threads that prepare large responses; none where no thread gets
    /// free in time, or the work panics.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let free = tokio::time::timeout(self.wait, Arc::clone(&self.threads).acquire_owned()).await;
        let thread = free.ok()?.ok()?;
        let done = tokio::task::spawn_blocking(move || {
            let _thread = thread;
            work()
        });
        done.await.ok()
    }

    /// Waits for a turn for a response of at most [`RESPONSE_BYTES`].
    ///
    /// # Errors
    /// 503 when none comes within ten seconds.
    pub(crate) async fn turn(&self) -> Result<Turn, ApiError> {
        self.turn_of(RESPONSE_BYTES).await
    }

    /// Waits for a turn for this many bytes. What needs more than there are for all responses together has all of them.
    ///
    /// # Errors
    /// 503 when none comes within ten seconds.
    pub(crate) async fn turn_of(&self, bytes: usize) -> Result<Turn, ApiError> {
        let (budget, bytes, unsent) = match bytes {
            0..=RESPONSE_BYTES => (&self.ordinary, bytes, Some(Arc::clone(&self.unsent))),
            _ => (&self.huge, bytes.min(HUGE_BYTES), None),
        };
        let units = units(bytes);
        let busy = || ApiError::Unavailable(BUSY);
        let both = async {
            // The bytes first: whoever waits for clients to read must not keep a thread from others.
            let bytes = Arc::clone(budget).acquire_many_owned(units as u32).await;
            let thread = Arc::clone(&self.threads).acquire_owned().await;
            bytes.ok().zip(thread.ok())
        };
        let (bytes, thread) = tokio::time::timeout(self.wait, both).await.ok().flatten().ok_or_else(busy)?;
        let unsent_wait = self.wait.min(UNSENT_WAIT);
        Ok(Turn { bytes, reserved: units * UNIT, unsent, unsent_wait, _thread: thread })
    }
}

impl Turn {
    /// Does the work on a thread that answers no requests. The turn goes with the work: a client who hangs up ends the
    /// call, but what is under way goes on and must stay counted.
    ///
    /// # Errors
    /// When the work panics.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(Self, T), ApiError> {
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            (self, done)
        });
        done.await.map_err(|_| ApiError::Internal("preparing a large response panicked".to_owned()))
    }

    /// Ends the preparation. The response's bytes stay counted until they are sent or dropped.
    ///
    /// # Errors
    /// 503 for a long response while the clients of others do not read theirs.
    pub(crate) async fn end(self, mut answer: Answer) -> Result<Answer, ApiError> {
        answer.body = self.keep(answer.body).await?;
        Ok(answer)
    }

    /// The same for bytes that are not yet an answer.
    ///
    /// # Errors
    /// As [`Turn::end`].
    pub(crate) async fn keep(mut self, body: Payload) -> Result<Payload, ApiError> {
        let length = body.len();
        self.release_over(length);
        let unsent = match self.unsent.take().filter(|_| length > SHORT_BYTES) {
            None => None,
            Some(unsent) => {
                let part = units(length.min(UNSENT_BYTES)) as u32;
                let part = tokio::time::timeout(self.unsent_wait, unsent.acquire_many_owned(part)).await;
                Some(part.ok().and_then(Result::ok).ok_or(ApiError::Unavailable(UNSENT))?)
            }
        };
        // What is sent last is dropped last.
        let bytes = self.bytes;
        Ok(body.map_last(|body| Bytes::from_owner(Counted { body, _bytes: bytes, _unsent: unsent })))
    }

    /// Ends the preparation of a response that is read while it is sent: memory for its pieces.
    pub(crate) fn memory(mut self) -> OwnedSemaphorePermit {
        self.release_over(PIECES_BYTES);
        self.bytes
    }

    fn release_over(&mut self, length: usize) {
        let spare = self.reserved.saturating_sub(length) / UNIT;
        drop(self.bytes.split(spare));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response of so many bytes that waits to be sent.
    async fn unsent(large: &LargeResponses, bytes: usize) -> Result<Answer, ApiError> {
        let turn = large.turn_of(bytes.max(RESPONSE_BYTES)).await?;
        // Zeros that nobody touches take no memory.
        turn.end(Answer::json(vec![0; bytes])).await
    }

    #[tokio::test]
    async fn bytes_are_counted_until_a_response_is_dropped() {
        let large = LargeResponses::with(1, Duration::ZERO);
        let mut sent = Vec::new();
        while let Ok(answer) = unsent(&large, SHORT_BYTES).await {
            sent.push(answer);
        }
        assert_eq!(sent.len(), (ORDINARY_BYTES - RESPONSE_BYTES) / SHORT_BYTES + 1);
        sent.pop();
        let small = unsent(&large, UNIT).await.unwrap();
        assert!(large.turn().await.is_err(), "a kibibyte is still held");
        drop(small);
        assert!(large.turn().await.is_ok());
    }

    #[tokio::test]
    async fn clients_who_do_not_read_long_responses_leave_room_for_short_ones() {
        let large = LargeResponses::with(1, Duration::ZERO);
        let mut long = Vec::new();
        for _ in 0..UNSENT_BYTES / RESPONSE_BYTES {
            long.push(unsent(&large, RESPONSE_BYTES).await.unwrap());
        }
        let mut huge = Vec::new();
        while let Ok(answer) = unsent(&large, RESPONSE_BYTES + UNIT).await {
            huge.push(answer);
        }
        assert!(!huge.is_empty());
        let over = unsent(&large, SHORT_BYTES + 1).await;
        assert!(matches!(over, Err(ApiError::Unavailable(UNSENT))), "{over:?}");
        for number in 0..20 {
            assert!(unsent(&large, SHORT_BYTES).await.is_ok(), "call {number}");
        }
        long.pop();
        assert!(unsent(&large, RESPONSE_BYTES).await.is_ok());
    }

    #[tokio::test]
    async fn what_needs_more_than_a_response_has_a_budget_of_its_own() {
        let large = LargeResponses::with(4, Duration::ZERO);
        let all = large.turn_of(usize::MAX).await.unwrap();
        assert!(large.turn_of(RESPONSE_BYTES + 1).await.is_err());
        assert!(large.turn().await.is_ok());
        drop(all.end(Answer::json(Vec::new())).await);
        let two = [large.turn_of(HUGE_BYTES / 2).await, large.turn_of(HUGE_BYTES / 2).await];
        assert!(two.iter().all(Result::is_ok));
        assert!(large.turn_of(RESPONSE_BYTES + 1).await.is_err());
    }

    #[tokio::test]
    async fn a_response_in_pieces_counts_what_it_holds() {
        let large = LargeResponses::with(1, Duration::ZERO);
        let memory = large.turn_of(HUGE_BYTES).await.unwrap().memory();
        assert!(large.turn_of(HUGE_BYTES).await.is_err());
        assert!(large.turn_of(HUGE_BYTES - PIECES_BYTES).await.is_ok());
        drop(memory);
        assert!(large.turn_of(HUGE_BYTES).await.is_ok());
    }

    #[tokio::test]
    async fn work_stays_counted_when_its_caller_leaves() {
        let large = LargeResponses::with(1, Duration::ZERO);
        let turn = large.turn().await.unwrap();
        let (start, started) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let mut running = Box::pin(turn.run(move || {
            start.send(()).unwrap();
            ended.recv().unwrap();
        }));
        tokio::select! {
            _ = &mut running => panic!("the work has not ended"),
            begun = started => begun.unwrap(),
        }
        drop(running);
        assert!(large.turn().await.is_err());
        end.send(()).unwrap();
        let patient = LargeResponses { wait: Duration::from_secs(10), ..large };
        assert!(patient.turn().await.is_ok());
    }

    #[tokio::test]
    async fn one_thread_prepares_one_response() {
        let large = LargeResponses::with(1, Duration::ZERO);
        let turn = large.turn().await.unwrap();
        assert!(large.turn().await.is_err());
        drop(turn);
        assert!(large.turn().await.is_ok());
    }
}
