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
        let read = if let Json::Text(text) = value { read_time(text, Bound::Start) } else { None };
        if read.is_none() {
            place.wrong("must be an ISO 8601 time", value, problems);
        }
        read
    }
}

impl Parameter for Timestamp {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        // A plus of an offset that was not encoded arrives as a space.
        let read = |text: &str| read_time(text, Bound::Start);
        let read = read(text).or_else(|| read(&text.replace(' ', "+")));
        if read.is_none() {
            problems.wrong(name, format!("{name} must be an ISO 8601 time"), &text);
        }
        read
    }
}

impl Describe for At {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        time().into()
    }
}
