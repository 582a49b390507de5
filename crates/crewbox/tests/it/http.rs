//! A client of one request a connection: enough to call the API, and nothing a server could lean on.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// No call of these tests takes longer on any machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// Sends a request. An error means that the server is gone, and nothing about what it did. A stream of events has no end:
/// its response is what arrived together with its head.
pub(crate) fn send(
    url: &str,
    method: &str,
    path: &str,
    key: &str,
    kind: &str,
    body: &[u8],
) -> io::Result<Answer> {
    let key = format!("Bearer {key}");
    send_with(url, method, path, &[("Authorization", &key), ("Content-Type", kind)], body)
}

/// The same with these headers.
pub(crate) fn send_with(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let bytes = read(&mut stream)?;
    let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer was cut off");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(cut)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
    let body = bytes[end + 4..].to_vec();
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.trim().parse().ok());
    if length.is_some_and(|length: usize| length != body.len()) {
        return Err(cut());
    }
    Ok(Answer { status, head, body })
}

/// Everything until the server closes the connection, or until the head of a stream of events.
fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    const EVENTS: &[u8] = b"content-type: text/event-stream";
    let mut bytes = Vec::new();
    let mut part = vec![0; 64 * 1024];
    let mut is_head = true;
    loop {
        let count = stream.read(&mut part)?;
        bytes.extend_from_slice(&part[..count]);
        if is_head && let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            is_head = false;
            if bytes[..end].windows(EVENTS.len()).any(|line| line.eq_ignore_ascii_case(EVENTS)) {
                return Ok(bytes);
            }
        }
        if count == 0 {
            return Ok(bytes);
        }
    }
}

/// A JSON call that must be answered.
pub(crate) fn call(url: &str, method: &str, path: &str, key: &str, body: &Value) -> Answer {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    send(url, method, path, key, "application/json", &body).unwrap()
}
