//! Message-IDs: found in headers as they are really written, kept without brackets.

use crate::budget::{MAX_ID_BYTES, MAX_REFERENCES};
use crate::mime::fields::Fields;

/// The ids in a field's value, in its order. Brackets decide; without any, words that look like ids do.
pub(crate) fn ids_in(value: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut rest = value;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find(['>', '<']) else { break };
        if rest.as_bytes()[close] == b'>' {
            ids.extend(tidy(&rest[..close]));
        }
        rest = &rest[close..];
    }
    if ids.is_empty() {
        ids.extend(value.split([' ', ',', ';']).filter(|word| word.contains('@')).filter_map(tidy));
    }
    ids
}

fn tidy(id: &str) -> Option<String> {
    let id: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let id = id.trim_matches(['<', '>', '"']);
    (!id.is_empty() && id.len() <= MAX_ID_BYTES).then(|| id.to_owned())
}

/// The mail's own id, if it has one.
pub(crate) fn own(fields: &Fields<'_>) -> Option<String> {
    let value = fields.plain("Message-ID")?;
    ids_in(&value).into_iter().next().or_else(|| tidy(&value))
}

/// In-Reply-To, then References newest first, without repeats.
pub(crate) fn references(fields: &Fields<'_>) -> Vec<String> {
    let named = fields.plain("In-Reply-To").map(|value| ids_in(&value)).unwrap_or_default();
    let older = fields.plain("References").map(|value| ids_in(&value)).unwrap_or_default();
    let mut ids: Vec<String> = Vec::new();
    for id in named.into_iter().chain(older.into_iter().rev()) {
        if ids.len() == MAX_REFERENCES {
            break;
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_newest_first_without_repeats() {
        let (fields, _) = Fields::split(
            b"References: <a@x>\r\n <b@x>  <c@x>\r\nIn-Reply-To: Your message <c@x> of Monday\r\n\r\n",
        );
        assert_eq!(references(&fields), ["c@x", "b@x", "a@x"]);
    }

    #[test]
    fn ids_are_found_as_people_write_them() {
        assert_eq!(ids_in("a@b, c@d"), ["a@b", "c@d"]);
        assert_eq!(ids_in("<<a@b>"), ["a@b"]);
        assert_eq!(ids_in("<a\t@b> <>"), ["a@b"]);
        assert!(ids_in("<open").is_empty());
    }
}
