//! Signing in and out.
//!
//! Owns the pages and the cookie's coming and going. Who may sign in is decided by the use case.

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode, header};
use crewbox_app::session::{self, Begun, SignIn, Step};

use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::{Form, client, is_https, read};
use crate::guard::{Visitor, clear_cookie, set_cookie};
use crate::{assets, policy};

const HOME: &str = "/inbox/mine";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    style: &'a str,
    icon: &'a str,
    email: &'a str,
    next: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage<'a> {
    style: &'a str,
    icon: &'a str,
    half: &'a str,
    next: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign_in_link.html")]
struct LinkPage<'a> {
    style: &'a str,
    icon: &'a str,
}

/// GET `/sign-in`: the form, or the inbox of a member who is signed in.
pub(crate) async fn form(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let next = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next");
    let next = next.map(|(_, value)| value.into_owned()).unwrap_or_default();
    match Visitor::of(pages, &parts).await {
        Ok(_) => Ok(policy::go_to(ours(&next))),
        Err(PageError::SignIn { .. }) if pages.first_run.is_needed().await? => Ok(policy::go_to("/setup")),
        Err(PageError::SignIn { .. }) => Ok(sign_in_page(StatusCode::OK, "", &next, None)),
        Err(other) => Err(other),
    }
}

/// POST `/sign-in`.
pub(crate) async fn by_password(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let email = form.get("email").to_owned();
    let next = form.get("next").to_owned();
    if !form.get("half").is_empty() {
        return by_code(pages, &parts, &form).await;
    }
    let command =
        SignIn { email: email.clone(), password: form.get("password").to_owned(), from: client(&parts) };
    match pages.sign_ins.by_password(command, pages.now()).await {
        Ok(Step::Begun(begun)) => Ok(welcome(pages, is_https(&parts), &begun, ours(&next))),
        Ok(Step::Code(half)) => Ok(code_page(StatusCode::OK, &half, &next, None)),
        Err(refusal) => {
            let (status, sentence) = explain(&refusal);
            // An unknown address is no missing page.
            let status = if status == StatusCode::NOT_FOUND { StatusCode::UNAUTHORIZED } else { status };
            Ok(sign_in_page(status, &email, &next, Some(&sentence)))
        }
    }
}

/// The second step of a member with a second factor.
async fn by_code(pages: &Pages, parts: &Parts, form: &Form) -> Result<Response<Body>, PageError> {
    let (half, next) = (form.get("half"), form.get("next"));
    match pages.sign_ins.by_code(half, form.get("code"), client(parts), pages.now()).await {
        Ok(begun) => Ok(welcome(pages, is_https(parts), &begun, ours(next))),
        Err(refusal) => {
            let (status, sentence) = explain(&refusal);
            let status = if status == StatusCode::NOT_FOUND { StatusCode::UNAUTHORIZED } else { status };
            Ok(code_page(status, half, next, Some(&sentence)))
        }
    }
}

fn code_page(status: StatusCode, half: &str, next: &str, problem: Option<&str>) -> Response<Body> {
    let page = CodePage { style: &assets::STYLE.path, icon: &assets::ICON.path, half, next, problem };
    policy::page(status, &page)
}

/// GET `/sign-in/{link}`: signs in at once where a person opens the link. A program that looks at links in mails, which
/// does not send what browsers send, gets a page with a button and does not use the link up.
pub(crate) async fn link(
    pages: &Pages,
    link: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let fetch = |name: &'static str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let person = fetch("sec-fetch-mode") == Some("navigate")
        && fetch("sec-fetch-user") == Some("?1")
        && fetch("sec-purpose").is_none();
    if person {
        return begin_by_link(pages, link, is_https(&parts)).await;
    }
    let page = LinkPage { style: &assets::STYLE.path, icon: &assets::ICON.path };
    Ok(policy::page(StatusCode::OK, &page))
}

/// POST `/sign-in/{link}`.
pub(crate) async fn by_link(
    pages: &Pages,
    link: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = read(request).await?;
    begin_by_link(pages, link, is_https(&parts)).await
}

async fn begin_by_link(pages: &Pages, link: &str, https: bool) -> Result<Response<Body>, PageError> {
    match pages.sign_ins.by_link(link, pages.now()).await {
        Ok(begun) => Ok(welcome(pages, https, &begun, HOME)),
        Err(refusal) => {
            let (status, sentence) = explain(&refusal);
            Ok(sign_in_page(status, "", "", Some(&sentence)))
        }
    }
}

/// POST `/sign-out`: of this browser, or with `everywhere` of all.
pub(crate) async fn sign_out(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let https = is_https(&parts);
    match Visitor::of(pages, &parts).await {
        Ok(visitor) => {
            visitor.check(&form)?;
            if form.get("everywhere").is_empty() {
                session::end(&pages.services, &visitor.caller, visitor.session).await?;
            } else {
                session::end_all(&pages.services, &visitor.caller).await?;
            }
        }
        Err(PageError::SignIn { .. }) => {}
        Err(other) => return Err(other),
    }
    let mut response = policy::go_to("/sign-in");
    response.headers_mut().insert(header::SET_COOKIE, clear_cookie(https));
    Ok(response)
}

pub(crate) fn welcome(pages: &Pages, https: bool, begun: &Begun, next: &str) -> Response<Body> {
    let mut response = policy::go_to(next);
    response.headers_mut().insert(header::SET_COOKIE, set_cookie(https, begun, pages.now().millis()));
    response
}

/// Where to go after signing in: a page of the inbox, never another site.
fn ours(next: &str) -> &str {
    let is_ours =
        next.starts_with("/inbox/") && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { next } else { HOME }
}

fn sign_in_page(status: StatusCode, email: &str, next: &str, problem: Option<&str>) -> Response<Body> {
    let page = SignInPage { style: &assets::STYLE.path, icon: &assets::ICON.path, email, next, problem };
    policy::page(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_no_other_site() {
        for (next, path) in [
            ("/inbox/mine/7?page=2", "/inbox/mine/7?page=2"),
            ("", HOME),
            ("//evil.test", HOME),
            ("/\\evil.test", HOME),
            ("https://evil.test/inbox/", HOME),
            ("/inbox/\r\nSet-Cookie: a=b", HOME),
            ("/sign-out", HOME),
        ] {
            assert_eq!(ours(next), path, "{next}");
        }
    }
}
