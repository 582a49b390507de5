//! A response's bytes: in one piece, or in pieces that other responses and the kept rows share.
//!
//! Owns how long pieces are put together without a copy. What is in them belongs to whoever writes them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body as HttpBody;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// What is shorter than this is copied: a copy of it takes less time than sending a piece of its own.
const SHARED_FROM: usize = 16 * 1024;

/// The bytes of a response.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    /// In one piece.
    Whole(Bytes),
    /// In several, sent in this order.
    Pieces(VecDeque<Bytes>),
}

impl<T: Into<Bytes>> From<T> for Payload {
    fn from(bytes: T) -> Self {
        Self::Whole(bytes.into())
    }
}

impl Payload {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Pieces(pieces) => pieces.iter().map(Bytes::len).sum(),
        }
    }

    /// Its pieces, in their order.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        let (whole, pieces) = match self {
            Self::Whole(bytes) => (Some(bytes), None),
            Self::Pieces(pieces) => (None, Some(pieces)),
        };
        whole.into_iter().chain(pieces.into_iter().flatten())
    }

    /// A hash of its bytes; the same for the same bytes in other pieces.
    pub(crate) fn hash(&self) -> u128 {
        match self {
            Self::Whole(bytes) => xxh3_128(bytes),
            Self::Pieces(pieces) => {
                let mut hash = Xxh3::new();
                pieces.iter().for_each(|piece| hash.update(piece));
                hash.digest128()
            }
        }
    }

    /// Changes the piece that is sent last.
    pub(crate) fn map_last(self, change: impl FnOnce(Bytes) -> Bytes) -> Self {
        match self {
            Self::Whole(bytes) => Self::Whole(change(bytes)),
            Self::Pieces(mut pieces) => {
                let last = pieces.pop_back().unwrap_or_default();
                pieces.push_back(change(last));
                Self::Pieces(pieces)
            }
        }
    }

    /// Its bytes in one piece.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Pieces(pieces) => Bytes::from(pieces.iter().flatten().copied().collect::<Vec<u8>>()),
        }
    }

    /// The body to send.
    pub(crate) fn into_body(self) -> HttpBody {
        match self {
            Self::Whole(bytes) => HttpBody::from(bytes),
            Self::Pieces(pieces) => HttpBody::new(Sent(pieces)),
        }
    }
}

/// Pieces on their way out: each is dropped once it is written.
struct Sent(VecDeque<Bytes>);

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// A payload while it is written.
#[derive(Debug)]
pub(crate) struct Pieces {
    done: VecDeque<Bytes>,
    /// What is written behind the last piece.
    pub(crate) open: Vec<u8>,
}

impl Pieces {
    /// What is written so far, to be continued.
    pub(crate) const fn resumed(open: Vec<u8>) -> Self {
        Self { done: VecDeque::new(), open }
    }

    /// Appends a range of these bytes, without a copy where it is long.
    pub(crate) fn push(&mut self, bytes: &Bytes, range: Range<usize>) {
        /// What follows may look at the last bytes: they show whether a key needs a comma before it.
        const COPIED: usize = 2;
        if range.len() < SHARED_FROM {
            self.open.extend_from_slice(&bytes[range]);
            return;
        }
        let end = range.end - COPIED;
        if !self.open.is_empty() {
            self.done.push_back(Bytes::from(std::mem::take(&mut self.open)));
        }
        self.done.push_back(bytes.slice(range.start..end));
        self.open.extend_from_slice(&bytes[end..range.end]);
    }

    /// Bytes of this length that are copied rather than shared.
    pub(crate) const fn copied(length: usize) -> usize {
        if length < SHARED_FROM { length } else { 0 }
    }

    /// All of it.
    pub(crate) fn finish(mut self) -> Payload {
        if self.done.is_empty() {
            return Payload::Whole(Bytes::from(self.open));
        }
        if !self.open.is_empty() {
            self.done.push_back(Bytes::from(self.open));
        }
        Payload::Pieces(self.done)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn written(parts: &[Bytes]) -> Payload {
        let mut pieces = Pieces::resumed(Vec::new());
        for part in parts {
            pieces.open.push(b'.');
            pieces.push(part, 0..part.len());
        }
        pieces.finish()
    }

    #[tokio::test]
    async fn pieces_are_sent_in_order_as_one_body() {
        let parts: Vec<Bytes> = [3, SHARED_FROM, SHARED_FROM - 1, SHARED_FROM + 7]
            .into_iter()
            .zip(b'a'..)
            .map(|(length, letter)| Bytes::from(vec![letter; length]))
            .collect();
        let whole: Vec<u8> = parts.iter().flat_map(|part| [b".", part.as_ref()].concat()).collect();
        let content = written(&parts);
        assert!(matches!(&content, Payload::Pieces(pieces) if pieces.len() == 5));
        assert_eq!(content.len(), whole.len());
        assert_eq!(content.hash(), Payload::from(whole.clone()).hash());
        let body = content.into_body();
        assert_eq!(body.size_hint().exact(), Some(whole.len() as u64));
        assert_eq!(body.collect().await.unwrap().to_bytes(), whole);
    }

    #[test]
    fn long_bytes_are_shared_and_short_ones_are_in_one_piece() {
        let long = Bytes::from(vec![b'x'; SHARED_FROM]);
        match written(std::slice::from_ref(&long)) {
            Payload::Pieces(pieces) => assert_eq!(pieces[1].as_ptr(), long.as_ptr()),
            Payload::Whole(_) => panic!("long bytes were copied"),
        }
        assert!(matches!(written(&[Bytes::from_static(b"short")]), Payload::Whole(_)));
    }
}
