//! Text as the phrase tables are written: lower case, on one line, without what nobody sees.

use crate::address::clean;

/// What a question ends with in any script. The Greek one is a semicolon in others.
pub(super) const QUESTION_MARKS: [char; 4] = ['?', '？', '؟', '\u{37e}'];

/// The start of a text, at a character border.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// What people and programs write for an apostrophe.
const APOSTROPHES: [char; 5] = ['\u{2019}', '\u{2018}', '\u{b4}', '`', '\u{2bc}'];

/// What shows as nothing: the dot that lower case leaves on a Turkish i, marks of direction, soft hyphens.
const INVISIBLE: [char; 8] =
    ['\u{307}', '\u{ad}', '\u{200b}', '\u{200c}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{feff}'];

/// Lower case on one line, with straight apostrophes, as the phrase tables are written.
pub(super) fn normal(text: &str) -> String {
    let mut line = clean(text);
    if line.is_ascii() {
        line.make_ascii_lowercase();
        return line;
    }
    line = line.to_lowercase();
    if line.contains(APOSTROPHES) {
        line = line.replace(APOSTROPHES, "'");
    }
    if line.contains(INVISIBLE) {
        line = line.replace(INVISIBLE, "");
    }
    line
}
