//! The plain text of a message that is written in HTML, as a person would type it.
//!
//! Owns how links and signatures look in it. Where lines, items and quote marks go is the layout's (`html::text`).

use crate::html::measure;
use crate::html::sanitise::sanitise;
use crate::html::text::{to_plain_text, to_typed_text};

/// The text of this HTML, which may be a person's or partly a stranger's (the quoted original).
pub(super) fn plain(html: &str) -> String {
    if measure::over(html).is_some() {
        return to_plain_text(html);
    }
    delimited(&to_typed_text(&with_addresses(&sanitise(html))))
}

/// Each link's address after its words, where it says more than these.
fn with_addresses(clean: &str) -> String {
    let mut text = String::with_capacity(clean.len() + clean.len() / 8);
    // The address of the open link, and where its words begin.
    let mut open: Option<(&str, usize)> = None;
    let mut rest = clean;
    while let Some(start) = memchr::memchr(b'<', rest.as_bytes()) {
        text.push_str(&rest[..start]);
        let tag = &rest[start..];
        // The sanitiser writes no `>` within a tag but in quotes, and ends each tag.
        let length = tag_length(tag);
        rest = &tag[length..];
        let tag = &tag[..length];
        if let Some(attributes) = tag.strip_prefix("<a ") {
            open = address(attributes).map(|address| (address, text.len()));
        } else if tag == "</a>" {
            if let Some((address, words)) = open.take()
                && !says(&text[words..], address)
            {
                let end = text.trim_end().len();
                let after = text.split_off(end);
                if words < end {
                    text.push(' ');
                }
                text.push_str("&lt;");
                text.push_str(address);
                text.push_str("&gt;");
                text.push_str(&after);
            }
        } else if tag != "<a>" {
            text.push_str(tag);
        }
    }
    text.push_str(rest);
    text
}

fn tag_length(tag: &str) -> usize {
    let mut quoted = false;
    for at in memchr::memchr2_iter(b'"', b'>', tag.as_bytes()) {
        if tag.as_bytes()[at] == b'"' {
            quoted = !quoted;
        } else if !quoted {
            return at + 1;
        }
    }
    tag.len()
}

/// The address of a link that leads out of the mail.
fn address(attributes: &str) -> Option<&str> {
    let (_, value) = attributes.split_once("href=\"")?;
    let (address, _) = value.split_once('"')?;
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    (!address.is_empty() && !address.starts_with("cid:")).then_some(address)
}

/// Whether the words of a link are its address, as people shorten it.
fn says(words: &str, address: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim();
        let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        let text = text.strip_prefix("tel:").unwrap_or(text);
        text.strip_prefix("www.").unwrap_or(text).trim_end_matches('/').to_lowercase()
    };
    let (words, address) = (bare(words), bare(address));
    // A link to write to somebody may name the subject, too.
    words == address || (words.contains('@') && address.split('?').next() == Some(words.as_str()))
}

/// The line before a signature ends in a blank, which the layout takes off: programs find signatures by it (RFC 3676,
/// section 4.3).
fn delimited(text: &str) -> String {
    let mut delimited = String::with_capacity(text.len() + 2);
    for line in text.split_inclusive('\n') {
        delimited.push_str(if line == "--\n" { "-- \n" } else { line });
    }
    delimited
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_as_it_was_typed() {
        for (html, text) in [
            (
                "<p>Hi Lea,</p><ul><li>rate one</li><li>rate two</li></ul>\
                 <p>Book <a href=\"https://cal.example/ana?a=1&amp;b=2\">here</a>.</p>\
                 <blockquote><p>your old words</p><blockquote>and older</blockquote></blockquote><p>Ana</p>",
                "Hi Lea,\n\n- rate one\n- rate two\n\nBook here <https://cal.example/ana?a=1&b=2>.\n\n\
                 > your old words\n>\n> > and older\n\nAna\n",
            ),
            ("<ol><li>one<ul><li>two</li></ul></li><li>three</li></ol>", "1. one\n   - two\n2. three\n"),
            ("one<br>two<br><br>three<div>four</div><div>five</div>", "one\ntwo\n\nthree\nfour\nfive\n"),
            ("<h2>Terms</h2><p>Net 30</p>", "Terms\n\nNet 30\n"),
            ("<pre>a  b\n  c</pre>", "a  b\n  c\n"),
            (
                "<table><tr><td>Route</td><td>Rate</td></tr><tr><td>A-B</td><td>10</td></tr></table>",
                "Route  Rate\nA-B  10\n",
            ),
            ("See <a href=\"https://www.brand.example/\">brand.example</a> now", "See brand.example now\n"),
            ("<a href=\"https://brand.example/x\">https://brand.example/x</a>", "https://brand.example/x\n"),
            ("<a href=\"mailto:ana@brand.example?subject=x\">ana@brand.example</a>", "ana@brand.example\n"),
            ("<a href=\"mailto:ana@brand.example\">Ana</a>", "Ana <ana@brand.example>\n"),
            (
                "<a href=\"https://b.example/\"><img alt=\"Logo\" src=\"cid:l\"></a>",
                "Logo <https://b.example/>\n",
            ),
            ("<a href=\"https://b.example/\"><img src=\"cid:l\"></a>", "<https://b.example/>\n"),
            ("<a href=\"javascript:x\">no</a> <a>way</a>", "no way\n"),
            ("Bye<br>\n<div>-- <br>\nAna</div>", "Bye\n-- \nAna\n"),
            ("Grüße, 你好 &lt;3", "Grüße, 你好 <3\n"),
        ] {
            assert_eq!(plain(html), text, "{html}");
        }
    }

    #[test]
    fn text_that_is_too_much_to_be_laid_out_is_still_there() {
        let html = format!("{}words", "<div>".repeat(10_000));
        assert!(plain(&html).contains("words"));
    }
}
