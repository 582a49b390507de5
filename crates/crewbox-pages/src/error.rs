//! Why a page is not shown: each refusal of a use case becomes a status and one sentence.

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use crewbox_app::Refusal;
use crewbox_store::live::AuthError;

use crate::assets;
use crate::policy;

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum PageError {
    /// Nobody is signed in: the sign-in page comes first, and leads back here.
    SignIn { next: String },
    /// A form that is not ours, too large, or from another page.
    Form(StatusCode, &'static str),
    /// A form of a page that was shown to another session.
    OldPage,
    /// There is nothing at this path.
    Nothing,
    /// A use case refused.
    Refused(Refusal),
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<AuthError> for PageError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Invalid => Self::SignIn { next: String::new() },
            AuthError::Store(error) => Self::Refused(error.into()),
        }
    }
}

/// Why a form of an earlier session does nothing.
pub(crate) const OLD_PAGE: &str =
    "This page is from before you signed in. Go back, reload it, and try again: nothing was done";

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    style: &'a str,
    icon: &'a str,
    title: &'a str,
    sentence: &'a str,
}

impl PageError {
    /// The answer to a form that a script or a browser may have sent: a script gets the sentence alone.
    pub(crate) fn to_sender(
        answer: Result<Response<Body>, Self>,
        is_script: bool,
    ) -> Result<Response<Body>, Self> {
        match answer {
            Err(error) if is_script => Ok(error.respond_to_script()),
            other => other,
        }
    }

    /// The sentence alone, for a script.
    pub(crate) fn respond_to_script(self) -> Response<Body> {
        let (status, sentence) = match self {
            Self::SignIn { .. } => (StatusCode::UNAUTHORIZED, "You are signed out: sign in again".to_owned()),
            Self::Form(status, sentence) => (status, sentence.to_owned()),
            // The script keeps what it has to send until the page is loaded again.
            Self::OldPage => (
                StatusCode::PRECONDITION_FAILED,
                "This page is from before you signed in: reload it".to_owned(),
            ),
            Self::Nothing => (StatusCode::NOT_FOUND, "There is nothing at this address".to_owned()),
            Self::Refused(refusal) => explain(&refusal),
        };
        policy::text(status, sentence)
    }

    /// The whole page that says so.
    pub(crate) fn respond(self) -> Response<Body> {
        let (status, sentence) = match self {
            Self::SignIn { next } if next.is_empty() => return policy::go_to("/sign-in"),
            Self::SignIn { next } => {
                let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
                return policy::go_to(&format!("/sign-in?next={next}"));
            }
            Self::Form(status, sentence) => (status, sentence.to_owned()),
            Self::OldPage => (StatusCode::FORBIDDEN, OLD_PAGE.to_owned()),
            Self::Nothing => (StatusCode::NOT_FOUND, "There is nothing at this address".to_owned()),
            Self::Refused(refusal) => explain(&refusal),
        };
        let title = match status {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::FORBIDDEN => "Not allowed",
            _ => "That did not work",
        };
        let page =
            ErrorPage { style: &assets::STYLE.path, icon: &assets::ICON.path, title, sentence: &sentence };
        policy::page(status, &page)
    }
}

/// A refusal as a status and a sentence for people. What went wrong inside is for the log only.
pub(crate) fn explain(refusal: &Refusal) -> (StatusCode, String) {
    match refusal {
        Refusal::NotFound(thing, _) => (StatusCode::NOT_FOUND, format!("This {thing} does not exist")),
        Refusal::NoMatch(sentence) => (StatusCode::NOT_FOUND, sentence.clone()),
        Refusal::Forbidden(denied) => (StatusCode::FORBIDDEN, denied.sentence().to_owned()),
        Refusal::Invalid(errors) => {
            let sentences: Vec<String> = errors.iter().map(|error| error.sentence(&error.field)).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, sentences.join(". "))
        }
        Refusal::Conflict(sentence) => (StatusCode::CONFLICT, sentence.clone()),
        Refusal::Gone(sentence) => (StatusCode::GONE, sentence.clone()),
        Refusal::Unavailable(sentence) => (StatusCode::SERVICE_UNAVAILABLE, (*sentence).to_owned()),
        Refusal::TryLater { seconds } => (
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many attempts have failed. Try again in {seconds} seconds"),
        ),
        Refusal::MailServer(sentence) => (StatusCode::BAD_GATEWAY, sentence.clone()),
        Refusal::Internal(error) => {
            tracing::error!(error, "a page failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on the server. Try again".to_owned())
        }
    }
}
