//! Where a value is in a body, for the message about it.

use super::json::Json;
use crate::problem::{MOST_REPEATED, Problems, Provided};

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
        if problems.is_full() {
            problems.count(1);
            return;
        }
        let provided = if self.secret { Provided::Nothing } else { repeated(value) };
        self.note(text, provided, problems);
    }

    /// Notes something wrong. The text begins after the key.
    pub(crate) fn note(self, text: &str, provided: Provided, problems: &mut Problems) {
        problems.note(&self.path(), format!("{} {text}", self.key), provided);
    }
}

/// A wrong value as it came, unless it is long.
fn repeated(value: &Json<'_>) -> Provided {
    let mut json = Vec::new();
    if !value.put_within(MOST_REPEATED, &mut json) {
        json = b"\"(long)\"".to_vec();
    }
    Provided::Value(json)
}
