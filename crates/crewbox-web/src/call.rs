//! One call, as a handler sees it: of nobody in particular, of a signed-in caller, or of either.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri};
use bytes::Bytes;
use crewbox_app::{OnceKeys, Services};
use crewbox_core::id::MAX_ID;
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::Scope;
use crewbox_store::contract::MailBytes;
use crewbox_store::live::{AccountLive, Names, Signed};

use crate::app::App;
use crate::error::ApiError;
use crate::object::At;
use crate::request::QueryString;
use crate::wire::Json;

/// A call under way.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) app: App,
    /// The route's path, with `{name}` for a part that varies.
    pub(crate) template: &'static str,
    /// Keys of the body that the route does not know are refused.
    pub(crate) strict: bool,
    pub(crate) uri: Uri,
    /// The request's `Host`.
    pub(crate) host: Option<HeaderValue>,
    /// The caller reached a proxy before us by HTTPS.
    pub(crate) https: bool,
    /// Empty where the body is a long mail.
    pub(crate) body: Bytes,
    /// The body, where it is a long mail.
    pub(crate) mail: Option<MailBytes>,
    /// `Idempotency-Key`, if one was given.
    pub(crate) idempotency: Option<HeaderValue>,
    /// By which each batch of a call with a key happens once.
    pub(crate) once: Option<Arc<OnceKeys>>,
    /// `Last-Event-ID`, if one was given.
    pub(crate) last_event_id: Option<HeaderValue>,
    /// All headers of the request, the key among them. None where the request is not read yet.
    pub(crate) headers: HeaderMap,
    pub(crate) now: Timestamp,
}

impl Call {
    pub(crate) fn query(&self) -> QueryString<'_> {
        QueryString(self.uri.query().unwrap_or_default())
    }

    /// The body as JSON, whatever its type is called: clients send JSON as a form.
    ///
    /// # Errors
    /// For a body that is no JSON; where its `Content-Type` declares that, the sentence names the type.
    pub(crate) fn json(&self) -> Result<Json<'_>, ApiError> {
        Json::read(&self.body).map_err(|unreadable| {
            let sent = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let media = sent.map(|value| value.split(';').next().unwrap_or_default().trim());
            match (ApiError::from(unreadable), media) {
                (ApiError::NotJson(text), Some(media)) if is_other_type(media) => {
                    ApiError::NotJson(format!("{text}. Its Content-Type is {media}: send JSON"))
                }
                (error, _) => error,
            }
        })
    }

    /// The address the caller reached us at, such as `https://inbox.example`: the public URL where one is set,
    /// else what the request says. Empty when it says nothing usable. Only ever told to the caller.
    pub(crate) fn base(&self) -> Cow<'_, str> {
        if let Some(url) = &self.app.0.settings.public_url {
            return Cow::Borrowed(url.trim_end_matches('/'));
        }
        let named = self.host.as_ref().and_then(|host| host.to_str().ok());
        let host = named.or_else(|| self.uri.authority().map(Authority::as_str)).unwrap_or_default();
        let usable = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(usable) {
            return Cow::Borrowed("");
        }
        Cow::Owned(format!("{}://{host}", if self.https { "https" } else { "http" }))
    }

    /// The answer where a text in place of `{name}` is a number that no id can be: it is the id of nothing, and the
    /// answer repeats it as it was sent.
    pub(crate) fn impossible_id(&self, name: &str, text: &str) -> Option<ApiError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_possible = text.parse::<u64>().is_ok_and(|id| id <= MAX_ID);
        (is_number && !is_possible).then(|| ApiError::missing_in_path(self.template, name, text))
    }

    /// The name and the text, still encoded, of the path's part that varies at this place among such parts.
    pub(crate) fn path_part(&self, place: usize) -> Option<(&'static str, &str)> {
        self.path_parts().nth(place)
    }

    fn path_parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let parts = self.template.split('/').zip(self.uri.path().split('/'));
        parts.filter_map(|(part, text)| Some((part.strip_prefix('{')?.strip_suffix('}')?, text)))
    }
}

/// Whether a type declares something else than JSON.
fn is_other_type(media: &str) -> bool {
    !media.is_empty() && !media.to_ascii_lowercase().contains("json")
}

/// Who may call a handler.
pub(crate) trait Caller: Sized + Send {
    /// # Errors
    /// When a key is needed and none came.
    fn of(call: Call, signed: Option<Signed>) -> Result<Self, ApiError>;

    /// The call itself.
    fn call(&self) -> &Call;
}

impl Caller for Call {
    fn of(call: Call, _: Option<Signed>) -> Result<Self, ApiError> {
        Ok(call)
    }

    fn call(&self) -> &Call {
        self
    }
}

/// A call with a key, or with a signed link that the handler checks.
pub(crate) struct LinkCall {
    pub(crate) call: Call,
    pub(crate) signed: Option<Signed>,
}

impl Caller for LinkCall {
    fn of(call: Call, signed: Option<Signed>) -> Result<Self, ApiError> {
        Ok(Self { call, signed })
    }

    fn call(&self) -> &Call {
        &self.call
    }
}

/// A call of a signed-in caller.
pub(crate) struct SignedCall {
    call: Call,
    signed: Signed,
}

impl Caller for SignedCall {
    fn of(call: Call, signed: Option<Signed>) -> Result<Self, ApiError> {
        Ok(Self { call, signed: signed.ok_or(ApiError::KeyMissing)? })
    }

    fn call(&self) -> &Call {
        &self.call
    }
}

impl std::ops::Deref for SignedCall {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl SignedCall {
    /// Who calls.
    pub(crate) const fn signed(&self) -> &Signed {
        &self.signed
    }

    /// What the caller may reach.
    pub(crate) const fn scope(&self) -> &Scope {
        &self.signed.scope
    }

    /// The caller's account in memory.
    pub(crate) const fn account(&self) -> &Arc<AccountLive> {
        &self.signed.account
    }

    /// The account's members, campaigns and other names, as they are now.
    pub(crate) fn names(&self) -> Arc<Names> {
        self.signed.account.names()
    }

    /// The dialect of the caller's key.
    pub(crate) const fn dialect(&self) -> Dialect {
        self.signed.key.dialect
    }

    /// The caller, as use cases take one.
    pub(crate) fn caller(&self) -> crewbox_app::Caller {
        let caller = crewbox_app::Caller::signed_in(self.signed.scope, &self.signed.account, self.now);
        caller.once(self.once.clone())
    }

    /// What use cases work with.
    pub(crate) fn services(&self) -> &Services {
        &self.app.0.services
    }

    /// A time in the caller's dialect.
    pub(crate) const fn at(&self, at: Timestamp) -> At {
        At(at, self.dialect())
    }
}
