//! Search text: the case- and accent-insensitive form of a string. What is stored for search and what is
//! searched for go through the same function; it never looks at language or locale.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The form under which texts are compared: compatibility decomposition (NFKD), marks off, case folded, and
/// the letters that do not decompose but are typed without their stroke or as two: ß as ss, ø as o, æ as ae,
/// œ as oe, ł as l, đ and ð as d, þ as th, ħ as h, ı as i. White space and punctuation stay as they are.
#[must_use]
pub fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        let begin = out.len();
        out.push_str(&rest[..plain]);
        out[begin..].make_ascii_lowercase();
        let other = &rest[plain..];
        let (other, after) =
            other.split_at(other.bytes().position(|byte| byte.is_ascii()).unwrap_or(other.len()));
        // What a character becomes never depends on its neighbours: only marks are ever put in order.
        other.chars().for_each(|letter| push_letter(letter, &mut out));
        rest = after;
    }
    out
}

fn push_letter(letter: char, out: &mut String) {
    each_part(letter, |part| {
        part.to_lowercase().for_each(|part| {
            each_part(part, |part| match part {
                'ß' => out.push_str("ss"),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                'þ' => out.push_str("th"),
                'ø' => out.push('o'),
                'ł' => out.push('l'),
                'đ' | 'ð' => out.push('d'),
                'ħ' => out.push('h'),
                'ı' => out.push('i'),
                'ς' => out.push('σ'),
                other => out.push(other),
            })
        })
    });
}

/// What a character decomposes into, without the marks.
fn each_part(letter: char, mut sink: impl FnMut(char)) {
    decompose_compatible(letter, |part| {
        if part.is_ascii() || !is_combining_mark(part) {
            sink(part);
        }
    });
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn case_accents_and_ligatures_do_not_matter() {
        let same = [
            ("Grüße aus KÖLN", "grusse aus koln"),
            ("STRASSE", "strasse"),
            ("Straẞe", "strasse"),
            ("Søren Kierkegård", "soren kierkegard"),
            ("Æther œuvre", "aether oeuvre"),
            ("Łódź", "lodz"),
            ("Đà Nẵng", "da nang"),
            ("Þór og Eiður", "thor og eidur"),
            ("İstanbul ILGAZ ılgaz", "istanbul ilgaz ilgaz"),
            ("ﬁnance ① ﬃ", "finance 1 ffi"),
            ("ΟΔΥΣΣΕΥΣ Ὀδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("ПРИВЁТ й", "привет и"),
            ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
            ("e\u{301}te\u{301}", "ete"),
            ("東京 カ\u{3099}", "東京 カ"),
            ("  two  spaces\n", "  two  spaces\n"),
            ("", ""),
        ];
        for (text, expected) in same {
            assert_eq!(normalise(text), expected, "{text}");
        }
    }

    #[test]
    fn normalising_twice_is_normalising_once() {
        for letter in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let once = normalise(&letter.to_string());
            assert_eq!(normalise(&once), once, "U+{:04X}", u32::from(letter));
        }
    }

    #[test]
    fn a_text_is_normalised_character_by_character() {
        let letters: Vec<char> = "aZ é\u{301}\u{323}ẛ̣Ω한글ｶﾞ각ﬁ½İςé☃👍ก็".chars().collect();
        for first in &letters {
            for second in &letters {
                for third in &letters {
                    let text: String = [first, second, third].into_iter().collect();
                    let joined: String =
                        [first, second, third].map(|letter| normalise(&letter.to_string())).concat();
                    assert_eq!(normalise(&text), joined, "{text:?}");
                    let decomposed: String =
                        text.nfkd().filter(|letter| !is_combining_mark(*letter)).collect();
                    assert_eq!(normalise(&decomposed), joined, "{text:?}");
                }
            }
        }
    }
}
