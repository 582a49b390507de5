//! Files written into a text with uuencode, as programs did before MIME and some still do. Only blocks that are whole:
//! a `begin` line, lines whose first letter counts the rest, and `end`. One pass.

use std::ops::Range;

/// One file in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    /// The name its `begin` line gives, bytes as they are.
    pub(crate) name: &'a [u8],
    /// The lines between `begin` and `end`.
    lines: &'a [u8],
    /// All of it, with the lines that open and end it.
    at: Range<usize>,
}

impl Block<'_> {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.lines.len() / 4 * 3);
        for line in self.lines.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Some((count, letters)) = line.split_first() else { continue };
            let wanted = out.len() + usize::from(six_bits(*count));
            // Blanks at a line's end, which stand for zeros, may be gone.
            for group in letters.chunks(4) {
                let bits = (0..4).fold(0, |bits, at| {
                    bits << 6 | u32::from(group.get(at).map_or(0, |letter| six_bits(*letter)))
                });
                out.extend_from_slice(&bits.to_be_bytes()[1..]);
            }
            out.resize(wanted, 0);
        }
        out
    }
}

fn six_bits(letter: u8) -> u8 {
    letter.wrapping_sub(b' ') & 0x3f
}

/// The files in a text, in their order.
pub(crate) fn blocks(text: &[u8]) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    if memchr::memmem::find(text, b"begin ").is_none() {
        return found;
    }
    let mut at = 0;
    while at < text.len() {
        let line = line_at(text, at);
        match name(&text[line.clone()]).and_then(|name| block(text, &line, name)) {
            Some(block) => {
                at = block.at.end;
                found.push(block);
            }
            None => at = line.end,
        }
    }
    found
}

/// The text without its files.
pub(crate) fn without(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for block in blocks(text.as_bytes()) {
        out.push_str(&text[at..block.at.start]);
        at = block.at.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The line at `at`, with its end.
fn line_at(text: &[u8], at: usize) -> Range<usize> {
    at..memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1)
}

/// The file name of a `begin` line: the word, three or four octal digits, the name.
fn name(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let name = rest[digits..].strip_prefix(b" ")?.trim_ascii();
    (matches!(digits, 3 | 4) && !name.is_empty()).then_some(name)
}

/// The block that this `begin` line opens, if it is whole and holds something.
fn block<'a>(text: &'a [u8], begin: &Range<usize>, name: &'a [u8]) -> Option<Block<'a>> {
    let start = begin.end;
    let mut at = start;
    while at < text.len() {
        let range = line_at(text, at);
        let line = text[range.clone()].trim_ascii_end();
        if line == b"end" {
            let lines = &text[start..at];
            return (at > start).then_some(Block { name, lines, at: begin.start..range.end });
        }
        // The first letter counts the bytes; the letters of three bytes are four, and a checksum may follow.
        let count = line.first().map_or(0, |first| usize::from(six_bits(*first)));
        let most = count.div_ceil(3) * 4 + 2;
        if line.len() > most || !line.iter().all(|letter| (b' '..=b'`').contains(letter)) {
            return None;
        }
        at = range.end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_blocks_are_found_and_decoded() {
        let text = "Hi\nbegin 644 a b.txt\n#0V%T\n`\nend\nbye\nbegin 0755 x\n$0V%T\n\nend\n";
        let found = blocks(text.as_bytes());
        assert_eq!(found.iter().map(|block| block.name).collect::<Vec<_>>(), [b"a b.txt".as_slice(), b"x"]);
        assert_eq!(found[0].bytes(), b"Cat");
        assert_eq!(found[1].bytes(), b"Cat\0", "what was cut from a line is zero");
        assert_eq!(without(text), "Hi\nbye\n");
    }

    #[test]
    fn what_is_no_block_stays() {
        for text in [
            "begin 644 x\nno such lines\nend\n",
            "begin 644 x\n#0V%T\n",
            "begin the day\n#0V%T\nend\n",
            "begin 644 x\nend\n",
            "",
        ] {
            assert_eq!((blocks(text.as_bytes()).len(), without(text).as_str()), (0, text));
        }
    }
}
