//! Reading a form that a page of ours sent: its size, where it comes from, its fields.
//!
//! Owns the limits of forms. A form from another site is refused before its fields are looked at.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, Request, StatusCode, header};

use crate::error::PageError;

/// Bytes of a form: a long reply, with each letter as three or nine bytes.
const MAX_FORM: usize = 4 * 1024 * 1024;
/// Bytes of an uploaded table with its form: some hundred thousand leads.
const MAX_UPLOAD: usize = 12 * 1024 * 1024;
/// A form must be here within this.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// Fields of a form: some of ours have ten.
const MAX_FIELDS: usize = 100;

const FOREIGN: &str = "This form was sent from another site. Nothing was done";

/// A form's fields, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The value of a field; empty where it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, held)) => value.clone_into(held),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Every field with its value, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
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
    let whole = tokio::time::timeout(READ_WITHIN, to_bytes(body, MAX_FORM)).await;
    let bytes = whole
        .map_err(|_| PageError::Form(StatusCode::REQUEST_TIMEOUT, "The form took too long to arrive"))?
        .map_err(|_| PageError::Form(StatusCode::PAYLOAD_TOO_LARGE, "The form is larger than 4 MiB"))?;
    let fields =
        form_urlencoded::parse(&bytes).take(MAX_FIELDS).map(|(name, value)| (name.into(), value.into()));
    Ok((parts, Form(fields.collect())))
}

/// A file that a form uploads.
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The head of a request, its form, and the file in it (RFC 7578).
///
/// # Errors
/// As [`read`]; a form without a file.
pub(crate) async fn upload(request: Request<Body>) -> Result<(Parts, Form, Upload), PageError> {
    let (parts, body) = request.into_parts();
    if !is_from_here(&parts.headers) {
        return Err(PageError::Form(StatusCode::FORBIDDEN, FOREIGN));
    }
    let broken = || PageError::Form(StatusCode::BAD_REQUEST, "The form did not arrive as a whole: try again");
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(media_type.unwrap_or_default()).map_err(|_| broken())?;
    let whole = tokio::time::timeout(READ_WITHIN, to_bytes(body, MAX_UPLOAD)).await;
    let bytes = whole
        .map_err(|_| PageError::Form(StatusCode::REQUEST_TIMEOUT, "The file took too long to arrive"))?
        .map_err(|_| {
            PageError::Form(StatusCode::PAYLOAD_TOO_LARGE, "The file is larger than 12 MiB: split it")
        })?;
    let mut form = Form::default();
    let mut file = None;
    let mut fields = multer::Multipart::new(Body::from(bytes).into_data_stream(), boundary);
    while let Some(field) = fields.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|_| broken())?;
        match file_name {
            Some(name) => file = Some(Upload { name, bytes: bytes.to_vec() }),
            None if form.0.len() < MAX_FIELDS => form.set(&name, &String::from_utf8_lossy(&bytes)),
            None => {}
        }
    }
    let file = file.filter(|file| !file.name.is_empty());
    let file = file.ok_or(PageError::Form(StatusCode::UNPROCESSABLE_ENTITY, "Choose a file first"))?;
    Ok((parts, form, file))
}

/// Whether the browser says that a page of ours sent it. One that says nothing has sent no `Origin` with a form for years;
/// the form's token still protects it.
fn is_from_here(headers: &HeaderMap) -> bool {
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
