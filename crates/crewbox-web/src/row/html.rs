//! The beginning of a long HTML, made whole.
//!
//! Owns where the HTML may end: not within a tag, an attribute or a character reference, or else what a page shows
//! after it would become part of it. Reads only what the sanitiser wrote, so attributes are in double quotes and there
//! are no comments and no scripts.

/// Elements without an end tag.
const VOID: &[&str] = &["area", "br", "col", "hr", "img", "input", "wbr"];

/// The HTML up to its last whole tag or character, with its open elements closed.
pub(super) fn completed(html: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let mut end = 0;
    let mut rest = html;
    while let Some(tag) = rest.find('<') {
        let Some(length) = tag_length(&rest[tag..]) else {
            rest = &rest[..tag];
            break;
        };
        let name = rest[tag + 1..].split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '/');
        match name.into_iter().next().unwrap_or_default() {
            name if name.starts_with('/') => {
                if open.last() == Some(&&name[1..]) {
                    open.pop();
                }
            }
            name if VOID.contains(&name) || name.is_empty() => {}
            name => open.push(name),
        }
        end += tag + length;
        rest = &rest[tag + length..];
    }
    // A reference such as `&amp;` is shorter than this; an ampersand further back is whole.
    const REFERENCE: usize = 12;
    let last = match rest.rfind('&') {
        Some(at) if !rest[at..].contains(';') && rest.len() - at < REFERENCE => at,
        _ => rest.len(),
    };
    let mut whole = html[..end + last].to_owned();
    for name in open.into_iter().rev() {
        whole.push_str("</");
        whole.push_str(name);
        whole.push('>');
    }
    whole
}

/// The length of the tag that this begins with; none if it does not end.
fn tag_length(html: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in html.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_ends_outside_of_tags_with_its_elements_closed() {
        for (cut, whole) in [
            ("<p>Hello</p>", "<p>Hello</p>"),
            ("<p>Hel", "<p>Hel</p>"),
            ("<div><p>One</p><p>Two <b>th", "<div><p>One</p><p>Two <b>th</b></p></div>"),
            ("<p>See <a href=\"https://a.example/?x=", "<p>See </p>"),
            ("<p title=\"a > b\">x<img alt=\"a > ", "<p title=\"a > b\">x</p>"),
            ("one<br>two<hr", "one<br>two"),
            ("a &am", "a "),
            ("a &amp; b", "a &amp; b"),
            ("a & long way to the end", "a & long way to the end"),
            ("<", ""),
            ("", ""),
        ] {
            assert_eq!(completed(cut), whole, "{cut}");
        }
    }

    #[test]
    fn every_beginning_of_a_mail_closes_what_it_opened() {
        let html = "<div><p>Grüße &amp; <a href=\"https://x.example/?a=1&amp;b=2\">x</a><br></p><ul><li>1</li></ul></div>";
        for cut in (0..=html.len()).filter(|cut| html.is_char_boundary(*cut)) {
            let whole = completed(&html[..cut]);
            assert_eq!(whole.matches('<').count(), whole.matches('>').count(), "{whole}");
            assert_eq!(whole.matches('"').count() % 2, 0, "{whole}");
            let ends = whole.matches("</").count();
            assert_eq!(ends * 2 + whole.matches("<br>").count(), whole.matches('<').count(), "{whole}");
        }
    }
}
