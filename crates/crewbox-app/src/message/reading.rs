//! The tree that a message is read as.

use crewbox_core::message::Message;
use crewbox_core::reading::Reading;
use crewbox_store::contract::Excerpt;

/// The tree of a message that the caller has read with these texts.
#[must_use]
pub fn reading(message: &Message, texts: &Excerpt) -> Reading {
    // An HTML text that is cut ends within a tag; its plain text is whole more often.
    let html = texts.html.as_deref().filter(|_| !texts.html_truncated);
    let reading = crewbox_mail::reading(&texts.text, html, &message.folds);
    Reading { is_cut: reading.is_cut || (html.is_none() && texts.text_truncated), ..reading }
}
