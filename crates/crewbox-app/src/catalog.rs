//! What conversations are named and sorted by: categories, tags and clients.

use crewbox_core::id::{CategoryId, ClientId, TagId};
use crewbox_core::model::Sentiment;
use crewbox_core::permission::Permission;
use crewbox_store::Op;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Makes a lead category.
///
/// # Errors
/// [`Refusal::Conflict`] for a name that is taken; the store's.
pub async fn create_category(
    services: &Services,
    caller: &Caller,
    name: String,
    sentiment: Sentiment,
) -> Result<CategoryId, Refusal> {
    caller.require(Permission::ManageCategories)?;
    Ok(caller.make(services, Op::AddCategory { name, sentiment }).await?.into())
}

/// Makes a tag, or finds the one of this name.
///
/// # Errors
/// The store's.
pub async fn create_tag(services: &Services, caller: &Caller, name: String) -> Result<TagId, Refusal> {
    caller.require(Permission::ManageTags)?;
    Ok(TagId(caller.make(services, Op::AddTag { name }).await?))
}

/// Makes a client with its contact address.
///
/// # Errors
/// The store's.
pub async fn create_client(
    services: &Services,
    caller: &Caller,
    name: String,
    email: String,
) -> Result<ClientId, Refusal> {
    caller.require(Permission::ManageClients)?;
    Ok(ClientId(caller.make(services, Op::AddClient { name, email }).await?))
}
