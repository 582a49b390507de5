//! The first run of a server: the page that makes the account and its owner.
//!
//! Owns who sees it: whoever opens the link that the server printed, or a browser on the same machine. Nobody else can take
//! a new server over.

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use crewbox_app::account::FirstAccount;
use crewbox_app::session::{SignIn, Step};
use subtle::ConstantTimeEq as _;

use crate::app::Pages;
use crate::assets;
use crate::error::PageError;
use crate::form::{client, is_https, read};
use crate::policy;
use crate::settings::{Fields, STEP};
use crate::sign_in::welcome;

const STRANGER: &str = "This server is not set up yet. Open the link that it printed when it started, or this page on the \
     machine that it runs on";
/// Headers with which a proxy tells of its client: such a request does not come from this machine.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

#[derive(Template)]
#[template(path = "settings/setup.html")]
struct SetupPage<'a> {
    style: &'a str,
    icon: &'a str,
    key: &'a str,
    token: &'a str,
    fields: Fields,
}

/// GET `/setup`, with the printed link's `key`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    if !pages.first_run.is_needed().await? {
        return Ok(policy::go_to("/inbox/mine"));
    }
    let query = parts.uri.query().unwrap_or_default();
    let key = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "key");
    let key = key.map(|(_, value)| value.into_owned()).unwrap_or_default();
    admit(pages, &parts, &key)?;
    Ok(page(StatusCode::OK, pages, &key, Fields::default()))
}

/// POST `/setup`: makes the account, signs in, and goes on with the first mailbox.
pub(crate) async fn make(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    if !pages.first_run.is_needed().await? {
        return Ok(policy::go_to("/inbox/mine"));
    }
    let key = form.get("key").to_owned();
    admit(pages, &parts, &key)?;
    let token = pages.setup_token();
    if !bool::from(form.get("token").as_bytes().ct_eq(token.as_bytes())) {
        return Err(PageError::Form(
            StatusCode::FORBIDDEN,
            "Reload the page and try again: nothing was done",
        ));
    }
    let text = |name: &str| form.get(name).to_owned();
    let command = FirstAccount {
        account: text("account"),
        name: text("name"),
        email: text("email"),
        password: text("password"),
    };
    if let Err(refusal) = pages.first_run.make(command, pages.now()).await {
        let status = crate::error::explain(&refusal).0;
        return Ok(page(status, pages, &key, Fields::refused(form, refusal)));
    }
    let sign_in = SignIn { email: text("email"), password: text("password"), from: client(&parts) };
    match pages.sign_ins.by_password(sign_in, pages.now()).await? {
        Step::Begun(begun) => {
            Ok(welcome(pages, is_https(&parts), &begun, &format!("/settings/mailbox?{STEP}")))
        }
        // A new account has no second factor.
        Step::Code(_) => Ok(policy::go_to("/sign-in")),
    }
}

/// Lets in whoever has the printed key, and a browser on this machine.
fn admit(pages: &Pages, parts: &Parts, key: &str) -> Result<(), PageError> {
    let has_key = pages.setup_key().is_some_and(|known| bool::from(key.as_bytes().ct_eq(known.as_bytes())));
    if has_key || is_here(parts) {
        return Ok(());
    }
    Err(PageError::Form(StatusCode::FORBIDDEN, STRANGER))
}

/// Whether a request comes from a browser on this machine: from its address, by its name, and through no proxy.
fn is_here(parts: &Parts) -> bool {
    client(parts).to_canonical().is_loopback()
        && is_own_name(&parts.headers)
        && !FORWARDED.iter().any(|name| parts.headers.contains_key(*name))
}

/// Whether the browser asked for this machine: a name of another site that leads here is no proof.
fn is_own_name(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn page(status: StatusCode, pages: &Pages, key: &str, fields: Fields) -> Response<Body> {
    let token = pages.setup_token();
    let page = SetupPage { style: &assets::STYLE.path, icon: &assets::ICON.path, key, token: &token, fields };
    policy::page(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_by_its_own_name_and_without_a_proxy_is_here() {
        let is_here = |headers: &[(&str, &str)]| {
            let request = headers
                .iter()
                .fold(Request::get("/setup"), |request, (name, value)| request.header(*name, *value));
            is_here(&request.body(()).unwrap().into_parts().0)
        };
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
            assert!(is_here(&[("host", host)]), "{host}");
        }
        for host in ["", "inbox.example", "localhost.evil.test", "192.0.2.1:8080"] {
            assert!(!is_here(&[("host", host)]), "{host}");
        }
        assert!(!is_here(&[("host", "localhost"), ("x-forwarded-for", "203.0.113.9")]));
    }
}
