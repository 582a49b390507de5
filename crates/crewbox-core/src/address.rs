//! E-mail addresses and their domains: which texts are one, and when two are the same address.
//!
//! Owns the one rule for the API, the import of leads and the comparison of senders. Never takes an address out of a
//! header or of a table cell: that is the caller's; here a text is one address or an error.

use std::fmt;

/// The longest address, in characters (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const MAX_ADDRESS: usize = 254;
/// The longest label of a domain in its ASCII form, bytes (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;
/// The longest domain in its ASCII form, bytes (RFC 1035, section 2.3.4, without the root's dot).
const MAX_DOMAIN: usize = 253;

/// Domains of one provider under which every mailbox has the same address: the other name, and the one compared.
const SAME_PROVIDER: &[(&str, &str)] = &[("googlemail.com", "gmail.com")];

/// An e-mail address in the form `local@domain.tld`. Whether it exists only a mail can tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    text: String,
    local: usize,
    domain: Domain,
}

/// A domain name with at least two labels, in its Unicode and its ASCII form (IDNA, UTS 46).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain {
    ascii: String,
    /// Only where it differs from the ASCII form.
    unicode: Option<String>,
}

/// Why a text is not an address. Displayed as what is wrong, without the text itself: "it has no @".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// Nothing is there.
    Empty,
    /// No `@`.
    NoAt,
    /// More than one `@`.
    ManyAts,
    /// Nothing before the `@`.
    NoLocalPart,
    /// White space, a control character, an invisible character or punctuation that an address cannot have.
    Character(char),
    /// More than 254 characters.
    TooLong,
    /// The part after the `@` is not a domain name with a dot in it.
    Domain,
}

impl EmailAddress {
    /// Reads a text that is one address and nothing else, not even white space; letters become lower case.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.chars().count() > MAX_ADDRESS {
            return Err(AddressError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(AddressError::NoAt)?;
        if domain.contains('@') {
            return Err(AddressError::ManyAts);
        }
        if local.is_empty() {
            return Err(AddressError::NoLocalPart);
        }
        if let Some(refused) = text.chars().find(|letter| is_refused(*letter)) {
            return Err(AddressError::Character(refused));
        }
        let local = local.to_lowercase();
        let parsed = Domain::parse(domain)?;
        let domain = if domain.is_ascii() { parsed.ascii() } else { parsed.unicode() };
        Ok(Self { text: format!("{local}@{domain}"), local: local.len(), domain: parsed })
    }

    /// The address in lower case, its domain in the form in which it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`, in lower case.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.text[..self.local]
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The form under which two addresses are compared: lower case, the domain in ASCII, `googlemail.com` as
    /// `gmail.com`. Dots in the local part are significant.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}@{}", self.local_part(), self.domain.key())
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Domain {
    /// Reads a domain name in any of its spellings; letters become lower case.
    ///
    /// # Errors
    /// [`AddressError::Domain`] where it has no dot, an empty label, or characters that IDNA does not take.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let ascii = ascii_form(text).ok_or(AddressError::Domain)?;
        if !is_domain(&ascii) {
            return Err(AddressError::Domain);
        }
        if !has_encoded_label(&ascii) {
            return Ok(Self { ascii, unicode: None });
        }
        let (unicode, sound) = idna::domain_to_unicode(&ascii);
        sound.map_err(|_| AddressError::Domain)?;
        let unicode = (unicode != ascii).then_some(unicode);
        Ok(Self { ascii, unicode })
    }

    /// As servers are told it: international labels as `xn--…`.
    #[must_use]
    pub fn ascii(&self) -> &str {
        &self.ascii
    }

    /// As people read it.
    #[must_use]
    pub fn unicode(&self) -> &str {
        self.unicode.as_deref().unwrap_or(&self.ascii)
    }

    /// The form under which two domains are compared: ASCII, `googlemail.com` as `gmail.com`.
    #[must_use]
    pub fn key(&self) -> &str {
        same_provider(&self.ascii)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.unicode())
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::NoAt => f.write_str("it has no @"),
            Self::ManyAts => f.write_str("it has more than one @"),
            Self::NoLocalPart => f.write_str("it has nothing before the @"),
            Self::Character(letter) if letter.is_whitespace() => f.write_str("it has a space in it"),
            Self::Character(letter) if is_invisible(*letter) || letter.is_control() => {
                write!(f, "it has an invisible character in it (U+{:04X})", u32::from(*letter))
            }
            Self::Character(letter) => write!(f, "it has a `{letter}` in it"),
            Self::TooLong => write!(f, "it has more than {MAX_ADDRESS} characters"),
            Self::Domain => f.write_str("what follows the @ is not a domain such as example.com"),
        }
    }
}

impl std::error::Error for AddressError {}

/// The form under which any sender's address is compared, also one that [`EmailAddress::parse`] refuses (a daemon's
/// address without a dot in its domain): lower case, the domain in ASCII where IDNA takes it, `googlemail.com` as
/// `gmail.com`. Two texts of one address have the same key.
#[must_use]
pub fn comparison_key(text: &str) -> String {
    let text = text.trim();
    let Some((local, domain)) = text.rsplit_once('@') else { return text.to_lowercase() };
    let domain = ascii_form(domain).unwrap_or_else(|| domain.to_lowercase());
    format!("{}@{}", local.to_lowercase(), same_provider(&domain))
}

/// Every spelling under which [`EmailAddress::parse`] may have kept an address of this text's key: the domain in ASCII or
/// in Unicode, and the other name of its provider. A look-up by stored text asks for each of them; at most four, without
/// repeats, and the text's own lower case first.
#[must_use]
pub fn spellings(text: &str) -> Vec<String> {
    let key = comparison_key(text);
    let mut spellings = vec![text.trim().to_lowercase()];
    if let Some((local, domain)) = key.rsplit_once('@') {
        let unicode = if has_encoded_label(domain) {
            Some(idna::domain_to_unicode(domain))
                .filter(|(_, sound)| sound.is_ok())
                .map(|(unicode, _)| unicode)
        } else {
            None
        };
        let others =
            SAME_PROVIDER.iter().filter(|(_, compared)| *compared == domain).map(|(other, _)| *other);
        let domains = std::iter::once(domain).chain(unicode.as_deref()).chain(others);
        spellings.extend(domains.map(|domain| format!("{local}@{domain}")));
    }
    let mut seen = std::collections::HashSet::new();
    spellings.retain(|spelling| seen.insert(spelling.clone()));
    spellings
}

/// Characters that take no room on a screen and come along when people copy: zero-width spaces, byte-order marks,
/// soft hyphens, marks of the writing direction, variation selectors. Not the joiners U+200C and U+200D, which have a
/// meaning in Persian and in Indian scripts.
#[must_use]
pub fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// What no part of an address has. Quoted local parts (RFC 5321, section 4.1.2) are not taken: no provider gives them.
fn is_refused(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || letter == '\u{fffd}'
        || "<>(),;:\"\\".contains(letter)
        || is_invisible(letter)
}

fn ascii_form(domain: &str) -> Option<String> {
    if domain.is_ascii() && !has_encoded_label(domain) {
        return Some(domain.to_ascii_lowercase());
    }
    idna::domain_to_ascii(domain).ok()
}

/// Whether a label is in the form that IDNA encodes international ones in.
fn has_encoded_label(domain: &str) -> bool {
    domain.split('.').any(|label| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--")))
}

/// Whether an ASCII form has the shape of a name that mail can be sent to: two labels, the last one not a number.
/// Underscores occur in names of real mail hosts.
fn is_domain(ascii: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_name =
        |last: &str| last.bytes().any(|byte| !byte.is_ascii_digit()) && last.len() > 1 && !last.contains('_');
    ascii.len() <= MAX_DOMAIN
        && ascii.split('.').all(label)
        && ascii.rsplit_once('.').is_some_and(|(_, last)| last_is_name(last))
}

fn same_provider(ascii: &str) -> &str {
    SAME_PROVIDER.iter().find(|(other, _)| *other == ascii).map_or(ascii, |(_, compared)| compared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        EmailAddress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).key()
    }

    #[test]
    fn addresses_have_a_form() {
        for right in [
            "a@b.co",
            "josé.ö@exämple.org",
            "a+b@sub.example.com",
            "o'hara@x.example",
            "a..b@x.example",
            "a@mail_1.x.example",
            "a@xn--bcher-kva.example",
            "пётр@почта.рф",
            "電子@例え.テスト",
        ] {
            assert!(EmailAddress::parse(right).is_ok(), "{right}");
        }
        let letter = AddressError::Character;
        for (wrong, error) in [
            ("", AddressError::Empty),
            ("a", AddressError::NoAt),
            ("@b.co", AddressError::NoLocalPart),
            ("a@", AddressError::Domain),
            ("a@b", AddressError::Domain),
            ("lead@localhost", AddressError::Domain),
            ("a@b..co", AddressError::Domain),
            ("a@b.co.", AddressError::Domain),
            ("a@.b.co", AddressError::Domain),
            ("a@-b.co", AddressError::Domain),
            ("a@10.0.0.1", AddressError::Domain),
            ("a@[10.0.0.1]", AddressError::Domain),
            ("a@b.c/d", AddressError::Domain),
            ("a@xn--a.co", AddressError::Domain),
            ("a b@c.de", letter(' ')),
            ("a@b.co\n", letter('\n')),
            ("a@b.c\u{200b}o", letter('\u{200b}')),
            ("a\u{a0}@b.co", letter('\u{a0}')),
            ("mailto:a@b.co", letter(':')),
            ("a@b@c.de", AddressError::ManyAts),
            ("<a@b.co>", letter('<')),
            ("a@b.co,c@d.co", AddressError::ManyAts),
            ("\"a b\"@c.de", letter('"')),
        ] {
            assert_eq!(EmailAddress::parse(wrong), Err(error), "{wrong:?}");
        }
        assert_eq!(EmailAddress::parse(&format!("{}@b.co", "a".repeat(254))), Err(AddressError::TooLong));
    }

    #[test]
    fn an_address_is_kept_in_lower_case_as_it_was_written() {
        for (given, kept) in [
            ("Jane.Doe@Lead.Example", "jane.doe@lead.example"),
            ("J@BÜCHER.example", "j@bücher.example"),
            ("j@XN--BCHER-KVA.example", "j@xn--bcher-kva.example"),
            ("j@ｅｘ.example", "j@ex.example"),
        ] {
            assert_eq!(EmailAddress::parse(given).unwrap().as_str(), kept);
        }
        let address = EmailAddress::parse("J@bücher.example").unwrap();
        assert_eq!(address.local_part(), "j");
        assert_eq!(address.domain().ascii(), "xn--bcher-kva.example");
        assert_eq!(EmailAddress::parse("j@xn--bcher-kva.example").unwrap().domain(), address.domain());
        assert_eq!(address.domain().to_string(), "bücher.example");
    }

    #[test]
    fn spellings_of_one_address_have_one_key() {
        for (one, other) in [
            ("Ann@Gmail.com", "ann@googlemail.com"),
            ("j@bücher.example", "J@xn--bcher-kva.EXAMPLE"),
            ("j@BÜCHER.example", "j@bu\u{308}cher.example"),
            ("p@почта.рф", "p@xn--80a1acny.xn--p1ai"),
        ] {
            assert_eq!(key(one), key(other));
            assert_eq!(comparison_key(one), key(other));
        }
        assert_ne!(key("a.nn@gmail.com"), key("ann@gmail.com"));
        assert_ne!(key("ann@mail.googlemail.com"), key("ann@mail.gmail.com"));
    }

    #[test]
    fn each_spelling_leads_to_the_others() {
        let gmail = ["ann@gmail.com", "ann@googlemail.com"];
        let international = ["j@bücher.example", "j@xn--bcher-kva.example"];
        for alike in [&gmail[..], &international, &["a.b+c@x.example"], &["daemon@localhost"]] {
            for one in alike {
                let mut found = spellings(&one.to_uppercase());
                assert_eq!(found[0], *one);
                found.sort_unstable();
                assert_eq!(found, alike, "{one}");
            }
        }
        assert_eq!(spellings("nobody"), ["nobody"]);
        assert_eq!(
            spellings("a@xn--a.example"),
            ["a@xn--a.example"],
            "not sound in IDNA, and still looked up"
        );
    }

    #[test]
    fn whatever_a_sender_is_called_it_can_be_compared() {
        for (text, expected) in [
            ("MAILER-DAEMON@Localhost", "mailer-daemon@localhost"),
            ("Nobody", "nobody"),
            ("a@[10.0.0.1]", "a@[10.0.0.1]"),
            ("a@", "a@"),
            ("", ""),
        ] {
            assert_eq!(comparison_key(text), expected);
        }
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        for (text, words) in
            [("a b@c.de", "space"), ("a\u{200b}@c.de", "U+200B"), ("a;b@c.de", "`;`"), ("a@b", "domain")]
        {
            let told = EmailAddress::parse(text).unwrap_err().to_string();
            assert!(told.contains(words), "{told}");
        }
    }
}
