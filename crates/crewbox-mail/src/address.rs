//! Addresses as they are kept, compared, and sent to a server.

use crewbox_core::message::Address;
use mail_parser::Addr;

use crate::budget::{MAX_ADDRESSES, MAX_ID_BYTES};
use crate::ids;
use crate::mime::fields::Fields;

/// The addresses of a field, as far as they have an `@`; a name alone stays when nothing else is there.
pub(crate) fn list(fields: &Fields<'_>, name: &str) -> Vec<Address> {
    fields.addresses(name).into_iter().take(MAX_ADDRESSES).filter_map(|addr| address(&addr)).collect()
}

/// The sender: From, else Sender, Reply-To or Return-Path.
pub(crate) fn sender(fields: &Fields<'_>) -> Address {
    let mut named = Address::default();
    for field in ["From", "Sender", "Reply-To", "Return-Path"] {
        for found in list(fields, field) {
            if !found.email.is_empty() {
                let name = if named.name.is_empty() { found.name } else { named.name };
                return Address { name, email: found.email };
            }
            if named.name.is_empty() {
                named = found;
            }
        }
    }
    named
}

/// What the header of a raw mail says of an answer to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answering {
    /// Where its sender wants answers to go; empty when the header does not name it.
    pub reply_to: Vec<Address>,
    /// The Message-IDs of its thread before it, oldest first (RFC 5322, section 3.6.4), without brackets.
    pub thread: Vec<String>,
}

/// Reads it.
#[must_use]
pub fn answering(raw: &[u8]) -> Answering {
    let (fields, _) = Fields::of_mail(raw);
    let mut thread = ids::references(&fields);
    thread.reverse();
    Answering {
        reply_to: list(&fields, "Reply-To").into_iter().filter(|one| !one.email.is_empty()).collect(),
        thread,
    }
}

/// The longest address a server must take (RFC 5321, section 4.5.3.1.3, less the brackets).
const MAX_ADDRESS_BYTES: usize = 254;
const NO_ADDRESS: &str = "must be an e-mail address";

/// An address as a server is given it and as a header has it: the domain in ASCII (IDNA), no quoting. Letters beyond
/// ASCII before the @ need a server with SMTPUTF8 (RFC 6531). The same rule when a message is written and when it is
/// sent.
///
/// # Errors
/// What is wrong with it, to be read after the name of its field; never the address itself.
pub(crate) fn for_smtp(email: &str) -> Result<String, &'static str> {
    let (local, domain) = email.rsplit_once('@').ok_or(NO_ADDRESS)?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"@".contains(c);
    if local.is_empty() || domain.is_empty() || local.contains(odd) || domain.contains(odd) {
        return Err(NO_ADDRESS);
    }
    let domain = idna::domain_to_ascii(domain).map_err(|_| NO_ADDRESS)?;
    let email = format!("{local}@{domain}");
    if email.len() > MAX_ADDRESS_BYTES || email.parse::<lettre::Address>().is_err() {
        return Err(NO_ADDRESS);
    }
    Ok(email)
}

fn address(addr: &Addr<'_>) -> Option<Address> {
    let name = clean(addr.name.as_deref().unwrap_or_default());
    let email = clean(addr.address.as_deref().unwrap_or_default());
    if email.is_empty() && name.is_empty() {
        return None;
    }
    let Some((local, domain)) = email.rsplit_once('@') else {
        let name = if name.is_empty() { email } else { name };
        return Some(Address { name, email: String::new() });
    };
    if email.len() > MAX_ID_BYTES || email.contains(char::is_whitespace) {
        return Some(Address {
            name: if name.is_empty() { email.clone() } else { name },
            email: String::new(),
        });
    }
    Some(Address { name, email: format!("{local}@{}", domain.to_lowercase()) })
}

/// One line without control characters.
pub(crate) fn clean(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_control() || c.is_whitespace()) {
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The domain of an address, lower case; empty if it has none.
pub(crate) fn domain(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_is_given_is_one_address_with_an_ascii_domain() {
        for (given, told) in [
            ("Jane.Doe+x@Lead.Example", "Jane.Doe+x@lead.example"),
            ("j@bücher.example", "j@xn--bcher-kva.example"),
            ("j@BÜCHER.example", "j@xn--bcher-kva.example"),
            ("o'hara@x.de", "o'hara@x.de"),
            ("юзер@почта.рф", "юзер@xn--80a1acny.xn--p1ai"),
        ] {
            assert_eq!(for_smtp(given).as_deref(), Ok(told));
        }
        for bad in [
            "",
            "a",
            "@x.de",
            "a@",
            "a b@x.de",
            "a@x.de\r\nBcc: b@x.de",
            "<a@x.de>",
            "a@b@x.de",
            "a..b@x.de",
            "a@-x.de",
        ] {
            assert_eq!(for_smtp(bad), Err(NO_ADDRESS), "{bad:?}");
        }
        assert!(for_smtp(&format!("{}@x.de", "a".repeat(300))).is_err());
    }

    #[test]
    fn reply_to_is_where_answers_go() {
        let raw = b"From: a@x.de\r\nReply-To: \"Sales, Team\" <Sales@X.de>, b@x.de\r\n\r\nReply-To: c@x.de";
        let emails: Vec<String> = answering(raw).reply_to.into_iter().map(|one| one.email).collect();
        assert_eq!(emails, ["Sales@x.de", "b@x.de"]);
        assert_eq!(answering(b"From: a@x.de\r\nReply-To: nobody\r\n\r\n"), Answering::default());
    }

    #[test]
    fn a_thread_is_what_a_mail_says_of_it_oldest_first() {
        let raw = b"From: a@x.de\r\nReferences: <1@x>\r\n <2@x>\r\nIn-Reply-To: <2@x>\r\n\r\n";
        assert_eq!(answering(raw).thread, ["1@x", "2@x"]);
        assert_eq!(answering(b"From: a@x.de\r\nIn-Reply-To: <1@x>\r\n\r\n").thread, ["1@x"]);
    }
}
