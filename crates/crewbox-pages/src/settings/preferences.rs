//! A member's preferences as fields of forms: those of the settings, and those that the scripts of the inbox send.
//!
//! Owns the names of the fields. A field that a form does not have leaves its preference as it is.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::{FieldError, Refusal, profile};
use crewbox_core::preferences::{AfterAction, Preference, Theme};

use crate::app::Pages;
use crate::error::PageError;
use crate::form::{Form, read};
use crate::guard::Visitor;
use crate::policy;

/// What may open after an action, as a form offers it.
pub(super) const AFTER: [(&str, &str); 3] = [
    (AfterAction::Next.name(), "Open the next conversation"),
    (AfterAction::Previous.name(), "Open the conversation above"),
    (AfterAction::List.name(), "Go back to the list"),
];

/// The themes, as a form offers them.
pub(super) const THEMES: [(&str, &str); 3] =
    [(Theme::System.name(), "As the system"), (Theme::Light.name(), "Light"), (Theme::Dark.name(), "Dark")];

/// POST `/parts/preferences`: what a script has changed on the page already.
pub(crate) async fn keep(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    save(pages, &visitor, &form).await?;
    Ok(policy::text(StatusCode::OK, String::new()))
}

/// Sets the preferences that a form has.
pub(super) async fn save(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<(), Refusal> {
    profile::set_preferences(&pages.services, &visitor.caller, given(form)?).await
}

/// The preferences that a form has. All wrong fields are reported together.
fn given(form: &Form) -> Result<Vec<Preference>, Refusal> {
    let mut errors = Vec::new();
    let mut found = Vec::new();
    let mut field = |name: &str, read: &dyn Fn(&str) -> Option<Preference>, rest: &str| match form.get(name) {
        "" => {}
        text => match read(text) {
            Some(preference) => found.push(preference),
            None => errors.push(FieldError::of(name, rest)),
        },
    };
    let of_list = "must be one of the list";
    let after = |text: &str| AfterAction::ALL.into_iter().find(|one| one.name() == text);
    let theme = |text: &str| Theme::ALL.into_iter().find(|one| one.name() == text);
    field("after", &|text| after(text).map(Preference::AfterAction), of_list);
    field("theme", &|text| theme(text).map(Preference::Theme), of_list);
    field("compact", &|text| flag(text).map(Preference::CompactRows), of_list);
    field("keys", &|text| flag(text).map(Preference::CharacterKeys), of_list);
    field("swipe", &|text| flag(text).map(Preference::Swipe), of_list);
    field(
        "undo",
        &|text| text.trim().parse().ok().map(Preference::UndoSeconds),
        "must be a number of seconds",
    );
    if errors.is_empty() { Ok(found) } else { Err(Refusal::Invalid(errors)) }
}

/// A box that is checked, or the hidden field after it that says that it is not.
fn flag(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        let mut form = Form::default();
        fields.iter().for_each(|(name, value)| form.set(name, value));
        form
    }

    #[test]
    fn a_form_sets_the_preferences_that_it_has_and_names_each_wrong_field() {
        assert_eq!(given(&form(&[("theme", "dark")])).unwrap(), [Preference::Theme(Theme::Dark)]);
        let whole =
            form(&[("after", "list"), ("compact", "0"), ("keys", "1"), ("swipe", "0"), ("undo", " 60")]);
        let expected = [
            Preference::AfterAction(AfterAction::List),
            Preference::CompactRows(false),
            Preference::CharacterKeys(true),
            Preference::Swipe(false),
            Preference::UndoSeconds(60),
        ];
        assert_eq!(given(&whole).unwrap(), expected);
        let wrong = given(&form(&[("after", "up"), ("undo", "-1"), ("keys", "yes"), ("theme", "light")]));
        let Err(Refusal::Invalid(errors)) = wrong else { panic!("{wrong:?}") };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["after", "keys", "undo"]);
    }
}
