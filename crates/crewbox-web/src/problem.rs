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
    /// Nothing: so many further problems are not listed.
    NotListed(usize),
    /// An array over its cap.
    Count {
        /// Items that came.
        given: usize,
        /// Items allowed.
        most: usize,
    },
}

/// Problems that a response lists: as many as a person corrects before the next try.
const MOST_LISTED: usize = 20;

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    listed: Vec<Problem>,
    /// Problems beyond those listed.
    more: usize,
}

impl Problems {
    /// A wrong value.
    pub(crate) fn wrong(&mut self, field: &str, text: impl Into<String>, value: &impl Put) {
        self.note(field, text, provided(value));
    }

    /// Something wrong whose value is not repeated.
    pub(crate) fn note(&mut self, field: &str, text: impl Into<String>, provided: Provided) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.listed.push(Problem { field: field.to_owned(), text: text.into(), provided });
        }
    }

    /// Whether further problems are only counted. Their sentences need not be made.
    pub(crate) fn is_full(&self) -> bool {
        self.listed.len() >= MOST_LISTED
    }

    /// Counts problems that are not listed.
    pub(crate) fn count(&mut self, more: usize) {
        self.more += more;
    }

    /// Notes that a value is missing, unless something is wrong with it already.
    pub(crate) fn missing(&mut self, field: &str) {
        if !self.listed.iter().any(|problem| problem.field == field) {
            self.note(field, format!("{field} is required"), Provided::Nothing);
        }
    }

    /// What the use case finds wrong with the values.
    pub(crate) fn extend(&mut self, found: impl IntoIterator<Item = impl Into<Problem>>) {
        for problem in found {
            if self.is_full() {
                self.more += 1;
            } else {
                self.listed.push(problem.into());
            }
        }
    }

    /// Whether nothing was found wrong so far.
    pub(crate) const fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// # Errors
    /// The problems, if there is one; the last says how many are not listed.
    pub(crate) fn finish(self) -> Result<(), Vec<Problem>> {
        let Self { mut listed, more } = self;
        if listed.is_empty() {
            return Ok(());
        }
        if more > 0 {
            let text = format!("{more} more are not listed: correct these and send the request again");
            listed.push(Problem { field: String::new(), text, provided: Provided::NotListed(more) });
        }
        Err(listed)
    }
}

/// A longer value is not repeated: it is repeated so that it can be found, not to be stored.
pub(crate) const MOST_REPEATED: usize = 200;

/// A value as the `provided_value` of a problem, cut where it is long.
pub(crate) fn provided(value: &impl Put) -> Provided {
    const MOST: usize = MOST_REPEATED;
    let mut bytes = Vec::new();
    value.put(&mut bytes);
    if bytes.len() > MOST {
        bytes.clear();
        "(long)".put(&mut bytes);
    }
    Provided::Value(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_problems_are_listed_and_the_rest_is_counted() {
        let mut problems = Problems::default();
        for number in 0..MOST_LISTED {
            problems.missing(&number.to_string());
        }
        let listed = std::mem::take(&mut problems).finish().unwrap_err();
        assert_eq!(listed.len(), MOST_LISTED, "no line more where nothing is left out");
        problems.extend(listed);
        problems.note("one", "one more", Provided::Nothing);
        problems.count(6);
        let listed = problems.finish().unwrap_err();
        assert_eq!(listed.len(), MOST_LISTED + 1);
        assert_eq!(listed[MOST_LISTED].provided, Provided::NotListed(7));
        assert!(listed[MOST_LISTED].text.starts_with("7 more are not listed"));
    }
}
