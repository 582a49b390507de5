//! The body of a form with files on its way to the parser.
//!
//! The parser takes whatever has come before it looks at it, and looks for the end of a field's head from the beginning
//! each time. Here it gets one piece at a time, and no more than a few where a head must be, so that neither takes memory
//! or time without end.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{BodyDataStream, Bytes};
use futures_core::Stream;
use tokio::time::timeout;

/// A field's head that has not ended after so many bytes has no end: a name and the name of a file are much shorter.
const MAX_HEAD: usize = 64 * 1024;
/// Of a form that is refused the rest is read and dropped for so long: a browser that is cut off shows no answer.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// A body that arrives.
pub(crate) struct Arriving {
    body: Mutex<BodyDataStream>,
    /// Bytes that the parser may still take before the head that it looks for has ended.
    left: AtomicUsize,
}

/// What the parser reads.
pub(crate) struct FormPieces {
    arriving: Arc<Arriving>,
    /// Whether the parser has a piece that it has not looked at.
    gave: bool,
}

impl Arriving {
    /// This body, which begins with a head.
    pub(crate) fn new(body: BodyDataStream) -> Arc<Self> {
        Arc::new(Self { body: Mutex::new(body), left: AtomicUsize::new(MAX_HEAD) })
    }

    /// Its pieces.
    pub(crate) fn pieces(self: &Arc<Self>) -> FormPieces {
        FormPieces { arriving: Arc::clone(self), gave: false }
    }

    /// The head of a field comes next.
    pub(crate) fn head(&self) {
        self.left.store(MAX_HEAD, Ordering::Relaxed);
    }

    /// The bytes of a field come next.
    pub(crate) fn field(&self) {
        self.left.store(usize::MAX, Ordering::Relaxed);
    }

    /// Reads at most so many bytes of the rest, and drops them.
    pub(crate) async fn drain(&self, most: usize) {
        let all = async {
            let mut left = most;
            while let Some(Ok(piece)) = poll_fn(|context| self.poll(context)).await {
                left = left.saturating_sub(piece.len());
                if left == 0 {
                    return;
                }
            }
        };
        let _ = timeout(DRAIN_TIME, all).await;
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_next(context).map_err(io::Error::other)
    }
}

impl Stream for FormPieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let left = self.arriving.left.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(Some(Err(io::Error::other("the head of a field has no end"))));
        }
        let Some(piece) = ready!(self.arriving.poll(context)) else { return Poll::Ready(None) };
        let piece = piece?;
        if left != usize::MAX {
            self.arriving.left.store(left.saturating_sub(piece.len()), Ordering::Relaxed);
        }
        self.gave = true;
        Poll::Ready(Some(Ok(piece)))
    }
}
