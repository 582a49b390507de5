//! An inbound mail as the rules see it, and what its structure shows.
//!
//! Owns the questions that need no phrase tables.

use crewbox_core::message::{Address, Fold, FoldKind};
use crewbox_core::time::Timestamp;

use super::normal::normal;
use super::text::Text;
use crate::mime::fields::Fields;
use crate::mime::walk::{Part, Tree};

/// An inbound mail as the rules see it.
pub(crate) struct Letter<'a> {
    /// Its parts.
    pub(crate) tree: &'a Tree<'a>,
    /// Its sender.
    pub(crate) from: &'a Address,
    /// Its subject.
    pub(crate) subject: &'a str,
    /// Its whole text.
    pub(crate) text: &'a str,
    /// Folds of the text.
    pub(crate) folds: &'a [Fold],
    /// When it was written, to tell the year of a date without one.
    pub(crate) at: Timestamp,
}

impl Letter<'_> {
    pub(super) fn fields(&self) -> &Fields<'_> {
        &self.tree.parts[0].fields
    }

    /// The mail's own parts of one type.
    pub(super) fn parts(&self, media: &'static str) -> impl Iterator<Item = &Part<'_>> {
        self.tree.parts.iter().filter(move |part| part.message.is_none() && part.media == media)
    }

    /// The report type of a `multipart/report`, lower case.
    pub(super) fn report_type(&self) -> Option<String> {
        let root = &self.tree.parts[0];
        (root.media == "multipart/report")
            .then(|| root.parameter("report-type").unwrap_or_default().to_ascii_lowercase())
    }

    /// The sender gave no address to answer to.
    pub(super) fn null_return_path(&self) -> bool {
        self.fields().plain("Return-Path").is_some_and(|path| path.trim() == "<>")
    }

    /// Whether its own text is a read receipt.
    pub(super) fn is_receipt(&self) -> bool {
        self.report_type().as_deref() == Some("disposition-notification")
            || self.parts("message/disposition-notification").next().is_some()
    }

    /// Whether an earlier mail is quoted.
    pub(super) fn quotes_us(&self) -> bool {
        self.folds.iter().any(|fold| fold.kind == FoldKind::Quote)
    }

    /// Whether the text names the owner of our mailbox.
    pub(super) fn names_us(&self, text: &Text) -> bool {
        let ours = self.fields().addresses("To");
        let names = ours.first().and_then(|found| found.name.as_deref()).unwrap_or_default();
        let sender = normal(&self.from.name);
        let first: Vec<String> = normal(names)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|name| name.chars().count() >= 3 && !sender.contains(name))
            .map(str::to_owned)
            .collect();
        let words = text.flat.split(|c: char| !c.is_alphanumeric());
        words.into_iter().any(|word| first.iter().any(|name| name == word))
    }
}
