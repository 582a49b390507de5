//! Takes an mbox file apart, one mail at a time, in memory bounded by the largest mail that is taken in.
//! Knows mboxrd and mboxo; never parses the mails.

use std::io::{self, BufRead};

use crate::budget::MAX_MAIL_BYTES;

/// How much of a line is looked at as a line; the rest of a longer one is only copied.
const LINE_BYTES: u64 = 64 * 1024;

/// One entry of an mbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A mail.
    Mail {
        /// Where its separator starts in the file, bytes.
        offset: u64,
        /// Its bytes, without the separator and with quoted `From ` lines restored.
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
pub fn split_mbox<R: BufRead>(reader: R) -> SplitMbox<R> {
    SplitMbox {
        reader,
        at: 0,
        entry_at: 0,
        raw: Vec::new(),
        size: 0,
        blank_before: true,
        begun: false,
        ended: false,
    }
}

/// The iterator behind [`split_mbox`].
#[derive(Debug)]
pub struct SplitMbox<R> {
    reader: R,
    /// Bytes read so far.
    at: u64,
    entry_at: u64,
    raw: Vec<u8>,
    /// Size of the entry, also where its bytes are no longer kept.
    size: u64,
    blank_before: bool,
    begun: bool,
    ended: bool,
}

impl<R: BufRead> Iterator for SplitMbox<R> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut at_line_start = true;
        let mut line = Vec::new();
        while !self.ended {
            line.clear();
            let start = self.at;
            match read_line(&mut self.reader, &mut line) {
                Ok(0) => {
                    self.ended = true;
                    return self.take_entry().map(Ok);
                }
                Ok(read) => self.at += read as u64,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
            if at_line_start && self.blank_before && is_separator(&line) {
                let entry = self.take_entry();
                (self.entry_at, self.begun, self.blank_before) = (start, true, false);
                if entry.is_some() {
                    return entry.map(Ok);
                }
                continue;
            }
            let whole = at_line_start;
            at_line_start = line.ends_with(b"\n");
            self.blank_before = whole && matches!(line.as_slice(), b"\n" | b"\r\n");
            self.begun = self.begun || !line.iter().all(u8::is_ascii_whitespace);
            self.keep(if whole { unquoted(&line) } else { &line });
        }
        None
    }
}

impl<R> SplitMbox<R> {
    fn keep(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if self.size > MAX_MAIL_BYTES as u64 {
            self.raw = Vec::new();
        } else {
            self.raw.extend_from_slice(bytes);
        }
    }

    fn take_entry(&mut self) -> Option<Entry> {
        let begun = std::mem::take(&mut self.begun);
        let size = std::mem::take(&mut self.size);
        let mut raw = std::mem::take(&mut self.raw);
        if !begun || size == 0 {
            return None;
        }
        if size > MAX_MAIL_BYTES as u64 {
            return Some(Entry::TooLarge { offset: self.entry_at, size });
        }
        // The empty line before the next separator is the format's, not the mail's.
        for ending in [b"\n\r\n".as_slice(), b"\n\n"] {
            if raw.ends_with(ending) {
                raw.truncate(raw.len() - ending.len() + 1);
                break;
            }
        }
        Some(Entry::Mail { offset: self.entry_at, raw })
    }
}

/// Reads a line, or the first [`LINE_BYTES`] of a longer one.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    io::Read::take(reader, LINE_BYTES).read_until(b'\n', line)
}

/// `From sender date`: a mail's own line that starts with the word has no time of day in it.
fn is_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ")
        && line.windows(5).any(|w| {
            w[0].is_ascii_digit()
                && w[1].is_ascii_digit()
                && w[2] == b':'
                && w[3].is_ascii_digit()
                && w[4].is_ascii_digit()
        })
}

/// The line without one `>` of a quoted `From `.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|b| **b == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor, Read};

    use super::*;

    fn split(bytes: &[u8]) -> Vec<Entry> {
        split_mbox(Cursor::new(bytes)).map(Result::unwrap).collect()
    }

    #[test]
    fn mails_come_out_as_they_went_in() {
        let entries = split(
            b"From a@x Mon Feb  3 10:00:00 2025\nSubject: 1\n\n>From here\n>>From there\nFrom me\n\nFrom now on\n\n\
              From b@x Mon Feb  3 10:00:01 2025\r\nSubject: 2\r\n\r\nx\r\n",
        );
        assert_eq!(
            entries,
            [
                Entry::Mail {
                    offset: 0,
                    raw: b"Subject: 1\n\nFrom here\n>From there\nFrom me\n\nFrom now on\n".to_vec()
                },
                Entry::Mail { offset: 92, raw: b"Subject: 2\r\n\r\nx\r\n".to_vec() },
            ]
        );
        assert!(split(b"").is_empty());
        assert!(split(b"\n\n").is_empty());
    }

    #[test]
    fn one_too_large_is_named_and_passed_over() {
        let head = b"From a@x Mon Feb  3 10:00:00 2025\n".as_slice();
        let next = b"\n\nFrom b@x Mon Feb  3 10:00:00 2025\nSubject: 2\n\nx\n".as_slice();
        let big = io::repeat(b'a').take(MAX_MAIL_BYTES as u64 + 10);
        let entries: Vec<Entry> =
            split_mbox(BufReader::new(head.chain(big).chain(next))).map(Result::unwrap).collect();
        assert_eq!(entries[0], Entry::TooLarge { offset: 0, size: MAX_MAIL_BYTES as u64 + 12 });
        assert!(matches!(&entries[1], Entry::Mail { raw, .. } if raw == b"Subject: 2\n\nx\n"));
    }
}
