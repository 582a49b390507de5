//! The clients of an agency: making, changing and listing them.

use crewbox_app::catalog;
use crewbox_core::id::ClientId;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::At;
use crate::value::{MAX_NAME, NonBlank};

input! {
    /// A client to make, or to change.
    pub(crate) struct NewClient {
        /// The client to change; a new one unless given.
        id: Option<ClientId>,
        /// Its name.
        name: NonBlank<MAX_NAME>,
        /// Contact address, which no other client has.
        email: NonBlank<MAX_NAME>,
    }
}

output! {
    /// A client that was made or changed.
    pub(crate) struct ClientSaved {
        /// Always true.
        ok: bool,
        /// Its id.
        client_id as "clientId": ClientId,
        /// Its name.
        name: String,
        /// Contact address.
        email: String,
    }
}

output! {
    /// A client.
    pub(crate) struct Client {
        /// Its id.
        id: ClientId,
        /// Its name.
        name: String,
        /// Contact address.
        email: String,
        /// When it was made.
        created_at: At,
    }
}

/// POST `/client/save`.
pub(crate) async fn save(
    call: SignedCall,
    Body(new): Body<NewClient>,
) -> Result<Json<ClientSaved>, ApiError> {
    let (name, email) = (new.name.0, new.email.0);
    let (services, caller) = (call.services(), call.caller());
    let client_id = match new.id {
        Some(id) => {
            catalog::change_client(services, &caller, id, name.clone(), email.clone()).await?;
            id
        }
        None => catalog::create_client(services, &caller, name.clone(), email.clone()).await?,
    };
    Ok(Json(ClientSaved { ok: true, client_id, name, email }))
}

/// GET `/client/`.
pub(crate) async fn list(call: SignedCall) -> Result<Json<Vec<Client>>, ApiError> {
    let caller = call.caller();
    let clients = catalog::clients(&caller)?.into_iter().map(|client| Client {
        id: client.id,
        name: client.name.clone(),
        email: client.email.clone(),
        created_at: call.at(client.created_at),
    });
    Ok(Json(clients.collect()))
}
