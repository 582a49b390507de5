//! Which links are shown, and whether the text of one names another place than it leads to.

/// Schemes of links that are shown: none of them runs anything.
const SCHEMES: &[&str] = &["https://", "http://", "mailto:", "tel:"];

/// Whether an address may be a link.
pub(super) fn is_shown(address: &str) -> bool {
    SCHEMES.iter().any(|scheme| {
        address.get(..scheme.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(scheme))
            && address.len() > scheme.len()
    })
}

/// The host or address that a link leads to, where its text looks like another one.
pub(super) fn elsewhere(address: &str, text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(['.', ',', '/']).to_lowercase();
    if let Some(mail) = strip_scheme(address, "mailto:") {
        let mail = mail.split('?').next().unwrap_or_default().to_lowercase();
        let is_address = text.contains('@') && !text.contains(char::is_whitespace);
        return (is_address && mail != text).then_some(mail);
    }
    let target = host(address)?;
    let named = named_host(&text)?;
    let is_same = target == named || target.strip_suffix(&named).is_some_and(|before| before.ends_with('.'));
    (!is_same).then_some(target)
}

fn strip_scheme<'a>(address: &'a str, scheme: &str) -> Option<&'a str> {
    let begins = address.get(..scheme.len())?;
    begins.eq_ignore_ascii_case(scheme).then(|| &address[scheme.len()..])
}

/// The host of a web address, in lower case and without `www.`. What is before an `@` is no host, however it looks.
pub(super) fn host(address: &str) -> Option<String> {
    let rest = strip_scheme(address, "https://").or_else(|| strip_scheme(address, "http://"))?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    Some(host.strip_prefix("www.").map_or(host.clone(), str::to_owned))
}

/// The host that a text names, if the text is a web address, with or without its scheme.
fn named_host(text: &str) -> Option<String> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    let has_scheme = text.starts_with("http://") || text.starts_with("https://");
    let whole = if has_scheme { text.to_owned() } else { format!("http://{text}") };
    let host = host(&whole)?;
    let (before, end) = host.rsplit_once('.')?;
    let is_domain = !before.is_empty()
        && end.chars().count() >= 2
        && end.chars().all(char::is_alphabetic)
        && (has_scheme || !text.contains('@'));
    is_domain.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_names_another_host_is_told() {
        for (address, text, told) in [
            ("https://evil.test/login", "bank.example", Some("evil.test")),
            ("https://evil.test/login", "https://www.bank.example/login", Some("evil.test")),
            ("https://bank.example@evil.test/", "bank.example", Some("evil.test")),
            ("https://bank.example.evil.test/", "bank.example", Some("bank.example.evil.test")),
            ("https://click.bank.example/x?y", "www.bank.example", None),
            ("https://bank.example/x", "BANK.example/x.", None),
            ("https://evil.test/", "our prices", None),
            ("https://evil.test/", "v2.0", None),
            ("mailto:eve@evil.test?subject=x", "ann@bank.example", Some("eve@evil.test")),
            ("mailto:ann@bank.example", "Ann@Bank.example", None),
            ("mailto:ann@bank.example", "write to us", None),
            ("tel:+4930123", "030 123", None),
        ] {
            assert_eq!(elsewhere(address, text).as_deref(), told, "{text} → {address}");
        }
    }

    #[test]
    fn only_links_that_run_nothing_are_shown() {
        for shown in ["https://a.test", "HTTP://a.test", "mailto:a@b.test", "tel:+1"] {
            assert!(is_shown(shown), "{shown}");
        }
        for hidden in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "cid:x",
            "//a.test",
            "",
            "blocked:http://a",
        ] {
            assert!(!is_shown(hidden), "{hidden}");
        }
    }
}
