//! Request bodies: how long one may be, how slowly it may come, and how many bytes of them are held at once.
//!
//! A long mail is never in memory as a whole: it is written to a file of the store, and hashed, while it arrives.
//!
//! Owns these limits. Which one a route has is declared in the table of routes; what a body holds is read by its handler.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body as HttpBody, HttpBody as _};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use crewbox_store::contract::MailBytes;
use crewbox_store::{ArrivingMail, Scope, Store, StoreError};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::ApiError;

/// Lists and actions: a thousand domains to block, or ten filters, are far less.
pub(crate) const SMALL_BODY: usize = 64 * 1024;
/// Leads: 400 with 200 custom fields of 100 bytes each.
pub(crate) const LEADS_BODY: usize = 8 * 1024 * 1024;
/// A message to send: 35 MB of files as base64, which is what encoding makes of them in the mail too, and 1 MiB of
/// characters of HTML at up to six bytes each.
pub(crate) const SENDING_BODY: usize = 48 * 1024 * 1024;
/// A raw mail: providers accept up to 50 MB, and base64 and headers come on top.
pub(crate) const MAIL_BODY: usize = 80 * 1024 * 1024;

/// All bodies longer than [`SMALL_BODY`] and no longer than [`LEADS_BODY`] together, until they are answered: four of the
/// longest. Small ones are bounded by the number of connections.
const MEDIUM_BODIES: usize = 4 * LEADS_BODY;
/// All longer bodies together: two of the longest. They have a budget of their own, so that large mails wait for each
/// other and nothing else waits for them.
const LONG_BODIES: usize = 2 * MAIL_BODY;
/// A request whose body has no room waits this long; clients give up after about thirty seconds.
const WAIT: Duration = Duration::from_secs(10);
/// Permits count kibibytes, since a semaphore takes a `u32` of them at a time.
const UNIT: usize = 1024;
/// A body may come at any speed for so long.
const GRACE: Duration = Duration::from_secs(30);
/// From then on so many bytes must have come for each second, on average: half a megabit, which any line has. The
/// longest body takes at most 21 minutes.
const LEAST_BYTES_A_SECOND: u64 = 64 * 1024;

/// Of a body that nobody wants this much is read and dropped, and for this long, so that the client sees the response.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// After so many bytes of a body others have their turn. A client that sends as fast as it can has the next ones here
/// already, and tens of megabytes of them take tens of milliseconds.
const TURN_BYTES: usize = 256 * 1024;

/// A mail that is longer than this is written to a file while it arrives.
const MAIL_IN_MEMORY: usize = 1024 * 1024;

const BUSY: &str = "Too many large requests are being received: try again in a few seconds";
const SLOW: &str =
    "The body arrives too slowly: after the first 30 seconds, at least 64 KiB must arrive for each second";

/// The bytes of all large bodies.
#[derive(Debug)]
pub(crate) struct Bodies {
    medium: Arc<Semaphore>,
    long: Arc<Semaphore>,
    wait: Duration,
    /// Calls with such a body that are handled at once.
    turns: Semaphore,
}

/// Which of the budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Budget {
    Medium,
    Long,
}

/// A part of a budget.
#[derive(Debug)]
struct Held {
    budget: Budget,
    permit: OwnedSemaphorePermit,
}

/// A body, which is counted until this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) body: Body,
    held: Option<Held>,
}

/// A body that has arrived.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// It is in memory.
    Memory(Bytes),
    /// A long mail.
    Mail(MailBytes),
}

impl Default for Body {
    fn default() -> Self {
        Self::Memory(Bytes::new())
    }
}

/// Where the long mails of a caller are written to.
#[derive(Clone, Debug)]
pub(crate) struct MailFiles {
    pub(crate) store: Store,
    pub(crate) scope: Scope,
}

/// A mail under way to its file: `write` and `finish` leave the runtime's threads.
struct ToFile(ArrivingMail);

impl ToFile {
    async fn new(files: &MailFiles) -> Result<Self, ApiError> {
        let MailFiles { store, scope } = files.clone();
        Ok(Self(blocking(move || store.arriving(&scope)).await?))
    }

    /// Writes the bytes; gives their memory back for the next ones.
    async fn write(self, mut bytes: BytesMut) -> Result<(Self, BytesMut), ApiError> {
        let Self(mut file) = self;
        blocking(move || {
            file.write(&bytes)?;
            bytes.clear();
            Ok((Self(file), bytes))
        })
        .await
    }

    async fn finish(self) -> Result<MailBytes, ApiError> {
        blocking(move || self.0.finish()).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|_| ApiError::Internal("writing a mail that arrives panicked".to_owned()))??)
}

/// Half of the processors: the others answer whoever waits beside.
fn turns() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))
}

impl Default for Bodies {
    fn default() -> Self {
        Self::with(MEDIUM_BODIES, LONG_BODIES, WAIT)
    }
}

impl Bodies {
    fn with(medium: usize, long: usize, wait: Duration) -> Self {
        let budget = |bytes: usize| Arc::new(Semaphore::new(bytes / UNIT));
        Self { medium: budget(medium), long: budget(long), wait, turns: Semaphore::new(turns()) }
    }

    /// Waits for the turn of a call whose body takes long to read. None where the server closes.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Receives a body of at most `most` bytes; a long one into a file where there are `files`.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`]; [`ApiError::TooSlow`]; [`ApiError::Unavailable`] where the bodies of others fill the
    /// memory that all may have for ten seconds; [`ApiError::NotJson`] for a body that ends early.
    pub(crate) async fn receive(
        &self,
        headers: &HeaderMap,
        mut body: HttpBody,
        most: usize,
        files: Option<MailFiles>,
    ) -> Result<Received, ApiError> {
        let announced = headers.get(header::CONTENT_LENGTH);
        let announced: Option<u64> = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        if announced == Some(0) {
            return Ok(Received::default());
        }
        let announced = usize::try_from(announced.unwrap_or(0)).unwrap_or(usize::MAX);
        let mut received = Received::default();
        let room = if announced > most {
            Err(ApiError::TooLarge(most))
        } else {
            self.hold(&mut received.held, announced, most).await
        };
        if let Err(error) = room {
            drain(headers, body).await;
            return Err(error);
        }
        let received = self.take(&mut body, received, most, announced, files.as_ref()).await;
        if let Err(ApiError::TooLarge(_) | ApiError::Unavailable(_)) = received {
            drain(headers, body).await;
        }
        received
    }

    async fn take(
        &self,
        body: &mut HttpBody,
        mut received: Received,
        most: usize,
        announced: usize,
        files: Option<&MailFiles>,
    ) -> Result<Received, ApiError> {
        let since = Instant::now();
        let mut first = Bytes::new();
        let mut joined = BytesMut::new();
        let mut to_file = None;
        let mut length = 0;
        loop {
            let due = since + GRACE + Duration::from_millis(length as u64 * 1000 / LEAST_BYTES_A_SECOND);
            let frame = match timeout_at(due, body.frame()).await {
                Err(_) => return Err(ApiError::TooSlow(SLOW)),
                Ok(Some(Err(_))) => return Err(ApiError::NotJson("The body ended early".to_owned())),
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => break,
            };
            let Ok(data) = frame.into_data() else { continue };
            length += data.len();
            if length > most {
                return Err(ApiError::TooLarge(most));
            }
            self.hold(&mut received.held, length, most).await?;
            if length == data.len() {
                // Most bodies come in one piece, which is not copied.
                first = data;
                if body.is_end_stream() {
                    break;
                }
                continue;
            }
            if joined.capacity() == 0 {
                // No memory is used before bytes are written to it.
                let piece = files.map_or(announced.max(length), |_| MAIL_IN_MEMORY + data.len());
                joined.reserve(piece);
                joined.extend_from_slice(&std::mem::take(&mut first));
            }
            joined.extend_from_slice(&data);
            if length / TURN_BYTES > (length - data.len()) / TURN_BYTES {
                yield_now().await;
            }
            if let Some(files) = files.filter(|_| joined.len() > MAIL_IN_MEMORY) {
                let file = match to_file.take() {
                    Some(file) => file,
                    None => ToFile::new(files).await?,
                };
                let (file, empty) = file.write(joined).await?;
                (to_file, joined) = (Some(file), empty);
            }
        }
        received.body = match to_file {
            Some(file) => Body::Mail(file.write(joined).await?.0.finish().await?),
            None if joined.is_empty() => Body::Memory(first),
            None => Body::Memory(joined.freeze()),
        };
        Ok(received)
    }

    /// Counts a body of `length` bytes, whether they are announced or have come: waits for room.
    async fn hold(&self, held: &mut Option<Held>, length: usize, most: usize) -> Result<(), ApiError> {
        if length <= SMALL_BODY {
            return Ok(());
        }
        let (name, budget) =
            if length <= LEADS_BODY { (Budget::Medium, &self.medium) } else { (Budget::Long, &self.long) };
        let before =
            held.as_ref().filter(|held| held.budget == name).map_or(0, |held| held.permit.num_permits());
        if length.div_ceil(UNIT) <= before {
            return Ok(());
        }
        // Of an unannounced long body nobody knows how long it gets. Two that have a part and wait for more would wait
        // for each other.
        let wanted = match name {
            Budget::Long if before == 0 && held.is_some() => most,
            _ => length,
        };
        let wanted = u32::try_from(wanted.div_ceil(UNIT) - before).unwrap_or(u32::MAX);
        let taking = Arc::clone(budget).acquire_many_owned(wanted);
        let wait = if before == 0 { self.wait } else { Duration::ZERO };
        let taken = timeout(wait, taking).await.ok().and_then(Result::ok);
        let taken = taken.ok_or(ApiError::Unavailable(BUSY))?;
        match held {
            Some(held) if held.budget == name => held.permit.merge(taken),
            _ => *held = Some(Held { budget: name, permit: taken }),
        }
        Ok(())
    }
}

/// Reads a body that nobody wants and drops it: a client still sending would find its connection cut before it read the
/// response. One that waits to be asked for its body (`Expect`) is not asked.
pub(crate) async fn drain(headers: &HeaderMap, mut body: HttpBody) {
    if headers.contains_key(header::EXPECT) || body.is_end_stream() {
        return;
    }
    let mut left = DRAIN_BYTES;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    // A client that is slower or sends more is cut off after all.
    let _ = timeout(DRAIN_TIME, reading).await;
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::http::HeaderValue;
    use hyper::body::Frame;
    use tokio::time::{Sleep, sleep};

    use super::*;

    const PIECE: usize = 16 * 1024;

    /// A body whose pieces come one after another, each after a pause.
    struct Pieces {
        left: usize,
        pause: Duration,
        wait: Pin<Box<Sleep>>,
    }

    impl Pieces {
        fn body(count: usize, pause: Duration) -> HttpBody {
            HttpBody::new(Self { left: count, pause, wait: Box::pin(sleep(pause)) })
        }
    }

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.left == 0 {
                return Poll::Ready(None);
            }
            std::task::ready!(self.wait.as_mut().poll(context));
            self.left -= 1;
            let next = Instant::now() + self.pause;
            self.wait.as_mut().reset(next);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; PIECE])))))
        }
    }

    async fn receive(
        bodies: &Bodies,
        count: usize,
        pause: Duration,
        most: usize,
    ) -> Result<Received, ApiError> {
        bodies.receive(&HeaderMap::new(), Pieces::body(count, pause), most, None).await
    }

    fn length(received: &Received) -> usize {
        match &received.body {
            Body::Memory(bytes) => bytes.len(),
            Body::Mail(mail) => mail.len(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_refused_and_a_slow_one_is_not() {
        let bodies = Bodies::default();
        let since = Instant::now();
        // A quarter of a piece less than the rate asks for.
        let slow = receive(&bodies, 1_000, Duration::from_secs(1), LEADS_BODY).await;
        assert!(matches!(slow, Err(ApiError::TooSlow(_))), "{slow:?}");
        assert!(since.elapsed() < Duration::from_secs(45), "{:?}", since.elapsed());
        let enough = receive(&bodies, 500, Duration::from_millis(250), LEADS_BODY).await.unwrap();
        assert_eq!(length(&enough), 500 * PIECE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_refused_at_its_limit_announced_or_not() {
        let bodies = Bodies::default();
        let pause = Duration::from_millis(1);
        let whole = receive(&bodies, SMALL_BODY / PIECE, pause, SMALL_BODY).await.unwrap();
        assert_eq!(length(&whole), SMALL_BODY);
        let long = receive(&bodies, SMALL_BODY / PIECE + 1, pause, SMALL_BODY).await;
        assert!(matches!(long, Err(ApiError::TooLarge(SMALL_BODY))), "{long:?}");
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(SMALL_BODY + 1));
        let announced = bodies.receive(&headers, Pieces::body(1, pause), SMALL_BODY, None).await;
        assert!(matches!(announced, Err(ApiError::TooLarge(SMALL_BODY))), "{announced:?}");
    }

    fn announcing(bytes: usize) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
        headers
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_share_one_budget_until_they_are_answered() {
        let bodies = Bodies::with(20 * PIECE, 0, Duration::ZERO);
        let pause = Duration::from_millis(1);
        let first = receive(&bodies, 15, pause, LEADS_BODY).await.unwrap();
        let over = receive(&bodies, 6, pause, LEADS_BODY).await;
        assert!(matches!(over, Err(ApiError::Unavailable(_))), "{over:?}");
        assert!(receive(&bodies, 4, pause, LEADS_BODY).await.is_ok(), "small bodies are not counted");
        let announced =
            bodies.receive(&announcing(6 * PIECE), Pieces::body(6, pause), LEADS_BODY, None).await;
        assert!(matches!(announced, Err(ApiError::Unavailable(_))), "{announced:?}");
        drop(first);
        assert!(receive(&bodies, 20, pause, LEADS_BODY).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn large_mails_wait_for_each_other_and_nothing_else_waits_for_them() {
        const MAIL: usize = 12 << 20;
        let pause = Duration::from_millis(1);
        for is_announced in [true, false] {
            let bodies = Bodies::with(LEADS_BODY, MAIL, Duration::from_secs(10));
            let headers = if is_announced { announcing(MAIL) } else { HeaderMap::new() };
            let mail = async || bodies.receive(&headers, Pieces::body(MAIL / PIECE, pause), MAIL, None).await;
            let first = mail().await.unwrap();
            assert_eq!(length(&first), MAIL);
            let over = mail().await;
            assert!(matches!(over, Err(ApiError::Unavailable(_))), "{over:?}");
            assert!(
                receive(&bodies, 20, pause, LEADS_BODY).await.is_ok(),
                "leads have a budget of their own"
            );
            let sent = async {
                sleep(Duration::from_secs(5)).await;
                drop(first);
            };
            let (second, ()) = tokio::join!(mail(), sent);
            assert_eq!(length(&second.unwrap()), MAIL);
        }
    }
}
