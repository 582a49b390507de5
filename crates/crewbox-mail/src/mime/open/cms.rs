//! The content of a message that S/MIME signs as a whole (RFC 8551, section 3.5.2): the octets inside a CMS
//! `SignedData` (RFC 5652, section 5). Walks its BER as mail programs write it, with lengths left open and octets in
//! pieces, and looks at nothing else: signatures are not checked. Depth and pieces are bounded.

use crate::budget::{MAX_BER_DEPTH, MAX_BER_VALUES};

/// What a `application/pkcs7-mime` part turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cms {
    /// Signed: the content, a MIME entity.
    Signed(Vec<u8>),
    /// Encrypted.
    Encrypted,
    /// Something else, or damaged.
    Unknown,
}

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const ENVELOPED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
const AUTH_ENVELOPED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17];

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const OCTETS_IN_PIECES: u8 = 0x24;
const EXPLICIT_0: u8 = 0xa0;

/// Reads it.
pub(crate) fn read(bytes: &[u8]) -> Cms {
    let mut walk = Walk { values: 0 };
    walk.content_info(bytes).unwrap_or(Cms::Unknown)
}

/// One value: its tag and its content; with an open length, the content runs on behind it.
struct Value<'a> {
    tag: u8,
    content: &'a [u8],
    /// What follows it; none if its length is open, so that it must be walked to be known.
    rest: Option<&'a [u8]>,
}

struct Walk {
    /// Values looked at.
    values: usize,
}

impl Walk {
    /// The value at the start of the bytes. One that was cut off reaches to their end.
    fn value<'a>(&mut self, bytes: &'a [u8]) -> Option<Value<'a>> {
        self.values += 1;
        let (&tag, rest) = bytes.split_first()?;
        if self.values > MAX_BER_VALUES || tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        if first == 0x80 {
            return Some(Value { tag, content: rest, rest: None });
        }
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.len() > size_of::<u32>() {
                return None;
            }
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        };
        let (content, rest) = rest.split_at(length.min(rest.len()));
        Some(Value { tag, content, rest: Some(rest) })
    }

    /// The value at the start, if it has this tag.
    fn tagged<'a>(&mut self, bytes: &'a [u8], tag: u8) -> Option<Value<'a>> {
        self.value(bytes).filter(|value| value.tag == tag)
    }

    /// What follows the value at the start; none at the end of an open length.
    fn behind<'a>(&mut self, bytes: &'a [u8], depth: usize) -> Option<&'a [u8]> {
        let value = self.value(bytes)?;
        if let Some(rest) = value.rest {
            return Some(rest);
        }
        if depth == MAX_BER_DEPTH {
            return None;
        }
        let mut rest = value.content;
        while !rest.starts_with(&[0, 0]) {
            rest = self.behind(rest, depth + 1)?;
        }
        Some(&rest[2..])
    }

    fn content_info(&mut self, bytes: &[u8]) -> Option<Cms> {
        let info = self.tagged(bytes, SEQUENCE)?.content;
        let kind = self.tagged(info, OBJECT_ID)?;
        match kind.content {
            SIGNED_DATA => {}
            ENVELOPED_DATA | ENCRYPTED_DATA | AUTH_ENVELOPED_DATA => return Some(Cms::Encrypted),
            _ => return Some(Cms::Unknown),
        }
        let content = self.tagged(kind.rest?, EXPLICIT_0)?.content;
        let signed = self.tagged(content, SEQUENCE)?.content;
        // Version and digest algorithms come before the content.
        let behind_version = self.behind(signed, 0)?;
        let behind_algorithms = self.behind(behind_version, 0)?;
        let encapsulated = self.tagged(behind_algorithms, SEQUENCE)?.content;
        let kind = self.tagged(encapsulated, OBJECT_ID)?;
        let octets = self.tagged(kind.rest?, EXPLICIT_0)?.content;
        let mut out = Vec::new();
        self.octets(octets, 0, &mut out)?;
        Some(Cms::Signed(out))
    }

    /// Adds the octets of the string at the start; gives what follows it.
    fn octets<'a>(&mut self, bytes: &'a [u8], depth: usize, out: &mut Vec<u8>) -> Option<&'a [u8]> {
        let value = self.value(bytes)?;
        match value.tag {
            OCTETS => {
                out.extend_from_slice(value.content);
                return value.rest;
            }
            OCTETS_IN_PIECES if depth < MAX_BER_DEPTH => {}
            _ => return None,
        }
        let mut rest = value.content;
        while !rest.is_empty() && !rest.starts_with(&[0, 0]) {
            // What was cut off gives what there is.
            let Some(next) = self.octets(rest, depth + 1, out) else { break };
            rest = next;
        }
        Some(value.rest.unwrap_or_else(|| rest.get(2..).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let mut out = vec![tag];
        if length < 0x80 {
            out.push(u8::try_from(length).unwrap());
        } else {
            out.push(0x84);
            out.extend(u32::try_from(length).unwrap().to_be_bytes());
        }
        out.extend_from_slice(content);
        out
    }

    fn open(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], content, &[0, 0]].concat()
    }

    const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];

    fn signed(make: fn(u8, &[u8]) -> Vec<u8>, octets: &[u8]) -> Vec<u8> {
        let inner = make(SEQUENCE, &[value(OBJECT_ID, DATA), make(EXPLICIT_0, octets)].concat());
        let algorithms = make(0x31, &make(SEQUENCE, &value(OBJECT_ID, b"\x01\x02")));
        let data = make(SEQUENCE, &[value(0x02, &[1]), algorithms, inner, make(EXPLICIT_0, b"")].concat());
        make(SEQUENCE, &[value(OBJECT_ID, SIGNED_DATA), make(EXPLICIT_0, &data)].concat())
    }

    #[test]
    fn the_content_is_found_in_both_ways_of_writing() {
        let text = "Content-Type: text/plain\r\n\r\nhello ".repeat(20);
        let pieces: Vec<u8> = text.as_bytes().chunks(100).flat_map(|piece| value(OCTETS, piece)).collect();
        for bytes in [
            signed(value, &value(OCTETS, text.as_bytes())),
            signed(open, &open(OCTETS_IN_PIECES, &pieces)),
            signed(open, &value(OCTETS_IN_PIECES, &pieces)),
            signed(value, &open(OCTETS_IN_PIECES, &open(OCTETS_IN_PIECES, &pieces))),
        ] {
            assert_eq!(read(&bytes), Cms::Signed(text.clone().into_bytes()));
            for end in 0..bytes.len() {
                let _ = read(&bytes[..end]);
            }
        }
    }

    #[test]
    fn what_is_encrypted_or_no_cms_is_told() {
        let info = value(SEQUENCE, &[value(OBJECT_ID, ENVELOPED_DATA), open(EXPLICIT_0, b"")].concat());
        assert_eq!(read(&info), Cms::Encrypted);
        for bytes in [
            b"".as_slice(),
            b"\x30",
            b"\x30\x80",
            b"%PDF",
            b"\x30\xff\xff\xff\xff",
            &[0x30, 0x80].repeat(100_000),
        ] {
            assert_eq!(read(bytes), Cms::Unknown);
        }
        // Nested without end, at each place that is walked.
        let deep = [0x24, 0x80].repeat(100_000);
        assert!(matches!(read(&signed(open, &deep)), Cms::Signed(_) | Cms::Unknown));
        let many = signed(open, &open(OCTETS_IN_PIECES, &[0x04, 0].repeat(1_000_000)));
        assert!(matches!(read(&many), Cms::Signed(_) | Cms::Unknown));
    }
}
