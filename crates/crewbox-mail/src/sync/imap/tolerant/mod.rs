//! A tolerant layer between the socket and the library that parses responses: what the library's grammar refuses is
//! repaired or left out, so that no single line ends the connection.
//!
//! Owns the framing of responses (lines and literals) and the limits on both. A response that the library accepts
//! passes unchanged, and the bytes of a mail pass unchanged in any case. Decides nothing about mail. Where a literal
//! and what follows it disagree, nothing more on the connection can be trusted: that is an error.

mod accept;
mod expected;
#[cfg(test)]
mod expected_tests;
mod repair;
#[cfg(test)]
mod tests;
mod tokens;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(super) use expected::{Expected, MOST_DROPPED, SLACK};

/// Bytes of a response's text, without the bytes of mails: labels, flags and folders' names need a tenth of it. The
/// library parses a response again for every 4 KiB of it that arrive, so the time for one grows with its square. A longer
/// response to SEARCH is passed on in parts.
const MOST_TEXT: usize = 64 * 1024;
/// Bytes of a part of a long response to SEARCH: the library reads one at once. Any number of such responses means the
/// same as one (RFC 3501, section 7.2.5, and what servers do).
const SEARCH_PART: usize = 4_000;
/// Bytes of text after which other work of the thread has its turn: parsing them takes less than a millisecond.
const TURN: usize = 16 * 1024;
/// A literal that is no mail (a folder's name, a label) is kept with its line up to this size.
const MOST_HELD: u64 = 16 * 1024;
/// Literals in one response: each costs a look at the whole text before it.
const MOST_LITERALS: usize = 64;
/// Bytes read from the server at once.
const CHUNK: usize = 16 * 1024;

/// The error for a literal that is too large.
pub(super) const TOO_LARGE: &str = "the server sends mails that are much larger than it announced";
/// The error for text without end.
pub(super) const ENDLESS: &str = "the server's answer has more text than any answer needs";
/// The error for parentheses within parentheses without end.
pub(super) const NESTED: &str = "the server's answer is nested deeper than any answer needs";
/// The error for an answer that can be neither read nor left out.
pub(super) const UNREADABLE: &str = "the server's answer could not be read";

/// How a part of a long response to SEARCH begins.
const SEARCH: &[u8] = b"* SEARCH";

/// The start of a FETCH response and a mail in it, in place of those that have been passed on already. It ends like a
/// mail, so that what cannot follow one is refused.
const FETCH_START: &[u8] = b"* 1 FETCH (BODY[] \"\"";

/// What the next bytes from the server are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A line.
    Line,
    /// So many bytes of a literal that is kept with its line.
    Keep(usize),
    /// So many bytes of a mail, to be passed on.
    Pass(u64),
    /// So many bytes of a mail, to be dropped.
    Drop(u64),
}

/// A connection whose responses the library can parse. Writing is not changed.
#[derive(Debug)]
pub(super) struct Tolerant<S> {
    inner: S,
    state: State,
    /// The server has not greeted yet: whoever begins otherwise speaks another protocol.
    ungreeted: bool,
    /// Bytes from the server that were not looked at yet; of these, so many hold no line end.
    input: BytesMut,
    scanned: usize,
    /// The text of the response under way, with the literals that are kept.
    text: Vec<u8>,
    literals: usize,
    /// The response under way is a FETCH whose beginning, to the end of a mail, has been passed on.
    inside_fetch: bool,
    /// Bytes for the library.
    output: BytesMut,
    /// Bytes of mails that may still pass, and that may still be dropped, in this command.
    passable: u64,
    droppable: u64,
    /// Bytes of text and lines that may still come in this command.
    text_left: usize,
    search_left: usize,
    lines_left: usize,
    /// Bytes of text since other work had its turn.
    turn: usize,
    /// The largest mail that was dropped because it has more.
    larger: Option<u64>,
}

impl<S> Tolerant<S> {
    /// Of a connection on which the server is to greet.
    pub(super) fn new(inner: S) -> Self {
        Self { ungreeted: true, ..Self::greeted(inner) }
    }

    /// Of a connection on which the server has greeted.
    pub(super) fn greeted(inner: S) -> Self {
        Self {
            inner,
            state: State::Line,
            ungreeted: false,
            input: BytesMut::new(),
            scanned: 0,
            text: Vec::new(),
            literals: 0,
            inside_fetch: false,
            output: BytesMut::new(),
            passable: Expected::LOG_IN.passed(),
            droppable: Expected::LOG_IN.dropped,
            text_left: Expected::LOG_IN.text,
            search_left: Expected::LOG_IN.search,
            lines_left: Expected::LOG_IN.lines,
            turn: 0,
            larger: None,
        }
    }

    /// The connection itself; none if the server has sent something that is not read yet.
    pub(super) fn into_inner(self) -> Option<S> {
        let read = self.input.is_empty() && self.output.is_empty() && self.text.is_empty();
        read.then_some(self.inner)
    }

    /// Begins a command whose responses may bring so much mail together. A mail with which it is more is dropped, and
    /// comes as NIL.
    pub(super) const fn expect(&mut self, expected: Expected) {
        (self.passable, self.droppable) = (expected.passed(), expected.dropped);
        (self.text_left, self.search_left) = (expected.text, expected.search);
        self.lines_left = expected.lines;
        self.larger = None;
    }

    /// The size of the largest mail dropped since the expected sizes were set, once.
    pub(super) const fn take_larger(&mut self) -> Option<u64> {
        self.larger.take()
    }

    /// Takes the next line, or the next part of a long response to SEARCH, from the input into the text, if it is there
    /// whole.
    fn next_line(&mut self) -> io::Result<bool> {
        if self.next_search_part()? {
            return Ok(true);
        }
        let Some(end) = memchr::memchr(b'\n', &self.input[self.scanned..]) else {
            self.scanned = self.input.len();
            self.check_length(self.scanned)?;
            return Ok(false);
        };
        let bytes = self.scanned + end;
        self.check_length(bytes)?;
        self.lines_left = self.lines_left.checked_sub(1).ok_or_else(|| io::Error::other(ENDLESS))?;
        let is_search = self.text.is_empty() && tokens::is_search(&self.input[..bytes]);
        self.count(bytes, is_search)?;
        let line = self.input.split_to(bytes + 1);
        self.scanned = 0;
        let line = &line[..line.len() - 1];
        self.text.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        self.text.extend_from_slice(b"\r\n");
        Ok(true)
    }

    /// Takes the next part of a long response to SEARCH into the text, as a response of its own.
    fn next_search_part(&mut self) -> io::Result<bool> {
        if !self.text.is_empty() || self.inside_fetch {
            return Ok(false);
        }
        let Some(start) = self.input.get(..SEARCH_PART).filter(|start| tokens::is_search(start)) else {
            return Ok(false);
        };
        // What is in parentheses at the end belongs together.
        let numbers = memchr::memchr2(b'\n', b'(', start).unwrap_or(start.len());
        let is_whole = start.get(numbers) == Some(&b'\n');
        let cut = memchr::memrchr(b' ', &start[..numbers]).filter(|cut| *cut > SEARCH.len());
        let Some(cut) = cut.filter(|_| !is_whole) else { return Ok(false) };
        self.count(cut, true)?;
        self.text.extend_from_slice(&self.input[..cut]);
        self.text.extend_from_slice(b"\r\n");
        self.input.advance(cut - SEARCH.len());
        self.input[..SEARCH.len()].copy_from_slice(SEARCH);
        self.scanned = 0;
        Ok(true)
    }

    /// Counts text of the responses to this command.
    fn count(&mut self, bytes: usize, is_search: bool) -> io::Result<()> {
        let left = if is_search { &mut self.search_left } else { &mut self.text_left };
        *left = left.checked_sub(bytes).ok_or_else(|| io::Error::other(ENDLESS))?;
        self.turn += bytes;
        Ok(())
    }

    /// Whether the response under way may have so many bytes more.
    fn check_length(&self, more: usize) -> io::Result<()> {
        if self.text.len() + more > MOST_TEXT { Err(io::Error::other(UNREADABLE)) } else { Ok(()) }
    }

    /// A line has ended: it announces a literal, or ends the response.
    fn line_ended(&mut self) -> io::Result<()> {
        let kind = if self.inside_fetch { tokens::Kind::Fetch } else { tokens::kind(&self.text) };
        // Before anything is parsed: a server that sends one such answer sends more.
        if kind.has_literals() && tokens::is_nested_without_end(&self.text) {
            return Err(io::Error::other(NESTED));
        }
        let Some((at, size)) = tokens::announced(&self.text).filter(|_| kind.has_literals()) else {
            return self.response_ended();
        };
        self.literals += 1;
        if self.literals > MOST_LITERALS {
            return Err(io::Error::other(UNREADABLE));
        }
        if kind == tokens::Kind::Fetch && tokens::is_mail(&self.text[..at]) {
            return self.mail_begins(at, size);
        }
        match usize::try_from(size) {
            Ok(bytes) if size <= MOST_HELD && bytes <= self.text_left => {
                self.text_left -= bytes;
                self.state = if bytes == 0 { State::Line } else { State::Keep(bytes) };
                Ok(())
            }
            _ => Err(io::Error::other(TOO_LARGE)),
        }
    }

    /// The text to `at` is passed on, with the mail that follows or in its place NIL.
    fn mail_begins(&mut self, at: usize, size: u64) -> io::Result<()> {
        let passes = size <= self.passable;
        let left = if passes { &mut self.passable } else { &mut self.droppable };
        *left = left.checked_sub(size).ok_or_else(|| io::Error::other(TOO_LARGE))?;
        let accepted = |text: &[u8]| {
            let start = if self.inside_fetch { FETCH_START } else { b"" };
            accept::accepts(&[start, text, b"NIL)\r\n"].concat())
        };
        let text = &self.text[..at];
        let repaired;
        let text = if accepted(text) {
            text
        } else {
            repaired = repair::before_mail(text, self.inside_fetch).filter(|text| accepted(text));
            repaired.as_deref().ok_or_else(|| io::Error::other(UNREADABLE))?
        };
        self.output.extend_from_slice(text);
        if passes {
            self.output.extend_from_slice(format!("{{{size}}}\r\n").as_bytes());
            self.state = if size == 0 { State::Line } else { State::Pass(size) };
        } else {
            self.output.extend_from_slice(b"NIL");
            self.larger = self.larger.max(Some(size));
            self.state = State::Drop(size);
        }
        self.text.clear();
        self.inside_fetch = true;
        Ok(())
    }

    /// The text is a whole response, or the rest of one.
    fn response_ended(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.inside_fetch) {
            let accepted = |text: &[u8]| accept::accepts(&[FETCH_START, text].concat());
            if accepted(&self.text) {
                self.output.extend_from_slice(&self.text);
            } else {
                // What follows a mail and is nothing of FETCH: the literal was longer or shorter than it announced.
                let repaired = repair::after_mail(&self.text).filter(|text| accepted(text));
                let repaired = repaired.ok_or_else(|| io::Error::other(UNREADABLE))?;
                self.output.extend_from_slice(&repaired);
            }
        } else if accept::accepts(&self.text) {
            self.output.extend_from_slice(&self.text);
        } else if let Some(repaired) = repair::response(&self.text).filter(|text| accept::accepts(text)) {
            self.output.extend_from_slice(&repaired);
        } else if !self.text.trim_ascii().is_empty() {
            if self.ungreeted && !self.text.starts_with(b"*") {
                return Err(io::Error::other(UNREADABLE));
            }
            tracing::debug!(
                bytes = self.text.len(),
                "skipped a line of an IMAP server that cannot be parsed"
            );
        }
        self.ungreeted &= self.output.is_empty();
        self.text.clear();
        self.literals = 0;
        Ok(())
    }

    /// Does what can be done with the input so far. Returns whether more of it is needed.
    fn work(&mut self) -> io::Result<bool> {
        loop {
            match self.state {
                State::Line => {
                    if !self.next_line()? {
                        return Ok(true);
                    }
                    self.line_ended()?;
                    if !self.output.is_empty() {
                        return Ok(false);
                    }
                }
                State::Keep(left) => {
                    let now = left.min(self.input.len());
                    self.text.extend_from_slice(&self.input.split_to(now));
                    self.state = if now == left { State::Line } else { State::Keep(left - now) };
                    if now < left {
                        return Ok(true);
                    }
                }
                State::Drop(left) => {
                    let now = self.input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.input.advance(now);
                    let left = left - now as u64;
                    self.state = if left == 0 { State::Line } else { State::Drop(left) };
                    if left > 0 {
                        return Ok(true);
                    }
                }
                State::Pass(_) => return Ok(self.input.is_empty()),
            }
        }
    }

    /// Bytes of a mail were passed on.
    const fn passed(&mut self, left: u64, bytes: usize) {
        let left = left.saturating_sub(bytes as u64);
        self.state = if left == 0 { State::Line } else { State::Pass(left) };
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tolerant<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if !this.output.is_empty() {
                let now = this.output.len().min(buf.remaining());
                buf.put_slice(&this.output.split_to(now));
                return Poll::Ready(Ok(()));
            }
            if this.turn >= TURN {
                this.turn = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let more = this.work()?;
            if !this.output.is_empty() {
                continue;
            }
            if let State::Pass(left) = this.state {
                let most = buf.remaining().min(usize::try_from(left).unwrap_or(usize::MAX));
                if !more {
                    let now = most.min(this.input.len());
                    buf.put_slice(&this.input.split_to(now));
                    this.passed(left, now);
                    return Poll::Ready(Ok(()));
                }
                // A mail goes from the socket to the library without a stop here.
                let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
                ready!(Pin::new(&mut this.inner).poll_read(cx, &mut part))?;
                let now = part.filled().len();
                buf.advance(now);
                this.passed(left, now);
                return Poll::Ready(Ok(()));
            }
            let mut chunk = [0; CHUNK];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                // The end of the connection. What is left of a response is none.
                return Poll::Ready(Ok(()));
            }
            this.input.extend_from_slice(chunk.filled());
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tolerant<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
