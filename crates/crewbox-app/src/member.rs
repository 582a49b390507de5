//! The members of the team: adding them, listing them, and who the caller is.
//!
//! Owns which members a caller sees, and that nobody gives rights that they do not have. How a password becomes its hash is the surface's.

use crewbox_core::address::EmailAddress;
use crewbox_core::id::{ClientId, MemberId};
use crewbox_core::model::{Member, Role};
use crewbox_core::permission::{Permission, may_give};
use crewbox_store::{NewMember, Op, Outcome, StoreError, Thing};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// A member to add.
pub struct AddMember {
    /// Display name.
    pub name: String,
    /// Address, unique in the account.
    pub address: EmailAddress,
    /// What they may do.
    pub role: Role,
    /// The client whose own user they are, who sees only this client's conversations.
    pub client: Option<ClientId>,
    /// The hash of a password (PHC string), if they may sign in.
    pub password_hash: Option<String>,
}

/// Adds a member; its id. It has no key yet.
///
/// # Errors
/// [`Refusal::Forbidden`] also for a role above the caller's own; [`Refusal::NotFound`] for a client that does not exist;
/// [`Refusal::Conflict`] for an address that is taken; the store's.
pub async fn add(services: &Services, caller: &Caller, command: AddMember) -> Result<MemberId, Refusal> {
    caller.require(Permission::ManageMembers)?;
    let AddMember { name, address, role, client, password_hash } = command;
    may_give(caller.scope().role(), role).map_err(Refusal::Forbidden)?;
    if let Some(client) = client {
        caller.names().client(client).ok_or(Refusal::NotFound(Thing::Client, client.get()))?;
    }
    let new = NewMember { name, email: address.as_str().to_owned(), role, client, password_hash };
    match caller.try_commit(services, vec![Op::AddMember(new)]).await {
        Err(StoreError::Exists(..)) => Err(Refusal::Conflict(format!("{address} is a member already"))),
        Err(other) => Err(other.into()),
        Ok(committed) => match committed.outcomes.as_slice() {
            [Outcome::Id(id)] => Ok(MemberId(*id)),
            other => Err(Refusal::Internal(format!("adding a member gave {other:?}"))),
        },
    }
}

/// The members that the caller sees: all, or those of the client that the caller is restricted to.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(caller: &Caller) -> Result<Vec<&Member>, Refusal> {
    caller.require(Permission::ReadTeam)?;
    let scope = caller.scope();
    let members = caller.names().members.iter();
    Ok(members.filter(|member| scope.sees(member.client)).collect())
}

/// The member that the caller signed in as.
///
/// # Errors
/// [`Refusal::NoMatch`] for the operator, who is no member; [`Refusal::Forbidden`].
pub fn signed_in(caller: &Caller) -> Result<&Member, Refusal> {
    caller.require(Permission::ReadTeam)?;
    let member = caller.scope().actor().and_then(|id| caller.names().member(id));
    member.ok_or_else(|| Refusal::NoMatch("The caller is not a member of this account".to_owned()))
}

impl std::fmt::Debug for AddMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddMember").field("address", &self.address).finish_non_exhaustive()
    }
}
