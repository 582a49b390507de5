//! Where a value is in a body, for the message about it.

use super::json::Json;
use crate::problem::{Problems, Provided, provided};

/// The place of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The path before the key: empty, or ending with a dot.
    pub(crate) prefix: &'a str,
    /// The key, which the sentences name.
    pub(crate) key: &'a str,
    /// Wrong values are not repeated: there are passwords among them.
    pub(crate) secret: bool,
}

impl Place<'_> {
    /// The whole path.
    pub(crate) fn path(self) -> String {
        format!("{}{}", self.prefix, self.key)
    }

    /// Notes a wrong value. The text begins after the key: `must be a number`.
    pub(crate) fn wrong(self, text: &str, value: &Json<'_>, problems: &mut Problems) {
        let provided = if self.secret { Provided::Nothing } else { provided(value) };
        self.note(text, provided, problems);
    }

    /// Notes something wrong. The text begins after the key.
    pub(crate) fn note(self, text: &str, provided: Provided, problems: &mut Problems) {
        problems.note(&self.path(), format!("{} {text}", self.key), provided);
    }
}
