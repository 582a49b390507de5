//! The addresses of a field. The library finds them; here the field is put into a form that it reads as people mean it,
//! and what it leaves together is split.

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, HeaderValue};

use super::words;
use crate::budget::MAX_OPEN_WORDS;

/// The addresses in an unfolded field; groups are flattened.
pub(super) fn in_field(value: &str) -> Vec<Addr<'static>> {
    let line = spaced_quotes(&closed_words(words::in_utf8(value))) + "\n";
    match MessageStream::new(line.as_bytes()).parse_address() {
        HeaderValue::Address(list) => list.iter().map(|addr| mended(addr.clone().into_owned())).collect(),
        _ => Vec::new(),
    }
}

/// An address without its brackets (`Lea Lind lea@a.test`) or with the route of old servers (`<@relay:lea@a.test>`).
fn mended(mut addr: Addr<'static>) -> Addr<'static> {
    let Some(address) = addr.address.as_deref() else { return addr };
    if address.starts_with('@')
        && let Some((_, behind)) = address.rsplit_once(':')
    {
        addr.address = Some(behind.to_owned().into());
    } else if addr.name.is_none()
        && let Some((name, last)) = address.trim().rsplit_once(' ')
        && last.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    {
        return Addr { name: Some(name.trim().to_owned().into()), address: Some(last.to_owned().into()) };
    }
    addr
}

/// A field of addresses in which a quoted word behind another starts with a space, as the parser keeps none between
/// them.
fn spaced_quotes(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let (mut quoted, mut escaped, mut after_word) = (false, false, false);
    for letter in field.chars() {
        out.push(letter);
        if letter == '"' && !escaped {
            quoted = !quoted;
            if quoted && after_word && out.ends_with(" \"") {
                out.push(' ');
            }
        }
        escaped = letter == '\\' && !escaped;
        if !quoted && !letter.is_whitespace() {
            after_word = !matches!(letter, ',' | ';' | ':' | '<' | '>' | '(');
        }
    }
    out
}

/// The value without encoded words that never close: each would make the parser of addresses read to the end.
fn closed_words(value: String) -> String {
    let last_close = value.rfind("?=").unwrap_or(0);
    if value[last_close..].matches("=?").count() <= MAX_OPEN_WORDS {
        return value;
    }
    let (head, tail) = value.split_at(last_close);
    head.to_owned() + &tail.replace("=?", "= ?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_as_people_write_them() {
        for (field, name, address) in [
            ("Lea \"LL\" Lind <lea@a.test>", "Lea LL Lind", "lea@a.test"),
            ("\"Lind, Lea\" <lea@a.test>", "Lind, Lea", "lea@a.test"),
            ("Lea Lind lea@a.test", "Lea Lind", "lea@a.test"),
            ("<@relay.test,@b.test:lea@a.test>", "", "lea@a.test"),
        ] {
            let found = in_field(field);
            let [one] = found.as_slice() else { panic!("{field}: {found:?}") };
            let got =
                (one.name.as_deref().unwrap_or_default().trim(), one.address.as_deref().unwrap_or_default());
            assert_eq!((got.0.replace("  ", " ").as_str(), got.1), (name, address), "{field}");
        }
    }
}
