//! Saved views: lists that members keep under a name, for themselves or for the team.

use crewbox_core::id::{ClientId, SavedViewId};
use crewbox_core::permission::{Permission, may_change};
use crewbox_core::saved_view::{SavedList, SavedView};
use crewbox_store::contract::{NewSavedView, SavedViewChange};
use crewbox_store::{Op, Outcome};

use crate::caller::Caller;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// Characters of a view's name: a line of the sidebar.
pub const MAX_SAVED_VIEW_NAME: usize = 100;
/// Views that a member may have: more than anybody looks through.
pub const MAX_SAVED_VIEWS: u64 = 100;

/// A view to save.
#[derive(Clone, Debug)]
pub struct SaveView {
    /// Its name. The member's view of this name is replaced.
    pub name: String,
    /// The client whose own members and keys may see it, beside the team; a caller who is restricted to a client saves for
    /// this client.
    pub client: Option<ClientId>,
    /// Whether the others of the account see it, too.
    pub shared: bool,
    /// The list, as a list call may have it.
    pub list: SavedList,
}

/// The caller's own views and those that others share, oldest first.
///
/// # Errors
/// The store's.
pub async fn saved_views(services: &Services, caller: &Caller) -> Result<Vec<SavedView>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().saved_views(caller.scope()).await?)
}

/// One of them.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see, or that was deleted; the store's.
pub async fn saved_view(services: &Services, caller: &Caller, id: SavedViewId) -> Result<SavedView, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().saved_view(caller.scope(), id).await?)
}

/// Saves a view; the view.
///
/// # Errors
/// [`Refusal::Invalid`] for a name that is blank, longer than [`MAX_SAVED_VIEW_NAME`] or has control characters, and for an
/// order that the list does not have; [`Refusal::NotFound`] for a client that the caller does not see; [`Refusal::Conflict`] where the member has [`MAX_SAVED_VIEWS`]; the store's.
pub async fn save(services: &Services, caller: &Caller, command: SaveView) -> Result<SavedView, Refusal> {
    caller.require(Permission::Triage)?;
    let SaveView { name, client, shared, list } = command;
    let client = client.or(caller.scope().client());
    let name = name.trim().to_owned();
    let mut wrong: Vec<FieldError> = name_error(&name).into_iter().collect();
    if list.sort.is_some_and(|sort| !list.view.base().sorts.contains(&sort)) {
        wrong.push(FieldError::of("sortBy", "is not an order of this list"));
    }
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    let new = NewSavedView { name, client, shared, list, most: MAX_SAVED_VIEWS };
    match caller.commit_one(services, Op::SaveView(Box::new(new))).await? {
        Outcome::Id(id) => Ok(services.store().saved_view(caller.scope(), SavedViewId(id)).await?),
        Outcome::Count(_) => {
            Err(Refusal::Conflict(format!("You have {MAX_SAVED_VIEWS} saved views, which is the limit")))
        }
        other => Err(Refusal::Internal(format!("saving a view gave {other:?}"))),
    }
}

/// What is wrong with a trimmed name; none where nothing is.
fn name_error(name: &str) -> Option<FieldError> {
    let given = name.chars().count();
    if name.is_empty() {
        Some(FieldError::of("name", "must not be empty"))
    } else if given > MAX_SAVED_VIEW_NAME {
        let error = FieldError::of("name", format!("cannot exceed {MAX_SAVED_VIEW_NAME} characters"));
        Some(error.given(Given::Count { given, most: MAX_SAVED_VIEW_NAME }))
    } else if name.chars().any(char::is_control) {
        Some(FieldError::of("name", "must not have control characters"))
    } else {
        None
    }
}

/// Gives a view another name, and shares it or takes it back from the others. Its id, list and order stay.
///
/// # Errors
/// [`Refusal::Invalid`] for a name that [`save`] refuses; [`Refusal::Conflict`] for the name of another view of the same
/// member; [`Refusal::NotFound`] for a view that the caller does not see; [`Refusal::Forbidden`] for another member's,
/// unless the caller manages the account; the store's.
pub async fn change(
    services: &Services,
    caller: &Caller,
    id: SavedViewId,
    name: &str,
    shared: bool,
) -> Result<(), Refusal> {
    caller.require(Permission::Triage)?;
    require_author(services, caller, id).await?;
    let name = name.trim().to_owned();
    if let Some(error) = name_error(&name) {
        return Err(error.into());
    }
    let change = SavedViewChange { id, name, shared };
    match caller.commit_one(services, Op::ChangeSavedView(Box::new(change))).await? {
        Outcome::Id(changed) if changed == id.get() => Ok(()),
        Outcome::Id(_) => Err(Refusal::Conflict("Another saved view has this name".to_owned())),
        other => Err(Refusal::Internal(format!("changing a view gave {other:?}"))),
    }
}

/// A view that the caller may change.
async fn require_author(services: &Services, caller: &Caller, id: SavedViewId) -> Result<SavedView, Refusal> {
    let scope = caller.scope();
    let held = services.store().saved_view(scope, id).await?;
    may_change(scope.actor(), scope.role(), scope.client().is_some(), held.author)
        .map_err(Refusal::Forbidden)?;
    Ok(held)
}

/// Deletes a view; the view as it was.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; [`Refusal::Forbidden`] for another member's, unless the
/// caller manages the account; the store's.
pub async fn delete(services: &Services, caller: &Caller, id: SavedViewId) -> Result<SavedView, Refusal> {
    caller.require(Permission::Triage)?;
    let held = require_author(services, caller, id).await?;
    caller.commit_one(services, Op::DeleteSavedView(id)).await?;
    Ok(held)
}

#[cfg(test)]
mod tests {
    use crewbox_core::list_filter::ListFilter;
    use crewbox_core::view::{Sort, View};
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    fn command(name: &str, shared: bool) -> SaveView {
        let filters = ListFilter { read: Some(false), ..ListFilter::default() };
        let list = SavedList { view: View::Inbox, filters, sort: Some(Sort::SentTimeDesc) };
        SaveView { name: name.to_owned(), client: None, shared, list }
    }

    #[tokio::test]
    async fn a_view_is_saved_once_by_its_name_and_is_there_after_a_restart() {
        let account = TestAccount::new().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        let head = async || account.store.head(&account.operator).await.unwrap().seq.0;
        let before = head().await;
        let made = save(&services, &caller, command(" Unread ", false)).await.unwrap();
        assert_eq!((made.name.as_str(), made.author), ("Unread", Some(account.owner)));
        assert_eq!(save(&services, &caller, command("Unread", false)).await.unwrap(), made);
        assert_eq!(head().await, before + 1, "the same again is no change");
        let shared = save(&services, &caller, command("Unread", true)).await.unwrap();
        assert_eq!(shared, SavedView { shared: true, ..made });
        let account = account.reopened().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        assert_eq!(saved_views(&services, &caller).await.unwrap(), std::slice::from_ref(&shared));
        let operator = Caller::operator(&account.store, account.operator, NOW).await.unwrap();
        assert_eq!(saved_view(&services, &operator, shared.id).await.unwrap(), shared);
        delete(&services, &caller, shared.id).await.unwrap();
        let gone = saved_view(&services, &caller, shared.id).await;
        assert!(matches!(gone, Err(Refusal::NotFound(..))), "{gone:?}");
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }

    #[tokio::test]
    async fn a_view_keeps_its_id_and_list_under_another_name_that_no_other_view_has() {
        let account = TestAccount::new().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        let first = save(&services, &caller, command("First", false)).await.unwrap();
        let second = save(&services, &caller, command("Second", false)).await.unwrap();
        change(&services, &caller, first.id, " Renamed ", true).await.unwrap();
        let renamed = SavedView { name: "Renamed".to_owned(), shared: true, ..first.clone() };
        assert_eq!(saved_view(&services, &caller, first.id).await.unwrap(), renamed);
        let taken = change(&services, &caller, second.id, "Renamed", false).await;
        assert!(matches!(taken, Err(Refusal::Conflict(_))), "{taken:?}");
        let blank = change(&services, &caller, second.id, " ", false).await;
        assert!(matches!(blank, Err(Refusal::Invalid(_))), "{blank:?}");
        assert_eq!(saved_views(&services, &caller).await.unwrap(), [renamed, second]);
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }

    #[tokio::test]
    async fn a_wrong_view_is_refused_with_all_that_is_wrong() {
        let account = TestAccount::new().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        let mut wrong = command(" ", false);
        wrong.list.sort = Some(Sort::ReminderTimeAsc);
        let refused = save(&services, &caller, wrong).await;
        let Err(Refusal::Invalid(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["name", "sortBy"]);
        for number in 0..MAX_SAVED_VIEWS {
            save(&services, &caller, command(&format!("View {number}"), false)).await.unwrap();
        }
        let full = save(&services, &caller, command("One more", false)).await;
        assert!(matches!(full, Err(Refusal::Conflict(_))), "{full:?}");
        account.store.close().await;
    }
}
