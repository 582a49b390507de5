//! What a use case changed, with the numbers of the changes in the log: undo takes such a number.

use crewbox_core::id::SeqRange;

/// A result of a use case that changes conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// The result.
    pub value: T,
    /// The numbers of the changes that it committed; none where everything was so already. They are the account's: a
    /// caller who is restricted to a client must not see them, because they tell how much happens for other clients.
    pub changes: SeqRange,
}

impl<T> Changed<T> {
    /// The same changes with another result.
    pub(crate) fn with<U>(self, value: U) -> Changed<U> {
        Changed { value, changes: self.changes }
    }

    /// The result and the changes separately.
    pub fn parts(self) -> (T, SeqRange) {
        (self.value, self.changes)
    }
}

impl<T> std::ops::Deref for Changed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
