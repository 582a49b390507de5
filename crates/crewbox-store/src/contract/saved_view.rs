//! Views that members save.

use crewbox_core::id::{ClientId, SavedViewId};
use crewbox_core::saved_view::SavedList;

/// A view to save.
#[derive(Clone, Debug)]
pub struct NewSavedView {
    /// Its name. Another view of this name, of the same member and for the same client, is replaced.
    pub name: String,
    /// The client whose own members and keys may see it; none for the team's only.
    pub client: Option<ClientId>,
    /// Whether others see it, too.
    pub shared: bool,
    /// The list.
    pub list: SavedList,
    /// How many a member may have.
    pub most: u64,
}

/// What changes of a saved view.
#[derive(Clone, Debug)]
pub struct SavedViewChange {
    /// Which view.
    pub id: SavedViewId,
    /// Its name from now on.
    pub name: String,
    /// Whether others see it, too.
    pub shared: bool,
}
