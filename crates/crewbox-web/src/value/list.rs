//! Several values: an array, or one value in place of an array of one. Reading ends at the cap.

use std::collections::HashSet;

use utoipa::openapi::{RefOr, Schema};

use super::id::to_id;
use super::number::{TOO_LARGE, not_whole, whole};
use super::read::Value;
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, array};
use crate::wire::{Json, Place};

/// At most `MOST` values, in the order given; none at all is as if absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List<T, const MOST: usize>(pub(crate) Vec<T>);

/// Ids, each once, at most `MOST` of them; none at all is as if absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ids<T, const MOST: usize>(pub(crate) Vec<T>);

/// Different values; none at all is as if absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Several<T>(pub(crate) Vec<T>);

/// Ids, each once, of which the handler knows how many there may be; none at all is as if absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdSet<T> {
    ids: Vec<T>,
    prefix: String,
    key: String,
}

/// Ids, each once, at most `MOST` of them; none at all is an answer too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnyIds<T, const MOST: usize>(pub(crate) Vec<T>);

/// The items of an array, or a value in place of an array of one. Each is read when its turn comes.
pub(crate) fn items<'a>(value: &Json<'a>) -> impl Iterator<Item = Json<'a>> {
    let (several, one) = match value {
        Json::Array(items) => (Some(items.iter()), None),
        one => (None, Some(one.clone())),
    };
    several.into_iter().flatten().chain(one)
}

/// How many items there are.
pub(crate) fn count(value: &Json<'_>) -> usize {
    if let Json::Array(items) = value { items.len() } else { 1 }
}

fn too_many(place: Place<'_>, given: usize, most: usize, problems: &mut Problems) {
    // The contract's words, for a cap of one too: clients match them.
    let count = Provided::Count { given, most };
    place.note(&format!("array cannot exceed {most} items"), count, problems);
}

impl<T: Value, const MOST: usize> Value for List<T, MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let given = count(value);
        if given == 0 {
            return None;
        }
        if given > MOST {
            too_many(place, given, MOST, problems);
        }
        Some(Self(items(value).take(MOST).filter_map(|item| T::read(&item, place, problems)).collect()))
    }
}

impl<T: Value + From<u64>, const MOST: usize> Value for Ids<T, MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let ids = ids(value, Some(MOST), place, problems)?;
        (!ids.is_empty()).then(|| Self(ids.into_iter().map(T::from).collect()))
    }
}

impl<T: Value + PartialEq> Value for Several<T> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let mut found = Vec::new();
        for item in items(value) {
            let one = T::read(&item, place, problems)?;
            if !found.contains(&one) {
                found.push(one);
            }
        }
        (!found.is_empty()).then_some(Self(found))
    }
}

impl<T: Value + From<u64>> Value for IdSet<T> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let ids: Vec<T> = ids(value, None, place, problems)?.into_iter().map(T::from).collect();
        let set = |ids| Self { ids, prefix: place.prefix.to_owned(), key: place.key.to_owned() };
        Some(ids).filter(|ids| !ids.is_empty()).map(set)
    }
}

impl<T> IdSet<T> {
    /// The ids, at most this many where there is a limit; more are noted.
    pub(crate) fn at_most(self, most: Option<usize>, problems: &mut Problems) -> Option<Vec<T>> {
        if let Some(most) = most.filter(|most| self.ids.len() > *most) {
            let place = Place { prefix: &self.prefix, key: &self.key, secret: false };
            too_many(place, self.ids.len(), most, problems);
            return None;
        }
        Some(self.ids)
    }
}

impl<T: Value + From<u64>, const MOST: usize> Value for AnyIds<T, MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let ids = ids(value, Some(MOST), place, problems)?;
        Some(Self(ids.into_iter().map(T::from).collect()))
    }
}

/// Up to this many ids are compared one by one, which takes less time than a set of them. With a thousand and more,
/// comparing each with all others would take milliseconds.
const FEW: usize = 32;

/// Different ids, at most `most` where there is a limit: what follows one too many is not read.
fn ids(value: &Json<'_>, most: Option<usize>, place: Place<'_>, problems: &mut Problems) -> Option<Vec<u64>> {
    let given = count(value);
    let mut ids = Vec::with_capacity(given.min(most.unwrap_or(usize::MAX)));
    let mut seen = (given > FEW).then(HashSet::new);
    for item in items(value) {
        let Some(number) = whole(&item) else {
            let rest = not_whole(&item).filter(|rest| *rest == TOO_LARGE);
            place.wrong(rest.unwrap_or("must be a number or an array of numbers"), value, problems);
            return None;
        };
        let id = to_id(number);
        let is_new = match &mut seen {
            Some(seen) => seen.insert(id),
            None => !ids.contains(&id),
        };
        if !is_new {
            continue;
        }
        if let Some(most) = most.filter(|most| ids.len() == *most) {
            too_many(place, given, most, problems);
            return None;
        }
        ids.push(id);
    }
    Some(ids)
}

impl<T: Describe, const MOST: usize> Describe for List<T, MOST> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(T::schema(components), Some(MOST)).into()
    }
}

impl<T: Describe, const MOST: usize> Describe for Ids<T, MOST> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(T::schema(components), Some(MOST)).into()
    }
}

impl<T: Describe, const MOST: usize> Describe for AnyIds<T, MOST> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(T::schema(components), Some(MOST)).into()
    }
}

impl<T: Describe> Describe for Several<T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(T::schema(components), None).into()
    }
}

impl<T: Describe> Describe for IdSet<T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(T::schema(components), None).into()
    }
}

impl<T: Describe> Describe for Vec<T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(T::schema(components), None).into()
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::id::CampaignId;

    use super::*;

    #[test]
    fn ids_count_once_however_many_there_are() {
        let given: Vec<String> = (0..100).map(|number| (number % 40).to_string()).collect();
        let text = format!("[{}]", given.join(","));
        let value = Json::read(text.as_bytes()).unwrap();
        let place = Place { prefix: "filters.", key: "campaignId", secret: false };
        let mut problems = Problems::default();
        let read = |problems: &mut Problems| IdSet::<CampaignId>::read(&value, place, problems).unwrap();
        let ids = read(&mut problems).at_most(Some(40), &mut problems);
        assert_eq!(ids, Some((0..40).map(CampaignId).collect()));
        assert!(problems.is_empty());
        assert_eq!(read(&mut problems).at_most(Some(39), &mut problems), None);
        let wrong = problems.finish().unwrap_err();
        assert_eq!((wrong.len(), wrong[0].field.as_str()), (1, "filters.campaignId"));
        assert_eq!(wrong[0].provided, Provided::Count { given: 40, most: 39 });
    }
}
