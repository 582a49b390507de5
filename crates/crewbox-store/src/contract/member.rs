//! A member, as it is added.

use crewbox_core::id::ClientId;
use crewbox_core::model::Role;

/// A member to add.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Display name.
    pub name: String,
    /// Address; stored in lower case.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Narrows them to one client.
    pub client: Option<ClientId>,
    /// argon2 PHC string, if they may sign in.
    pub password_hash: Option<String>,
}
