//! An object of a body: its keys by name. A key that nothing knows is refused, with the key that was likely meant.
//!
//! Owns which keys are there: a `null` is as if absent. What a value may be is owned by [`crate::value`].

use std::borrow::Cow;

use crate::problem::{Problem, Problems, Provided};
use crate::value::Value;
use crate::wire::{Json, Place, Unread};

/// An object of a body.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a> {
    /// Its values are read when they are asked for.
    entries: Vec<(Cow<'a, str>, Unread<'a>)>,
    /// What precedes a key in `field`: empty, or a path with its dot.
    prefix: &'a str,
    /// Wrong values are not repeated: there are passwords among them.
    secret: bool,
}

impl<'a> Object<'a> {
    /// The body as an object.
    ///
    /// # Errors
    /// Field `body`, when it is JSON but no object.
    pub(crate) fn of(body: &Json<'a>) -> Result<Self, Vec<Problem>> {
        match body {
            Json::Object(entries) => {
                Ok(Self { entries: entries.iter().collect(), prefix: "", secret: false })
            }
            Json::Null => Ok(Self { entries: Vec::new(), prefix: "", secret: false }),
            _ => Err(vec![Problem {
                field: "body".to_owned(),
                text: "body must be a JSON object".to_owned(),
                provided: Provided::Nothing,
            }]),
        }
    }

    /// Reads an object within another at its place.
    pub(crate) fn within<T>(
        value: &Json<'_>,
        place: Place<'_>,
        problems: &mut Problems,
        read: impl FnOnce(&Object<'_>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let Json::Object(entries) = value else {
            place.wrong("must be an object", value, problems);
            return None;
        };
        let prefix = format!("{}.", place.path());
        read(&Object { entries: entries.iter().collect(), prefix: &prefix, secret: place.secret }, problems)
    }

    /// Reads a value that is there and not `null`.
    pub(crate) fn value<T: Value>(&self, key: &str, problems: &mut Problems) -> Option<T> {
        T::read(&self.get(key)?, self.place(key), problems)
    }

    /// Notes that a key is missing, unless something is wrong with it already.
    pub(crate) fn missing(&self, key: &str, problems: &mut Problems) {
        problems.missing(&self.place(key).path());
    }

    fn place<'k>(&self, key: &'k str) -> Place<'k>
    where
        'a: 'k,
    {
        Place { prefix: self.prefix, key, secret: self.secret }
    }

    /// The same, without repeating wrong values.
    pub(crate) fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// A value that is there and not `null`; of a key given twice the last one.
    pub(crate) fn get(&self, key: &str) -> Option<Json<'a>> {
        let (_, value) = self.entries.iter().rev().find(|(name, _)| name == key)?;
        match value.read() {
            Json::Null => None,
            value => Some(value),
        }
    }

    /// Whether the key is there, be it `null`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// Refuses keys that are not among `known`, with the likely right one: of these, else of the keys that
    /// other objects of the body have, each list with its path.
    pub(crate) fn only(&self, known: &[&str], others: &[(&str, &[&str])], problems: &mut Problems) {
        for (key, _) in &self.entries {
            if known.contains(&key.as_ref()) {
                continue;
            }
            if problems.is_full() {
                problems.count(1);
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
}

/// The known key a wrong one was likely meant to be: at most a third of its letters away, or its end.
pub(super) fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
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
    use crewbox_core::id::TagId;

    use super::*;
    use crate::value::{Count, FromZero, Ids};

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
        assert_eq!(object.value::<Count<1, 20>>("limit", &mut problems), None);
        assert_eq!(object.value::<FromZero>("offset", &mut problems), None);
        let ids = |one, two, three| Ids(vec![TagId(one), TagId(two), TagId(three)]);
        assert_eq!(object.value::<Ids<TagId, 3>>("ids", &mut problems), Some(ids(1, 2, 3)));
        assert_eq!(object.value::<Ids<TagId, 2>>("ids", &mut problems), None);
        assert_eq!(object.value::<bool>("on", &mut problems), None);
        let Err(all) = problems.finish() else { panic!() };
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
