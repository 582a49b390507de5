//! Large responses: how many are prepared at once, and how many bytes of them are in memory.
//!
//! Owns the limits of a response and of all large ones together. What a response holds belongs to its handler; a
//! handler that finds that its response is large takes a [`Turn`] before it reads the rest.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Answer;
use crate::error::ApiError;

/// A response is at most this long, so that a client can hold what it asked for, and so can this process.
pub(crate) const RESPONSE_BYTES: usize = 32 * 1024 * 1024;
/// A response up to this length is prepared at once, on the thread that serves the request: that takes less than a
/// millisecond. A longer one is large.
pub(crate) const SMALL_BYTES: usize = 256 * 1024;
/// All large responses together, from the start of their preparation until they are sent: three of full length.
const ALL_BYTES: usize = 3 * RESPONSE_BYTES;
/// A call waits this long for its turn; clients give up after about thirty seconds.
const WAIT: Duration = Duration::from_secs(10);
/// Permits count kibibytes, since a semaphore takes a `u32` of them at a time.
const UNIT: usize = 1024;
const BUSY: &str = "Too many large responses are in preparation: try again, or ask for fewer rows";

/// All large responses of the process.
#[derive(Debug)]
pub(crate) struct LargeResponses {
    bytes: Arc<Semaphore>,
    threads: Arc<Semaphore>,
    wait: Duration,
}

/// The right to prepare one large response.
#[derive(Debug)]
pub(crate) struct Turn {
    bytes: OwnedSemaphorePermit,
    /// What [`Turn::bytes`] counts.
    reserved: usize,
    _thread: OwnedSemaphorePermit,
}

/// A response's bytes, counted until they are dropped.
struct Counted {
    body: Bytes,
    _bytes: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl LargeResponses {
    /// Half of the machine's threads may prepare large responses: the other half serves everything else.
    pub(crate) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() / 2).max(1);
        Self::with(threads, WAIT)
    }

    fn with(threads: usize, wait: Duration) -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(ALL_BYTES / UNIT)),
            threads: Arc::new(Semaphore::new(threads)),
            wait,
        }
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
        let units = bytes.min(ALL_BYTES).div_ceil(UNIT);
        let busy = || ApiError::Unavailable(BUSY);
        let both = async {
            // The bytes first: whoever waits for clients to read must not keep a thread from others.
            let bytes = Arc::clone(&self.bytes).acquire_many_owned(units as u32).await;
            let thread = Arc::clone(&self.threads).acquire_owned().await;
            bytes.ok().zip(thread.ok())
        };
        let (bytes, thread) = tokio::time::timeout(self.wait, both).await.ok().flatten().ok_or_else(busy)?;
        Ok(Turn { bytes, reserved: units * UNIT, _thread: thread })
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
    pub(crate) fn end(mut self, mut answer: Answer) -> Answer {
        let spare = self.reserved.saturating_sub(answer.body.len()) / UNIT;
        drop(self.bytes.split(spare));
        // What is sent last is dropped last.
        let bytes = self.bytes;
        answer.body = answer.body.map_last(|body| Bytes::from_owner(Counted { body, _bytes: bytes }));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_are_counted_until_a_response_is_dropped() {
        let large = LargeResponses::with(1, Duration::ZERO);
        let mut sent = Vec::new();
        for _ in 0..3 {
            let turn = large.turn().await.unwrap();
            sent.push(turn.end(Answer::json(vec![b' '; RESPONSE_BYTES])));
        }
        assert!(matches!(large.turn().await, Err(ApiError::Unavailable(BUSY))));
        sent.pop();
        let turn = large.turn().await.unwrap();
        let small = turn.end(Answer::json(vec![b' '; UNIT]));
        assert!(large.turn().await.is_err(), "a kibibyte of three full responses is still held");
        drop(small);
        assert!(large.turn().await.is_ok());
    }

    #[tokio::test]
    async fn a_response_counts_as_many_bytes_as_it_needs() {
        let large = LargeResponses::with(2, Duration::ZERO);
        let needs_more = large.turn_of(2 * RESPONSE_BYTES).await.unwrap();
        let other = large.turn().await.unwrap();
        let other = other.end(Answer::json(vec![b' '; UNIT]));
        assert!(large.turn().await.is_err(), "a kibibyte too few is left");
        drop(other);
        assert!(large.turn().await.is_ok());
        drop(needs_more);
        let all = large.turn_of(usize::MAX).await.unwrap();
        assert!(large.turn_of(1).await.is_err());
        drop(all.end(Answer::json(Vec::new())));
        assert!(large.turn_of(1).await.is_ok());
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
