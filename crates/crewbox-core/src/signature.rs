//! Signatures that members type: how one becomes HTML, and whether a message has it already.

/// A typed signature as HTML, one line below the other.
#[must_use]
pub fn html(typed: &str) -> String {
    let escape = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    typed.lines().map(|line| escape(line.trim_end())).collect::<Vec<_>>().join("<br>")
}

/// Whether the lines of a signature are in a message, one after the other: it was typed by hand, or came with a text that
/// was pasted. Both are HTML. A signature without words is in every message.
#[must_use]
pub fn is_in(message: &str, signature: &str) -> bool {
    let (message, signature) = (lines(message), lines(signature));
    signature.is_empty() || message.windows(signature.len()).any(|part| part == signature)
}

/// The lines of HTML that have words, without the markup and repeated spaces in them.
fn lines(html: &str) -> Vec<String> {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(&before.replace('\n', " "));
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag.trim_matches('/').split([' ', '\n', '/']).next().unwrap_or_default();
        if ["br", "p", "div", "li", "tr", "td"].iter().any(|one| name.eq_ignore_ascii_case(one)) {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(&rest.replace('\n', " "));
    let decoded =
        [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
            .iter()
            .fold(text, |text, (entity, sign)| text.replace(entity, sign));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    decoded.lines().map(words).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_signature_has_no_markup() {
        assert_eq!(html("Bo <b>\r\n& Co "), "Bo &lt;b&gt;<br>&amp; Co");
    }

    #[test]
    fn a_signature_is_found_as_whole_lines_only() {
        let signature = html("Bo Lind\nNorth & Co");
        for (message, has) in [
            ("<p>Hi</p><p>Bo Lind<br>North &amp; Co</p>", true),
            ("<div>Hi</div><div>Bo   Lind</div><div><b>North</b> &amp; Co</div><p>PS: call me</p>", true),
            ("<p>Bo Lind</p>", false),
            ("<p>Yours, Bo Lind<br>North &amp; Co</p>", false),
            ("<p>North &amp; Co<br>Bo Lind</p>", false),
            ("", false),
        ] {
            assert_eq!(is_in(message, &signature), has, "{message}");
        }
        assert!(is_in("<p>Hi</p>", "<br> "), "nothing is to be added");
    }
}
