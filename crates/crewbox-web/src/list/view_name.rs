//! A list named by a value of a body.

use crewbox_core::view::{VIEWS, View};
use utoipa::openapi::{RefOr, Schema};

use crate::problem::Problems;
use crate::schema::{Components, Describe, names};
use crate::value::Value;
use crate::wire::{Json, Place};

/// A list by the last part of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ViewName(pub(crate) View);

impl ViewName {
    /// The list of this name.
    pub(crate) fn named(text: &str) -> Option<Self> {
        VIEWS.iter().find(|base| base.path == text).map(|base| Self(base.view))
    }

    /// What is wrong with another name.
    pub(crate) fn sentence() -> String {
        let all: Vec<&str> = VIEWS.iter().map(|base| base.path).collect();
        format!("must be one of: {}", all.join(", "))
    }
}

impl Value for ViewName {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let found = if let Json::Text(text) = value { Self::named(text) } else { None };
        if found.is_none() {
            place.wrong(&Self::sentence(), value, problems);
        }
        found
    }
}

impl Describe for ViewName {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        names(VIEWS.iter().map(|base| base.path)).into()
    }
}
