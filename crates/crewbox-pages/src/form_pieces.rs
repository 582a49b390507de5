//! The body of a form with files on its way to the parser.
//!
//! The parser takes whatever has come before it looks at it, and looks for the end of a field's head from the beginning
//! each time. Here it gets one piece at a time, and no more than a few where a head must be, so that neither takes memory
//! or time without end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{BodyDataStream, Bytes};
use futures_core::Stream;

/// A field's head that has not ended after so many bytes has no end: a name and the name of a file are much shorter.
const MAX_HEAD: usize = 64 * 1024;

/// The body, piece by piece.
pub(crate) struct FormPieces {
    body: BodyDataStream,
    left: Arc<AtomicUsize>,
    /// Whether the parser has a piece that it has not looked at.
    gave: bool,
}

/// Says which part of a form the parser looks for.
pub(crate) struct Place(Arc<AtomicUsize>);

/// The pieces of this body, which begins with a head.
pub(crate) fn pieces(body: BodyDataStream) -> (FormPieces, Place) {
    let left = Arc::new(AtomicUsize::new(MAX_HEAD));
    (FormPieces { body, left: Arc::clone(&left), gave: false }, Place(left))
}

impl Place {
    /// The head of a field comes next.
    pub(crate) fn head(&self) {
        self.0.store(MAX_HEAD, Ordering::Relaxed);
    }

    /// The bytes of a field come next.
    pub(crate) fn field(&self) {
        self.0.store(usize::MAX, Ordering::Relaxed);
    }
}

impl Stream for FormPieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(Some(Err(io::Error::other("the head of a field has no end"))));
        }
        let next = std::task::ready!(Pin::new(&mut self.body).poll_next(context));
        let Some(next) = next else { return Poll::Ready(None) };
        let piece = next.map_err(io::Error::other)?;
        if left != usize::MAX {
            self.left.store(left.saturating_sub(piece.len()), Ordering::Relaxed);
        }
        self.gave = true;
        Poll::Ready(Some(Ok(piece)))
    }
}
