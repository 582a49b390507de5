//! What was typed into a form whose session has ended: shown, so that it can be sent after signing in.
//!
//! Owns which fields people type into. Does nothing with them: the form is sent once more, by a page of the new session.

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};

use super::place::Place;
use crate::assets;
use crate::form::Form;
use crate::policy;

/// Fields that people type into, with their labels.
const TYPED: [(&str, &str); 6] = [
    ("reply", "Message"),
    ("note", "Note"),
    ("text", "Text"),
    ("when", "When"),
    ("value", "Value"),
    ("tag", "Tag"),
];

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage<'a> {
    style: &'a str,
    icon: &'a str,
    /// Signs in and opens the conversation.
    sign_in: String,
    /// Where the form goes.
    action: String,
    /// Label, name and value of what was typed.
    typed: Vec<(&'static str, &'a str, &'a str)>,
    /// Name and value of everything else.
    hidden: Vec<(&'a str, &'a str)>,
    /// Files were chosen, which are gone.
    lost_files: bool,
}

/// The label of a field that people type into. A `value` without the name of a field is the choice of a menu.
fn label(form: &Form, name: &str) -> Option<&'static str> {
    let is_choice = name == "value" && form.get("field").is_empty();
    TYPED.iter().find(|(known, _)| *known == name && !is_choice).map(|(_, label)| *label)
}

/// Whether a form has something that was typed.
pub(super) fn has_text(form: &Form) -> bool {
    form.fields().any(|(name, value)| label(form, name).is_some() && !value.trim().is_empty())
}

/// The page that keeps what was typed.
pub(super) fn page(parts: &Parts, place: &Place, form: &Form) -> Response<Body> {
    let next: String = form_urlencoded::byte_serialize(place.path().as_bytes()).collect();
    let mut typed = Vec::new();
    let mut hidden = Vec::new();
    for (name, value) in form.fields() {
        match label(form, name) {
            Some(label) => typed.push((label, name, value)),
            None => hidden.push((name, value)),
        }
    }
    let page = SignedOutPage {
        style: &assets::STYLE.path,
        icon: &assets::ICON.path,
        sign_in: format!("/sign-in?next={next}"),
        action: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        typed,
        hidden,
        lost_files: form.had_files,
    };
    policy::page(StatusCode::UNAUTHORIZED, &page)
}
