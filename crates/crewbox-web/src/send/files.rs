//! Files to attach: as base64, or by the link of an attachment here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crewbox_app::outgoing::{File, MAX_FILES, MAX_HEADER};
use crewbox_core::outgoing::DraftAttachment;
use utoipa::openapi::{RefOr, Schema};

use super::text::Line;
use crate::problem::{Problems, Provided};
use crate::request::Object;
use crate::schema::{Components, Describe, Properties, array, text};
use crate::value::Value;
use crate::wire::{Json, Place};

/// Files to attach, at most [`MAX_FILES`].
#[derive(Debug, Default)]
pub(crate) struct Files(pub(crate) Vec<File>);

impl Describe for Files {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        let line = || RefOr::from(text(Some(MAX_HEADER)));
        properties.add("file_name", false, line(), &["Its name."]);
        properties.add(
            "file_type",
            false,
            line(),
            &["Its MIME type; `application/octet-stream` unless given."],
        );
        properties.add("content", false, text(None).into(), &["Its bytes, as base64."]);
        properties.add(
            "file_url",
            false,
            line(),
            &["Or the `file_url` of an attachment here, or of a draft's; no other address is fetched."],
        );
        let file = components.add("FileToSend", properties.done(&["A file to attach."]));
        array(file, Some(MAX_FILES)).into()
    }
}

impl Value for Files {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        match value {
            Json::Array(items) if items.len() > MAX_FILES => {
                let count = Provided::Count { given: items.len(), most: MAX_FILES };
                place.note(&format!("array cannot exceed {MAX_FILES} items"), count, problems);
                None
            }
            Json::Array(items) => {
                Some(Self(items.iter().filter_map(|item| file(&item, place, problems)).collect()))
            }
            _ => {
                place.note("must be an array", Provided::Nothing, problems);
                None
            }
        }
    }
}

fn file(item: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<File> {
    let note = |sentence: &str, problems: &mut Problems| {
        problems.note(&place.path(), format!("{}{sentence}", place.key), Provided::Nothing);
    };
    let Ok(object) = Object::of(item) else {
        note(" must hold objects", problems);
        return None;
    };
    let line = |key: &str, problems: &mut Problems| {
        object.value::<Line<MAX_HEADER>>(key, problems).map(|line| line.0)
    };
    let name = line("file_name", problems);
    let file_type = line("file_type", problems).unwrap_or_else(|| "application/octet-stream".to_owned());
    if let Some(Json::Text(content)) = object.get("content") {
        let Ok(bytes) = STANDARD.decode(content.trim()) else {
            note(": content must be base64", problems);
            return None;
        };
        let file_name = name.unwrap_or_else(|| "attachment".to_owned());
        return Some(File::Given(DraftAttachment { file_name, file_type, bytes }));
    }
    let url = line("file_url", problems);
    let linked = url.as_deref().and_then(|url| File::linked(url, name));
    if linked.is_none() {
        note(
            ": give the file as base64 in `content`, or the file_url of an attachment here; other addresses are not fetched",
            problems,
        );
    }
    linked
}
