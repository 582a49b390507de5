//! A member of the demo, as it is told to whoever started it.

use crewbox_core::id::MemberId;
use serde::Serialize;

/// A member of the demo, with what signs them in.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DemoMember {
    pub(crate) member_id: MemberId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) api_key: String,
    /// A link that signs in to the web inbox, once.
    pub(crate) sign_in_url: String,
}
