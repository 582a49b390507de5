//! The memory that forms with files take while they are read and sent.
//!
//! Owns the budgets: one of all members together, one of everybody who is not signed in. Who reads a form holds its part for
//! as long as the form is there.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::PageError;
use crate::form::MAX_FORM;

/// Memory that they may take at once: three with as much as one mail can carry.
pub(crate) const ALL_BYTES: usize = 96 * 1024 * 1024;
/// Memory that forms of strangers may take at once: four with as much text as a form may have. They have no files.
const BYTES_OF_STRANGERS: usize = 4 * MAX_FORM;
/// Permits count kibibytes, since a semaphore takes a `u32` of them at a time.
const UNIT: usize = 1024;
/// A form waits this long for room.
const WAIT: Duration = Duration::from_secs(10);

const BUSY: &str = "Too many files are being received: try again in a few seconds";

/// The memory of all forms with files.
#[derive(Debug)]
pub(crate) struct FormMemory {
    members: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

impl Default for FormMemory {
    fn default() -> Self {
        let budget = |bytes: usize| Arc::new(Semaphore::new(bytes / UNIT));
        Self { members: budget(ALL_BYTES), strangers: budget(BYTES_OF_STRANGERS) }
    }
}

impl FormMemory {
    /// Waits for room for so many bytes of a member's form.
    ///
    /// # Errors
    /// 503 where there is none within ten seconds.
    pub(crate) async fn hold(&self, bytes: usize) -> Result<OwnedSemaphorePermit, PageError> {
        Self::of(&self.members, bytes.min(ALL_BYTES)).await
    }

    /// The same for the text of a form whose member is not known.
    ///
    /// # Errors
    /// As [`Self::hold`].
    pub(crate) async fn hold_of_stranger(&self, bytes: usize) -> Result<OwnedSemaphorePermit, PageError> {
        Self::of(&self.strangers, bytes.min(MAX_FORM)).await
    }

    async fn of(budget: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, PageError> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let taken = timeout(WAIT, Arc::clone(budget).acquire_many_owned(units)).await;
        let busy = || PageError::Form(StatusCode::SERVICE_UNAVAILABLE, BUSY);
        taken.ok().and_then(Result::ok).ok_or_else(busy)
    }
}
