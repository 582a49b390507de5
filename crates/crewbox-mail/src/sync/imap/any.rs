//! Any bytes as the answers of a server, for fuzz targets: whatever a server sends, the library is given what it accepts.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use async_imap::imap_proto::Response;
use tokio::io::{AsyncRead, ReadBuf};

use super::tolerant::{Expected, Tolerant};

/// Bytes read at once: little, so that lines and literals are met in pieces.
const PIECE: usize = 61;

/// A server that has sent all that it will send.
struct Sent<'a>(&'a [u8]);

impl AsyncRead for Sent<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let now = self.0.len().min(buf.remaining()).min(PIECE);
        let (read, rest) = self.0.split_at(now);
        buf.put_slice(read);
        self.0 = rest;
        Poll::Ready(Ok(()))
    }
}

/// Reads these bytes as a server's answers, of which the first byte says how large a mail may be.
///
/// # Panics
/// Where the library is given what it refuses.
pub fn any_responses(bytes: &[u8]) {
    let Some((expected, sent)) = bytes.split_first() else { return };
    let mut tolerant = Tolerant::greeted(Sent(sent));
    tolerant.expect(Expected::mails(1, u64::from(*expected) * 16));
    let (mut given, mut piece) = (Vec::new(), [0; PIECE]);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let mut buf = ReadBuf::new(&mut piece);
        match Pin::new(&mut tolerant).poll_read(&mut context, &mut buf) {
            Poll::Ready(Ok(())) if !buf.filled().is_empty() => given.extend_from_slice(buf.filled()),
            _ => break,
        }
    }
    let mut rest = given.as_slice();
    while !rest.is_empty() {
        match Response::parse(rest) {
            Ok((after, _)) => rest = after,
            // The connection ended within a response.
            Err(error) if error.is_incomplete() => break,
            Err(_) => panic!("the library refuses {:?}", String::from_utf8_lossy(rest)),
        }
    }
}
