//! How many figures are added up at once: each reads what happened in a period, which in a large account keeps a
//! processor busy for a second.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::refusal::Refusal;

/// Figures added up at once in the process. Lists and actions have the other processors.
const MOST_AT_ONCE: usize = 2;
/// How long a request waits for the others.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

static TURNS: Semaphore = Semaphore::const_new(MOST_AT_ONCE);

/// Waits until others are done.
///
/// # Errors
/// [`Refusal::Unavailable`] where that takes too long.
pub(super) async fn turn() -> Result<SemaphorePermit<'static>, Refusal> {
    let busy = Refusal::Unavailable("Other figures are being added up: ask again in a moment");
    match timeout(LONGEST_WAIT, TURNS.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(_)) | Err(_) => Err(busy),
    }
}
