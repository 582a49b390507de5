//! Responses that are kept so that a repeated call gets the same one.

/// A call with an idempotency key that was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// Digest of who called, the call and its key.
    pub fingerprint: [u8; 32],
    /// Digest of what was asked for.
    pub asked: [u8; 32],
    /// Its HTTP status.
    pub status: u16,
    /// Its content type, further headers and body, as its caller wrote them; none where they are not kept.
    pub body: Option<Vec<u8>>,
}

impl std::fmt::Debug for StoredResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredResponse").field("status", &self.status).finish_non_exhaustive()
    }
}
