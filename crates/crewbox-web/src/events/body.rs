//! The body of an event stream. The next event is only read once the connection has room for it, so nothing is queued for
//! a client that does not read: the write deadline of [`crate::stalled`] ends its connection, and it resumes.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body as HttpBody;
use bytes::Bytes;
use hyper::body::{Body, Frame};

use super::stream::Session;

type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Session)>> + Send>>;

/// A stream on its way out.
pub(crate) struct EventBody {
    /// None once it has ended.
    next: Option<Next>,
}

impl EventBody {
    pub(super) fn new(session: Session) -> Self {
        Self { next: Some(Box::pin(session.next())) }
    }

    pub(super) fn into_body(self) -> HttpBody {
        HttpBody::new(self)
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(next) = &mut self.next else { return Poll::Ready(None) };
        match ready!(next.as_mut().poll(context)) {
            Some((bytes, session)) => {
                self.next = Some(Box::pin(session.next()));
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            None => {
                self.next = None;
                Poll::Ready(None)
            }
        }
    }
}
