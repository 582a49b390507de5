//! The first words with an SMTP server: its greeting, and EHLO by a name that it takes.
//!
//! Owns the names we greet with, and in which order they are tried. The library, which greets by one name only, is
//! handed a connection on which all of that has happened, and its own greeting is kept from the server.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::io::{BufReader, ReadBuf};

use crate::address::for_smtp;
use crate::net::{Net, Stream};

/// An address literal names nobody and is always valid (RFC 5321, section 4.1.3). Some servers take nothing but a name,
/// and a few take nothing but an address.
const LITERAL: &str = "[127.0.0.1]";
/// Lines of an answer to EHLO.
const MOST_LINES: usize = 100;
/// Bytes of one line of it (RFC 5321, section 4.5.3.1.5, has 512).
const MOST_LINE: u64 = 4 * 1024;
/// What is taken for the answer to EHLO of a server that knows only HELO, and so lists nothing: whether it lets anybody
/// log in is found out by trying.
const AFTER_HELO: &[u8] = b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n";
/// A greeting, for the library to read where the server's has been read.
const GREETING: &[u8] = b"220 greeted\r\n";

/// Why there is no conversation.
#[derive(Debug)]
pub(super) enum NoHello {
    /// The server refuses: the code, and its words.
    Refused(u16, String),
    /// The connection broke, or what came is no SMTP.
    Broken,
}

impl From<io::Error> for NoHello {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

/// The name to greet with: the operator's, else the domain of the sender's address.
pub(super) fn name(net: &Net, sender: &str) -> String {
    let domain = || {
        let ascii = for_smtp(sender).ok()?;
        ascii.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase())
    };
    net.ehlo_name().map(str::to_owned).or_else(domain).unwrap_or_else(|| LITERAL.to_owned())
}

/// A connection on which the greetings have been exchanged, and what the server answered to ours.
#[derive(Debug)]
pub(super) struct Greeted {
    stream: BufReader<Stream>,
    answer: Vec<u8>,
}

impl Greeted {
    /// Reads the server's greeting, if one is to come, and greets by this name or one that the server takes.
    pub(super) async fn exchange(stream: Stream, greets: bool, name: &str) -> Result<Self, NoHello> {
        let mut stream = BufReader::new(stream);
        if greets {
            positive(answer(&mut stream).await?)?;
        }
        let mut first = None;
        for (word, name) in [("EHLO", name), ("EHLO", LITERAL), ("HELO", name)] {
            let tried = async {
                stream.write_all(format!("{word} {name}\r\n").as_bytes()).await?;
                stream.flush().await?;
                positive(answer(&mut stream).await?)
            };
            match tried.await {
                Ok(_) if word == "HELO" => {
                    return Ok(Self { stream, answer: AFTER_HELO.to_vec() });
                }
                Ok(answer) => return Ok(Self { stream, answer }),
                // A refusal for good may be about the name, or the word.
                Err(NoHello::Refused(code @ 500.., words)) => {
                    first.get_or_insert((code, words));
                }
                Err(NoHello::Broken) if first.is_some() => break,
                Err(other) => return Err(other),
            }
        }
        let (code, words) = first.unwrap_or_default();
        Err(NoHello::Refused(code, words))
    }

    /// Asks for TLS. What came before it and was not asked for is an attack (RFC 3207, section 6).
    pub(super) async fn start_tls(mut self) -> Result<Stream, NoHello> {
        self.stream.write_all(b"STARTTLS\r\n").await?;
        self.stream.flush().await?;
        let response = answer(&mut self.stream).await?;
        let agreed = response.starts_with(b"220") && self.stream.buffer().is_empty();
        if agreed { Ok(self.stream.into_inner()) } else { Err(NoHello::Broken) }
    }

    /// The connection for the library, which waits for a greeting and greets.
    pub(super) fn for_library(self) -> Replayed {
        let read = self.stream.buffer();
        let replay = [GREETING, self.answer.as_slice(), read].concat();
        Replayed { replay, at: 0, greets: true, stream: self.stream.into_inner() }
    }
}

/// All lines of an answer.
async fn answer(stream: &mut BufReader<Stream>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    for _ in 0..MOST_LINES {
        let start = all.len();
        let read = (&mut *stream).take(MOST_LINE).read_until(b'\n', &mut all).await?;
        let line = &all[start..];
        if read == 0 || line.len() < 3 || !line[..3].iter().all(u8::is_ascii_digit) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if line.get(3) != Some(&b'-') {
            return Ok(all);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn positive(answer: Vec<u8>) -> Result<Vec<u8>, NoHello> {
    if answer.starts_with(b"2") {
        return Ok(answer);
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let code = text.get(..3).and_then(|code| code.parse().ok()).ok_or(NoHello::Broken)?;
    Err(NoHello::Refused(code, text.get(4..).unwrap_or_default().to_owned()))
}

/// A connection that begins with what was sent before, and keeps the first line written to it.
#[derive(Debug)]
pub(super) struct Replayed {
    replay: Vec<u8>,
    at: usize,
    /// The library's own greeting is still to come.
    greets: bool,
    stream: Stream,
}

impl AsyncTokioStream for Replayed {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Replayed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = &self.replay[self.at..];
        if !left.is_empty() {
            let now = left.len().min(buf.remaining());
            buf.put_slice(&left[..now]);
            self.at += now;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Replayed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.greets {
            let end = memchr::memchr(b'\n', buf).map(|at| at + 1);
            self.greets = end.is_none();
            return Poll::Ready(Ok(end.unwrap_or(buf.len())));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::NetPolicy;

    #[test]
    fn the_name_is_the_operators_or_the_senders_domain() {
        let net = |ehlo_name: Option<&str>| {
            Net::new(&NetPolicy { ehlo_name: ehlo_name.map(str::to_owned), ..NetPolicy::default() }).unwrap()
        };
        assert_eq!(name(&net(None), "Ana@Brand.example"), "brand.example");
        assert_eq!(name(&net(None), "ana@bücher.example"), "xn--bcher-kva.example");
        assert_eq!(name(&net(None), "nobody"), LITERAL);
        assert_eq!(name(&net(Some("mx.host.example")), "ana@brand.example"), "mx.host.example");
    }
}
