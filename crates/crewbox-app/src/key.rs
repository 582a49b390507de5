//! API keys: making, listing and revoking them. The store holds only a hash of a key, so its text is shown once.

use crewbox_core::id::{ClientId, KeyId, MemberId};
use crewbox_core::model::{ApiKey, Dialect, RateLimit};
use crewbox_core::permission::{Permission, may_give};
use crewbox_store::{NewKey, Op, Thing, key};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// A key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateKey {
    /// The member whose it is.
    pub member: MemberId,
    /// How answers look.
    pub dialect: Dialect,
    /// How many requests it may make; none for no limit.
    pub rate_limit: Option<RateLimit>,
    /// The client that it is restricted to.
    pub client: Option<ClientId>,
}

/// Makes a key: its id and its text.
///
/// # Errors
/// [`Refusal::Forbidden`] also for a member whose role is above the caller's own: the key would have that role;
/// [`Refusal::NotFound`] for a member or client that does not exist; [`Refusal::Invalid`] for another client than the
/// member's own: such a key opens nothing; [`Refusal::Internal`] where the system gives no randomness; the store's.
pub async fn create(
    services: &Services,
    caller: &Caller,
    command: CreateKey,
) -> Result<(KeyId, String), Refusal> {
    caller.require(Permission::ManageKeys)?;
    let CreateKey { member, dialect, rate_limit, client } = command;
    let owner = caller.names().member(member).ok_or(Refusal::NotFound(Thing::Member, member.get()))?;
    may_give(caller.scope().role(), owner.role).map_err(Refusal::Forbidden)?;
    if let Some(client) = client {
        caller.names().client(client).ok_or(Refusal::NotFound(Thing::Client, client.get()))?;
        if owner.client.is_some_and(|own| own != client) {
            let sentence = format!("{} is another client's user: such a key would open nothing", owner.email);
            return Err(FieldError::says("client", sentence).into());
        }
    }
    let (text, hash) = key::generate(caller.scope().account())
        .map_err(|error| Refusal::Internal(format!("the system gives no randomness for a key: {error}")))?;
    let new = NewKey { member, hash, dialect, rate_limit, client, expires_at: None };
    Ok((KeyId(caller.make(services, Op::AddKey(new)).await?), text))
}

/// All keys of the account, revoked ones too.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(caller: &Caller) -> Result<&[ApiKey], Refusal> {
    caller.require(Permission::ManageKeys)?;
    Ok(&caller.names().keys)
}

/// Revokes a key: the next request with it is refused.
///
/// # Errors
/// [`Refusal::NotFound`] for a key that does not exist; the store's.
pub async fn revoke(services: &Services, caller: &Caller, id: KeyId) -> Result<(), Refusal> {
    caller.require(Permission::ManageKeys)?;
    caller.commit_one(services, Op::RevokeKey(id)).await?;
    Ok(())
}
