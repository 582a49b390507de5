//! The addresses that one mailbox's owner writes from: the mailbox's own, its aliases, and plus-forms of these.
//!
//! Owns the comparison only. Which aliases a mailbox has is the store's; what follows from an address being ours is the
//! mail crate's.

use std::collections::BTreeSet;

use crate::address::comparison_key;

/// Addresses of one mailbox. Empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAddresses {
    keys: BTreeSet<String>,
}

impl OwnAddresses {
    /// Those of a mailbox and its aliases, in any spelling; empty texts are skipped.
    #[must_use]
    pub fn new<T: AsRef<str>>(addresses: impl IntoIterator<Item = T>) -> Self {
        let keys = addresses.into_iter().map(|address| comparison_key(address.as_ref()));
        Self { keys: keys.filter(|key| !key.is_empty()).collect() }
    }

    /// These, and more addresses of ours.
    #[must_use]
    pub fn and<T: AsRef<str>>(mut self, addresses: impl IntoIterator<Item = T>) -> Self {
        self.keys.extend(Self::new(addresses).keys);
        self
    }

    /// Whether it is one of them, in any spelling, or a plus-form of one (RFC 5233: `ann+shop@x` is `ann@x`).
    #[must_use]
    pub fn include(&self, address: &str) -> bool {
        let key = comparison_key(address);
        self.keys.contains(&key) || without_detail(&key).is_some_and(|base| self.keys.contains(&base))
    }

    /// The domains of all of them, in the form in which domains are compared.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| key.rsplit_once('@')).map(|(_, domain)| domain)
    }
}

/// The address without what follows the first `+` of its local part; none if it has no plus-form.
#[must_use]
pub fn without_detail(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (base, _) = local.split_once('+').filter(|(base, _)| !base.is_empty())?;
    Some(format!("{base}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_and_plus_forms_are_ours_and_nobody_elses() {
        let own = OwnAddresses::new(["Ann@Gmail.com", "ann@bücher.example", ""]);
        for ours in [
            "ann@googlemail.com",
            "ANN+shop@gmail.com",
            "ann+a+b@xn--bcher-kva.example",
            "Ann@BÜCHER.example",
        ] {
            assert!(own.include(ours), "{ours}");
        }
        for other in [
            "",
            "a.nn@gmail.com",
            "annie@gmail.com",
            "+ann@gmail.com",
            "ann@gmail.com.example",
            "bob+ann@gmail.com",
        ] {
            assert!(!own.include(other), "{other}");
        }
        assert!(!OwnAddresses::default().include(""));
        assert_eq!(own.domains().collect::<Vec<_>>(), ["gmail.com", "xn--bcher-kva.example"]);
    }
}
