//! The address in a cell of a table, cleaned of what comes along when people and programs copy addresses.
//!
//! Never guesses: a cell that may mean another address than the one in it is refused with the reason.

use crewbox_core::address::{EmailAddress, is_invisible};

/// What a cell holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AddressCell {
    /// The first address in it.
    pub(super) address: EmailAddress,
    /// Further ones, in their order.
    pub(super) others: Vec<EmailAddress>,
    /// The name that is before the address, as in `Ann Lee <ann@x.example>`; empty if there is none.
    pub(super) name: String,
}

/// What separates two addresses in a cell. White space does too, where each word is an address.
const SEPARATORS: [char; 8] = [',', ';', '|', '\n', '\r', '\t', '，', '；'];
/// What may stand around an address without being part of it. Excel writes `="a@x.example"` to keep a text a text.
const AROUND: [char; 16] = ['"', '\'', '`', '“', '”', '„', '‘', '’', '«', '»', '=', '[', ']', '{', '}', '*'];
/// The joiners, which have a meaning after letters of some scripts, and none after ASCII.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

impl AddressCell {
    /// Reads a cell that is not empty.
    ///
    /// # Errors
    /// Why no address can be taken from it, as a sentence.
    pub(super) fn read(cell: &str) -> Result<Self, String> {
        let text = visible(cell);
        let (mut addresses, mut name) = (Vec::new(), String::new());
        for piece in pieces(&text) {
            let (before, address) = named(piece);
            for word in words(address) {
                let address = EmailAddress::parse(bare(word)).map_err(|error| refused(cell, &error))?;
                if addresses.is_empty() {
                    name = before
                        .trim_matches(|letter: char| letter.is_whitespace() || AROUND.contains(&letter))
                        .to_owned();
                }
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        let mut addresses = addresses.into_iter();
        match addresses.next() {
            Some(address) => Ok(Self { address, others: addresses.collect(), name }),
            None => Err(refused(cell, &"it is empty")),
        }
    }
}

fn refused(cell: &str, why: &dyn std::fmt::Display) -> String {
    /// Characters of a refused cell that are shown: enough to find it by.
    const SHOWN: usize = 80;
    let shown: String = cell.chars().take(SHOWN).collect();
    let more = if cell.chars().nth(SHOWN).is_some() { "…" } else { "" };
    format!("`{shown}{more}` is not an e-mail address: {why}")
}

/// The text without invisible characters, full-width ASCII as ASCII.
fn visible(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    for letter in cell.chars().filter(|letter| !is_invisible(*letter)) {
        let after_ascii = text.chars().next_back().is_none_or(|before: char| before.is_ascii());
        match letter {
            '\u{ff01}'..='\u{ff5e}' => text.extend(char::from_u32(u32::from(letter) - 0xfee0)),
            _ if after_ascii && JOINERS.contains(&letter) => {}
            _ => text.push(letter),
        }
    }
    text
}

/// The pieces between separators that are not within quotes or angle brackets; a name may have commas in it.
fn pieces(text: &str) -> Vec<&str> {
    let has_brackets = text.contains('<');
    let (mut all, mut from, mut quoted, mut named) = (Vec::new(), 0, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' if has_brackets => quoted = !quoted,
            '@' => named = true,
            // Before its address, a comma belongs to a name: `Lee, Ann <ann@x.example>`.
            _ if SEPARATORS.contains(&letter) && !quoted && (named || !has_brackets) => {
                all.push(&text[from..at]);
                (from, named) = (at + letter.len_utf8(), false);
            }
            _ => {}
        }
    }
    all.push(&text[from..]);
    // Google Contacts joins with ` ::: `.
    all.into_iter().flat_map(|piece| piece.split(":::")).filter(|piece| !piece.trim().is_empty()).collect()
}

/// A piece's name and its address: `Ann <a@x.example>`, `a@x.example (work)`.
fn named(piece: &str) -> (&str, &str) {
    if let Some((name, rest)) = piece.split_once('<')
        && let Some((address, _)) = rest.split_once('>')
        && address.contains('@')
    {
        return (name, address);
    }
    let piece = piece.trim();
    match piece.strip_suffix(')').and_then(|piece| piece.rsplit_once('(')) {
        Some((address, _)) if address.contains('@') => ("", address),
        _ => ("", piece),
    }
}

/// The words of a text, if each is an address; else the text as one word, to be refused as a whole.
fn words(text: &str) -> Vec<&str> {
    // A slash is a letter of an address, but between two addresses it separates them.
    let many = text.matches('@').count() > 1;
    let between = |letter: char| letter.is_whitespace() || (many && letter == '/');
    let words: Vec<&str> = text.split(between).filter(|word| !word.is_empty()).collect();
    let labelled = words.len() == 2 && words[0].ends_with(':') && !words[0].contains('@');
    match words.as_slice() {
        [_, address] if labelled => vec![*address],
        words if words.iter().all(|word| word.contains('@')) => words.to_vec(),
        _ => vec![text],
    }
}

/// An address without a scheme or label before it and without punctuation around it.
fn bare(word: &str) -> &str {
    let around = |letter: char| letter.is_whitespace() || AROUND.contains(&letter);
    let word = word.trim_matches(around);
    // `mailto:ann@x.example?subject=…`, `SMTP:ann@x.example`, `Email:ann@x.example`
    let is_label = |label: &str| label.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    let labelled = word
        .find(':')
        .filter(|colon| is_label(&word[..*colon]) && word.find('@').is_some_and(|at| *colon < at));
    let word = match labelled {
        Some(colon) => {
            let rest = &word[colon + 1..];
            rest.split_once('?').map_or(rest, |(address, _)| address).trim_start_matches('/')
        }
        None => word,
    };
    word.trim_matches(around).trim_end_matches(['.', ',', ':', '!', '。']).trim_matches(around)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str) -> Result<AddressCell, String> {
        AddressCell::read(cell)
    }

    fn clean(cell: &str) -> String {
        read(cell).unwrap_or_else(|why| panic!("{cell:?}: {why}")).address.as_str().to_owned()
    }

    #[test]
    fn what_comes_along_with_an_address_is_taken_off() {
        for cell in [
            "ann@x.example",
            " Ann@X.example\u{a0}",
            "\u{200b}ann@x.example",
            "ann@x.\u{ad}example",
            "ann\u{2060}@x.example\u{200e}",
            "\u{202a}ann@x.example\u{202c}",
            "\u{feff}ann@x.example",
            "ann@x\u{200d}.example",
            "mailto:ann@x.example",
            "MAILTO:ann@x.example?subject=Hello",
            "mailto://ann@x.example",
            "SMTP:Ann@x.example",
            "Email: ann@x.example",
            "ann@x.example.",
            "ann@x.example,",
            "<ann@x.example>",
            "'ann@x.example'",
            "\"ann@x.example\"",
            "“ann@x.example”",
            "=\"ann@x.example\"",
            "[ann@x.example]",
            "ann@x.example (work)",
            "ann＠x．example",
            "ann@x.example; ",
            "ann@x.example;ANN@x.example",
            "Ann <mailto:ann@x.example>",
        ] {
            assert_eq!(clean(cell), "ann@x.example", "{cell:?}");
        }
        assert_eq!(clean("o'hara/x@x.example"), "o'hara/x@x.example");
    }

    #[test]
    fn a_name_before_the_address_is_told() {
        for (cell, name) in [
            ("Ann Lee <ann@x.example>", "Ann Lee"),
            ("\"Lee, Ann\" <ann@x.example>", "Lee, Ann"),
            ("Lee, Ann <ann@x.example>", "Lee, Ann"),
            ("'Ann Lee' <ann@x.example>; Bo <bo@x.example>", "Ann Lee"),
            ("ann@x.example", ""),
        ] {
            let read = read(cell).unwrap();
            assert_eq!((read.name.as_str(), read.address.as_str()), (name, "ann@x.example"), "{cell:?}");
        }
    }

    #[test]
    fn of_several_addresses_the_first_counts_and_the_others_are_told() {
        for cell in [
            "ann@x.example; bo@x.example",
            "ann@x.example,bo@x.example",
            "ann@x.example bo@x.example",
            "ann@x.example / bo@x.example",
            "ann@x.example/bo@x.example",
            "ann@x.example ::: bo@x.example",
            "ann@x.example\nbo@x.example",
            "ann@x.example|bo@x.example",
            "Ann <ann@x.example>, Bo <bo@x.example>",
        ] {
            let read = read(cell).unwrap_or_else(|why| panic!("{cell:?}: {why}"));
            assert_eq!(read.address.as_str(), "ann@x.example", "{cell:?}");
            assert_eq!(read.others.iter().map(EmailAddress::as_str).collect::<Vec<_>>(), ["bo@x.example"]);
        }
    }

    #[test]
    fn what_may_mean_another_address_is_refused() {
        for cell in [
            "ann lee@x.example",
            "ann@x.example or so",
            "a,nn@x.example",
            "ann @ x.example",
            "ann (at) x.example",
            "ann@@x.example",
            "ann@localhost",
            "ann@x",
            "n/a",
            "-",
            "@x.example",
            "=HYPERLINK(\"mailto:ann@x.example\";\"Ann\")",
            "\u{200b}",
        ] {
            assert!(read(cell).is_err(), "{cell:?} was read as {:?}", read(cell));
        }
        assert!(read(&"a".repeat(500)).unwrap_err().contains('…'));
    }
}
