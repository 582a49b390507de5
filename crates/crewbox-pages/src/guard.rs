//! Who is at the browser: the session cookie, and the token that every form of a signed-in page carries.
//!
//! Owns the cookie's name and attributes. A form without the session's token is refused, so that no other site can act for
//! a member.

use std::fmt::Write as _;

use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use crewbox_app::Caller;
use crewbox_app::session::Begun;
use crewbox_core::id::SessionId;
use crewbox_core::model::SessionKind;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::app::Pages;
use crate::error::PageError;
use crate::form::{Form, is_https};

/// The name of a form's field with the token.
pub(crate) const TOKEN: &str = "token";
const OLD_FORM: &str =
    "This page is from before you signed in. Go back, reload it, and try again: nothing was done";

/// A member who is signed in.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    pub(crate) session: SessionId,
    /// What forms of this session carry.
    pub(crate) token: String,
}

impl Visitor {
    /// The member whose cookie came with a request.
    ///
    /// # Errors
    /// [`PageError::SignIn`] where there is none that is valid.
    pub(crate) async fn of(pages: &Pages, parts: &Parts) -> Result<Self, PageError> {
        let sign_in = || PageError::SignIn {
            next: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        };
        let cookie = cookie(parts).ok_or_else(sign_in)?;
        let now = pages.now();
        let signed = match pages.live.session(SessionKind::Browser, cookie, now).await {
            Ok(signed) => signed,
            Err(error) => {
                return Err(match error.into() {
                    PageError::SignIn { .. } => sign_in(),
                    other => other,
                });
            }
        };
        let token = form_token(&pages.form_key, &signed.session.hash);
        let caller = Caller::signed_in(signed.scope, &signed.account, now);
        Ok(Self { caller, session: signed.session.id, token })
    }

    /// Refuses a form that does not carry this session's token.
    ///
    /// # Errors
    /// [`PageError::Form`].
    pub(crate) fn check(&self, form: &Form) -> Result<(), PageError> {
        let given = form.get(TOKEN).as_bytes();
        if bool::from(given.ct_eq(self.token.as_bytes())) {
            return Ok(());
        }
        Err(PageError::Form(StatusCode::FORBIDDEN, OLD_FORM))
    }
}

fn form_token(key: &[u8; 32], session: &[u8; 32]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(session);
    let mut text = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The cookie's name. With TLS its prefix has the browser refuse one that another host or a page without TLS has set.
const fn name(https: bool) -> &'static str {
    if https { "__Host-crewbox" } else { "crewbox" }
}

fn cookie(parts: &Parts) -> Option<&str> {
    let name = name(is_https(parts));
    let pairs = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// The header that gives a browser its session.
pub(crate) fn set_cookie(https: bool, begun: &Begun, now_ms: i64) -> HeaderValue {
    let seconds = (begun.expires_at.millis() - now_ms).max(0) / 1_000;
    write_cookie(https, &begun.token, seconds)
}

/// The header that takes it back.
pub(crate) fn clear_cookie(https: bool) -> HeaderValue {
    write_cookie(https, "", 0)
}

fn write_cookie(https: bool, value: &str, seconds: i64) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(https));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
