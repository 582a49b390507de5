//! Crash points: named places where a test makes the process die, to check what is left behind.
//!
//! Owns how a point is chosen, by environment variables; each crate lists its own points. Without the feature
//! `crash-points`, as in every release, each function here is empty and the variables are not read.
//! With it, `CREWBOX_CRASH="name:hit"` aborts the process when the point of that name is reached for the `hit`th
//! time, at once and without any clean-up, as a power cut does; `CREWBOX_CRASH_ON_SUBJECT="marker"` aborts it
//! whenever a mail is read whose subject contains the marker, as a mail does that crashes every reader.

/// Aborts the process if a test chose this point and this is the chosen hit.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub const fn point(_name: &'static str) {}

/// Aborts the process if the subject contains the marker that a test set.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub const fn on_subject(_subject: &str) {}

/// The marker in subjects that a test set.
#[cfg(not(feature = "crash-points"))]
#[must_use]
pub const fn subject_marker() -> Option<&'static str> {
    None
}

#[cfg(feature = "crash-points")]
pub use chosen::{on_subject, point, subject_marker};

#[cfg(feature = "crash-points")]
mod chosen;
