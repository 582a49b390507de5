//! What conversations are named and sorted by: categories, tags and clients.

use crewbox_core::id::{CategoryId, ClientId, TagId};
use crewbox_core::model::{Category, Client, Sentiment, Tag};
use crewbox_core::permission::Permission;
use crewbox_store::Op;

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// The lead categories that the caller sees ([`Caller::category`]).
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn categories(caller: &Caller) -> Result<Vec<&Category>, Refusal> {
    caller.require(Permission::ReadCategories)?;
    let categories = caller.names().categories.iter();
    Ok(categories.filter(|category| caller.sees_category(category)).collect())
}

/// The tags that the caller sees ([`Caller::tag`]).
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn tags(caller: &Caller) -> Result<Vec<&Tag>, Refusal> {
    caller.require(Permission::ReadTags)?;
    Ok(caller.names().tags.iter().filter(|tag| caller.sees_tag(tag)).collect())
}

/// The clients that the caller sees: all, or the one that the caller is restricted to.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn clients(caller: &Caller) -> Result<Vec<&Client>, Refusal> {
    caller.require(Permission::ReadClients)?;
    let scope = caller.scope();
    Ok(caller.names().clients.iter().filter(|client| scope.sees(Some(client.id))).collect())
}

/// Makes a lead category.
///
/// # Errors
/// [`Refusal::Invalid`] for the name of another one, in capitals or not: people choose by it; the store's.
pub async fn create_category(
    services: &Services,
    caller: &Caller,
    name: String,
    sentiment: Sentiment,
) -> Result<CategoryId, Refusal> {
    caller.require(Permission::ManageCategories)?;
    let folded = name.to_lowercase();
    if categories(caller)?.into_iter().any(|other| other.name.to_lowercase() == folded) {
        return Err(FieldError::says("name", format!("`{name}` exists already")).into());
    }
    Ok(caller.make(services, Op::AddCategory { name, sentiment }).await?.into())
}

/// The colour of a tag that was made without one.
pub const DEFAULT_TAG_COLOR: &str = "#6B7280";

/// The colour of a tag as people give it, in upper case: `#` and six hexadecimal digits. None for any other text.
#[must_use]
pub fn tag_color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?;
    let is_color = digits.len() == 6 && digits.bytes().all(|one| one.is_ascii_hexdigit());
    is_color.then(|| text.to_ascii_uppercase())
}

/// Makes a tag, or finds the one of this name. It gets the colour, if one is given.
///
/// # Errors
/// The store's.
pub async fn create_tag(
    services: &Services,
    caller: &Caller,
    name: String,
    color: Option<String>,
) -> Result<TagId, Refusal> {
    caller.require(Permission::ManageTags)?;
    Ok(TagId(caller.make(services, Op::SaveTag { tag: None, name, color }).await?))
}

/// Renames a tag and changes its colour.
///
/// # Errors
/// [`Refusal::NotFound`] for a tag that does not exist; [`Refusal::Conflict`] for a name that another tag has; the store's.
pub async fn change_tag(
    services: &Services,
    caller: &Caller,
    tag: TagId,
    name: String,
    color: Option<String>,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageTags)?;
    caller.commit_one(services, Op::SaveTag { tag: Some(tag), name, color }).await?;
    Ok(())
}

/// Makes a client with its contact address.
///
/// # Errors
/// [`Refusal::Conflict`] for the address of another client; the store's.
pub async fn create_client(
    services: &Services,
    caller: &Caller,
    name: String,
    email: String,
) -> Result<ClientId, Refusal> {
    caller.require(Permission::ManageClients)?;
    Ok(ClientId(caller.make(services, Op::AddClient { name, email }).await?))
}

/// Changes a client's name and contact address.
///
/// # Errors
/// [`Refusal::NotFound`] for a client that does not exist; [`Refusal::Conflict`] for the address of another one; the
/// store's.
pub async fn change_client(
    services: &Services,
    caller: &Caller,
    client: ClientId,
    name: String,
    email: String,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageClients)?;
    caller.commit_one(services, Op::ChangeClient { client, name, email }).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(tag_color("#ff57a3").as_deref(), Some("#FF57A3"));
        assert_eq!(tag_color(DEFAULT_TAG_COLOR).as_deref(), Some(DEFAULT_TAG_COLOR));
        for wrong in ["", "#", "ff57a3", "#ff57a", "#ff57a33", "#gg57a3", "# f57a3", "#ééé", "red"] {
            assert_eq!(tag_color(wrong), None, "{wrong}");
        }
    }
}
