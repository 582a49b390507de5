//! Reading a form that a page of ours sent: its size, where it comes from, its fields, its files.
//!
//! Owns the limits of forms. A form from another site is refused before its fields are looked at.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, Request, StatusCode, header};
use crewbox_core::outgoing::DraftAttachment;
use tokio::sync::OwnedSemaphorePermit;

use crate::error::PageError;

/// Bytes of a form: a long reply, with each letter as three or nine bytes.
pub(crate) const MAX_FORM: usize = 4 * 1024 * 1024;
/// A form must be here within this.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// Fields of a form: some of ours have ten.
pub(crate) const MAX_FIELDS: usize = 100;

pub(crate) const FOREIGN: &str = "This form was sent from another site. Nothing was done";

/// A form with files is read by the pages that take files.
const NO_FILES: &str = "This page takes no files: send the form as application/x-www-form-urlencoded";

/// A form's fields and files, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) files: Vec<DraftAttachment>,
    /// It came with files, which may have been taken out or dropped since. A browser does not keep those that were chosen.
    pub(crate) had_files: bool,
    /// Counts its files for as long as it is there.
    pub(crate) _memory: Option<Arc<OwnedSemaphorePermit>>,
}

impl Form {
    /// The value of a field; empty where it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, held)) => value.clone_into(held),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    /// The values of all fields of a name, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Adds a field beside those of its name.
    pub(crate) fn add(&mut self, name: &str, value: String) {
        self.fields.push((name.to_owned(), value));
    }

    /// Every field with its value, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A field that is an id.
    pub(crate) fn id(&self, name: &str) -> Option<u64> {
        self.get(name).parse().ok().filter(|id| *id > 0)
    }
}

/// The head of a request, and its form.
///
/// # Errors
/// A form of another site, one that is too large or too slow, or none.
pub(crate) async fn read(request: Request<Body>) -> Result<(Parts, Form), PageError> {
    let (parts, body) = request.into_parts();
    if !is_from_here(&parts.headers) {
        return Err(PageError::Form(StatusCode::FORBIDDEN, FOREIGN));
    }
    if may_have_files(&parts.headers) {
        return Err(PageError::Form(StatusCode::UNSUPPORTED_MEDIA_TYPE, NO_FILES));
    }
    let whole = tokio::time::timeout(READ_WITHIN, to_bytes(body, MAX_FORM)).await;
    let bytes = whole
        .map_err(|_| PageError::Form(StatusCode::REQUEST_TIMEOUT, "The form took too long to arrive"))?
        .map_err(|_| PageError::Form(StatusCode::PAYLOAD_TOO_LARGE, "The form is larger than 4 MiB"))?;
    let fields =
        form_urlencoded::parse(&bytes).take(MAX_FIELDS).map(|(name, value)| (name.into(), value.into()));
    Ok((parts, Form { fields: fields.collect(), ..Form::default() }))
}

/// Whether a form is of the type that files need (RFC 7578).
fn may_have_files(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Whether a script sent it, which shows the sentence of a refusal and no page.
pub(crate) fn is_from_script<T>(request: &Request<T>) -> bool {
    request.headers().get("sec-fetch-mode").is_some_and(|mode| mode != "navigate")
}

/// Whether the browser says that a page of ours sent it. One that says nothing has sent no `Origin` with a form for years;
/// the form's token still protects it.
pub(crate) fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of == host),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// Whether the browser reached us by TLS, as the server that took the request knows.
pub(crate) fn is_https(parts: &Parts) -> bool {
    parts.extensions.get::<Scheme>() == Some(&Scheme::HTTPS)
}

/// The address of the browser, as the server that took the request knows.
pub(crate) fn client(parts: &Parts) -> IpAddr {
    parts.extensions.get::<IpAddr>().copied().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_form_of_another_site_is_known() {
        for (given, ours) in [
            (&[("sec-fetch-site", "same-origin"), ("host", "a.test")][..], true),
            (&[("sec-fetch-site", "cross-site"), ("host", "a.test")], false),
            (&[("sec-fetch-site", "same-site"), ("host", "a.test")], false),
            (&[("origin", "https://a.test"), ("host", "a.test")], true),
            (&[("origin", "https://b.test"), ("host", "a.test")], false),
            (&[("origin", "null"), ("host", "a.test")], false),
            (&[("host", "a.test")], true),
        ] {
            assert_eq!(is_from_here(&headers(given)), ours, "{given:?}");
        }
    }
}
