//! Bodies that are checked as a whole: what a use case finds wrong with the values is reported together with what is
//! missing or could not be read.
//!
//! Owns the order of these steps. What is wrong with a value is the use case's.

use std::marker::PhantomData;

use crewbox_app::{Caller, FieldError, Refusal};

use crate::call::{Call, SignedCall};
use crate::declare::Input;
use crate::describe::Description;
use crate::error::ApiError;
use crate::handler::{Body, Part};
use crate::problem::Problems;
use crate::schema::Components;

/// A body with values that a use case checks. Its keys are optional, nullable or [required](crate::declare::Required),
/// so that one that is missing does not prevent the check of the others.
pub(crate) trait Check: Input + Send {
    /// What is wrong with the values that could be read.
    ///
    /// # Errors
    /// When the caller may not do this at all.
    fn check(&self, caller: &Caller) -> Result<Vec<FieldError>, Refusal>;
}

/// Such a body, not read yet: the check needs to know the caller.
pub(crate) struct Checked<T>(PhantomData<fn() -> T>);

impl<T: Check> Part for Checked<T> {
    fn read(_: &Call, _: &mut Problems) -> Result<Option<Self>, ApiError> {
        Ok(Some(Self(PhantomData)))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        Body::<T>::describe(description, components)
    }
}

impl<T: Check> Checked<T> {
    /// Reads the body and checks it.
    ///
    /// # Errors
    /// All wrong values at once; the body is no JSON object; the caller may not do this.
    pub(crate) fn read(self, call: &SignedCall, caller: &Caller) -> Result<T, ApiError> {
        let mut problems = Problems::default();
        let read = Body::<T>::read(call, &mut problems)?;
        if let Some(Body(given)) = &read {
            problems.extend(given.check(caller)?);
        }
        problems.finish()?;
        let Body(given) =
            read.ok_or_else(|| ApiError::Internal("a body was refused without a reason".into()))?;
        Ok(given)
    }
}
