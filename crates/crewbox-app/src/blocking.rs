//! Work that keeps a thread busy, such as parsing a mail: it runs on threads that answer no request.

use crate::refusal::Refusal;

/// Does the work; its result.
///
/// # Errors
/// [`Refusal::Internal`] when it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Refusal::Internal(format!("work on another thread did not end: {error}")))
}
