//! A whole name as first and last name.

/// Words behind a name, after a comma, that are no name.
const SUFFIXES: [&str; 9] = ["jr", "sr", "phd", "mba", "esq", "ii", "iii", "iv", "md"];

/// The parts of a name that a row has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
}

/// Fills the missing parts from the whole name. What the row already says of a part stays.
pub(super) fn complete(name: &str, given: Parts) -> Parts {
    let name = name.trim_matches(|letter: char| letter.is_whitespace() || letter == ',');
    match given {
        _ if name.is_empty() => given,
        Parts { first: None, last: None } => split(name),
        Parts { first: Some(first), last: None } => {
            let rest = name.strip_prefix(first.as_str()).unwrap_or(name);
            // `Ann`, `Ann Lee`, or `Lee` alone, as a German table has `Vorname` and `Name`.
            let last = if rest.starts_with(char::is_whitespace) || rest.len() == name.len() {
                rest.trim()
            } else {
                ""
            };
            Parts { first: Some(first), last: some(last) }
        }
        Parts { first: None, last: Some(last) } => {
            let rest = name.strip_suffix(last.as_str()).unwrap_or(name);
            let first = if rest.ends_with(char::is_whitespace) || rest.len() == name.len() {
                rest.trim()
            } else {
                ""
            };
            Parts { first: some(first), last: Some(last) }
        }
        both => both,
    }
}

fn split(name: &str) -> Parts {
    if let Some((last, first)) = name.split_once(',')
        && !(last.chars().any(char::is_lowercase) && is_suffix(first))
    {
        return Parts { first: some(first.trim()), last: some(last.trim()) };
    }
    let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    // In Chinese, Japanese and Korean the family's name comes first.
    let (first, last) = if is_family_first(name) && !last.is_empty() { (last, first) } else { (first, last) };
    Parts { first: some(first.trim()), last: some(last.trim()) }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `PhD`, `Jr.`, `MBA, CFA`: words known as such, or of capitals and dots alone.
fn is_suffix(text: &str) -> bool {
    text.split([' ', ',']).filter(|word| !word.is_empty()).all(|word| {
        let plain: String =
            word.chars().filter(|letter| *letter != '.').flat_map(char::to_lowercase).collect();
        SUFFIXES.contains(&plain.as_str())
            || word.chars().all(|letter| letter.is_uppercase() || letter == '.')
    })
}

fn is_family_first(name: &str) -> bool {
    name.chars().filter(|letter| !letter.is_whitespace()).all(|letter| {
        matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}' | '々')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(first: &str, last: &str) -> Parts {
        Parts { first: some(first), last: some(last) }
    }

    #[test]
    fn a_whole_name_is_split() {
        for (name, first, last) in [
            ("Ann Lee", "Ann", "Lee"),
            ("Ann van Lee", "Ann", "van Lee"),
            ("Cher", "Cher", ""),
            ("Lee, Ann", "Ann", "Lee"),
            ("van Lee, Ann", "Ann", "van Lee"),
            ("LEE, ANN", "ANN", "LEE"),
            ("Ann Lee,", "Ann", "Lee"),
            ("Ann Lee, PhD", "Ann", "Lee, PhD"),
            ("Ann Lee, CFA, M.B.A.", "Ann", "Lee, CFA, M.B.A."),
            ("山田 太郎", "太郎", "山田"),
            ("山田\u{3000}太郎", "太郎", "山田"),
            ("김 민수", "민수", "김"),
            ("李娜", "李娜", ""),
            ("", "", ""),
        ] {
            assert_eq!(complete(name, Parts::default()), parts(first, last), "{name}");
        }
    }

    #[test]
    fn what_a_row_says_of_a_part_stays() {
        for (name, given, expected) in [
            ("Ann Lee", ("Ann", ""), ("Ann", "Lee")),
            ("Lee", ("Ann", ""), ("Ann", "Lee")),
            ("Ann", ("Ann", ""), ("Ann", "")),
            ("Annika", ("Ann", ""), ("Ann", "")),
            ("Ann Lee", ("", "Lee"), ("Ann", "Lee")),
            ("Ann", ("", "Lee"), ("Ann", "Lee")),
            ("Lee", ("", "Lee"), ("", "Lee")),
            ("Ann Lee", ("A", "L"), ("A", "L")),
        ] {
            assert_eq!(complete(name, parts(given.0, given.1)), parts(expected.0, expected.1), "{name}");
        }
    }
}
