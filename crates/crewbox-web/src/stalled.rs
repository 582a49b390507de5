//! Connections whose client takes nothing or too little: they end, so that what is written for them is freed.
//!
//! Owns how slowly a response may be taken. How long a silent client may stay before its request is the server's.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::connections::Connection;

/// The server waits at most this long for a response to be taken: the grace, and one second more for each of so many
/// bytes, which is half a megabit a second and any line has. The longest response takes at most nine minutes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeastSpeed {
    pub(crate) grace: Duration,
    pub(crate) bytes_a_second: u64,
}

/// A stream whose writes fail once the other side takes too little. It notes what moves at its connection.
pub(crate) struct EndsStalled<S> {
    stream: S,
    least: LeastSpeed,
    connection: Arc<Connection>,
    /// Runs while a write waits.
    timer: Pin<Box<Sleep>>,
    waits: Waits,
    /// The requests that the connection had when `waits` began.
    requests: u64,
    /// Whether nothing that was written waits to be taken.
    is_flushed: bool,
}

/// How long one response has waited to be taken. It goes on over all pieces of the response, else a client that takes a
/// little of each piece would hold the response for ever.
#[derive(Debug, Default)]
struct Waits {
    /// All waits that have ended.
    ended: Duration,
    /// When the wait that has not ended began.
    since: Option<Instant>,
    /// Bytes that were taken since the first wait began.
    taken: u64,
}

impl Waits {
    /// Something was taken.
    fn end(&mut self) {
        self.ended += self.since.take().map_or(Duration::ZERO, |since| since.elapsed());
    }

    const fn has_begun(&self) -> bool {
        self.since.is_some() || !self.ended.is_zero()
    }
}

impl<S> EndsStalled<S> {
    pub(crate) fn new(stream: S, least: LeastSpeed, connection: Arc<Connection>) -> Self {
        let requests = connection.requests();
        Self {
            stream,
            least,
            connection,
            timer: Box::pin(sleep(least.grace)),
            waits: Waits::default(),
            requests,
            is_flushed: true,
        }
    }

    /// Before a write. The response to another request has its own time, if the client took the one before: else a client
    /// that sends many requests at once, and takes little, would begin again with each.
    fn begin_write(&mut self) {
        let requests = self.connection.requests();
        if self.is_flushed && requests != self.requests {
            self.requests = requests;
            self.waits = Waits::default();
        }
        self.is_flushed = false;
    }

    /// Passes on what a write did. A write that waits is given until the timer ends.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        done: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(done) = done {
            self.connection.moves();
            self.waits.end();
            if self.waits.has_begun() {
                self.waits.taken += done.as_ref().map_or(0, |count| *count as u64);
            }
            return Poll::Ready(done);
        }
        self.wait(context)
    }

    /// Passes on that all that was written is taken, or not yet.
    fn flushed(&mut self, context: &mut Context<'_>, done: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        if done.is_ready() {
            self.waits.end();
            self.is_flushed = true;
            return done;
        }
        self.wait(context)
    }

    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let LeastSpeed { grace, bytes_a_second } = self.least;
        let Waits { ended, taken, .. } = self.waits;
        let since = *self.waits.since.get_or_insert_with(Instant::now);
        let earned = Duration::from_millis(taken.saturating_mul(1_000) / bytes_a_second);
        let due = since + (grace + earned).saturating_sub(ended);
        if self.timer.deadline() != due {
            self.timer.as_mut().reset(due);
        }
        ready!(self.timer.as_mut().poll(context));
        let what = format!(
            "the client has taken {taken} bytes in {} seconds: after the first {}, {bytes_a_second} a second are the least",
            (ended + since.elapsed()).as_secs(),
            grace.as_secs()
        );
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, what)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for EndsStalled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(context, buffer);
        if done.is_ready() {
            self.connection.moves();
        }
        done
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for EndsStalled<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.begin_write();
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.begin_write();
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.written(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(context);
        self.flushed(context, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(context);
        self.flushed(context, done)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    const LEAST: LeastSpeed = LeastSpeed { grace: Duration::from_secs(30), bytes_a_second: 1_000 };
    const LENGTH: usize = 100_000;

    fn stream() -> (DuplexStream, EndsStalled<DuplexStream>) {
        let (client, server) = duplex(1_000);
        let connection = Arc::new(Connection::new(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        (client, EndsStalled::new(server, LEAST, connection))
    }

    /// A client that reads so many bytes, then pauses for so long, and so on; how much it read until the end.
    async fn reads(mut client: DuplexStream, bytes: usize, pause: Duration) -> usize {
        let mut read = 0;
        let mut buffer = vec![0; bytes];
        loop {
            sleep(pause).await;
            match client.read(&mut buffer).await.unwrap() {
                0 => return read,
                count => read += count,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_nobody_reads_fails() {
        let (client, mut server) = stream();
        let since = Instant::now();
        let error = server.write_all(&[0; LENGTH]).await.unwrap_err();
        assert_eq!((error.kind(), since.elapsed()), (io::ErrorKind::TimedOut, LEAST.grace));
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_trickles_is_cut_off() {
        let (client, mut server) = stream();
        let reader = tokio::spawn(reads(client, 100, Duration::from_secs(1)));
        let since = Instant::now();
        let error = server.write_all(&[0; LENGTH]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(since.elapsed() < Duration::from_secs(40), "{:?}", since.elapsed());
        drop(server);
        assert!(reader.await.unwrap() < LENGTH);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_gets_everything() {
        let (client, mut server) = stream();
        let reader = tokio::spawn(reads(client, 1_000, Duration::from_millis(990)));
        for _ in 0..3 {
            server.write_all(&[0; LENGTH]).await.unwrap();
            server.flush().await.unwrap();
        }
        drop(server);
        assert_eq!(reader.await.unwrap(), 3 * LENGTH);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_little_of_each_piece_is_cut_off() {
        let (client, mut server) = stream();
        // Each piece is taken within the grace, at a tenth of the least speed.
        let reader = tokio::spawn(reads(client, 100, Duration::from_secs(1)));
        let since = Instant::now();
        let mut pieces = 0;
        let error = loop {
            // One that fits into the pipe does not wait.
            if let Err(error) = server.write_all(&[0; 1_500]).await {
                break error;
            }
            server.flush().await.unwrap();
            pieces += 1;
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(pieces > 1, "{pieces}");
        assert!(since.elapsed() < Duration::from_secs(40), "{:?}", since.elapsed());
        drop(server);
        reader.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn each_response_that_was_taken_begins_again_and_a_pause_of_the_server_does_not_count() {
        let (client, mut server) = stream();
        let reader = tokio::spawn(reads(client, 100, Duration::from_secs(1)));
        for _ in 0..10 {
            server.connection.begin_request();
            for _ in 0..2 {
                server.write_all(&[0; 2_000]).await.unwrap();
                server.flush().await.unwrap();
                // The server needs a minute for the next piece.
                sleep(Duration::from_secs(60)).await;
            }
        }
        drop(server);
        assert_eq!(reader.await.unwrap(), 40_000);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_sent_at_once_do_not_begin_again_while_responses_wait() {
        let (client, mut server) = stream();
        let reader = tokio::spawn(reads(client, 100, Duration::from_secs(1)));
        let since = Instant::now();
        let error = loop {
            server.connection.begin_request();
            if let Err(error) = server.write_all(&[0; 1_000]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(since.elapsed() < Duration::from_secs(40), "{:?}", since.elapsed());
        drop(server);
        reader.await.unwrap();
    }
}
