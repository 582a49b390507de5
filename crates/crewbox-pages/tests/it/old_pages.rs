//! Forms whose session has ended, and forms of a page from before another sign-in: nothing is done, and what was typed is
//! shown again.

use axum::http::StatusCode;

use super::world::World;

const TYPED: &str = "Typed <b>before</b>";

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_session_shows_what_was_typed() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    for (verb, field) in
        [("reply", "reply"), ("note", "note"), ("remind", "text"), ("task", "text"), ("tag", "tag")]
    {
        let path = format!("/inbox/inbox/{id}/{verb}?show=all");
        let page = world.post(&path, "", &[("token", "old"), ("stats_id", "s"), (field, TYPED)]).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{verb}");
        assert!(page.html.contains("Typed &#60;b&#62;before"), "{}", page.html);
        assert!(page.html.contains(&format!("action=\"{}\"", path)), "{}", page.html);
        assert_eq!(page.hidden("stats_id"), "s");
        assert!(page.html.contains(&format!("/sign-in?next=%2Finbox%2Finbox%2F{id}")), "{}", page.html);
    }
    for fields in [&[("token", "old")][..], &[("value", "2")], &[("reply", " \n")]] {
        let page = world.post(&format!("/inbox/inbox/{id}/category"), "", fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{fields:?}: nothing was typed");
    }
    let script = [("reply", TYPED), ("script", "1")];
    let told = world.post(&format!("/inbox/inbox/{id}/reply"), "", &script).await;
    assert_eq!((told.status, &*told.html), (StatusCode::UNAUTHORIZED, "You are signed out: sign in again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_an_earlier_session_shows_what_was_typed_with_the_token_of_this_one() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let path = format!("/inbox/inbox/{id}");
    let earlier = world.signed_in().await;
    let old = world.get(&path, &earlier).await.hidden("token");
    let cookie = world.signed_in().await;
    for (verb, field) in [("reply", "reply"), ("note", "note")] {
        let page = world.post(&format!("{path}/{verb}"), &cookie, &[("token", &old), (field, TYPED)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{verb}");
        assert!(page.html.contains("Typed &#60;b&#62;before"), "{}", page.html);
        assert!(page.html.contains("nothing was done"), "{}", page.html);
        let note = [("token", &*page.hidden("token")), ("note", TYPED)];
        let sent = world.post(&format!("{path}/note"), &cookie, &note).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
    }
    let archive = world.post(&format!("{path}/archive"), &cookie, &[("token", &old)]).await;
    assert_eq!(archive.status, StatusCode::FORBIDDEN);
    assert!(archive.html.contains("This page is from before you signed in"), "{}", archive.html);
    let script = [("token", &*old), ("note", TYPED), ("script", "1")];
    let told = world.post(&format!("{path}/note"), &cookie, &script).await;
    assert_eq!(
        told.status,
        StatusCode::PRECONDITION_FAILED,
        "a script keeps it until the page is loaded again"
    );
}
