//! Tags, of campaigns, e-mail accounts and conversations alike.

use crewbox_app::catalog::{self, DEFAULT_TAG_COLOR};
use crewbox_core::id::TagId;
use crewbox_core::model;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::{Done, Json, Success};
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::problem::Problems;
use crate::schema::{Components, Describe};
use crate::value::{MAX_NAME, NonBlank, Value};
use crate::wire;

input! {
    /// A tag to make.
    pub(crate) struct NewTag {
        /// Its name.
        name: NonBlank<MAX_NAME>,
        /// Its colour; `#6B7280` unless given.
        color: Option<Color>,
    }
}

input! {
    /// A tag to change.
    pub(crate) struct ChangedTag {
        /// Which one.
        id: TagId,
        /// Its name.
        name: NonBlank<MAX_NAME>,
        /// Its colour; kept unless given.
        color: Option<Color>,
    }
}

output! {
    /// A tag.
    pub(crate) struct Tag {
        /// Its id.
        id: TagId,
        /// Its name.
        name: String,
        /// Its colour, as `#RRGGBB`.
        color: String,
    }
}

output! {
    /// A tag that was made or found.
    pub(crate) struct TagSaved {
        /// Its id.
        id: TagId,
        /// Its name.
        name: String,
        /// The tag.
        data: Tag,
    }
}

output! {
    /// A tag of a campaign or an e-mail account.
    pub(crate) struct TagOf {
        /// Its id.
        tag_id: TagId,
        /// Its name.
        tag_name: String,
        /// Its colour, as `#RRGGBB`.
        tag_color: String,
    }
}

impl From<&model::Tag> for Tag {
    fn from(tag: &model::Tag) -> Self {
        Self { id: tag.id, name: tag.name.clone(), color: color_of(tag) }
    }
}

impl From<&model::Tag> for TagOf {
    fn from(tag: &model::Tag) -> Self {
        Self { tag_id: tag.id, tag_name: tag.name.clone(), tag_color: color_of(tag) }
    }
}

fn color_of(tag: &model::Tag) -> String {
    tag.color.clone().unwrap_or_else(|| DEFAULT_TAG_COLOR.to_owned())
}

/// POST `/tags`.
pub(crate) async fn create(call: SignedCall, Body(new): Body<NewTag>) -> Result<Done<TagSaved>, ApiError> {
    let (name, color) = (new.name.0, new.color.map(|color| color.0));
    let caller = call.caller();
    let held = caller.names().tags.iter().find(|tag| tag.name == name).and_then(|tag| tag.color.clone());
    let shown = color.clone().or(held).unwrap_or_else(|| DEFAULT_TAG_COLOR.to_owned());
    let id = catalog::create_tag(call.services(), &caller, name.clone(), color).await?;
    let data = Tag { id, name: name.clone(), color: shown };
    Ok(Done { message: "Tag saved", more: TagSaved { id, name, data } })
}

/// POST `/email-accounts/tag-manager`.
pub(crate) async fn change(call: SignedCall, Body(tag): Body<ChangedTag>) -> Result<Success<Tag>, ApiError> {
    let ChangedTag { id, name, color } = tag;
    let (name, color) = (name.0, color.map(|color| color.0));
    let caller = call.caller();
    let held = caller.names().tag(id).and_then(|tag| tag.color.clone());
    let shown = color.clone().or(held).unwrap_or_else(|| DEFAULT_TAG_COLOR.to_owned());
    catalog::change_tag(call.services(), &caller, id, name.clone(), color).await?;
    Ok(Success { message: "Tag updated successfully", data: Tag { id, name, color: shown } })
}

/// GET `/tags`.
pub(crate) async fn list(call: SignedCall) -> Result<Json<Vec<Tag>>, ApiError> {
    let caller = call.caller();
    Ok(Json(catalog::tags(&caller)?.into_iter().map(Tag::from).collect()))
}

/// A colour: `#` and six hexadecimal digits, kept in upper case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Color(String);

impl Describe for Color {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let color = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^#[0-9A-Fa-f]{6}$"));
        Schema::Object(color.build()).into()
    }
}

impl Value for Color {
    fn read(value: &wire::Json<'_>, place: wire::Place<'_>, problems: &mut Problems) -> Option<Self> {
        let read = if let wire::Json::Text(text) = value { catalog::tag_color(text) } else { None };
        if read.is_none() {
            place.wrong("must be a colour such as #FF5733", value, problems);
        }
        read.map(Self)
    }
}
