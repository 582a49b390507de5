//! One blocking HTTP/1.1 connection: as little client as a fair comparison allows.
//!
//! Owns the bytes of a request and the reading of an answer whose length is declared. Follows nothing,
//! decompresses nothing.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Anything that ends a measurement.
pub type Failure = Box<dyn Error + Send + Sync>;

/// An answer larger than this is not one of ours.
const MAX_ANSWER: usize = 64 << 20;
/// Longer than any call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request's bytes.
#[must_use]
pub fn request(method: &str, path: &str, key: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What an answer's head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Bytes of status line and headers, the empty line included.
    pub head: usize,
    /// Bytes of the body.
    pub body: usize,
}

impl Head {
    /// Reads a head, once it is whole.
    ///
    /// # Errors
    /// When it is not HTTP, or declares no length.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Failure> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let text = std::str::from_utf8(&bytes[..end])?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status line")?.parse()?;
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(Ok(0), |(_, value)| value.trim().parse())?;
        if length > MAX_ANSWER {
            return Err("the answer is too long".into());
        }
        Ok(Some(Self { status, head: end + 4, body: length }))
    }
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: vec![0; 64 << 10] })
    }

    /// Sends a request and gives the body of its answer.
    ///
    /// # Errors
    /// On any status but 200.
    pub fn call(&mut self, request: &str) -> Result<&[u8], Failure> {
        self.stream.write_all(request.as_bytes())?;
        let mut have = 0;
        loop {
            if have == self.buffer.len() {
                self.buffer.resize(have * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[have..])?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            have += read;
            let Some(head) = Head::read(&self.buffer[..have])? else { continue };
            if have < head.head + head.body {
                self.buffer.resize(self.buffer.len().max(head.head + head.body), 0);
                self.stream.read_exact(&mut self.buffer[have..head.head + head.body])?;
            }
            let body = &self.buffer[head.head..head.head + head.body];
            if head.status != 200 {
                let start = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
                return Err(format!("the server answered {}: {start}", head.status).into());
            }
            return Ok(&self.buffer[head.head..head.head + head.body]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_head() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Type: x\r\ncontent-length: 12\r\n\r\nhello";
        assert_eq!(Head::read(bytes).unwrap(), Some(Head { status: 200, head: 56, body: 12 }));
        assert_eq!(Head::read(&bytes[..40]).unwrap(), None);
        assert!(Head::read(b"nonsense\r\n\r\n").is_err());
    }
}
