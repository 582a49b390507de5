//! The fields of a form: what was typed, and what is wrong with it.

use crewbox_app::{FieldError, Refusal};

use crate::error::explain;
use crate::form::Form;

/// A form's fields as a page shows them.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    typed: Form,
    errors: Vec<FieldError>,
    /// What is wrong with none of them in particular.
    pub(crate) problem: Option<String>,
}

impl Fields {
    /// Fields that were typed.
    pub(crate) fn typed(typed: Form) -> Self {
        Self { typed, ..Self::default() }
    }

    /// Fields that were refused.
    pub(crate) fn refused(typed: Form, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(errors) => Self { typed, errors, problem: None },
            other => Self { typed, errors: Vec::new(), problem: Some(explain(&other).1) },
        }
    }

    /// Whether the form was refused.
    pub(crate) fn is_refused(&self) -> bool {
        !self.errors.is_empty() || self.problem.is_some()
    }

    /// The value of a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.typed.get(name)
    }

    /// What is wrong with a field, after its label.
    pub(crate) fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.sentence("This"))
    }
}
