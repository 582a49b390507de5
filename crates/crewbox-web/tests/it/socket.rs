//! Over a real socket: one connection, several requests, a slow body, an orderly end.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::world::World;

/// A body over the limit of JSON, and within what the server reads and drops.
const LARGE: usize = 10 << 20;
/// What a request's head may have.
const HEAD: usize = 64 << 10;

async fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    answer(stream).await
}

/// One whole answer with a `content-length`.
async fn answer(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    loop {
        let mut buffer = [0; 4_096];
        let count = stream.read(&mut buffer).await.unwrap();
        all.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(count > 0, "cut off: {text}");
            continue;
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= length.parse().unwrap() {
            return text;
        }
    }
}

#[tokio::test]
async fn it_serves_and_ends_cleanly() {
    let world = World::with(|app| app.fixed_body_route(bytes::Bytes::from_static(b"{\"fixed\":1}"))).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(crewbox_web::serve(listener, world.app.clone(), async {
        let _ = stopped.await;
    }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let key = &world.key;
    let head = format!("Host: x\r\nX-API-Key: {key}\r\n");
    let list = format!("POST /api/v1/master-inbox/assigned-me HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n");
    for _ in 0..2 {
        let text = ask(&mut stream, &list).await;
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(text.ends_with(r#"{"messages":[],"total_count":0,"offset":0,"limit":20}"#));
        assert!(text.contains("x-request-id: 00000007-"));
    }
    let fixed = ask(&mut stream, "GET /bench/fixed HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(fixed.ends_with("{\"fixed\":1}"));

    // Refused before its body is read: the connection still serves the next request.
    let mut refused = TcpStream::connect(address).await.unwrap();
    for path in ["/api/v1/tags", "/healthz", "/nowhere"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGE}\r\n\r\n");
        refused.write_all(head.as_bytes()).await.unwrap();
        // More than any buffer between holds, so the head is read, and refused, before the body has been sent.
        refused.write_all(&vec![b' '; LARGE]).await.unwrap();
        assert!(answer(&mut refused).await.starts_with("HTTP/1.1 4"));
    }

    let large = format!("POST /api/v1/tags HTTP/1.1\r\n{head}Content-Length: {LARGE}\r\n\r\n");
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(large.as_bytes()).await.unwrap();
    second.write_all(&vec![b' '; LARGE]).await.unwrap();
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 413"));

    // A head that fills all it may have without an end is refused; one just below is served.
    let begin = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ";
    for (length, end, status) in [(HEAD, "", 431), (HEAD - 100, "\r\n\r\n", 200)] {
        let mut long = TcpStream::connect(address).await.unwrap();
        let filled = "a".repeat(length - begin.len());
        let answer = ask(&mut long, &format!("{begin}{filled}{end}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{length}: {answer}");
    }

    // The body comes after shutdown began: the request still finishes. Being asked for it says that the server
    // has taken the request up; a refused connection, that it is shutting down.
    let head =
        format!("POST /api/v1/tags HTTP/1.1\r\n{head}Expect: 100-continue\r\nContent-Length: 12\r\n\r\n");
    assert!(ask(&mut stream, &head).await.starts_with("HTTP/1.1 100"));
    stop.send(()).unwrap();
    let refusal = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(5), refusal).await.expect("it stops listening");
    stream.write_all(b"{\"name\"").await.unwrap();
    stream.write_all(b":\"T\"}").await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap();
}
