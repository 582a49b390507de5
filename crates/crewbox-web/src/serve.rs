//! The server's loop: takes connections, limits how long a silent one may stay, and ends cleanly.
//!
//! Owns the loop and its time limits. How many connections there may be is owned by [`crate::connections`]; what is
//! answered belongs to the routes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::http::{Response, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::connections::{Connection, Connections, Counted, Refused};
use crate::route::{bad_host, router};
use crate::stalled::{EndsStalled, LeastSpeed};

/// A client must have sent a request's head within this: a trickle of bytes must not hold a connection.
const HEADER_READ: Duration = Duration::from_secs(15);
/// Bytes of a connection that wait to be read or written, and of a request's head. hyper takes 400 KiB where they come fast; a
/// body of 50 MB then costs 14 MB more, which the allocator keeps.
const BUFFER_BYTES: usize = 64 * 1024;
/// How fast a client must take its response: what waits for it fills memory, and large responses together have one
/// budget.
const LEAST_SPEED: LeastSpeed = LeastSpeed { grace: Duration::from_secs(30), bytes_a_second: 64 * 1024 };
/// Requests under way may finish within this once shutdown began; the longest are deliveries of large mails.
const DRAIN: Duration = Duration::from_secs(20);
/// After an error of `accept` (out of file descriptors), the next try waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that may be ending while others take their places: their sockets are still open.
const ENDING: usize = 32;

const NO_ROOM: &str = "The server has no free connection: try again in a few seconds";
const NO_ROOM_FOR_ADDRESS: &str =
    "Too many connections from this address are in use: try again in a few seconds, or use fewer at once";

/// Serves until `shutdown` resolves, then stops accepting and lets requests under way finish, for at most
/// twenty seconds.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) {
    let settings = &app.0.settings;
    let connections = Arc::new(Connections::new(settings.connections, settings.trusted_proxies.clone()));
    let sockets = Arc::new(Semaphore::new(settings.connections.max(1) + ENDING));
    let router = TowerToHyperService::new(router(app.clone()));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let socket = tokio::select! {
            socket = Arc::clone(&sockets).acquire_owned() => socket,
            () = &mut shutdown => break,
        };
        let Ok(socket) = socket else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let counted = match connections.open(address.ip()) {
            Ok(counted) => counted,
            Err(refused) => {
                refuse(&stream, refused);
                continue;
            }
        };
        // Answers are written whole; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let mut http = http1::Builder::new();
        http.max_buf_size(BUFFER_BYTES);
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ);
        let Counted { connection, .. } = &counted;
        let service =
            OfConnection { router: router.clone(), app: app.clone(), connection: Arc::clone(connection) };
        let stream = EndsStalled::new(stream, LEAST_SPEED, Arc::clone(connection));
        let serving = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            let _socket = socket;
            tokio::select! {
                ended = serving => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                }
                () = counted.connection.closed() => {
                    tracing::debug!("an idle connection made room for another");
                }
            }
        });
    }
    drop(listener);
    // An event stream never ends by itself: it would use up the time that other requests have to finish.
    app.0.closing.send_replace(true);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off after {} seconds", DRAIN.as_secs());
    }
}

/// Tells a client that there is no room for it. Its request is not read: it would have to be waited for.
fn refuse(stream: &TcpStream, refused: Refused) {
    let sentence = match refused {
        Refused::All => NO_ROOM,
        Refused::OfAddress => NO_ROOM_FOR_ADDRESS,
    };
    let body = format!(r#"{{"error":"{sentence}","message":"{sentence}"}}"#);
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\
         Retry-After: 5\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // What a new socket does not take at once is not worth a wait.
    let _ = stream.try_write(response.as_bytes());
}

/// The routes, for the requests of one connection.
struct OfConnection {
    router: TowerToHyperService<axum::Router>,
    app: App,
    connection: Arc<Connection>,
}

type Responding =
    std::pin::Pin<Box<dyn Future<Output = Result<Response<HttpBody>, std::convert::Infallible>> + Send>>;

impl Service<Request<Incoming>> for OfConnection {
    type Response = Response<HttpBody>;
    type Error = std::convert::Infallible;
    type Future = Responding;

    fn call(&self, mut request: Request<Incoming>) -> Responding {
        self.connection.begin_request();
        // RFC 9112, section 3.2: proxies and this server must mean the same host.
        let hosts = request.headers().get_all(header::HOST).iter().count();
        if hosts > 1 || (hosts == 0 && request.version() >= Version::HTTP_11) {
            let app = self.app.clone();
            return Box::pin(async move { Ok(bad_host(&app, request.map(HttpBody::new)).await) });
        }
        request.extensions_mut().insert(Arc::clone(&self.connection));
        Box::pin(self.router.call(request))
    }
}
