//! A body that is passed on unread: from its end on the client waits for the server, and not before.
//!
//! Owns when a connection whose request is read by a page counts as one at work: one that still sends makes room for others
//! where there are too many.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body as HttpBody;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::connections::{Connection, Work};

/// The work on a request, once its body has been read.
#[derive(Clone, Default)]
pub(super) struct LaterWork(Arc<Mutex<Option<Work>>>);

impl LaterWork {
    /// This body, from whose end on the connection is at work.
    pub(super) fn after(&self, body: HttpBody, connection: Option<Arc<Connection>>) -> HttpBody {
        match connection {
            Some(connection) => HttpBody::new(Unread { body, connection, work: self.clone() }),
            None => body,
        }
    }
}

struct Unread {
    body: HttpBody,
    connection: Arc<Connection>,
    work: LaterWork,
}

impl Drop for Unread {
    fn drop(&mut self) {
        *self.work.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.connection.work());
    }
}

impl Body for Unread {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_connection_is_at_work_from_the_end_of_its_body_to_its_response() {
        let connection = Arc::new(Connection::new(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let work = LaterWork::default();
        let body = work.after(HttpBody::from("a form"), Some(Arc::clone(&connection)));
        assert!(connection.is_idle());
        assert_eq!(body.collect().await.unwrap().to_bytes(), "a form");
        assert!(!connection.is_idle());
        drop(work);
        assert!(connection.is_idle());
    }
}
