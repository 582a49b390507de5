//! How a path names a message.

use crewbox_core::id::MessageId;
use utoipa::openapi::{RefOr, Schema};

use crate::problem::Problems;
use crate::schema::{Components, Describe};
use crate::value::Parameter;

/// A message in a path: its number, or its `id` as histories have it (`msg_12`).
pub(crate) struct NamedMessage(pub(crate) MessageId);

impl Describe for NamedMessage {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        MessageId::schema(components)
    }
}

impl Parameter for NamedMessage {
    const IS_ID: bool = true;

    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        MessageId::parse(text.strip_prefix("msg_").unwrap_or(text), name, problems).map(Self)
    }
}
