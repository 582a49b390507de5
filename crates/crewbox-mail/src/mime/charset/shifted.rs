//! Charsets that put their two-byte characters between shift marks and in seven bits: ISO-2022-KR (RFC 1557),
//! ISO-2022-CN (RFC 1922, its GB 2312 part) and HZ (RFC 1843). Without the marks, and with the eighth bit set between
//! them, they are EUC-KR and GBK, which encoding_rs decodes.

/// What the marks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// SO and SI, after a designation `ESC $ ) x`.
    Iso2022,
    /// `~{` and `~}`; `~~` is a tilde and `~` at a line's end joins lines.
    Hz,
}

/// The bytes in their eight-bit form. One pass.
pub(super) fn widen(bytes: &[u8], marks: Marks) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (marks, byte, after.first()) {
            (Marks::Iso2022, 0x0e, _) => shifted = true,
            (Marks::Iso2022, 0x0f, _) => shifted = false,
            (Marks::Iso2022, 0x1b, Some(b'$')) => rest = after.get(3..).unwrap_or_default(),
            (Marks::Hz, b'~', Some(b'{')) => (shifted, rest) = (true, &after[1..]),
            (Marks::Hz, b'~', Some(b'}')) => (shifted, rest) = (false, &after[1..]),
            (Marks::Hz, b'~', Some(b'~')) if !shifted => {
                out.push(b'~');
                rest = &after[1..];
            }
            (Marks::Hz, b'~', Some(b'\n')) if !shifted => rest = &after[1..],
            (_, b'\n', _) => {
                // Both end a shift at a line's end (RFC 1557, RFC 1843), and text goes on if the mark was lost.
                shifted = false;
                out.push(byte);
            }
            (_, 0x21..=0x7e, _) if shifted => out.push(byte | 0x80),
            _ => out.push(byte),
        }
    }
    out
}

/// ISO-2022-JP without escapes that another one follows at once, as joined words have them: the standard's decoder
/// takes such a pair for an attack.
pub(super) fn without_idle_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        // All escapes of this charset have three bytes.
        let is_idle = byte == 0x1b && matches!(after, [b'(' | b'$', _, 0x1b, b'(' | b'$', ..]);
        if is_idle {
            rest = &after[2..];
        } else {
            out.push(byte);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_the_eighth_bit_comes() {
        assert_eq!(widen(b"\x1b$)C\x0eN0\x0f ab\x0eN0\ncd", Marks::Iso2022), b"\xce\xb0 ab\xce\xb0\ncd");
        assert_eq!(widen(b"a~~b~{VP~}c~\nd~", Marks::Hz), b"a~b\xd6\xd0cd~");
        assert_eq!(widen(b"\x1b$", Marks::Iso2022), b"");
    }
}
