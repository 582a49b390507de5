//! The tree that a message is read as, made of its text or of its cleaned HTML.
//!
//! Owns what of a message becomes a paragraph, a link, a list, a quote or a table. Uses no markup of the mail: a mail can
//! put words on a page, and nothing else. Pure, and linear in the length of its input.

mod align;
mod builder;
mod limits;
mod links;
mod text;

use crewbox_core::message::Fold;
use crewbox_core::reading::Reading;

/// The tree of a message: of its HTML where there is any with words in it, else of its text. The folds are those of the
/// text.
#[must_use]
pub fn reading(text: &str, html: Option<&str>, folds: &[Fold]) -> Reading {
    let of_html = html.map(|html| align::folded(builder::build(html), text, folds));
    match of_html {
        Some(reading) if !reading.parts.is_empty() => reading,
        _ => text::read(text, folds),
    }
}

#[cfg(test)]
mod tests;
