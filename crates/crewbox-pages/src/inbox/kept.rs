//! What an action that was refused leaves on the page.

use crewbox_app::outgoing::AnswerKind;
use crewbox_app::{FieldError, Refusal};

use super::answer;
use crate::form::Form;

/// What a person typed, and why it was refused: it is shown again.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) notice: Option<String>,
    /// Somebody else has written since: the reply can be sent all the same.
    pub(super) is_overtaken: bool,
    /// What the composer is asked to start with.
    pub(super) compose: Option<Compose>,
    pub(super) note: String,
    /// The action.
    pub(super) verb: String,
    /// Its form.
    pub(super) form: Form,
    /// What is wrong with its fields.
    pub(super) errors: Vec<FieldError>,
}

/// An answer that begins.
#[derive(Debug)]
pub(super) struct Compose {
    pub(super) kind: AnswerKind,
    /// The id of the message that is answered; none for the newest reply.
    pub(super) message: Option<String>,
}

/// A task or reminder that is being typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) text: String,
    pub(super) when: String,
    pub(super) text_error: Option<String>,
    pub(super) when_error: Option<String>,
    /// It was refused.
    pub(super) is_open: bool,
}

impl Kept {
    /// What a form of this verb had, which was refused for this reason.
    pub(super) fn of(verb: &str, form: Form, refusal: &Refusal) -> Self {
        let errors = if let Refusal::Invalid(errors) = refusal { errors.clone() } else { Vec::new() };
        Self {
            notice: None,
            is_overtaken: answer::kind_of(verb).is_some_and(|kind| kind != AnswerKind::Forward)
                && matches!(refusal, Refusal::Conflict(_)),
            compose: None,
            note: form.get("note").to_owned(),
            verb: verb.to_owned(),
            form,
            errors,
        }
    }

    /// What was typed into a field of a form of this verb.
    pub(super) fn typed(&self, verb: &str, field: &str) -> Option<&str> {
        (self.verb == verb).then(|| self.form.get(field))
    }

    /// What is wrong with a field of a form of this verb. A use case may know the field by a longer name.
    pub(super) fn error(&self, verb: &str, field: &str) -> Option<String> {
        let about = |error: &&FieldError| {
            error.field == field || error.field.ends_with(field) || self.errors.len() == 1
        };
        let found = self.errors.iter().find(about).filter(|_| self.verb == verb)?;
        Some(found.sentence("This"))
    }

    /// What is wrong with the field of a form of this verb that use cases know by these names.
    pub(super) fn error_of(&self, verb: &str, names: &[&str]) -> Option<String> {
        let found = self.errors.iter().find(|error| names.contains(&error.field.as_str()));
        Some(found.filter(|_| self.verb == verb)?.sentence("This"))
    }

    /// A task or a reminder that was refused.
    pub(super) fn typing(&self, verb: &str) -> Typed {
        if self.verb != verb {
            return Typed::default();
        }
        let about_time = |error: &&FieldError| matches!(error.field.as_str(), "when" | "due_at" | "until");
        let (when, text): (Vec<&FieldError>, Vec<&FieldError>) = self.errors.iter().partition(about_time);
        let first = |errors: Vec<&FieldError>| errors.first().map(|error| error.sentence("This"));
        Typed {
            text: self.form.get("text").to_owned(),
            when: self.form.get("when").to_owned(),
            text_error: first(text),
            when_error: first(when),
            is_open: true,
        }
    }
}
