//! What an action that was refused leaves on the page.

/// What a person typed, and why it was refused: it is shown again.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) notice: Option<String>,
    /// Somebody else has written since: the reply can be sent all the same.
    pub(super) is_overtaken: bool,
    pub(super) reply: String,
    pub(super) note: String,
}
