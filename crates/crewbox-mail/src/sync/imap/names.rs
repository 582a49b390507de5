//! What folders' names say: names in modified UTF-7 as people read them, and the use that a name suggests.
//!
//! Owns the table of names (`folder_names.txt`). Decides nothing about which folder is read.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};

/// What a folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Use {
    Sent,
    Junk,
    All,
    Drafts,
    Trash,
    /// Something else that a server says: an archive, or what is flagged.
    Other,
}

const NAMES: &str = include_str!("folder_names.txt");

/// By comparable name: the use, and the place in the table: what comes first is more usual.
static USES: LazyLock<HashMap<String, (Use, usize)>> = LazyLock::new(|| {
    let mut uses = HashMap::new();
    for (number, (used, name)) in table().enumerate() {
        uses.entry(comparable(name)).or_insert((used, number));
    }
    uses
});

/// The table's rows, a name each.
fn table() -> impl Iterator<Item = (Use, &'static str)> {
    NAMES.lines().filter(|line| !line.starts_with('#')).flat_map(|line| {
        let mut columns = line.split('|').map(str::trim);
        let used = match columns.next() {
            Some("sent") => Some(Use::Sent),
            Some("junk") => Some(Use::Junk),
            Some("drafts") => Some(Use::Drafts),
            Some("trash") => Some(Use::Trash),
            _ => None,
        };
        let names = columns.nth(2).unwrap_or_default();
        names.split(';').filter_map(move |name| Some((used?, name.trim())))
    })
}

/// The use that a folder's name alone suggests, and how usual the name is (less is more usual). `name` is one part of
/// a path, as people read it.
pub(crate) fn by_name(name: &str) -> Option<(Use, usize)> {
    USES.get(&comparable(name)).copied()
}

/// What is equal in two spellings of a name.
fn comparable(name: &str) -> String {
    let blank = |c: char| c.is_whitespace() || matches!(c, '-' | '_' | '\u{200c}' | '\u{200b}');
    let words: Vec<String> =
        name.split(blank).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join(" ")
}

/// Modified UTF-7 (RFC 3501, section 5.1.3) as people read it; any other name as it is.
pub(crate) fn readable(name: &str) -> String {
    decoded(name).unwrap_or_else(|| name.to_owned())
}

fn decoded(name: &str) -> Option<String> {
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone);
    let engine = GeneralPurpose::new(&alphabet::IMAP_MUTF7, padding.with_decode_allow_trailing_bits(true));
    let mut text = String::new();
    let mut rest = name;
    while let Some((plain, after)) = rest.split_once('&') {
        text.push_str(plain);
        let (encoded, after) = after.split_once('-')?;
        if encoded.is_empty() {
            text.push('&');
        } else {
            let bytes = engine.decode(encoded).ok()?;
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            text.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_name_means_two_uses_and_each_use_is_known_in_many_languages() {
        let mut uses: HashMap<String, Use> = HashMap::new();
        for (used, name) in table() {
            assert!(!name.is_empty() && by_name(name).unwrap().0 == used, "{name}");
            assert_eq!(*uses.entry(comparable(name)).or_insert(used), used, "{name}");
        }
        for used in ["sent", "junk", "drafts", "trash"] {
            let languages: HashSet<&str> = NAMES
                .lines()
                .filter(|line| line.starts_with(used))
                .filter_map(|line| line.split('|').nth(1))
                .collect();
            assert!(languages.len() >= 25, "{used}: {languages:?}");
        }
        for line in NAMES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            assert_eq!(line.split('|').count(), 4, "{line}");
        }
    }

    #[test]
    fn names_are_read_as_people_read_them() {
        for (wire, read) in [
            ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"),
            ("Entw&APw-rfe", "Entwürfe"),
            ("R&-D", "R&D"),
            ("&U,BTFw-", "台北"),
            ("Entwürfe", "Entwürfe"),
            ("Tom & Jerry", "Tom & Jerry"),
            ("&broken", "&broken"),
        ] {
            assert_eq!(readable(wire), read);
        }
    }

    #[test]
    fn spellings_of_one_name_are_equal() {
        for name in ["Sent Items", "sent-items", "SENT_ITEMS", " Sent  Items "] {
            assert_eq!(by_name(name).unwrap().0, Use::Sent, "{name}");
        }
        assert_eq!(by_name("Outbox"), None);
        assert_eq!(by_name("İstenmeyen").unwrap().0, Use::Junk);
    }
}
