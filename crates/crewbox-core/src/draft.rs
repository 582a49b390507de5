//! A draft: the answer that a member writes to a conversation and has not sent yet, and the rule by which versions of it
//! follow each other. The same draft is often open in two places; the rule keeps one from overwriting the other unseen.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// What a draft says, as it was typed: addresses may be incomplete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftContent {
    /// The recipients.
    pub to: String,
    /// Recipients of a copy.
    pub cc: String,
    /// Recipients of a copy that the others do not see.
    pub bcc: String,
    /// The subject.
    pub subject: String,
    /// The body, as HTML.
    pub body: String,
    /// Files to attach.
    pub attachments: Vec<DraftFile>,
    /// When it is to be sent, in words; empty for at once.
    #[serde(default)]
    pub when: String,
    /// It forwards the message instead of answering it.
    #[serde(default)]
    pub forward: bool,
    /// The message that is answered or forwarded; none for the newest reply when it is sent.
    #[serde(default)]
    pub message: Option<MessageId>,
}

/// A file to attach, by the link of an attachment here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftFile {
    /// Its name.
    pub name: String,
    /// Its link.
    pub url: String,
}

/// What becomes of a draft that is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// It becomes this version.
    Version(u64),
    /// It is what the draft says already.
    Unchanged,
    /// Its writer has not seen the version that is there.
    Outdated,
}

/// Decides on a draft whose writer has seen version `seen`, where `held` is there. 0 is the version of no draft. The same
/// content again is no other version: a repeated request does not conflict with itself.
#[must_use]
pub fn save(held: Option<(u64, &DraftContent)>, seen: u64, content: &DraftContent) -> Saving {
    match held {
        Some((_, held)) if held == content => Saving::Unchanged,
        Some((version, _)) if seen < version => Saving::Outdated,
        // Versions rise also over a deletion that the writer has not seen.
        held => Saving::Version(seen.max(held.map_or(0, |(version, _)| version)).saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_follows_the_one_that_its_writer_has_seen() {
        let says = |body: &str| DraftContent { body: body.to_owned(), ..DraftContent::default() };
        let (old, new) = (says("old"), says("new"));
        assert_eq!(save(None, 0, &new), Saving::Version(1));
        assert_eq!(save(None, 4, &new), Saving::Version(5), "deleted meanwhile");
        assert_eq!(save(Some((3, &old)), 3, &new), Saving::Version(4));
        assert_eq!(save(Some((3, &old)), 2, &new), Saving::Outdated);
        assert_eq!(save(Some((3, &new)), 2, &new), Saving::Unchanged, "a repetition");
    }
}
