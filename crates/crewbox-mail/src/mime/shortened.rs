//! A large mail without most of its long parts: the bytes that are looked at to read it.
//!
//! Owns which bytes those are. All lines that begin with two dashes are among them, and the headers behind each, so that the
//! parts found are those of the whole mail; of a long part there is the start. What needs all of a part gets it from the
//! source, piece by piece.

use std::cell::RefCell;
use std::io;
use std::ops::Range;

use memchr::{memchr, memmem, memrchr};

use super::fields::Fields;
use super::walk::walk;
use crate::budget::{MAX_HEADER_BYTES, MAX_PARTS};

/// A mail up to this many bytes is read as a whole.
pub(crate) const SHORTENED_FROM: usize = 8 * 1024 * 1024;
/// Bytes kept of the texts of a mail together: three times what is stored of a text, which quoted-printable and other
/// encodings may make of it, and more.
const TEXTS: usize = 8 * 1024 * 1024;
/// Bytes kept of any other part behind its header: what a kind of file is known by.
const FILE: usize = 4 * 1024;
/// Bytes of a part after which its header is looked for, and after which a header is cut.
const SHORT_HEADER: usize = 8 * 1024;
const LONG_HEADER: usize = 2 * MAX_HEADER_BYTES;
/// A shortened mail has at most so many bytes. One that would be longer is read as a whole: it has thousands of parts, or
/// lines that look like boundaries.
const MOST: usize = 16 * 1024 * 1024;
/// Lines that begin with two dashes after which the parts are counted.
const BOUNDARIES: usize = 2 * MAX_PARTS;
/// Bytes kept of a mail with too many parts, which is shown as it came.
const OVER: usize = 3 * 1024 * 1024;
/// Bytes read together.
const PIECE: usize = 256 * 1024;
/// A mail whose lines end with LF has one within so many bytes.
const FIRST_LINE: usize = 64 * 1024;
/// How far back a line's end is looked for, so that a text is cut there.
const LAST_LINE: usize = 4 * 1024;
/// Bytes of two pieces that are looked at together: a blank line or a boundary may be across their border.
const OVERLAP: usize = 2;

/// The bytes of a mail, in memory or elsewhere.
pub(crate) trait Source {
    /// How many.
    fn size(&self) -> usize;

    /// Fills `into` with those from `at` on.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, at: usize, into: &mut [u8]) -> io::Result<()>;
}

impl Source for &[u8] {
    fn size(&self) -> usize {
        self.len()
    }

    fn read_at(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        let bytes = self.get(at..).and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// A mail in short.
#[derive(Debug, Default)]
pub(crate) struct Shortened {
    pub(crate) bytes: Vec<u8>,
    /// What was left out, ascending.
    cuts: Vec<Cut>,
    /// A part that was cut may have a file in its text.
    pub(crate) may_have_files: bool,
}

/// Bytes of the source that were left out.
#[derive(Clone, Debug)]
struct Cut {
    /// Where they would be in the shortened mail.
    at: usize,
    /// Where they are in the source.
    from: Range<usize>,
}

/// What is kept of the bytes that come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// So many; then the header of the part is looked for.
    Header(usize),
    /// None up to the end of a header that is too long.
    BehindHeader,
    /// So many, which are taken off those of all texts.
    Text,
    /// So many.
    File(usize),
    /// So many of all the rest.
    Rest(usize),
}

struct Shortening<'s> {
    source: &'s dyn Source,
    short: Shortened,
    keep: Keep,
    /// Where the part that is being read starts in the shortened mail.
    part: usize,
    /// Bytes left for texts.
    texts: usize,
    boundaries: usize,
    is_behind_line_end: bool,
}

impl Shortened {
    /// Shortens a mail; none where it can be read as a whole only.
    ///
    /// # Errors
    /// The source's.
    pub(crate) fn of(source: &dyn Source) -> io::Result<Option<Self>> {
        let short = Self::default();
        let keep = Keep::Header(SHORT_HEADER);
        let mut shortening = Shortening {
            source,
            short,
            keep,
            part: 0,
            texts: TEXTS,
            boundaries: 0,
            is_behind_line_end: false,
        };
        let is_done = shortening.run()?;
        Ok(is_done.then_some(shortening.short))
    }

    /// Where a part's body is in the shortened mail; none for bytes that are not of it.
    fn place(&self, body: &[u8]) -> Option<Range<usize>> {
        let start = (body.as_ptr() as usize).checked_sub(self.bytes.as_ptr() as usize)?;
        let range = start..start + body.len();
        (range.end <= self.bytes.len()).then_some(range)
    }

    fn cuts(&self, place: &Range<usize>) -> impl Iterator<Item = &Cut> {
        // What was left out at the end of a part comes before the line end that belongs to the boundary.
        let (start, end) = (place.start, place.end);
        self.cuts.iter().skip_while(move |cut| cut.at < start).take_while(move |cut| cut.at <= end)
    }
}

impl Shortening<'_> {
    /// Whether it could be shortened.
    fn run(&mut self) -> io::Result<bool> {
        let size = self.source.size();
        let mut piece = vec![0; PIECE.min(size)];
        let mut at = 0;
        while at < size {
            let length = PIECE.min(size - at);
            let bytes = &mut piece[..length];
            self.source.read_at(at, bytes)?;
            if at == 0 && memchr(b'\n', &bytes[..length.min(FIRST_LINE)]).is_none() {
                return Ok(false);
            }
            // What may be the start of a boundary is looked at again, with the bytes behind it.
            let mut end = if at + length == size { length } else { length - OVERLAP };
            // The CR of a boundary's line end stays with it.
            if end < length && bytes[end - 1] == b'\r' {
                end -= 1;
            }
            if !self.add_piece(bytes, end, at) {
                return Ok(false);
            }
            at += end;
        }
        Ok(true)
    }

    /// Adds bytes up to `end`; whether the mail can be shortened so far.
    fn add_piece(&mut self, bytes: &[u8], end: usize, at: usize) -> bool {
        let mut done = 0;
        if !matches!(self.keep, Keep::Rest(_)) {
            for found in memmem::find_iter(bytes, b"\n--").take_while(|found| *found < end) {
                // The line end belongs to the boundary, with its CR.
                let line = if found > done && bytes[found - 1] == b'\r' { found - 1 } else { found };
                self.add(&bytes[done..line], at + done);
                self.short.bytes.extend_from_slice(&bytes[line..=found]);
                done = found + 1;
                self.begin_part();
                if self.short.bytes.len() > MOST {
                    return false;
                }
                if matches!(self.keep, Keep::Rest(_)) {
                    break;
                }
            }
        }
        self.add(&bytes[done..end], at + done);
        true
    }

    fn begin_part(&mut self) {
        self.part = self.short.bytes.len();
        self.keep = Keep::Header(SHORT_HEADER);
        self.boundaries += 1;
        if self.boundaries == BOUNDARIES && walk(&self.short.bytes).parts.len() > MAX_PARTS {
            // All that follows is one part.
            self.keep = Keep::Rest(OVER.saturating_sub(self.short.bytes.len()));
        }
    }

    /// Adds bytes of one part.
    fn add(&mut self, mut bytes: &[u8], mut at: usize) {
        while !bytes.is_empty() {
            let taken = match self.keep {
                Keep::BehindHeader => self.skip_header(bytes, at),
                Keep::Header(room) => {
                    let taken = self.take(bytes, room);
                    self.keep = Keep::Header(room - taken);
                    if taken == room {
                        self.look_at_header();
                    }
                    taken
                }
                Keep::Text => {
                    let (taken, left) = self.take_or_cut(bytes, at, self.texts);
                    self.texts = left;
                    taken
                }
                Keep::File(room) => {
                    let (taken, left) = self.take_or_cut(bytes, at, room);
                    self.keep = Keep::File(left);
                    taken
                }
                Keep::Rest(room) => {
                    let (taken, left) = self.take_or_cut(bytes, at, room);
                    self.keep = Keep::Rest(left);
                    taken
                }
            };
            self.is_behind_line_end = bytes[..taken].ends_with(b"\n");
            bytes = &bytes[taken..];
            at += taken;
        }
    }

    /// Keeps bytes as far as there is room, or leaves them out where there is none; gives how many, and the room left.
    fn take_or_cut(&mut self, bytes: &[u8], at: usize, room: usize) -> (usize, usize) {
        if room == 0 {
            return (self.cut(bytes, at), 0);
        }
        let taken = self.take(bytes, cut_at(bytes, room));
        // Once bytes are left out, all that follow are.
        (taken, if taken < bytes.len() { 0 } else { room - taken })
    }

    fn take(&mut self, bytes: &[u8], room: usize) -> usize {
        let taken = bytes.len().min(room);
        self.short.bytes.extend_from_slice(&bytes[..taken]);
        taken
    }

    /// Leaves bytes out.
    fn cut(&mut self, bytes: &[u8], at: usize) -> usize {
        if self.keep == Keep::Text {
            self.short.may_have_files |= has_file(bytes);
        }
        let here = self.short.bytes.len();
        match self.short.cuts.last_mut().filter(|cut| cut.at == here && cut.from.end == at) {
            Some(cut) => cut.from.end += bytes.len(),
            None => self.short.cuts.push(Cut { at: here, from: at..at + bytes.len() }),
        }
        bytes.len()
    }

    /// Leaves bytes out up to a blank line.
    fn skip_header(&mut self, bytes: &[u8], at: usize) -> usize {
        if self.is_behind_line_end && (bytes.starts_with(b"\n") || bytes.starts_with(b"\r\n")) {
            // The line before it was left out with its end.
            self.short.bytes.push(b'\n');
            self.keep = Keep::Header(SHORT_HEADER);
            return 0;
        }
        let blank = [b"\n\n".as_slice(), b"\n\r\n"].into_iter().filter_map(|line| memmem::find(bytes, line));
        match blank.min() {
            None => self.cut(bytes, at),
            Some(found) => {
                self.cut(&bytes[..found], at);
                self.keep = Keep::Header(SHORT_HEADER);
                found
            }
        }
    }

    /// Decides what is kept of a part of which there are enough bytes.
    fn look_at_header(&mut self) {
        let part = &self.short.bytes[self.part..];
        let is_first = self.part == 0;
        // The boundary is no field.
        let header =
            if is_first { part } else { memchr(b'\n', part).map_or(&[][..], |end| &part[end + 1..]) };
        let (fields, body) = if is_first { Fields::of_mail(header) } else { Fields::split(header) };
        self.keep = if body < header.len() {
            let media = fields.parameterised("Content-Type").map(|one| one.value.to_ascii_lowercase());
            let is_file = media.is_some_and(|media| {
                media.contains('/')
                    && !["text/", "message/", "multipart/"].iter().any(|kind| media.starts_with(kind))
            });
            if is_file { Keep::File(FILE) } else { Keep::Text }
        } else if part.len() < LONG_HEADER {
            Keep::Header(LONG_HEADER - part.len())
        } else {
            Keep::BehindHeader
        };
    }
}

/// Whether a text may have a file in it, as uuencode begins one.
pub(crate) fn has_file(text: &[u8]) -> bool {
    memmem::find_iter(text, b"begin ").any(|at| text.get(at + 6).is_some_and(u8::is_ascii_digit))
}

/// How many bytes are kept where there is room for so many: up to the end of a line, else of a character.
fn cut_at(bytes: &[u8], room: usize) -> usize {
    if bytes.len() <= room {
        return bytes.len();
    }
    let start = room.saturating_sub(LAST_LINE);
    if let Some(line) = memrchr(b'\n', &bytes[start..room]) {
        return start + line + 1;
    }
    // No byte of UTF-8 continues a character more than three bytes behind its first.
    (room.saturating_sub(3)..=room).rev().find(|at| bytes[*at] & 0xc0 != 0x80).unwrap_or(room)
}

/// All bytes of the parts of a mail that may be shortened.
pub(crate) struct Whole<'a> {
    short: Option<(&'a Shortened, &'a dyn Source)>,
    failed: RefCell<Option<io::Error>>,
}

impl<'a> Whole<'a> {
    /// Of a mail that is in memory.
    pub(crate) const fn in_memory() -> Self {
        Self { short: None, failed: RefCell::new(None) }
    }

    pub(crate) const fn of(short: &'a Shortened, source: &'a dyn Source) -> Self {
        Self { short: Some((short, source)), failed: RefCell::new(None) }
    }

    /// Whether bytes of this body were left out.
    pub(crate) fn is_cut(&self, body: &[u8]) -> bool {
        self.short.is_some_and(|(short, _)| {
            short.place(body).is_some_and(|place| short.cuts(&place).next().is_some())
        })
    }

    /// How many bytes a body has.
    pub(crate) fn length(&self, body: &[u8]) -> usize {
        let cut = self.short.and_then(|(short, _)| {
            let place = short.place(body)?;
            Some(short.cuts(&place).map(|cut| cut.from.len()).sum::<usize>())
        });
        body.len() + cut.unwrap_or(0)
    }

    /// Gives out all bytes of a body, in their order. Where the source fails, the rest is missing ([`Whole::finish`]).
    pub(crate) fn each(&self, body: &[u8], mut give: impl FnMut(&[u8])) {
        let Some((short, source)) = self.short else { return give(body) };
        let Some(place) = short.place(body) else { return give(body) };
        let mut at = place.start;
        let mut piece = vec![0; PIECE];
        for cut in short.cuts(&place) {
            give(&short.bytes[at..cut.at]);
            at = cut.at;
            for from in cut.from.clone().step_by(PIECE) {
                let piece = &mut piece[..PIECE.min(cut.from.end - from)];
                if let Err(error) = source.read_at(from, piece) {
                    self.failed.replace(Some(error));
                    return;
                }
                give(piece);
            }
        }
        give(&short.bytes[at..place.end]);
    }

    /// Ends reading.
    ///
    /// # Errors
    /// The source's, where it failed meanwhile.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.failed.into_inner().map_or(Ok(()), Err)
    }
}
