//! Tags, of campaigns and conversations alike.

use crewbox_app::catalog;
use crewbox_core::id::TagId;

use crate::answer::{Done, Json};
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::value::{MAX_NAME, NonBlank};

input! {
    /// A tag to make.
    pub(crate) struct NewTag {
        /// Its name.
        name: NonBlank<MAX_NAME>,
    }
}

output! {
    /// A tag.
    pub(crate) struct Tag {
        /// Its id.
        id: TagId,
        /// Its name.
        name: String,
    }
}

/// POST `/tags`.
pub(crate) async fn create(call: SignedCall, Body(new): Body<NewTag>) -> Result<Done<Tag>, ApiError> {
    let name = new.name.0;
    let id = catalog::create_tag(call.services(), &call.caller(), name.clone()).await?;
    Ok(Done { message: "Tag saved", more: Tag { id, name } })
}

/// GET `/tags`.
pub(crate) async fn list(call: SignedCall) -> Result<Json<Vec<Tag>>, ApiError> {
    let caller = call.caller();
    let tags = catalog::tags(&caller)?.into_iter().map(|tag| Tag { id: tag.id, name: tag.name.clone() });
    Ok(Json(tags.collect()))
}
