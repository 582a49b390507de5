//! Texts of a message to send.

use utoipa::openapi::{RefOr, Schema};

use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, text};
use crate::value::{Parameter, Value, read_text};
use crate::wire::{Json, Place};

/// HTML as it came, of at most `MOST` characters; nothing but space is as if absent.
#[derive(Debug, Default)]
pub(crate) struct Html<const MOST: usize>(pub(crate) String);

/// The text of a header: one line of at most `MOST` characters, without the space around it; none is as if absent.
#[derive(Debug, Default)]
pub(crate) struct Line<const MOST: usize>(pub(crate) String);

/// A text of a query or path, as it came.
#[derive(Debug)]
pub(crate) struct Exact(pub(crate) String);

impl<const MOST: usize> Value for Html<MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let html = read_text(value, MOST, place, problems)?;
        (!html.trim().is_empty()).then(|| Self(html.into_owned()))
    }
}

impl<const MOST: usize> Value for Line<MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let text = read_text(value, MOST, place, problems)?;
        let line = is_one_line(&text, place, problems).then(|| text.trim().to_owned());
        line.filter(|line| !line.is_empty()).map(Self)
    }
}

impl Parameter for Exact {
    fn parse(text: &str, _: &str, _: &mut Problems) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

/// A Message-ID as the API shows it.
pub(super) fn bracketed(message_id: &str) -> String {
    format!("<{message_id}>")
}

/// Whether a text has no line break, which would end its header; noted where it has.
pub(super) fn is_one_line(text: &str, place: Place<'_>, problems: &mut Problems) -> bool {
    let is_one = !text.contains(['\r', '\n', '\0']);
    if !is_one {
        place.note("must not contain a line break or NUL", Provided::Nothing, problems);
    }
    is_one
}

impl<const MOST: usize> Describe for Html<MOST> {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(Some(MOST)).into()
    }
}

impl<const MOST: usize> Describe for Line<MOST> {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(Some(MOST)).into()
    }
}

impl Describe for Exact {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}
