//! Decides which address a link shows behind its text. Lists and clients of the API see text only, so the address is
//! all that a link with the text "here" says.

/// The address of a link as it is written behind the text; none if the text has it.
pub(super) fn shown_address(address: &str, text: &str) -> Option<String> {
    if let Some(mail) = address.strip_prefix("mailto:") {
        let mail = mail.split('?').next().unwrap_or_default();
        let has_it = mail.is_empty() || contains(text, mail);
        return (!has_it).then(|| mail.to_owned());
    }
    if let Some(number) = address.strip_prefix("tel:") {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let has_it = digits(text).ends_with(digits(number).trim_start_matches('0')) || digits(text).len() > 4;
        return (!has_it).then(|| number.to_owned());
    }
    if !address.starts_with("http") {
        return None;
    }
    let bare = |url: &str| {
        let url = url.to_ascii_lowercase();
        let url = url.trim_start_matches("https://").trim_start_matches("http://");
        url.trim_start_matches("www.").trim_end_matches('/').to_owned()
    };
    let text = bare(text.trim_end_matches(['.', ',']));
    // Also an address that a service wrapped for checking or counting: it has the one in the text within it.
    let is_address = text.contains('.') && !text.contains(char::is_whitespace);
    let has_it = is_address
        && (bare(address) == text || contains(&address.replace("%3A", ":").replace("%2F", "/"), &text));
    (!has_it).then(|| address.to_owned())
}

/// Whether a text has another within it, whatever the case of ASCII letters.
fn contains(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}
