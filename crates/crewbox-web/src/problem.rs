//! What is wrong with the values of a request: collected while reading goes on, so that a client learns of all of them
//! at once.

use crewbox_core::time::Timestamp;

use crate::object::Put;

/// One wrong value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Path of the value, such as `filters.campaignId`.
    pub(crate) field: String,
    /// What is wrong, for people.
    pub(crate) text: String,
    /// What came.
    pub(crate) provided: Provided,
}

/// What a wrong value was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Provided {
    /// Nothing, or something not to be repeated.
    Nothing,
    /// The value as JSON.
    Value(Vec<u8>),
    /// A time, shown in the caller's dialect.
    Time(Timestamp),
    /// An array over its cap.
    Count {
        /// Items that came.
        given: usize,
        /// Items allowed.
        most: usize,
    },
}

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// A wrong value.
    pub(crate) fn wrong(&mut self, field: &str, text: impl Into<String>, value: &impl Put) {
        self.note(field, text, provided(value));
    }

    /// Something wrong whose value is not repeated.
    pub(crate) fn note(&mut self, field: &str, text: impl Into<String>, provided: Provided) {
        self.0.push(Problem { field: field.to_owned(), text: text.into(), provided });
    }

    /// Notes that a value is missing, unless something is wrong with it already.
    pub(crate) fn missing(&mut self, field: &str) {
        if !self.0.iter().any(|problem| problem.field == field) {
            self.note(field, format!("{field} is required"), Provided::Nothing);
        }
    }

    /// What the use case finds wrong with the values.
    pub(crate) fn extend(&mut self, found: impl IntoIterator<Item = impl Into<Problem>>) {
        self.0.extend(found.into_iter().map(Into::into));
    }

    /// Whether nothing was found wrong so far.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// All problems, if there is one.
    pub(crate) fn finish(self) -> Result<(), Vec<Problem>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// A value as the `provided_value` of a problem, cut where it is long.
pub(crate) fn provided(value: &impl Put) -> Provided {
    /// A value is repeated so that it can be found, not to be stored.
    const MOST: usize = 200;
    let mut bytes = Vec::new();
    value.put(&mut bytes);
    if bytes.len() > MOST {
        bytes.clear();
        "(long)".put(&mut bytes);
    }
    Provided::Value(bytes)
}
