//! HTML to plain text, by html2text over HTML that was sanitised before: it is balanced and bounded then.

use std::panic::catch_unwind;

use html2text::config;
use html2text::render::TextDecorator;
use mail_parser::decoders::html::html_to_text;

/// Lines are not broken: the page wraps, and the fold classifier wants whole lines.
const WIDTH: usize = 4_000;

/// The text of sanitised HTML.
pub(crate) fn to_text(sanitised: &str) -> String {
    // A rule would be drawn as wide as the text.
    let ruled = sanitised.replace("<hr>", "<p>---</p>");
    // The renderer has panicked on hostile tables; a mail's text must not hang on it.
    let rendered = catch_unwind(|| render(&ruled));
    match rendered {
        Ok(Ok(text)) => tidied(&text),
        Ok(Err(_)) | Err(_) => tidied(&html_to_text(sanitised)),
    }
}

fn render(html: &str) -> Result<String, html2text::Error> {
    config::with_decorator(Marks)
        .raw_mode(true)
        .no_table_borders()
        .link_footnotes(false)
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
}

/// The text of HTML that is too much to be laid out: linear, and plain.
pub(crate) fn to_plain_text(html: &str) -> String {
    tidied(&html_to_text(html))
}

/// How elements show in text: quotes and lists as people type them, the rest as it reads.
#[derive(Clone, Debug)]
struct Marks;

impl TextDecorator for Marks {
    type Annotation = ();

    fn decorate_link_start(&mut self, _url: &str) -> (String, ()) {
        Default::default()
    }
    fn decorate_link_end(&mut self) -> String {
        String::new()
    }
    fn decorate_em_start(&self) -> (String, ()) {
        Default::default()
    }
    fn decorate_em_end(&self) -> String {
        String::new()
    }
    fn decorate_strong_start(&self) -> (String, ()) {
        Default::default()
    }
    fn decorate_strong_end(&self) -> String {
        String::new()
    }
    fn decorate_strikeout_start(&self) -> (String, ()) {
        Default::default()
    }
    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }
    fn decorate_code_start(&self) -> (String, ()) {
        Default::default()
    }
    fn decorate_code_end(&self) -> String {
        String::new()
    }
    fn decorate_preformat_first(&self) {}
    fn decorate_preformat_cont(&self) {}
    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }
    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }
    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }
    fn unordered_item_prefix(&self) -> String {
        "* ".to_owned()
    }
    fn ordered_item_prefix(&self, i: i64) -> String {
        format!("{i}. ")
    }
    fn make_subblock_decorator(&self) -> Self {
        self.clone()
    }
}

/// Without spaces at line ends, and never more than one empty line running.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.trim_start_matches(['>', ' ']).is_empty() && !line.contains('>') {
            empty += 1;
            continue;
        }
        if !tidy.is_empty() {
            tidy.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        tidy.push_str(line);
    }
    if !tidy.is_empty() {
        tidy.push('\n');
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole_and_quotes_are_marked() {
        let text = to_text(&format!(
            "<p>{}</p><hr><blockquote>old <b>text</b></blockquote><table><tr><td>a</td><td>b</td></tr></table>",
            "long words ".repeat(60)
        ));
        let mut lines = text.lines();
        assert!(lines.next().is_some_and(|line| line.len() > 600), "{text}");
        assert!(text.contains("---") && text.contains("> old text"), "{text}");
    }
}
