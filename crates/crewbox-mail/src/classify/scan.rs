//! Small steps through a text from its start: numbers, words, marks. Each gives the length of what it passed.

/// A number of ASCII or other decimal digits: value, digits, bytes.
pub(super) fn number(text: &str) -> Option<(u32, usize, usize)> {
    let (mut value, mut digits, mut at) = (0_u32, 0, 0);
    for c in text.chars() {
        let Some(digit) = decimal(c) else { break };
        value = value.saturating_mul(10).saturating_add(digit);
        digits += 1;
        at += c.len_utf8();
    }
    (digits > 0).then_some((value, digits, at))
}

fn decimal(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        '\u{660}'..='\u{669}' => Some(c as u32 - 0x660),
        '\u{6f0}'..='\u{6f9}' => Some(c as u32 - 0x6f0),
        '\u{ff10}'..='\u{ff19}' => Some(c as u32 - 0xff10),
        _ => None,
    }
}

/// Length of the first of these words that the text starts with.
pub(super) fn prefix(text: &str, words: &[&str]) -> usize {
    words.iter().find(|word| text.starts_with(**word)).map_or(0, |word| word.len())
}

/// Length of the marks that the text starts with.
pub(super) fn skip(text: &str, marks: &[char]) -> usize {
    text.len() - text.trim_start_matches(marks).len()
}
