//! Collects the names under which the writer of a mail may sign: the one in From, and that of the recipient of the mail
//! quoted below. Decides nothing about the text.

use crate::fold::lines::{Lines, field, normal};
use crate::fold::quotes::Opening;
use crate::fold::tables::HeaderField;

/// The writer's names as they can be told from a display name and an address, in lower case.
pub(super) fn of(name: &str, email: &str) -> Vec<String> {
    let name = normal(name.trim_matches(|char: char| matches!(char, '"' | '\'' | ' ' | '\u{a0}')));
    // "Bruhn, Lea"
    let turned = name.split_once(", ").map(|(last, first)| format!("{first} {last}"));
    let local = email.split('@').next().unwrap_or_default();
    let local = normal(&local.replace(['.', '_', '-'], " "));
    let names = [Some(name), turned, Some(local)].into_iter().flatten();
    names.filter(|name| is_full(name)).collect()
}

/// The names of the one recipient of the mail that an opening is the header of; none if it was sent to several.
pub(super) fn recipient(text: &Lines<'_>, opening: Opening) -> Vec<String> {
    let to = (opening.from..opening.to).find(|at| text.lines[*at].role == Some(HeaderField::To));
    let Some((_, value)) = to.and_then(|at| field(text.text(at))) else { return Vec::new() };
    if value.matches('@').count() > 1 {
        return Vec::new();
    }
    let (name, address) = value.split_once(['<', '[', '(']).unwrap_or(if value.contains('@') {
        ("", value)
    } else {
        (value, "")
    });
    of(name, address.trim_start_matches("mailto:"))
}

/// Whether a name says who somebody is: a first name alone is also a word of a text.
fn is_full(name: &str) -> bool {
    name.split(' ').filter(|word| !word.is_empty()).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_display_name_and_address() {
        assert_eq!(of("\"Bruhn, Lea\"", "l.bruhn@a.test"), ["bruhn, lea", "lea bruhn", "l bruhn"]);
        assert_eq!(of("Lea", "lea@a.test"), Vec::<String>::new());
        assert_eq!(of("", "lea.bruhn@a.test"), ["lea bruhn"]);
    }
}
