//! API keys: making, listing and revoking them. The store holds only a hash of a key, so its text is shown once.

use crewbox_core::id::{ClientId, KeyId, MemberId};
use crewbox_core::model::{ApiKey, Dialect, KeyLevel, RateLimit};
use crewbox_core::permission::{Permission, may_give};
use crewbox_core::time::Timestamp;
use crewbox_store::{NewKey, Op, Thing, key};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// A key to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateKey {
    /// The member whose it is.
    pub member: MemberId,
    /// How answers look.
    pub dialect: Dialect,
    /// How many requests it may make; none for no limit.
    pub rate_limit: Option<RateLimit>,
    /// The client that it is restricted to.
    pub client: Option<ClientId>,
    /// How much it allows.
    pub level: KeyLevel,
    /// Whether an agent that uses it over MCP may send; otherwise it writes drafts.
    pub mcp_send: bool,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
    /// What people call it.
    pub name: Option<String>,
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
    let CreateKey { member, dialect, rate_limit, client, level, mcp_send, expires_at, name } = command;
    let owner = caller.names().member(member).ok_or(Refusal::NotFound(Thing::Member, member.get()))?;
    may_give(caller.scope().role(), owner.role).map_err(Refusal::Forbidden)?;
    if let Some(client) = client {
        caller.names().client(client).ok_or(Refusal::NotFound(Thing::Client, client.get()))?;
        if owner.client.is_some_and(|own| own != client) {
            let sentence = format!("{} is another client's user: such a key would open nothing", owner.email);
            return Err(FieldError::says("client", sentence).into());
        }
    }
    if expires_at.is_some_and(|at| at <= caller.now()) {
        return Err(FieldError::of("expires_at", "must be in the future").into());
    }
    let (text, hash) = generate(caller)?;
    let new = NewKey { member, hash, dialect, rate_limit, client, expires_at, name, level, mcp_send };
    Ok((KeyId(caller.make(services, Op::AddKey(new)).await?), text))
}

/// A new text and its hash.
fn generate(caller: &Caller) -> Result<(String, [u8; 32]), Refusal> {
    key::generate(caller.scope().account())
        .map_err(|error| Refusal::Internal(format!("the system gives no randomness for a key: {error}")))
}

/// Makes a key that is restricted to a client, in the name of the caller, with the caller's dialect; its id and its text.
///
/// # Errors
/// As [`create`]; [`Refusal::NoMatch`] for the operator, who is no member.
pub async fn create_for_client(
    services: &Services,
    caller: &Caller,
    client: ClientId,
    name: String,
    dialect: Dialect,
) -> Result<(KeyId, String), Refusal> {
    caller.require(Permission::ManageKeys)?;
    let member = caller.scope().actor();
    let member = member.ok_or_else(|| Refusal::NoMatch("The caller is not a member".to_owned()))?;
    let command = CreateKey {
        member,
        dialect,
        rate_limit: None,
        client: Some(client),
        level: KeyLevel::Manage,
        mcp_send: false,
        expires_at: None,
        name: Some(name),
    };
    create(services, caller, command).await
}

/// The keys that are restricted to clients, revoked ones too.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn of_clients(caller: &Caller) -> Result<Vec<&ApiKey>, Refusal> {
    caller.require(Permission::ManageKeys)?;
    Ok(caller.names().keys.iter().filter(|key| key.client.is_some()).collect())
}

/// A key that is restricted to a client.
fn client_key(caller: &Caller, id: KeyId) -> Result<&ApiKey, Refusal> {
    let found = caller.names().keys.iter().find(|key| key.id == id && key.client.is_some());
    found.ok_or(Refusal::NotFound(Thing::Key, id.get()))
}

/// Revokes a key that is restricted to a client.
///
/// # Errors
/// [`Refusal::NotFound`] for another key; the store's.
pub async fn revoke_of_client(services: &Services, caller: &Caller, id: KeyId) -> Result<(), Refusal> {
    caller.require(Permission::ManageKeys)?;
    let id = client_key(caller, id)?.id;
    revoke(services, caller, id).await
}

/// Gives a key that is restricted to a client another text, which is shown once; the one before is no longer accepted.
///
/// # Errors
/// [`Refusal::NotFound`] for another key; [`Refusal::Conflict`] for a revoked one; the store's.
pub async fn reset_of_client(services: &Services, caller: &Caller, id: KeyId) -> Result<String, Refusal> {
    caller.require(Permission::ManageKeys)?;
    let key = client_key(caller, id)?.id;
    let (text, hash) = generate(caller)?;
    caller.commit_one(services, Op::ResetKey { key, hash }).await?;
    Ok(text)
}

/// Notes when keys were last used. The server does this by itself, as the operator.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn note_uses(
    services: &Services,
    caller: &Caller,
    uses: &[(KeyId, Timestamp)],
) -> Result<(), Refusal> {
    caller.require(Permission::ManageKeys)?;
    let ops = uses.iter().map(|(key, at)| Op::UseKey { key: *key, at: *at }).collect();
    caller.commit(services, ops).await?;
    Ok(())
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
