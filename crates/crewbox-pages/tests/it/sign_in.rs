//! Who is let in, and what other sites cannot do.

use axum::body::Body;
use axum::http::uri::Scheme;
use axum::http::{Request, StatusCode, header};
use crewbox_app::Caller;
use crewbox_app::session::{SESSION_MS, create_link};
use crewbox_testkit::account::NOW;

use super::world::{PASSWORD, World};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_every_page_leads_to_sign_in_and_back() {
    let world = World::new().await;
    for cookie in ["", "crewbox=", "crewbox=cbs_1_00", "crewbox=cbx_1_00"] {
        let page = world.get("/inbox/inbox/7?page=2", cookie).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert_eq!(page.location(), "/sign-in?next=%2Finbox%2Finbox%2F7%3Fpage%3D2");
    }
    let form = world.get("/sign-in?next=%2Finbox%2Finbox%2F7%3Fpage%3D2", "").await;
    assert_eq!(form.hidden("next"), "/inbox/inbox/7?page=2");
    let fields = [("email", "bo@us.test"), ("password", PASSWORD), ("next", "/inbox/inbox/7?page=2")];
    assert_eq!(world.post("/sign-in", "", &fields).await.location(), "/inbox/inbox/7?page=2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_keeps_the_address_and_says_what_is_wrong() {
    let world = World::new().await;
    let page = world.post("/sign-in", "", &[("email", "bo@us.test"), ("password", "wrong horse")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.html.contains("The e-mail address or the password is wrong."), "{}", page.html);
    assert!(page.html.contains("value=\"bo@us.test\""), "{}", page.html);
    assert!(!page.html.contains("wrong horse"), "a password is never in a page");
    for _ in 0..5 {
        world.post("/sign-in", "", &[("email", "bo@us.test"), ("password", "wrong horse")]).await;
    }
    let page = world.post("/sign-in", "", &[("email", "bo@us.test"), ("password", PASSWORD)]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.html.contains("Try again in 2 seconds"), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_for_our_pages_alone_and_with_tls_for_this_host() {
    let world = World::new().await;
    let form = format!("email=bo%40us.test&password={}", PASSWORD.replace(' ', "+"));
    let request = |https: bool| {
        let mut request = Request::post("/sign-in").body(Body::from(form.clone())).unwrap();
        if https {
            request.extensions_mut().insert(Scheme::HTTPS);
        }
        request
    };
    for (https, begins, secure) in [(false, "crewbox=cbs_", false), (true, "__Host-crewbox=cbs_", true)] {
        let page = world.send(request(https)).await;
        let cookie = page.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
        assert!(cookie.starts_with(begins), "{cookie}");
        assert!(cookie.contains("; Path=/;") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_signing_out_and_by_itself() {
    let world = World::new().await;
    let (cookie, other) = (world.signed_in().await, world.signed_in().await);
    let page = world.get("/inbox/mine", &cookie).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    let refused = world.post("/sign-out", &cookie, &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "without the form's token");
    let out = world.post("/sign-out", &cookie, &[("token", &page.hidden("token"))]).await;
    assert_eq!(out.location(), "/sign-in");
    assert!(out.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(world.get("/inbox/mine", &cookie).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("/inbox/mine", &other).await.status, StatusCode::OK);
    world.advance(SESSION_MS);
    assert_eq!(world.get("/inbox/mine", &other).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_a_person_in_at_once_and_a_program_that_looks_at_it_does_not_use_it_up() {
    let world = World::new().await;
    let operator = Caller::operator(&world.account.store, world.account.operator, NOW).await.unwrap();
    let link = create_link(&world.services, &operator, world.bo).await.unwrap();
    let path = format!("/sign-in/{link}");
    let looked = world.get(&path, "").await;
    assert_eq!(looked.status, StatusCode::OK);
    assert!(looked.headers.get(header::SET_COOKIE).is_none());
    let request = Request::get(&path).header("sec-fetch-mode", "navigate").header("sec-fetch-user", "?1");
    let page = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/inbox/mine"));
    let again = world.post(&path, "", &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(again.html.contains("This link has been used or has expired"), "{}", again.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_acts_for_a_member() {
    let world = World::new().await;
    let id = world.answered("Lea", 5, "Yes").await;
    let cookie = world.signed_in().await;
    let token = world.get("/inbox/mine", &cookie).await.hidden("token");
    let path = format!("/inbox/inbox/{id}/archive");
    let send = async |name: &'static str, value: &'static str, token: &str| {
        let request = Request::post(&path)
            .header(header::COOKIE, &cookie)
            .header(header::HOST, "crewbox.test")
            .header(name, value)
            .body(Body::from(format!("token={token}")));
        world.send(request.unwrap()).await.status
    };
    assert_eq!(send("sec-fetch-site", "cross-site", &token).await, StatusCode::FORBIDDEN);
    assert_eq!(send("origin", "https://evil.test", &token).await, StatusCode::FORBIDDEN);
    assert_eq!(send("sec-fetch-site", "same-origin", "").await, StatusCode::FORBIDDEN);
    assert_eq!(send("sec-fetch-site", "same-origin", &"0".repeat(64)).await, StatusCode::FORBIDDEN);
    let other = world.get("/inbox/mine", &world.signed_in().await).await.hidden("token");
    assert_eq!(
        send("origin", "https://crewbox.test", &other).await,
        StatusCode::FORBIDDEN,
        "another session's"
    );
    assert_eq!(send("origin", "https://crewbox.test", &token).await, StatusCode::SEE_OTHER);
}
