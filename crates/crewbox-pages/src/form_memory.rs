//! The memory that forms with files take while they are read and sent, of all members together.
//!
//! Owns that budget. Who reads a form holds its part for as long as the form is there.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::PageError;

/// Memory that they may take at once: three with as much as one mail can carry.
pub(crate) const ALL_BYTES: usize = 96 * 1024 * 1024;
/// Permits count kibibytes, since a semaphore takes a `u32` of them at a time.
const UNIT: usize = 1024;
/// A form waits this long for room.
const WAIT: Duration = Duration::from_secs(10);

const BUSY: &str = "Too many files are being received: try again in a few seconds";

/// The memory of the forms with files of all members.
#[derive(Debug)]
pub(crate) struct FormMemory(Arc<Semaphore>);

impl Default for FormMemory {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_BYTES / UNIT)))
    }
}

impl FormMemory {
    /// Waits for room for this many bytes.
    ///
    /// # Errors
    /// 503 where there is none within ten seconds.
    pub(crate) async fn hold(&self, bytes: usize) -> Result<OwnedSemaphorePermit, PageError> {
        let units = u32::try_from(bytes.min(ALL_BYTES).div_ceil(UNIT)).unwrap_or(u32::MAX);
        let taken = timeout(WAIT, Arc::clone(&self.0).acquire_many_owned(units)).await;
        let busy = || PageError::Form(StatusCode::SERVICE_UNAVAILABLE, BUSY);
        taken.ok().and_then(Result::ok).ok_or_else(busy)
    }
}
