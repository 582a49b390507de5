//! The server's loop: takes connections, limits how long a silent one may stay, and ends cleanly.
//!
//! Owns connections and their time-outs; what is answered belongs to the routes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::route::router;
use crate::stalled::EndsStalled;

/// A client must have sent a request's head within this: a trickle of bytes must not hold a connection.
const HEADER_READ: Duration = Duration::from_secs(15);
/// A client that takes no byte of its response for this long is cut off: what waits for it fills memory, and large
/// responses together have one budget.
const STALLED_WRITE: Duration = Duration::from_secs(30);
/// Requests under way may finish within this once shutdown began; the longest are deliveries of large mails.
const DRAIN: Duration = Duration::from_secs(20);
/// Connections held at once: below the usual limit of open files, which the store shares.
const MAX_CONNECTIONS: usize = 8_192;
/// After an error of `accept` (out of file descriptors), the next try waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` resolves, then stops accepting and lets requests under way finish, for at most
/// twenty seconds.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) {
    let service = router(app);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = &mut shutdown => break,
        };
        let Ok(place) = place else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are written whole; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ);
        let connection = http.serve_connection(
            TokioIo::new(EndsStalled::new(stream, STALLED_WRITE)),
            TowerToHyperService::new(service.clone()),
        );
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off after {} seconds", DRAIN.as_secs());
    }
}
