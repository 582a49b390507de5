//! The compression of RTF in Outlook's messages (MS-OXRTFCP). Bounded by what the bytes can hold and by a budget of
//! ours, whatever sizes they declare.

use crate::budget::MAX_RTF_BYTES;

/// What the window holds before anything is read (MS-OXRTFCP, section 2.1.2.1).
const START: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

const WINDOW: usize = 4_096;
const HEADER: usize = 16;
const COMPRESSED: &[u8] = b"LZFu";
const PLAIN: &[u8] = b"MELA";

/// The RTF; none if it is not of this form.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let (header, body) = bytes.split_at_checked(HEADER)?;
    let size = u32::from_le_bytes(*header[4..].first_chunk()?) as usize;
    let limit = size.min(MAX_RTF_BYTES);
    match &header[8..12] {
        PLAIN => Some(body[..body.len().min(limit)].to_vec()),
        COMPRESSED => Some(expand(body, limit)),
        _ => None,
    }
}

/// Eight steps behind each byte of flags: a byte as it is, or a stretch of the window.
fn expand(body: &[u8], limit: usize) -> Vec<u8> {
    let mut window = [0; WINDOW];
    window[..START.len()].copy_from_slice(START);
    let mut at = START.len();
    let mut out = Vec::new();
    let mut rest = body.iter().copied();
    while let Some(flags) = rest.next() {
        for bit in 0..8 {
            if out.len() >= limit {
                return out;
            }
            if flags >> bit & 1 == 0 {
                let Some(byte) = rest.next() else { return out };
                out.push(byte);
                window[at] = byte;
                at = (at + 1) % WINDOW;
                continue;
            }
            let (Some(high), Some(low)) = (rest.next(), rest.next()) else { return out };
            let from = usize::from(high) << 4 | usize::from(low >> 4);
            if from == at {
                return out;
            }
            for step in 0..usize::from(low & 0x0f) + 2 {
                let byte = window[(from + step) % WINDOW];
                out.push(byte);
                window[at] = byte;
                at = (at + 1) % WINDOW;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(size: u32, kind: &[u8]) -> Vec<u8> {
        [0_u32.to_le_bytes().as_slice(), &size.to_le_bytes(), kind, &[0; 4]].concat()
    }

    #[test]
    fn bytes_and_stretches_come_out() {
        assert_eq!(START.len(), 207);
        // Three bytes, then a stretch that reads what it writes, then the end.
        let here = START.len();
        let stretch = u16::try_from(here << 4 | 4).unwrap().to_be_bytes();
        let end = u16::try_from((here + 9) << 4).unwrap().to_be_bytes();
        let body = [&[0b0001_1000][..], b"abc", &stretch, &end].concat();
        assert_eq!(decompress(&[header(100, COMPRESSED), body.clone()].concat()).unwrap(), b"abcabcabc");
        assert_eq!(decompress(&[header(4, COMPRESSED), body].concat()).unwrap().len(), 9);
        // Out of the window as it starts.
        let body = [&[0b0000_0001][..], &4_u16.to_be_bytes()].concat();
        assert_eq!(decompress(&[header(9, COMPRESSED), body].concat()).unwrap(), b"{\\rtf1");
        assert_eq!(decompress(&[header(2, PLAIN), b"{}x".to_vec()].concat()).unwrap(), b"{}");
        assert_eq!(decompress(&[header(2, b"zip!"), b"{}".to_vec()].concat()), None);
        assert_eq!(decompress(b""), None);
    }

    #[test]
    fn a_bomb_is_cut_at_the_budget() {
        // Two places in turn, so that none is ever where the window is written, which would be the end.
        let body = [&[0xff][..], &[0, 0x0f, 0, 0x1f].repeat(4)].concat().repeat(100_000);
        let out = decompress(&[header(u32::MAX, COMPRESSED), body].concat()).unwrap();
        assert!(out.len() >= 1_000_000 && out.len() <= MAX_RTF_BYTES + 17, "{}", out.len());
    }
}
