//! Transfer encodings. Lenient: bytes that do not belong are left out and reported, never a reason to stop.

use std::borrow::Cow;

use super::uuencode;

/// How a part's bytes travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transfer {
    /// 7bit, 8bit, binary, or something unknown.
    Identity,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
    /// uuencode, from before MIME.
    Uuencode,
}

impl Transfer {
    /// From the header's value.
    pub(crate) fn named(value: Option<&str>) -> Self {
        let name = value.unwrap_or_default();
        let name = name.trim_matches(['"', ' ']).split([';', ' ', '(']).next().unwrap_or_default();
        if name.eq_ignore_ascii_case("base64") {
            Self::Base64
        } else if name.eq_ignore_ascii_case("quoted-printable") {
            Self::QuotedPrintable
        } else if ["x-uuencode", "uuencode", "x-uue", "uue"].iter().any(|one| name.eq_ignore_ascii_case(one))
        {
            Self::Uuencode
        } else {
            Self::Identity
        }
    }

    /// How many bytes it decodes to.
    pub(crate) fn decoded_bytes(self, bytes: &[u8]) -> usize {
        let mut count = 0;
        self.each_piece(bytes, |piece| count += piece.len());
        count
    }

    /// Gives out the decoded bytes in pieces; Base64, which large files come in, is never held whole.
    pub(crate) fn each_piece(self, bytes: &[u8], mut give: impl FnMut(&[u8])) {
        match self {
            Self::Identity => give(bytes),
            Self::QuotedPrintable | Self::Uuencode => give(&self.decode(bytes).0),
            Self::Base64 => {
                let mut decoder = Base64::default();
                let mut piece = Vec::with_capacity(PIECE);
                for encoded in bytes.chunks(PIECE) {
                    piece.clear();
                    decoder.decode(encoded, &mut piece);
                    give(&piece);
                }
            }
        }
    }

    /// Decodes bytes that come in pieces.
    pub(crate) fn in_pieces(self) -> InPieces {
        match self {
            Self::Identity => InPieces::Identity,
            Self::Base64 => InPieces::Base64(Base64::default(), Vec::new()),
            Self::QuotedPrintable | Self::Uuencode => InPieces::Lines(self, Vec::new()),
        }
    }

    /// The decoded bytes, and whether some did not decode.
    pub(crate) fn decode(self, bytes: &[u8]) -> (Cow<'_, [u8]>, bool) {
        match self {
            Self::Identity => (Cow::Borrowed(bytes), false),
            Self::Base64 => {
                let (decoded, lossy) = base64(bytes);
                (Cow::Owned(decoded), lossy)
            }
            Self::Uuencode => match uuencode::blocks(bytes).first() {
                Some(file) => (Cow::Owned(file.bytes()), false),
                None => (Cow::Borrowed(bytes), true),
            },
            Self::QuotedPrintable => {
                let (decoded, lossy) = quoted_printable(bytes);
                (Cow::Owned(decoded), lossy)
            }
        }
    }
}

/// Decodes bytes that come in pieces, in their order.
pub(crate) enum InPieces {
    Identity,
    Base64(Base64, Vec<u8>),
    /// With what came behind the last line end. Of uuencode all is one file.
    Lines(Transfer, Vec<u8>),
}

impl InPieces {
    /// Gives out what the next piece decodes to, as far as that is known yet.
    pub(crate) fn add(&mut self, encoded: &[u8], mut give: impl FnMut(&[u8])) {
        match self {
            Self::Identity => give(encoded),
            Self::Base64(base64, decoded) => {
                decoded.clear();
                base64.decode(encoded, decoded);
                give(decoded);
            }
            Self::Lines(transfer, waiting) => {
                waiting.extend_from_slice(encoded);
                if *transfer != Transfer::QuotedPrintable {
                    return;
                }
                // No escape goes on in the next line.
                let Some(line) = memchr::memrchr(b'\n', waiting) else { return };
                give(&transfer.decode(&waiting[..=line]).0);
                waiting.drain(..=line);
            }
        }
    }

    /// Gives out what is left.
    pub(crate) fn finish(self, mut give: impl FnMut(&[u8])) {
        if let Self::Lines(transfer, waiting) = self {
            give(&transfer.decode(&waiting).0);
        }
    }
}

/// Encoded bytes that are decoded together.
const PIECE: usize = 16 * 1024;

const BASE64: [u8; 256] = {
    let mut table = [0xff; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut i = 0;
    while i < 64 {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table
};

fn base64(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let lossy = Base64::default().decode(bytes, &mut out);
    (out, lossy)
}

/// The values of four letters, each at its place in a group; of what is no letter, a bit that no group has.
const GROUPS: [[u32; 256]; 4] = {
    let mut table = [[NO_LETTER; 256]; 4];
    let mut byte = 0;
    while byte < 256 {
        let mut place = 0;
        while place < 4 && BASE64[byte] != 0xff {
            table[place][byte] = (BASE64[byte] as u32) << (18 - 6 * place);
            place += 1;
        }
        byte += 1;
    }
    table
};
const NO_LETTER: u32 = 1 << 24;

/// A decoder that can be given its text in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Base64 {
    group: u32,
    bits: u32,
}

impl Base64 {
    /// Adds the decoded bytes; whether some did not decode.
    pub(crate) fn decode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        let mut lossy = false;
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.bits == 0 {
                let (groups, _) = rest.as_chunks::<4>();
                let mut read = 0;
                for [a, b, c, d] in groups {
                    let [at_a, at_b, at_c, at_d] = &GROUPS;
                    let group = at_a[*a as usize] | at_b[*b as usize] | at_c[*c as usize] | at_d[*d as usize];
                    if group >= NO_LETTER {
                        break;
                    }
                    out.extend_from_slice(&group.to_be_bytes()[1..]);
                    read += 4;
                }
                rest = &rest[read..];
                self.group = 0;
            }
            // The end of a line, or another byte that interrupts the groups.
            let (next, after) = rest.split_at(rest.len().min(1));
            lossy |= self.each(next, |byte| out.push(byte));
            rest = after;
        }
        lossy
    }

    /// Gives out each decoded byte; whether some did not decode.
    fn each(&mut self, bytes: &[u8], mut give: impl FnMut(u8)) -> bool {
        let mut lossy = false;
        for &byte in bytes {
            let value = BASE64[byte as usize];
            if value != 0xff {
                self.group = (self.group << 6) | u32::from(value);
                self.bits += 6;
                if self.bits >= 8 {
                    self.bits -= 8;
                    give((self.group >> self.bits) as u8);
                }
            } else if byte == b'=' {
                // Padding ends a group; some senders join several padded pieces.
                *self = Self::default();
            } else if !byte.is_ascii_whitespace() {
                lossy = true;
            }
        }
        lossy
    }

    /// Whether the text so far stops inside a byte: bits are left that no encoder leaves at its end.
    pub(super) const fn is_within_a_group(&self) -> bool {
        self.bits == 6 || self.group & ((1 << self.bits) - 1) != 0
    }
}

/// The Q encoding of encoded words (RFC 2047, section 4.2): as quoted-printable, with `_` for a space.
pub(super) fn word_of_quoted_printable(data: &[u8], out: &mut Vec<u8>) {
    let mut rest = data;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'_', _) => out.push(b' '),
            (b'=', [high, low, behind @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = behind;
                }
                _ => out.push(b'='),
            },
            _ => out.push(byte),
        }
    }
}

fn quoted_printable(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len());
    let mut lossy = false;
    let mut at = 0;
    while at < bytes.len() {
        // Escapes often follow each other.
        if bytes[at] != b'=' {
            let equals = memchr::memchr(b'=', &bytes[at..]).map_or(bytes.len(), |found| at + found);
            out.extend_from_slice(&bytes[at..equals]);
            at = equals;
            continue;
        }
        at += 1;
        let rest = &bytes[at..];
        if let [high, low, ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            at += 2;
            continue;
        }
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        match rest.get(blanks) {
            Some(b'\n') => at += blanks + 1,
            None => at = bytes.len(),
            Some(_) => {
                out.push(b'=');
                lossy = true;
            }
        }
    }
    (out, lossy)
}

pub(super) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_joins_padded_pieces_and_reports_junk() {
        assert_eq!(base64(b"aGk=\r\naGk="), (b"hihi".to_vec(), false));
        assert_eq!(base64(b"aG!k="), (b"hi".to_vec(), true));
    }

    #[test]
    fn quoted_printable_keeps_what_it_cannot_read() {
        assert_eq!(quoted_printable(b"a=C3=A9 b=\r\nc=  \nd"), ("aé bcd".as_bytes().to_vec(), false));
        assert_eq!(quoted_printable(b"1=zz2="), (b"1=zz2".to_vec(), true));
    }
}
