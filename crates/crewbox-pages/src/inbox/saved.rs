//! Saved views: lists that members keep under a name. Each is a place of the inbox, so that it has an address, counts and
//! chips as every other list.

use crewbox_app::Refusal;
use crewbox_app::saved_view;
use crewbox_core::permission::{Permission, may_change};
use crewbox_core::saved_view::SavedView;

use super::kept::Kept;
use super::place::Place;
use crate::app::Pages;
use crate::guard::Visitor;

/// The verb of the form, by which a refused one is shown again.
pub(super) const VERB: &str = "view";

/// The form of a list: to save it as a view, or to change the view that it is.
pub(super) struct SavedForm {
    pub(super) action: String,
    /// The view that the list is; none for a list that is not saved.
    pub(super) id: Option<u64>,
    pub(super) name: String,
    pub(super) is_shared: bool,
    pub(super) error: Option<String>,
    pub(super) token: String,
}

impl SavedForm {
    /// The form of a list, which `here` is the saved view of. None for a view as the sidebar shows it, and for a member who may
    /// not save or not change it.
    pub(super) fn of(
        visitor: &Visitor,
        place: &Place,
        here: Option<&SavedView>,
        kept: Option<&Kept>,
    ) -> Option<Self> {
        let (caller, scope) = (&visitor.caller, visitor.caller.scope());
        let is_worth_saving = here.is_some() || !place.is_list_of(&Place::of(place.view));
        if !is_worth_saving || caller.require(Permission::Triage).is_err() {
            return None;
        }
        if let Some(here) = here {
            may_change(scope.actor(), scope.role(), scope.client().is_some(), here.author).ok()?;
        }
        let typed = kept.filter(|kept| kept.verb == VERB);
        let query = place.at_page(1).query();
        Some(Self {
            action: format!("/views/{}?{query}", place.view.path),
            id: here.map(|view| view.id.get()),
            name: match (typed, here) {
                (Some(kept), _) => kept.form.get("name").to_owned(),
                (None, Some(view)) => view.name.clone(),
                (None, None) => String::new(),
            },
            is_shared: match typed {
                Some(kept) => !kept.form.get("shared").is_empty(),
                None => here.is_some_and(|view| view.shared),
            },
            error: typed.and_then(|kept| kept.notice.clone()),
            token: visitor.token.clone(),
        })
    }
}

/// The saved views that a member sees, each with its place; none for whoever may not see any.
pub(super) async fn all(pages: &Pages, visitor: &Visitor) -> Result<Vec<(SavedView, Place)>, Refusal> {
    let views = match saved_view::saved_views(&pages.services, &visitor.caller).await {
        Err(Refusal::Forbidden(_)) => Vec::new(),
        other => other?,
    };
    Ok(views
        .into_iter()
        .map(|view| {
            let place = Place::of_list(&view.list);
            (view, place)
        })
        .collect())
}
