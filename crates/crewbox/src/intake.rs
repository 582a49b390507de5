//! Opens the way into the store for mail, for a server and for the commands that import.
//!
//! Turns a refusal by the system into a sentence; holds no rule.

use crewbox_mail::intake::Intake;
use crewbox_store::Store;

use crate::failure::Failure;

/// The way into the store for mail, with its reader threads.
///
/// # Errors
/// When the system gives no threads to read on.
pub(crate) fn open(store: Store) -> Result<Intake, Failure> {
    Intake::new(store).map_err(|error| Failure::failed(format!("no threads to read mail on: {error}")))
}
