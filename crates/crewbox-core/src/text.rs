//! Search text: the case- and accent-insensitive form of a string. What is stored for search and what is
//! searched for go through the same function; it never looks at language or locale.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a window of [`trigrams`].
const WINDOW: usize = 3;

/// The form under which texts are compared: compatibility decomposition (NFKD), marks off, case folded, and
/// the letters that do not decompose but are typed without their stroke or as two: ß as ss, ø as o, æ as ae,
/// œ as oe, ł as l, đ and ð as d, þ as th, ħ as h, ı as i. White space and punctuation stay as they are.
#[must_use]
pub fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for decomposed in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        for letter in decomposed.to_lowercase().nfkd().filter(|letter| !is_combining_mark(*letter)) {
            match letter {
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
            }
        }
    }
    out
}

/// Whether a text as it was written contains a needle that is normalised already. Plain ASCII, which most
/// texts are, is compared in place.
#[must_use]
pub fn contains_normalised(haystack: &str, needle: &str) -> bool {
    if !haystack.is_ascii() {
        return normalise(haystack).contains(needle);
    }
    let needle = needle.as_bytes();
    needle.is_empty()
        || haystack.as_bytes().windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle))
}

/// Every stretch of three characters of a normalised text, repeats included; none for a shorter text.
pub fn trigrams(normalised: &str) -> impl Iterator<Item = &str> {
    let starts = normalised.char_indices().map(|(at, _)| at);
    let ends = normalised.char_indices().map(|(at, letter)| at + letter.len_utf8()).skip(WINDOW - 1);
    starts.zip(ends).map(|(start, end)| &normalised[start..end])
}

#[cfg(test)]
mod tests {
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
    fn ascii_and_other_texts_are_found_alike() {
        assert!(contains_normalised("Hello World", "lo wo"));
        assert!(contains_normalised("Hello", ""));
        assert!(contains_normalised("GRÜSSE an Zoë", "grusse an zoe"));
        assert!(!contains_normalised("Hello", "hello there"));
        assert!(!contains_normalised("plain", "плаин"));
        assert!(!contains_normalised("", "a"));
    }

    #[test]
    fn trigrams_go_by_characters() {
        assert_eq!(trigrams("añb東c").collect::<Vec<_>>(), ["añb", "ñb東", "b東c"]);
        assert_eq!(trigrams("ab").count(), 0);
        assert_eq!(trigrams("").count(), 0);
    }
}
