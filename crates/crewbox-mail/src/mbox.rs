//! Splits an mbox file into mails, one at a time, in memory bounded by the largest mail that is taken in.
//! Knows mboxo, mboxrd, mboxcl and mboxcl2, and line ends of every kind; never parses the mails.

use std::io::{self, BufRead, Read as _, Seek, SeekFrom};

use crewbox_core::time::Timestamp;

use self::separator::{Separator, is_field, is_usual_field};
use crate::budget::MAX_MAIL_BYTES;

mod separator;
#[cfg(test)]
mod tests;

/// How much of a line is looked at as a line; the rest of a longer one is only copied.
const LINE_BYTES: u64 = 64 * 1024;
/// After so many wrong lengths in one file, `Content-Length` is not looked at any more: each look may read elsewhere in
/// the file.
const MAX_WRONG_LENGTHS: u32 = 16;
/// How far behind a body of a given length the next separator may be: the format's empty lines.
const LENGTH_SLACK: u64 = 16;
/// A byte-order mark, which text editors put before a file.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// One entry of an mbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A mail.
    Mail {
        /// Where its separator starts in the file, bytes.
        offset: u64,
        /// The time in its separator.
        separated_at: Option<Timestamp>,
        /// Its bytes, without the separator and with quoted `From ` lines restored. Where lines of the file end with
        /// CR alone, they end with LF here.
        raw: Vec<u8>,
    },
    /// A mail larger than [`MAX_MAIL_BYTES`], passed over.
    TooLarge {
        /// Where its separator starts in the file, bytes.
        offset: u64,
        /// Its size, bytes.
        size: u64,
    },
}

/// Splits an mbox into its entries. An error of the reader ends the iteration after it is given.
pub fn split_mbox<R: BufRead + Seek>(reader: R) -> SplitMbox<R> {
    SplitMbox {
        lines: Lines { reader, at: 0, line_end: b'\n', at_line_start: true },
        entry: Draft::default(),
        line: Line::default(),
        ahead: None,
        blank_before: true,
        body_left: 0,
        wrong_lengths: 0,
        state: State::Unread,
    }
}

/// The iterator behind [`split_mbox`].
#[derive(Debug)]
pub struct SplitMbox<R> {
    lines: Lines<R>,
    entry: Draft,
    line: Line,
    /// The line after the one being looked at, where that had to be read to judge it.
    ahead: Option<Line>,
    blank_before: bool,
    /// Bytes of a body whose length is given, and right.
    body_left: u64,
    wrong_lengths: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unread,
    Reading,
    Ended,
}

/// The mail being read.
#[derive(Debug, Default)]
struct Draft {
    offset: u64,
    separated_at: Option<Timestamp>,
    raw: Vec<u8>,
    /// Its size, also where its bytes are no longer kept.
    size: u64,
    /// Whether it has anything but white space.
    begun: bool,
    in_header: bool,
    content_length: Option<u64>,
}

#[derive(Debug, Default)]
struct Line {
    bytes: Vec<u8>,
    /// Where it starts in the file.
    start: u64,
    /// Whether it is a line from its start, rather than the rest of a very long one.
    whole: bool,
}

#[derive(Debug)]
struct Lines<R> {
    reader: R,
    /// Bytes read so far.
    at: u64,
    line_end: u8,
    at_line_start: bool,
}

impl<R: BufRead + Seek> Iterator for SplitMbox<R> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let next = self.entry();
        if !matches!(next, Ok(Some(_))) {
            self.state = State::Ended;
        }
        next.transpose()
    }
}

impl<R: BufRead + Seek> SplitMbox<R> {
    fn entry(&mut self) -> io::Result<Option<Entry>> {
        if self.state == State::Unread {
            self.lines.begin()?;
            self.state = State::Reading;
        }
        while self.read_line()? {
            if self.body_left > 0 {
                self.body_left = self.body_left.saturating_sub(self.line.bytes.len() as u64);
                self.blank_before = self.body_left == 0;
                self.entry.keep(&self.line.bytes);
                continue;
            }
            if let Some(separator) = self.separator()? {
                let done = self.entry.take();
                self.entry.offset = self.line.start;
                self.entry.separated_at = separator.time;
                self.entry.in_header = true;
                self.blank_before = false;
                if done.is_some() {
                    return Ok(done);
                }
                continue;
            }
            self.keep_line()?;
        }
        Ok(self.entry.take())
    }

    /// Reads the next line; false at the end.
    fn read_line(&mut self) -> io::Result<bool> {
        if let Some(ahead) = self.ahead.take() {
            self.line = ahead;
            return Ok(true);
        }
        self.lines.read(&mut self.line)
    }

    /// The line as a separator, if it is one: a mail's own line may look the same, but has no header behind it.
    fn separator(&mut self) -> io::Result<Option<Separator>> {
        if !self.line.whole || !self.line.bytes.starts_with(b"From ") {
            return Ok(None);
        }
        let Some(separator) = Separator::read(&self.line.bytes) else { return Ok(None) };
        if !self.blank_before && !separator.is_complete {
            return Ok(None);
        }
        let mut next = Line::default();
        let more = self.lines.read(&mut next)?;
        // A file's first line is a separator whatever follows.
        let splits = match self.blank_before {
            true => !self.entry.begun || is_field(&next.bytes),
            false => is_usual_field(&next.bytes),
        };
        self.ahead = more.then_some(next);
        Ok(splits.then_some(separator))
    }

    fn keep_line(&mut self) -> io::Result<()> {
        let bytes = &self.line.bytes;
        let blank = self.line.whole && matches!(bytes.as_slice(), b"\n" | b"\r\n");
        self.blank_before = blank;
        self.entry.begun |= !bytes.iter().all(u8::is_ascii_whitespace);
        if self.entry.in_header {
            if blank {
                self.entry.in_header = false;
                self.body_left = self.given_length()?;
            } else if let Some(length) = content_length(bytes) {
                self.entry.content_length = Some(length);
            }
        }
        let bytes = &self.line.bytes;
        self.entry.keep(if self.line.whole { unquoted(bytes) } else { bytes });
        Ok(())
    }

    /// The body's length as its header gives it, if the next separator or the end of the file is there; else 0.
    fn given_length(&mut self) -> io::Result<u64> {
        let length = self.entry.content_length.unwrap_or(0);
        let read_ahead = self.ahead.is_some() || self.lines.line_end != b'\n';
        if length == 0
            || length > MAX_MAIL_BYTES as u64
            || read_ahead
            || self.wrong_lengths >= MAX_WRONG_LENGTHS
        {
            return Ok(0);
        }
        if self.lines.entry_ends_after(length)? {
            return Ok(length);
        }
        self.wrong_lengths += 1;
        Ok(0)
    }
}

impl Draft {
    fn keep(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if self.size > MAX_MAIL_BYTES as u64 {
            self.raw = Vec::new();
        } else {
            self.raw.extend_from_slice(bytes);
        }
    }

    fn take(&mut self) -> Option<Entry> {
        let Self { offset, separated_at, mut raw, size, begun, .. } = std::mem::take(self);
        if !begun || size == 0 {
            return None;
        }
        if size > MAX_MAIL_BYTES as u64 {
            return Some(Entry::TooLarge { offset, size });
        }
        // The empty line before the next separator is the format's, not the mail's.
        for ending in [b"\n\r\n".as_slice(), b"\n\n"] {
            if raw.ends_with(ending) {
                raw.truncate(raw.len() - ending.len() + 1);
                break;
            }
        }
        Some(Entry::Mail { offset, separated_at, raw })
    }
}

impl<R: BufRead + Seek> Lines<R> {
    /// Skips a byte-order mark, and finds out how lines end.
    fn begin(&mut self) -> io::Result<()> {
        if self.reader.fill_buf()?.starts_with(MARK) {
            self.reader.consume(MARK.len());
            self.at += MARK.len() as u64;
        }
        let buffer = self.reader.fill_buf()?;
        if !buffer.contains(&b'\n') && buffer.contains(&b'\r') {
            self.line_end = b'\r';
        }
        Ok(())
    }

    /// Reads a line, or the first [`LINE_BYTES`] of a longer one; false at the end.
    fn read(&mut self, line: &mut Line) -> io::Result<bool> {
        line.bytes.clear();
        (line.start, line.whole) = (self.at, self.at_line_start);
        let read = io::Read::take(&mut self.reader, LINE_BYTES).read_until(self.line_end, &mut line.bytes)?;
        self.at += read as u64;
        self.at_line_start = line.bytes.last() == Some(&self.line_end);
        if self.line_end == b'\r'
            && self.at_line_start
            && let Some(end) = line.bytes.last_mut()
        {
            *end = b'\n';
        }
        Ok(read > 0)
    }

    /// Whether, so many bytes on, nothing but line ends comes before the next separator or the end.
    fn entry_ends_after(&mut self, length: u64) -> io::Result<bool> {
        let distance = i64::try_from(length).map_err(io::Error::other)?;
        self.reader.seek_relative(distance)?;
        let mut next = Vec::new();
        let read = io::Read::take(&mut self.reader, LENGTH_SLACK).read_to_end(&mut next)?;
        let beyond_end = read == 0 && self.reader.seek(SeekFrom::End(0))? < self.at + length;
        if read == 0 {
            self.reader.seek(SeekFrom::Start(self.at))?;
        } else {
            let back = i64::try_from(length + read as u64).map_err(io::Error::other)?;
            self.reader.seek_relative(-back)?;
        }
        let next = next.trim_ascii_start();
        Ok(!beyond_end && (next.is_empty() || next.starts_with(b"From ")))
    }
}

/// The value of a `Content-Length` field.
fn content_length(line: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    if !name.eq_ignore_ascii_case(NAME) {
        return None;
    }
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// The line without one `>` of a quoted `From `.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|b| **b == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line }
}
