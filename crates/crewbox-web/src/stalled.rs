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

/// A response must be taken within the grace, and one second more for each of so many bytes: half a megabit a second,
/// which any line has. The longest response takes at most nine minutes.
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
    /// Since when what is written waits to be taken, and how many bytes were taken since then.
    waits: Option<(Instant, u64)>,
}

impl<S> EndsStalled<S> {
    pub(crate) fn new(stream: S, least: LeastSpeed, connection: Arc<Connection>) -> Self {
        Self { stream, least, connection, timer: Box::pin(sleep(least.grace)), waits: None }
    }

    /// Passes on what a write did. A write that waits is given until the timer ends.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        done: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(done) = done {
            self.connection.moves();
            if let (Some((_, taken)), Ok(count)) = (&mut self.waits, &done) {
                *taken += *count as u64;
            }
            return Poll::Ready(done);
        }
        self.wait(context)
    }

    /// Passes on that all that was written is taken, or not yet.
    fn flushed(&mut self, context: &mut Context<'_>, done: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        if done.is_ready() {
            self.waits = None;
            return done;
        }
        self.wait(context)
    }

    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let (since, taken) = *self.waits.get_or_insert_with(|| (Instant::now(), 0));
        let earned = Duration::from_millis(taken.saturating_mul(1_000) / self.least.bytes_a_second);
        let due = since + self.least.grace + earned;
        if self.timer.deadline() != due {
            self.timer.as_mut().reset(due);
        }
        ready!(self.timer.as_mut().poll(context));
        let LeastSpeed { grace, bytes_a_second } = self.least;
        let what = format!(
            "the client has taken {taken} bytes in {} seconds: after the first {}, {bytes_a_second} a second are the least",
            since.elapsed().as_secs(),
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
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
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
}
