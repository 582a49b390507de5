//! UTF-7 (RFC 2152), leniently: a run of Base64 may end at any character that is none, and without its `-`.

use std::char::{REPLACEMENT_CHARACTER, decode_utf16};

/// Decodes ASCII bytes; true if something was replaced. One pass.
pub(super) fn decode(bytes: &[u8]) -> (String, bool) {
    let mut out = String::with_capacity(bytes.len());
    let mut lossy = false;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'+' {
            out.push(char::from(byte));
            continue;
        }
        let length = after.iter().take_while(|byte| value(**byte).is_some()).count();
        let (run, behind) = after.split_at(length);
        rest = behind.strip_prefix(b"-").unwrap_or(behind);
        if run.is_empty() {
            // `+-` is a plus; a plus before anything else is one, too.
            out.push('+');
            continue;
        }
        let (mut group, mut bits) = (0_u32, 0);
        let units = run.iter().filter_map(|byte| {
            group = group << 6 | u32::from(value(*byte)?);
            bits += 6;
            (bits >= 16).then(|| {
                bits -= 16;
                (group >> bits) as u16
            })
        });
        for unit in decode_utf16(units) {
            lossy |= unit.is_err();
            out.push(unit.unwrap_or(REPLACEMENT_CHARACTER));
        }
        if bits >= 8 {
            // Half a character.
            lossy = true;
            out.push(REPLACEMENT_CHARACTER);
        }
    }
    (out, lossy)
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_with_or_without_their_mark() {
        for (bytes, text) in [
            (b"Gr+APwA3w-e".as_slice(), "Grüße"),
            (b"1 +- 1 +", "1 + 1 +"),
            (b"+AOQ.", "ä."),
            (b"+2D3eAA-", "\u{1f600}"),
            (b"A+ImIDkQ.", "A\u{2262}\u{391}."),
        ] {
            assert_eq!(decode(bytes), (text.to_owned(), false), "{text}");
        }
        assert!(decode(b"+2D0-").1);
        assert!(decode(b"+AOQA").1);
    }
}
