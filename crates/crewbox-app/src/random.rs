//! Where random bytes come from: the binary hands in the system's source, a test one that repeats.

use std::sync::Arc;

use crate::refusal::Refusal;

/// Fills the bytes.
type Fill = dyn Fn(&mut [u8]) -> Result<(), String> + Send + Sync;

/// A source of random bytes. Cheap to clone.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

impl Random {
    /// A source that fills bytes by this function, or says why it cannot.
    #[must_use]
    pub fn new(fill: impl Fn(&mut [u8]) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// Random bytes.
    pub(crate) fn bytes<const COUNT: usize>(&self) -> Result<[u8; COUNT], Refusal> {
        let mut bytes = [0; COUNT];
        (self.0)(&mut bytes)
            .map_err(|error| Refusal::Internal(format!("there are no random bytes: {error}")))?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Random").finish_non_exhaustive()
    }
}
