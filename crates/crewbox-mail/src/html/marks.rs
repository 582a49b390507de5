//! What mail programs name the elements that hold quoted mail. The sanitiser keeps these names, and no others, so
//! that the text can be made of cleaned HTML and still mark the quote.

/// How the names begin that are kept in cleaned HTML.
const KEPT: &str = "crewbox-";

/// An element that holds quoted mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Everything in it is quoted.
    Quote,
    /// It is the attribution of the quote that follows.
    Attribution,
    /// It is a signature.
    Signature,
}

/// The names, in lower case, in the attribute in which the program writes them.
const NAMES: &[(&str, &str, Mark)] = &[
    // Yahoo Mail.
    ("class", "yahoo_quoted", Mark::Quote),
    // The new Outlook and Outlook for Mac.
    ("id", "mail-editor-reference-message-container", Mark::Quote),
    ("id", "olk_src_body_section", Mark::Quote),
    // NetEase Mail in the browser and its app.
    ("id", "isreplycontent", Mark::Quote),
    ("class", "ntes-mailmaster-quote", Mark::Quote),
    // GMX and Web.de.
    ("name", "quote", Mark::Quote),
    // Gmail, Thunderbird, Roundcube, Airmail.
    ("class", "gmail_attr", Mark::Attribution),
    ("class", "moz-cite-prefix", Mark::Attribution),
    ("id", "reply-intro", Mark::Attribution),
    ("class", "airmail_on", Mark::Attribution),
    // Outlook, Gmail, Thunderbird, Zoho, NetEase, Proton Mail, Apple Mail, Front, HubSpot, Superhuman and others.
    ("id", "signature", Mark::Signature),
    ("id", "ms-outlook-mobile-signature", Mark::Signature),
    ("class", "gmail_signature", Mark::Signature),
    ("class", "moz-signature", Mark::Signature),
    ("id", "zm-_id_-sgn", Mark::Signature),
    ("class", "ntes-signature", Mark::Signature),
    ("id", "imail_signature", Mark::Signature),
    ("class", "protonmail_signature_block", Mark::Signature),
    ("id", "applemailsignature", Mark::Signature),
    ("class", "front-signature", Mark::Signature),
    ("class", "hs_signature", Mark::Signature),
    ("class", "sh-signature", Mark::Signature),
    ("class", "missive_signature", Mark::Signature),
    ("class", "signature", Mark::Signature),
];

/// Attributes in which the names are.
pub(crate) const ATTRIBUTES: [&str; 3] = ["class", "id", "name"];

/// What an attribute of a sender's element becomes; none if it is dropped.
pub(crate) fn kept(attribute: &str, value: &str) -> Option<&'static str> {
    let (_, _, mark) = NAMES.iter().find(|(named, name, _)| {
        // Outlook writes x_ before the names in mail that it quotes.
        let is_named = |word: &str| word.strip_prefix("x_").unwrap_or(word).eq_ignore_ascii_case(name);
        *named == attribute && value.split_ascii_whitespace().any(is_named)
    })?;
    Some(match mark {
        Mark::Quote => "crewbox-quote",
        Mark::Attribution => "crewbox-attribution",
        Mark::Signature => "crewbox-signature",
    })
}

/// What an element of cleaned HTML holds, by its tag.
pub(crate) fn mark(tag: &str) -> Option<Mark> {
    if !tag.contains(KEPT) {
        return None;
    }
    // A quote within an attribute's value is a reference, so this cannot be within one.
    ATTRIBUTES.iter().find_map(|attribute| match super::tags::attribute(tag, attribute)? {
        "crewbox-quote" => Some(Mark::Quote),
        "crewbox-attribution" => Some(Mark::Attribution),
        "crewbox-signature" => Some(Mark::Signature),
        _ => None,
    })
}

/// Colours of the line that Outlook draws above the header block of a quoted mail.
const OUTLOOK_RULES: &[&str] = &[
    "#e1e1e1",
    "#b5c4df",
    "rgb(225, 225, 225)",
    "rgb(181, 196, 223)",
    "rgb(225,225,225)",
    "rgb(181,196,223)",
];

/// Whether a `blockquote` only indents: Gmail, Outlook and Apple Mail write text so that a person moved in.
pub(super) fn is_indent(tag: &str) -> bool {
    let Some(style) = super::tags::attribute(tag, "style") else { return false };
    let plain: String =
        style.chars().filter(|char| !char.is_whitespace()).collect::<String>().to_ascii_lowercase();
    (plain.contains("40px") || plain.contains("30pt"))
        && (plain.contains("border:none") || plain.contains("border:medium") || plain.contains("border:0"))
}

/// Whether a `div` starts with the line that Outlook draws above a quoted mail.
pub(super) fn is_outlook_rule(tag: &str) -> bool {
    let Some(style) = super::tags::attribute(tag, "style") else { return false };
    let style = style.to_ascii_lowercase();
    let Some(at) = style.find("border-top") else { return false };
    let rule = &style[at..];
    let rule = &rule[..rule.find(';').unwrap_or(rule.len())];
    OUTLOOK_RULES.iter().any(|colour| rule.contains(colour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_kept() {
        assert_eq!(kept("class", "a gmail_attr"), Some("crewbox-attribution"));
        assert_eq!(kept("class", "x_yahoo_quoted"), Some("crewbox-quote"));
        assert_eq!(kept("id", "gmail_attr"), None);
        assert_eq!(kept("class", "crewbox-quote"), None);
        assert_eq!(mark("div dir=\"ltr\" class=\"crewbox-quote\""), Some(Mark::Quote));
        assert_eq!(mark("div title=\"crewbox-quote\""), None);
    }
}
