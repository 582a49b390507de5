//! What makes two copies of a message the same message, whatever the way it travelled.

use sha2::{Digest, Sha256};

use crate::mime::shortened::Whole;
use crate::mime::transfer::Transfer;
use crate::mime::walk::Part;

/// SHA-256 of bytes.
pub(crate) fn content(raw: &[u8]) -> [u8; 32] {
    Sha256::digest(raw).into()
}

/// Bytes put together before they are hashed: large enough for the hash to run at its speed.
const PIECE: usize = 4_096;

/// The digest of From, Date, Subject and body: over decoded text, white space collapsed, so that another
/// transfer encoding, charset, line length or Received line changes nothing.
pub(crate) fn message(from: &str, date: &str, subject: &str, bodies: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let from = from.to_lowercase();
    for text in [from.as_str(), date, subject].into_iter().chain(bodies.iter().copied()) {
        collapse(text, |piece| hasher.update(piece));
        hasher.update([0]);
    }
    hasher.finalize().into()
}

/// The digest of a mail's attachments: their number, and the decoded bytes of each in order, because providers encode
/// again. Names are not in it: the same name is decoded in several ways.
#[derive(Default)]
pub(crate) struct Files {
    count: u32,
    hasher: Sha256,
}

impl Files {
    /// Adds an attachment; gives its decoded size in bytes.
    pub(crate) fn add(&mut self, part: &Part<'_>, whole: &Whole<'_>) -> usize {
        let mut hasher = Sha256::new();
        let mut size = 0;
        // What travels as lines gets other line ends on its way.
        let is_lines = part.transfer != Transfer::Base64 || part.media.starts_with("text/");
        let mut lines = Lines::default();
        let mut add = |piece: &[u8]| {
            size += piece.len();
            if is_lines { lines.add(piece, &mut hasher) } else { hasher.update(piece) }
        };
        if whole.is_cut(part.body) {
            let mut decoding = part.transfer.in_pieces();
            whole.each(part.body, |encoded| decoding.add(encoded, &mut add));
            decoding.finish(&mut add);
        } else {
            part.transfer.each_piece(part.body, add);
        }
        self.count += 1;
        self.hasher.update(hasher.finalize());
        size
    }

    /// Adds all that is left of a mail with too many parts, which has this hash.
    pub(crate) fn add_rest(&mut self, content: &[u8; 32]) {
        self.count += 1;
        self.hasher.update(content);
    }

    /// The digest; without attachments always the same.
    pub(crate) fn finish(mut self) -> [u8; 32] {
        self.hasher.update(self.count.to_le_bytes());
        self.hasher.finalize().into()
    }
}

/// Hashes lines without regard to how they end, and to line ends behind the last.
#[derive(Default)]
struct Lines {
    /// Line ends that count only if something follows.
    waiting: usize,
}

impl Lines {
    fn add(&mut self, bytes: &[u8], hasher: &mut Sha256) {
        let mut piece = [0; PIECE];
        for part in bytes.chunks(PIECE) {
            if memchr::memchr(b'\r', part).is_none() {
                self.add_lines(part, hasher);
                continue;
            }
            // Without branches: where a line ends is not to be foreseen.
            let mut length = 0;
            for &byte in part {
                piece[length] = byte;
                length += usize::from(byte != b'\r');
            }
            self.add_lines(&piece[..length], hasher);
        }
    }

    /// Adds bytes without CR.
    fn add_lines(&mut self, bytes: &[u8], hasher: &mut Sha256) {
        let Some(last) = bytes.iter().rposition(|byte| *byte != b'\n') else {
            self.waiting += bytes.len();
            return;
        };
        while self.waiting > 0 {
            let ends = self.waiting.min(LINE_ENDS.len());
            hasher.update(&LINE_ENDS[..ends]);
            self.waiting -= ends;
        }
        hasher.update(&bytes[..=last]);
        self.waiting = bytes.len() - last - 1;
    }
}

const LINE_ENDS: [u8; PIECE] = [b'\n'; PIECE];

/// Gives out the text with one space for each run of white space, and none around it, piece by piece: a body may
/// be as large as a mail, and is not held once more.
fn collapse(text: &str, mut give: impl FnMut(&[u8])) {
    let text = text.trim();
    let mut piece = [0; PIECE];
    let mut length = 0;
    if !text.is_ascii() {
        for (number, word) in text.split_whitespace().enumerate() {
            if length + word.len() + 1 > PIECE {
                give(&piece[..length]);
                length = 0;
            }
            if number > 0 {
                piece[length] = b' ';
                length += 1;
            }
            if length + word.len() > PIECE {
                give(&piece[..length]);
                length = 0;
                give(word.as_bytes());
            } else {
                piece[length..length + word.len()].copy_from_slice(word.as_bytes());
                length += word.len();
            }
        }
        give(&piece[..length]);
        return;
    }
    let mut after_space = true;
    for part in text.as_bytes().chunks(PIECE) {
        length = 0;
        // In a short text there is nothing to gain.
        let is_long = part.len() == PIECE;
        for block in part.chunks(BLOCK) {
            if is_long && is_collapsed(block) && !(after_space && block[0] == b' ') {
                piece[length..length + block.len()].copy_from_slice(block);
                length += block.len();
                after_space = block.ends_with(b" ");
                continue;
            }
            // Without branches: words are short, and where they end is not to be foreseen.
            for &byte in block {
                let space = is_space(byte);
                piece[length] = if space { b' ' } else { byte };
                length += usize::from(!(space && after_space));
                after_space = space;
            }
        }
        give(&piece[..length]);
    }
}

/// Bytes looked at together: few enough that most blocks of a text have no line end.
const BLOCK: usize = 32;

const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Whether white space in these bytes is single spaces already. Looks at all of them, which is faster than to stop early.
fn is_collapsed(block: &[u8]) -> bool {
    let has_other = block.iter().fold(false, |has, &byte| has | matches!(byte, b'\t'..=b'\r'));
    let two = block.iter().zip(&block[1..]).fold(false, |two, (&a, &b)| two | (a == b' ' && b == b' '));
    !has_other && !two
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collapsed(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        collapse(text, |piece| bytes.extend_from_slice(piece));
        bytes
    }

    #[test]
    fn both_ways_to_collapse_agree() {
        for text in ["", " ", "a", " a\r\n\tb \x0b\x0c c ", "a b", "\n\na\x1fb"] {
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(collapsed(text), words.join(" ").as_bytes(), "{text:?}");
        }
        assert_eq!(collapsed(" \u{e9}\u{a0} b"), "\u{e9} b".as_bytes());
        // Across the borders of pieces, with words longer than one.
        for word in ["ab \t", "\u{e9}b \t", "abcdefg  h\n"] {
            let text = [word.repeat(3 * PIECE), word.trim().repeat(PIECE), word.repeat(7)].concat();
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(collapsed(&text), words.join(" ").as_bytes(), "{word:?}");
        }
    }
}
