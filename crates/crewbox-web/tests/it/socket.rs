//! Over a real socket: one connection, several requests, a slow body, an orderly end.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::world::World;

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
async fn it_serves_and_ends_in_good_order() {
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
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
        refused.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(ask(&mut refused, "body").await.starts_with("HTTP/1.1 4"));
    }

    let large = format!("POST /api/v1/tags HTTP/1.1\r\n{head}Content-Length: 10485760\r\n\r\n");
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(large.as_bytes()).await.unwrap();
    second.write_all(&vec![b' '; 10 << 20]).await.unwrap();
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 413"));

    // The body comes in two halves, the second after shutdown began: the request still finishes.
    let half = format!("POST /api/v1/tags HTTP/1.1\r\n{head}Content-Length: 12\r\n\r\n{{\"name\"");
    stream.write_all(half.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    stream.write_all(b":\"T\"}").await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "no longer listening");
}
