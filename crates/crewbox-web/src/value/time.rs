//! Times: read in every form of the contract, shown in the dialect of the caller.

use crewbox_core::time::Timestamp;
use utoipa::openapi::{RefOr, Schema};

use super::read::{Parameter, Value};
use crate::object::At;
use crate::problem::Problems;
use crate::schema::{Components, Describe, time};
use crate::wire::{Bound, Json, Place, read_time};

impl Describe for Timestamp {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        time().into()
    }
}

impl Value for Timestamp {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        read(value, Bound::Start, place, problems)
    }
}

impl Parameter for Timestamp {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        parse(text, Bound::Start, name, problems)
    }
}

/// The last moment of something; of a date without a time, the last one of that day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until(pub(crate) Timestamp);

impl Describe for Until {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        Timestamp::schema(components)
    }
}

impl Value for Until {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        read(value, Bound::End, place, problems).map(Self)
    }
}

impl Parameter for Until {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        parse(text, Bound::End, name, problems).map(Self)
    }
}

fn read(value: &Json<'_>, bound: Bound, place: Place<'_>, problems: &mut Problems) -> Option<Timestamp> {
    let read = if let Json::Text(text) = value { read_time(text, bound) } else { None };
    if read.is_none() {
        place.wrong("must be an ISO 8601 time", value, problems);
    }
    read
}

fn parse(text: &str, bound: Bound, name: &str, problems: &mut Problems) -> Option<Timestamp> {
    // A plus of an offset that was not encoded arrives as a space.
    let read = read_time(text, bound).or_else(|| read_time(&text.replace(' ', "+"), bound));
    if read.is_none() {
        problems.wrong(name, format!("{name} must be an ISO 8601 time"), &text);
    }
    read
}

impl Describe for At {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        time().into()
    }
}
