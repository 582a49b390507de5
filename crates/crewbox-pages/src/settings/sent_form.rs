//! A form that is sent twice, by a second click or because its answer did not arrive: the second one changes nothing and
//! leads to where the first did.
//!
//! Owns when two forms are the same one. The answers are kept by [`crate::once`].

use crewbox_core::id::SessionId;

use crate::app::Pages;
use crate::digest::digest;
use crate::form::Form;
use crate::guard::Visitor;

const NUL: &[u8] = b"\0";

/// A form that a session has sent.
pub(super) struct SentForm {
    session: SessionId,
    /// Of its page and all of its fields. The token among them is another one on each page that is shown, so that the same
    /// values typed into another page are another form.
    key: String,
}

impl SentForm {
    /// A form of the page at this path.
    pub(super) fn of(pages: &Pages, visitor: &Visitor, path: &str, form: &Form) -> Self {
        let mut parts = vec![path.as_bytes()];
        for (name, value) in form.fields() {
            parts.extend([NUL, name.as_bytes(), NUL, value.as_bytes()]);
        }
        Self { session: visitor.session, key: digest(&pages.form_key, &parts) }
    }

    /// Where it led when it came before.
    pub(super) fn answer(&self, pages: &Pages) -> Option<String> {
        pages.once.answer(self.session, &self.key)
    }

    /// Keeps where it leads.
    pub(super) fn keep(&self, pages: &Pages, to: &str) {
        pages.once.keep(self.session, &self.key, to);
    }
}
