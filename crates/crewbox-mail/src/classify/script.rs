//! What writing systems differ in: where words end, and which language a script gives away. Tables of characters only.

/// Whether a script writes no spaces between words, or fixes endings to them.
pub(super) fn spaceless(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{e7f}' // Thai
        | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' // Hangul
        | '\u{3040}'..='\u{30ff}' // Kana
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{20000}'..='\u{2ffff}')
}

/// Whether a character takes the width of two.
pub(super) fn wide(c: char) -> bool {
    spaceless(c) && !matches!(c, '\u{e00}'..='\u{e7f}')
        || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

/// Kana: only Japanese.
pub(super) fn kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}')
}

/// Hangul: only Korean.
pub(super) fn hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}')
}

/// Thai.
pub(super) fn thai(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}')
}

/// Hebrew and Arabic write some words as a letter before the next.
fn joins_before(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{5ff}' | '\u{600}'..='\u{6ff}')
}

/// Greek, in which `;` is a question mark.
pub(super) fn greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}')
}

/// Whether a phrase that starts at `at` is not the end of a longer word.
pub(super) fn border_free_start(text: &str, at: usize) -> bool {
    let Some(first) = text[at..].chars().next() else { return true };
    if !first.is_alphanumeric() || spaceless(first) || joins_before(first) {
        return true;
    }
    text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() || spaceless(c))
}

/// Whether a phrase that ends at `at` is not the start of a longer word.
pub(super) fn border_free_end(text: &str, at: usize) -> bool {
    let Some(last) = text[..at].chars().next_back() else { return true };
    if !last.is_alphanumeric() || spaceless(last) {
        return true;
    }
    text[at..].chars().next().is_none_or(|c| !c.is_alphanumeric() || spaceless(c))
}
