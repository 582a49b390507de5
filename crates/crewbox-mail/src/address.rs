//! Addresses as they are kept and compared.

use crewbox_core::message::Address;
use mail_parser::Addr;

use crate::budget::{MAX_ADDRESSES, MAX_ID_BYTES};
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
