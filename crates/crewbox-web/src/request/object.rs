//! A body's keys, each asked for by name and kind; wrong ones are collected, so that a client hears of all of
//! them at once.
//!
//! Owns leniency: numeric strings are numbers, `null` is absent, one value stands for an array of one.

use std::borrow::Cow;

use crewbox_core::id::MAX_ID;
use crewbox_core::time::Timestamp;

use super::json::Json;
use super::query::truth;
use super::time::{self, Bound};
use crate::error::{ApiError, Problem, Provided, provided};
use crate::object::Put;

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

    /// Asks for a value that must be there. Its default stands in, so that reading can go on.
    pub(crate) fn required<T: Default>(&mut self, field: &str, value: Option<T>) -> T {
        if value.is_none() && !self.0.iter().any(|problem| problem.field == field) {
            self.note(field, format!("{field} is required"), Provided::Nothing);
        }
        value.unwrap_or_default()
    }

    /// # Errors
    /// All problems, if there is one.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Invalid(self.0)) }
    }
}

/// An object of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    entries: &'a [(Cow<'a, str>, Json<'a>)],
    /// What stands before a key in `field`: empty, or a path with its dot.
    prefix: &'static str,
    /// Wrong values are not repeated: there are passwords among them.
    secret: bool,
}

impl<'a> Object<'a> {
    /// The body as an object.
    ///
    /// # Errors
    /// Field `body`, when it is JSON but no object.
    pub(crate) fn of(body: &'a Json<'a>) -> Result<Self, ApiError> {
        match body {
            Json::Object(entries) => Ok(Self { entries, prefix: "", secret: false }),
            Json::Null => Ok(Self { entries: &[], prefix: "", secret: false }),
            _ => Err(ApiError::invalid("body", "body must be a JSON object")),
        }
    }

    /// The same, without repeating wrong values.
    pub(crate) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// A value that is there and not `null`; of a key given twice the last one.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Json<'a>> {
        let (_, value) = self.entries.iter().rev().find(|(name, _)| name == key)?;
        (*value != Json::Null).then_some(value)
    }

    /// Whether the key is there, be it `null`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// Keys and values in their order.
    pub(crate) const fn entries(&self) -> &'a [(Cow<'a, str>, Json<'a>)] {
        self.entries
    }

    /// Refuses keys that are not among `known`, with the likely right one: of these, else of the keys that
    /// other objects of the body have, each list with its path.
    pub(crate) fn only(&self, known: &[&str], others: &[(&str, &[&str])], problems: &mut Problems) {
        for (key, _) in self.entries {
            if known.contains(&key.as_ref()) {
                continue;
            }
            let shown: String = key.chars().take(60).collect();
            let mut text = format!("Unknown key {}{shown}", self.prefix);
            let here = || nearest(key, known).map(str::to_owned);
            let there = |(path, names): &(&str, &[&str])| Some(format!("{path}{}", nearest(key, names)?));
            if let Some(near) = here().or_else(|| others.iter().find_map(there)) {
                text.push_str(&format!(", did you mean {near}?"));
            }
            problems.note(&format!("{}{shown}", self.prefix), text, Provided::Nothing);
        }
    }

    fn wrong(&self, key: &str, text: String, value: &Json<'_>, problems: &mut Problems) {
        let provided = if self.secret { Provided::Nothing } else { provided(value) };
        problems.note(&format!("{}{key}", self.prefix), text, provided);
    }

    /// An object within; `prefix` is its path with a dot at the end.
    pub(crate) fn object(&self, key: &str, prefix: &'static str, problems: &mut Problems) -> Option<Self> {
        match self.get(key)? {
            Json::Object(entries) => Some(Self { entries, prefix, secret: self.secret }),
            value => {
                self.wrong(key, format!("{key} must be an object"), value, problems);
                None
            }
        }
    }

    /// A whole number within a range, both ends included.
    pub(crate) fn number(&self, key: &str, least: i64, most: i64, problems: &mut Problems) -> Option<i64> {
        let value = self.get(key)?;
        let read = whole(value).filter(|number| (least..=most).contains(number));
        if read.is_none() {
            let text = if whole(value).is_some() {
                range(key, least, most)
            } else {
                format!("{key} must be a number")
            };
            self.wrong(key, text, value, problems);
        }
        read
    }

    /// An id: one that cannot exist becomes 0, which nothing has.
    pub(crate) fn id(&self, key: &str, problems: &mut Problems) -> Option<u64> {
        let value = self.get(key)?;
        let read = whole(value);
        if read.is_none() {
            self.wrong(key, format!("{key} must be a number"), value, problems);
        }
        read.map(to_id)
    }

    /// An id, or several, at most `most` different ones; an empty array is as if absent.
    pub(crate) fn ids(&self, key: &str, most: Option<usize>, problems: &mut Problems) -> Option<Vec<u64>> {
        let value = self.get(key)?;
        let one = std::slice::from_ref(value);
        let values = if let Json::Array(values) = value { values.as_slice() } else { one };
        let mut ids = Vec::with_capacity(values.len());
        for item in values {
            let Some(number) = whole(item) else {
                self.wrong(key, format!("{key} must be a number or an array of numbers"), value, problems);
                return None;
            };
            let id = to_id(number);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if let Some(most) = most.filter(|most| ids.len() > *most) {
            // The contract's words, for a cap of one too: clients match them.
            let text = format!("{key} array cannot exceed {most} items");
            let count = Provided::Count { given: ids.len(), most };
            problems.note(&format!("{}{key}", self.prefix), text, count);
            return None;
        }
        (!ids.is_empty()).then_some(ids)
    }

    /// A boolean; `"true"`, `1` and their like are taken too.
    pub(crate) fn boolean(&self, key: &str, problems: &mut Problems) -> Option<bool> {
        let value = self.get(key)?;
        let read = match value {
            Json::Bool(value) => Some(*value),
            Json::Int(0) => Some(false),
            Json::Int(1) => Some(true),
            Json::Text(text) => truth(text),
            _ => None,
        };
        if read.is_none() {
            self.wrong(key, format!("{key} must be a boolean"), value, problems);
        }
        read
    }

    /// A text of at most `most` characters; a number is taken as its digits.
    pub(crate) fn text(&self, key: &str, most: usize, problems: &mut Problems) -> Option<Cow<'a, str>> {
        let value = self.get(key)?;
        let read = match value {
            Json::Text(text) => Cow::Borrowed(text.as_ref()),
            Json::Int(number) => Cow::Owned(number.to_string()),
            _ => {
                self.wrong(key, format!("{key} must be a string"), value, problems);
                return None;
            }
        };
        if read.chars().count() > most {
            self.wrong(key, format!("{key} cannot exceed {most} characters"), value, problems);
            return None;
        }
        Some(read)
    }

    /// A text that says something.
    pub(crate) fn words(&self, key: &str, most: usize, problems: &mut Problems) -> Option<String> {
        let text = self.text(key, most, problems)?;
        let text = text.trim();
        if text.is_empty() {
            problems.note(
                &format!("{}{key}", self.prefix),
                format!("{key} must not be empty"),
                Provided::Nothing,
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// A text, where it says anything.
    pub(crate) fn words_or_none(&self, key: &str, most: usize, problems: &mut Problems) -> Option<String> {
        let text = self.text(key, most, problems)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A time.
    pub(crate) fn time(&self, key: &str, problems: &mut Problems) -> Option<Timestamp> {
        let value = self.get(key)?;
        let read = if let Json::Text(text) = value { time::read(text, Bound::Start) } else { None };
        if read.is_none() {
            self.wrong(key, format!("{key} must be an ISO 8601 time"), value, problems);
        }
        read
    }

    /// Two times in order, both included.
    pub(crate) fn between(&self, key: &str, problems: &mut Problems) -> Option<(Timestamp, Timestamp)> {
        let value = self.get(key)?;
        let text = if let Json::Array(ends) = value {
            match ends.as_slice() {
                [Json::Text(start), Json::Text(end)] => {
                    match (time::read(start, Bound::Start), time::read(end, Bound::End)) {
                        (Some(start), Some(end)) if start <= end => return Some((start, end)),
                        (Some(_), Some(_)) => "must not start after it ends",
                        _ => "must hold ISO 8601 times",
                    }
                }
                [_, _] => "must hold ISO 8601 times",
                _ => "must contain exactly 2 dates",
            }
        } else {
            "must be an array of two times"
        };
        self.wrong(key, format!("{key} {text}"), value, problems);
        None
    }

    /// One of a few names, as its place among them.
    pub(crate) fn choice(&self, key: &str, names: &[&str], problems: &mut Problems) -> Option<usize> {
        let value = self.get(key)?;
        let found = match value {
            Json::Text(text) => names.iter().position(|name| *name == text.as_ref()),
            _ => None,
        };
        if found.is_none() {
            self.wrong(key, format!("{key} must be one of: {}", names.join(", ")), value, problems);
        }
        found
    }

    /// Any of a few names, one or several, as their places; an empty array is as if absent.
    pub(crate) fn choices(&self, key: &str, names: &[&str], problems: &mut Problems) -> Vec<usize> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let one = std::slice::from_ref(value);
        let values = if let Json::Array(values) = value { values.as_slice() } else { one };
        let mut found = Vec::with_capacity(values.len());
        for item in values {
            let place = match item {
                Json::Text(text) => names.iter().position(|name| *name == text.as_ref()),
                _ => None,
            };
            let Some(place) = place else {
                self.wrong(key, format!("{key} must be one of: {}", names.join(", ")), item, problems);
                return Vec::new();
            };
            if !found.contains(&place) {
                found.push(place);
            }
        }
        found
    }
}

/// `limit must be between 1 and 20`, or what is said where there is no upper end.
pub(super) fn range(key: &str, least: i64, most: i64) -> String {
    if most >= MAX_ID as i64 {
        format!("{key} must be a number of at least {least}")
    } else {
        format!("{key} must be between {least} and {most}")
    }
}

/// A whole number, or a string that is one.
fn whole(value: &Json<'_>) -> Option<i64> {
    match value {
        Json::Int(number) => Some(*number),
        Json::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
        Json::Float(number) if number.fract() == 0.0 => Some(if *number > 0.0 { i64::MAX } else { i64::MIN }),
        Json::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn to_id(number: i64) -> u64 {
    u64::try_from(number).ok().filter(|id| *id <= MAX_ID).unwrap_or(0)
}

/// The known key a wrong one was likely meant to be: at most a third of its letters away, or its end.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    /// A shorter end says too little.
    const SHORTEST_END: usize = 6;
    /// Longer keys are no misspellings, and comparing them costs their length times ours.
    const LONGEST: usize = 64;
    if key.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
    let wrong = plain(key);
    known
        .iter()
        .map(|name| (strsim::levenshtein(&wrong, &plain(name)), *name))
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
        .or_else(|| {
            let ends = |name: &&&str| wrong.len() >= SHORTEST_END && plain(name).ends_with(&wrong);
            known.iter().find(ends).copied()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_keys_find_their_right_one() {
        let known = ["offset", "limit", "filters", "sortBy", "campaignId", "emailAccountId"];
        for (wrong, right) in [
            ("fliters", Some("filters")),
            ("sort_by", Some("sortBy")),
            ("campaign_id", Some("campaignId")),
            ("limits", Some("limit")),
            ("account_id", Some("emailAccountId")),
            ("zzzzzzzz", None),
        ] {
            assert_eq!(nearest(wrong, &known), right, "{wrong}");
        }
    }

    #[test]
    fn all_wrong_values_are_told_at_once() {
        let body = Json::read(br#"{"limit":50,"offset":"x","ids":[1,2,2,"3"],"on":"maybe"}"#).unwrap();
        let object = Object::of(&body).unwrap();
        let mut problems = Problems::default();
        assert_eq!(object.number("limit", 1, 20, &mut problems), None);
        assert_eq!(object.number("offset", 0, i64::MAX, &mut problems), None);
        assert_eq!(object.ids("ids", Some(3), &mut problems), Some(vec![1, 2, 3]));
        assert_eq!(object.ids("ids", Some(2), &mut problems), None);
        assert_eq!(object.boolean("on", &mut problems), None);
        let Err(ApiError::Invalid(all)) = problems.finish() else { panic!() };
        let texts: Vec<&str> = all.iter().map(|problem| problem.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "limit must be between 1 and 20",
                "offset must be a number",
                "ids array cannot exceed 2 items",
                "on must be a boolean",
            ]
        );
    }
}
