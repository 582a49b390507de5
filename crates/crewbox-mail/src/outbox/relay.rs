//! Ids in a server's answer to a message that it took.
//!
//! Owns what counts as one. Some relays (Amazon SES and others) put an id of their own in the place of the Message-ID, and
//! say it in that answer only: whoever answers the message names their id, and not ours.

/// Characters of an id without a domain, at least: shorter ones are easily met by chance, and numbers in a queue are no
/// Message-ID.
const SHORTEST: usize = 8;
/// Bytes of an id, at most (RFC 5322, section 2.1.1).
const LONGEST: usize = 998;
/// Ids of one line of an answer: there is one, or two that are spelt otherwise.
const MOST: usize = 4;

/// The ids in a line of an answer: whole Message-IDs without their brackets, and parts of one that may stand before any
/// domain.
pub(super) fn ids(line: &str) -> Vec<String> {
    let words =
        line.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '(' | ')' | ',' | ';'));
    // `id=…`, `queued as: …`
    let values = words.map(|word| word.rsplit_once([':', '=']).map_or(word, |(_, value)| value));
    let mut ids: Vec<String> = values.filter(|value| is_id(value)).map(str::to_owned).collect();
    ids.dedup();
    ids.truncate(MOST);
    ids
}

fn is_id(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
    if word.len() > LONGEST || !word.chars().all(plain) {
        return false;
    }
    match word.split_once('@') {
        Some((local, domain)) => !local.is_empty() && !domain.is_empty() && !domain.contains('@'),
        // Names and numbers of versions, times and servers have dots, colons or no digit.
        None => {
            let spelt = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '$');
            let mixed =
                word.contains(|c: char| c.is_ascii_digit()) && word.contains(|c: char| !c.is_ascii_digit());
            word.len() >= SHORTEST && mixed && word.chars().all(spelt)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_what_relays_say() {
        for (line, found) in [
            (
                "Ok 0102018f2d3c4b5a-1b2c3d4e-5f60-4711-8a9b-0c1d2e3f4a5b-000000",
                &["0102018f2d3c4b5a-1b2c3d4e-5f60-4711-8a9b-0c1d2e3f4a5b-000000"] as &[&str],
            ),
            (
                "2.0.0 OK: queued as <202611030900.4711@smtp-relay.example>",
                &["202611030900.4711@smtp-relay.example"],
            ),
            (
                "2.6.0 <AM0PR01MB47@prod.outlook.example> [InternalId=47110815, Hostname=X.prod.outlook.example] Queued",
                &["AM0PR01MB47@prod.outlook.example"],
            ),
            ("OK id=1sABcD-0001Xy-2Z", &["1sABcD-0001Xy-2Z"]),
            ("2.0.0 Ok: queued as 4XyZ12abc3zQ7p", &["4XyZ12abc3zQ7p"]),
            ("2.0.0 OK  1730624400 5b1f17b1804b1-43", &["5b1f17b1804b1-43"]),
            ("queued", &[]),
            ("2.0.0 message accepted for delivery", &[]),
            ("OK 1730624400123456", &[]),
        ] {
            assert_eq!(ids(line), found, "{line}");
        }
    }
}
