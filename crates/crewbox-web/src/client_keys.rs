//! API keys that are restricted to a client. They belong to the member who makes them.

use crewbox_app::key;
use crewbox_core::id::{ClientId, KeyId};
use crewbox_core::model::ApiKey;

use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::{input, output, query};
use crate::error::ApiError;
use crate::handler::{Body, Filters, Path};
use crate::object::At;
use crate::value::{FromZero, MAX_NAME, NonBlank, Nullable, Trimmed, wire_names};

input! {
    /// A key to make.
    pub(crate) struct NewClientKey {
        /// The client that it is restricted to.
        client_id as "clientId": ClientId,
        /// What people call it.
        key_name as "keyName": NonBlank<MAX_NAME>,
    }
}

input! {
    /// A key to revoke.
    pub(crate) struct WhichKey {
        /// Its id.
        id: KeyId,
    }
}

/// Whether a key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyStatus {
    Active,
    Inactive,
}

wire_names!(KeyStatus { Active = "active", Inactive = "inactive" });

query! {
    /// Which keys.
    pub(crate) struct WhichKeys {
        /// Only keys of this client.
        client_id as "clientId": Option<FromZero>,
        /// Only keys that are accepted, or that are not.
        status: Option<KeyStatus>,
        /// Only keys whose name holds this.
        key_name as "keyName": Option<Trimmed<MAX_NAME>>,
    }
}

output! {
    /// A key, without its text.
    pub(crate) struct ClientKey {
        /// Its id.
        id: KeyId,
        /// The client that it is restricted to.
        client_id as "clientId": Nullable<ClientId>,
        /// What people call it.
        key_name as "keyName": Nullable<String>,
        /// Whether it is accepted.
        status: KeyStatus,
        /// When it was made.
        created_at: At,
        /// When it was last used, to the hour; null for never.
        last_used_at: Nullable<At>,
    }
}

output! {
    /// A key with its text, which is shown this once.
    pub(crate) struct ClientKeyText {
        /// Its id.
        id: KeyId,
        /// The client that it is restricted to.
        client_id as "clientId": Nullable<ClientId>,
        /// What people call it.
        key_name as "keyName": Nullable<String>,
        /// Its text.
        api_key as "apiKey": String,
    }
}

/// POST `/client/api-key`.
pub(crate) async fn create(
    call: SignedCall,
    Body(new): Body<NewClientKey>,
) -> Result<Success<ClientKeyText>, ApiError> {
    let name = new.key_name.0;
    let (services, caller) = (call.services(), call.caller());
    let (id, api_key) =
        key::create_for_client(services, &caller, new.client_id, name.clone(), call.dialect()).await?;
    let client_id = Nullable(Some(new.client_id));
    let data = ClientKeyText { id, client_id, key_name: Nullable(Some(name)), api_key };
    Ok(Success { message: "API key created successfully", data })
}

/// GET `/client/api-key`.
pub(crate) async fn list(
    call: SignedCall,
    Filters(which): Filters<WhichKeys>,
) -> Result<Success<Vec<ClientKey>>, ApiError> {
    let caller = call.caller();
    let wanted = which.key_name.map(|name| name.0.to_lowercase());
    let has_name = |key: &&ApiKey| {
        let name = key.name.as_ref().map(|name| name.to_lowercase()).unwrap_or_default();
        wanted.as_ref().is_none_or(|wanted| name.contains(wanted))
    };
    let of_client = |key: &&ApiKey| {
        let client = which.client_id.map(|id| ClientId(id.0));
        client.is_none() || key.client == client
    };
    let keys = key::of_clients(&caller)?.into_iter().filter(has_name).filter(of_client);
    let shown = keys.map(|key| shown(&call, key));
    let data = shown.filter(|key| which.status.is_none_or(|status| status == key.status)).collect();
    Ok(Success { message: "API keys of the clients", data })
}

fn shown(call: &SignedCall, key: &ApiKey) -> ClientKey {
    let has_ended = |at: Option<_>| at.is_some_and(|at| at <= call.now);
    let is_over = has_ended(key.revoked_at) || has_ended(key.expires_at);
    let seen = call.app.0.key_uses.last(call.scope().account(), key.id).max(key.used_at);
    ClientKey {
        id: key.id,
        client_id: key.client.into(),
        key_name: key.name.clone().into(),
        status: if is_over { KeyStatus::Inactive } else { KeyStatus::Active },
        created_at: call.at(key.created_at),
        last_used_at: seen.map(|at| call.at(at)).into(),
    }
}

/// DELETE `/client/api-key/{id}`.
pub(crate) async fn revoke(
    call: SignedCall,
    Path(id): Path<KeyId>,
) -> Result<Success<&'static str>, ApiError> {
    revoked(&call, id).await
}

/// DELETE `/client/api-key`.
pub(crate) async fn revoke_named(
    call: SignedCall,
    Body(which): Body<WhichKey>,
) -> Result<Success<&'static str>, ApiError> {
    revoked(&call, which.id).await
}

async fn revoked(call: &SignedCall, id: KeyId) -> Result<Success<&'static str>, ApiError> {
    key::revoke_of_client(call.services(), &call.caller(), id).await?;
    Ok(Success { message: "API key deleted successfully", data: "success" })
}

/// PUT `/client/api-key/reset/{id}`.
pub(crate) async fn reset(
    call: SignedCall,
    Path(id): Path<KeyId>,
) -> Result<Success<ClientKeyText>, ApiError> {
    let caller = call.caller();
    let api_key = key::reset_of_client(call.services(), &caller, id).await?;
    let key = caller.names().keys.iter().find(|key| key.id == id);
    let (client, name) = key.map_or((None, None), |key| (key.client, key.name.clone()));
    let data = ClientKeyText { id, client_id: client.into(), key_name: name.into(), api_key };
    Ok(Success { message: "API key reset successfully", data })
}
