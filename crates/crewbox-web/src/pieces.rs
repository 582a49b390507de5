//! A response's body that is read piece by piece while it is sent: the next piece is read once the client has taken the
//! ones before.
//!
//! Owns where the pieces are read (threads that answer no requests) and what a failure does: the connection ends before
//! the body is complete, so that no client takes a part for the whole.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body as HttpBody;
use bytes::Bytes;
use crewbox_app::Pieces;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use crate::error::ApiError;

type Next = (Pieces, Option<Result<Vec<u8>, ApiError>>);

/// The body.
struct InPieces {
    state: State,
    /// Bytes that are still to be sent.
    left: u64,
    /// Memory for what is read and not yet taken.
    _memory: OwnedSemaphorePermit,
}

enum State {
    Reading(JoinHandle<Next>),
    Waiting(Pieces),
    Ended,
}

/// The body of these pieces, which have `length` bytes together.
pub(crate) fn body(pieces: Pieces, length: u64, memory: OwnedSemaphorePermit) -> HttpBody {
    HttpBody::new(InPieces { state: State::Waiting(pieces), left: length, _memory: memory })
}

impl InPieces {
    fn fail(&mut self, error: &ApiError) -> io::Error {
        self.state = State::Ended;
        // Its headers were sent long ago: the log is all that can name the reason.
        tracing::error!(?error, "a download ended before its last byte");
        io::Error::other("the rest of the body cannot be read")
    }
}

impl Body for InPieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Waiting(mut pieces) => {
                    self.state = State::Reading(tokio::task::spawn_blocking(move || {
                        let next = pieces.next().map(|piece| piece.map_err(ApiError::from));
                        (pieces, next)
                    }));
                }
                State::Reading(mut reading) => {
                    let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    let lost = || ApiError::Internal("reading a piece of a body panicked".to_owned());
                    let (pieces, next) = match read {
                        Ok(next) => next,
                        Err(_) => return Poll::Ready(Some(Err(self.fail(&lost())))),
                    };
                    let piece = match next {
                        Some(Ok(piece)) => piece,
                        Some(Err(error)) => return Poll::Ready(Some(Err(self.fail(&error)))),
                        None if self.left == 0 => return Poll::Ready(None),
                        None => {
                            let short =
                                ApiError::Internal(format!("{} bytes of a body are missing", self.left));
                            return Poll::Ready(Some(Err(self.fail(&short))));
                        }
                    };
                    self.left = self.left.saturating_sub(piece.len() as u64);
                    self.state = State::Waiting(pieces);
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::from(piece)))));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
