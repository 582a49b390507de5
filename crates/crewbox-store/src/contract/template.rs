//! Templates that members write.

use crewbox_core::id::{ClientId, TemplateId};

/// A template to save.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// The template that it replaces, whose author and client stay; none for a new one.
    pub id: Option<TemplateId>,
    /// Its name, which no other template of its author and client has.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The client whose own members may see it; none for the team's only.
    pub client: Option<ClientId>,
    /// Whether others see it, too.
    pub shared: bool,
    /// How many a member may have.
    pub most: u64,
}
