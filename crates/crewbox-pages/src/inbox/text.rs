//! Typed text as HTML, which mail and drafts are kept in, and back.

/// A text as it was typed, as HTML: an empty line parts paragraphs.
pub(super) fn html(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    paragraphs.map(|paragraph| format!("<p>{}</p>", escape(paragraph).replace('\n', "<br>"))).collect()
}

/// The text of a draft: what [`html`] made of it is as it was typed, and of other markup only the words are left.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let Some((name, after)) = tag.split_once('>') else {
            rest = "";
            break;
        };
        match name.trim_end_matches('/').trim() {
            "br" => text.push('\n'),
            "/p" | "/div" => text.push_str("\n\n"),
            _ => {}
        }
        rest = after;
    }
    text.push_str(rest);
    for (entity, sign) in
        [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, sign);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_becomes_paragraphs_and_no_markup() {
        assert_eq!(
            html("Hi <b>\r\nyou & me\r\n\r\n\r\nBye"),
            "<p>Hi &lt;b&gt;<br>you &amp; me</p><p>Bye</p>"
        );
        assert_eq!(html(" \n\n "), "");
    }

    #[test]
    fn a_draft_is_read_as_it_was_typed() {
        for typed in ["Hi <b>\nyou & me\n\nBye", "", "a &lt; b", "one"] {
            assert_eq!(text_of(&html(typed)), typed);
        }
        assert_eq!(text_of("<div>Hi <b>you</b><br/>there</div>x<"), "Hi you\nthere\n\nx");
    }
}
