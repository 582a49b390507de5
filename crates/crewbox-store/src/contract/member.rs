//! A member, as it is added and changed.

use crewbox_core::id::ClientId;
use crewbox_core::model::Role;
use crewbox_core::preferences::Preference;

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

/// What changes of a member; none leaves what is there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// Display name.
    pub name: Option<String>,
    /// Name of their time zone, or none for UTC.
    pub time_zone: Option<Option<String>>,
    /// Their signature, or none.
    pub signature: Option<Option<String>>,
    /// argon2 PHC string.
    pub password_hash: Option<String>,
    /// The number of their second factor, or none.
    pub second_factor: Option<Option<u64>>,
    /// Preferences that are set; all others stay as they are.
    pub preferences: Vec<Preference>,
}

impl std::fmt::Debug for MemberChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberChange").field("name", &self.name).finish_non_exhaustive()
    }
}
