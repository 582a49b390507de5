//! Calls from web pages of other origins (the Fetch standard's CORS protocol): off, or for the origins that the operator
//! names.
//!
//! Owns which origins may read responses. A caller is known by its key alone, so there are no credentials to allow.

use axum::http::{HeaderMap, HeaderValue, Method, header};

/// Headers that a page's script may send.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, X-API-Key, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID",
);
/// Headers that a page's script may read, besides those that it always may.
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static(
    "ETag, X-Request-Id, X-Page-Shortened, X-Search-Behind, X-Change-Seq, X-RateLimit-Limit, X-RateLimit-Remaining, \
     X-RateLimit-Reset, Retry-After, Content-Disposition",
);
/// Seconds for which a browser need not ask again; a changed setting takes effect within them.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("600");
const BY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

/// What a page from an origin that may not call reads.
pub(crate) const REFUSED: &str =
    "This origin may not call the API: the operator allows it with `crewbox serve --allow-origin`";

/// The origin of a web page, as browsers write it: `https://crm.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Reads one; none where it is no single origin: with a path, a `*`, or characters that no browser sends.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (scheme, host) = text.strip_suffix('/').unwrap_or(&text).split_once("://")?;
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => "",
        };
        let host = host.strip_suffix(default_port).unwrap_or(host);
        let is_scheme = !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let is_host = !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
        (is_scheme && is_host).then(|| Self(format!("{scheme}://{host}")))
    }
}

/// Where a request comes from.
#[derive(Debug)]
pub(crate) struct Cors {
    /// Whether any origin is allowed.
    is_on: bool,
    /// Its origin, if it is allowed.
    origin: Option<HeaderValue>,
    is_preflight: bool,
}

/// What a browser asks before a call.
pub(crate) enum Preflight {
    /// The page may call.
    Allowed,
    /// It may not.
    Refused,
}

impl Cors {
    pub(crate) fn of(allowed: &[Origin], method: &Method, headers: &HeaderMap) -> Self {
        if allowed.is_empty() {
            return Self { is_on: false, origin: None, is_preflight: false };
        }
        let origin = headers.get(header::ORIGIN);
        let origin = origin.filter(|origin| allowed.iter().any(|one| one.0.as_bytes() == origin.as_bytes()));
        let is_preflight =
            *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        Self { is_on: true, origin: origin.cloned(), is_preflight }
    }

    /// What to answer where the request is a browser's question.
    pub(crate) fn preflight(&self) -> Option<Preflight> {
        let allowed = if self.origin.is_some() { Preflight::Allowed } else { Preflight::Refused };
        self.is_preflight.then_some(allowed)
    }

    /// Adds to any response what the browser looks for.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        if !self.is_on {
            return;
        }
        headers.append(header::VARY, BY_ORIGIN);
        if let Some(origin) = &self.origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
        }
    }
}

/// Adds what a page that may call is told before.
pub(crate) fn allow_call(headers: &mut HeaderMap, verbs: &str) {
    headers.extend(HeaderValue::from_str(verbs).map(|verbs| (header::ACCESS_CONTROL_ALLOW_METHODS, verbs)));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, origin) in [
            ("https://crm.example.org", "https://crm.example.org"),
            (" HTTPS://CRM.Example.org/ ", "https://crm.example.org"),
            ("https://crm.example.org:443", "https://crm.example.org"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ] {
            assert_eq!(Origin::parse(text), Some(Origin(origin.to_owned())), "{text}");
        }
        for wrong in [
            "",
            "*",
            "null",
            "crm.example.org",
            "https://",
            "https://*.example.org",
            "https://a.example/x",
            "https://u@a.example",
            "https://a.example?x",
            "https://a b.example",
            "://a.example",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }
}
