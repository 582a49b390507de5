//! A receiver of webhooks on this machine, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A request as a receiver got it.
pub(super) struct Received {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).unwrap()
    }
}

/// A receiver on this machine. It answers with these statuses, then with 200; without `answers` it never answers.
pub(super) struct Receiver {
    pub(super) url: String,
    pub(super) requests: mpsc::UnboundedReceiver<Received>,
}

impl Receiver {
    pub(super) async fn start(statuses: &[u16], answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let statuses = Arc::new(Mutex::new(statuses.iter().copied().collect::<VecDeque<u16>>()));
        let (send, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&statuses), send.clone(), answers));
            }
        });
        Self { url, requests }
    }

    pub(super) async fn next(&mut self) -> Received {
        self.requests.recv().await.unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    statuses: Arc<Mutex<VecDeque<u16>>>,
    send: mpsc::UnboundedSender<Received>,
    answers: bool,
) {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let head = end.map(|end| String::from_utf8(bytes[..end].to_vec()).unwrap());
        let length = |head: &String| {
            let length = head.to_lowercase().split_once("content-length: ").unwrap().1.to_owned();
            length.lines().next().unwrap().parse::<usize>().unwrap()
        };
        if let (Some(end), Some(head)) = (end, head)
            && bytes.len() >= end + 4 + length(&head)
        {
            let body = bytes[end + 4..end + 4 + length(&head)].to_vec();
            bytes.drain(..end + 4 + body.len());
            let _ = send.send(Received { head, body });
            if !answers {
                continue;
            }
            let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            continue;
        }
        let mut more = [0; 4_096];
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&more[..count]),
        }
    }
}
