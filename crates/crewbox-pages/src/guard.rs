//! Who is at the browser: the session cookie, and the token that every form of a signed-in page carries.
//!
//! Owns the cookie's name and attributes. A form without the session's token is refused, so that no other site can act for
//! a member.

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use crewbox_app::session::Begun;
use crewbox_app::{Caller, Refusal};
use crewbox_core::id::SessionId;
use crewbox_core::model::SessionKind;
use crewbox_core::preferences::Preferences;
use subtle::ConstantTimeEq as _;

use crate::app::Pages;
use crate::digest::digest;
use crate::error::PageError;
use crate::form::{Form, is_https};
use crate::shortcuts::Shortcuts;
use crate::time_text::Local;
use crewbox_app::zone;

/// The name of a form's field with the token.
pub(crate) const TOKEN: &str = "token";

/// A member who is signed in.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    pub(crate) session: SessionId,
    /// What forms of this session carry: another text on every page, so that the length of a compressed page tells nobody
    /// what it is.
    pub(crate) token: String,
    /// The time where the member is.
    pub(crate) local: Local,
    /// How the member wants the pages to work.
    pub(crate) preferences: Preferences,
    /// The member's keys.
    pub(crate) shortcuts: Shortcuts,
    /// What the token hides.
    bare: String,
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
        let cookie = cookie(parts, name(is_https(parts))).ok_or_else(sign_in)?;
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
        let bare = digest(&pages.form_key, &[&signed.session.hash]);
        let token = masked(&bare, &pages.next_mask());
        let caller = Caller::signed_in(signed.scope, &signed.account, now);
        let me = caller.scope().actor().and_then(|id| caller.names().member(id));
        let local = Local { now, zone: zone::named(me.and_then(|me| me.time_zone.as_deref())) };
        let preferences = me.map(|me| me.preferences.clone()).unwrap_or_default();
        let shortcuts = Shortcuts::of(&preferences);
        Ok(Self { caller, session: signed.session.id, token, local, preferences, shortcuts, bare })
    }

    /// The same member with what is in the account now, after a change of theirs.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn again(&self, pages: &Pages) -> Result<Self, Refusal> {
        let scope = *self.caller.scope();
        let account = pages.live.account(scope.account(), self.local.now).await?;
        Ok(Self {
            caller: Caller::signed_in(scope, &account, self.local.now),
            session: self.session,
            token: self.token.clone(),
            local: self.local.clone(),
            preferences: self.preferences.clone(),
            shortcuts: self.shortcuts.clone(),
            bare: self.bare.clone(),
        })
    }

    /// Refuses a form that does not carry this session's token.
    ///
    /// # Errors
    /// [`PageError::OldPage`].
    pub(crate) fn check(&self, form: &Form) -> Result<(), PageError> {
        let given = unmasked(form.get(TOKEN));
        if given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(self.bare.as_bytes()))) {
            return Ok(());
        }
        Err(PageError::OldPage)
    }
}

/// A token behind a mask: the mask, and the exclusive or of both, digit by digit.
fn masked(bare: &str, mask: &str) -> String {
    format!("{mask}{}", xor(bare, mask).unwrap_or_default())
}

fn unmasked(token: &str) -> Option<String> {
    let (mask, hidden) = token.split_at_checked(token.len() / 2)?;
    xor(hidden, mask)
}

/// The exclusive or of two texts of hexadecimal digits of one length.
fn xor(one: &str, other: &str) -> Option<String> {
    let digit = |(one, other): (char, char)| char::from_digit(one.to_digit(16)? ^ other.to_digit(16)?, 16);
    (one.len() == other.len()).then(|| one.chars().zip(other.chars()).map(digit).collect()).flatten()
}

/// The cookie's name. With TLS its prefix has the browser refuse one that another host or a page without TLS has set.
const fn name(https: bool) -> &'static str {
    if https { "__Host-crewbox" } else { "crewbox" }
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_looks_different_on_every_page_and_is_the_same() {
        let key = [7; 32];
        let bare = digest(&key, &[b"session"]);
        let tokens = [b"1", b"2"].map(|count| masked(&bare, &digest(&key, &[count])));
        assert_ne!(tokens[0], tokens[1]);
        assert!(tokens.iter().all(|token| !token.contains(&bare) && unmasked(token).as_ref() == Some(&bare)));
        for wrong in ["", "0", "zz", "éé"] {
            assert_ne!(unmasked(wrong).as_ref(), Some(&bare), "{wrong}");
        }
    }
}
