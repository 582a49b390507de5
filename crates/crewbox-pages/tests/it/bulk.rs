//! Actions on all that match and taking the next conversation, with forms alone and as a script sends them.

use axum::http::StatusCode;
use crewbox_core::conversation::{Edit, Flags};
use crewbox_core::id::ConversationId;
use crewbox_store::Op;

use super::world::{Page, World};

/// Ada, Bea and Cy have answered; only Ada's conversation is Bo's.
async fn three() -> (World, Vec<ConversationId>, String) {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (minutes, name) in [(5, "Ada"), (50, "Bea"), (90, "Cy")] {
        ids.push(world.answered(name, minutes, "Yes").await);
    }
    let edit = Edit::Owner(Some(world.bo));
    world.account.commit(Op::Edit { conversation: ids[0], edit }).await;
    let cookie = world.signed_in().await;
    (world, ids, cookie)
}

async fn archived(world: &World, ids: &[ConversationId]) -> Vec<bool> {
    let mut all = Vec::new();
    for id in ids {
        let held = world.account.store.conversation(&world.account.operator, *id).await.unwrap();
        all.push(held.flags.has(Flags::ARCHIVED));
    }
    all
}

/// The page of a job once it has ended.
async fn ended(world: &World, path: &str, cookie: &str) -> Page {
    loop {
        let page = world.get(path, cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        if !page.html.contains("http-equiv=\"refresh\"") {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_match_are_changed_by_a_form_and_one_undo_takes_it_back() {
    let (world, ids, cookie) = three().await;
    let page = world.get("/inbox/unassigned/all?show=open", &cookie).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert!(page.html.contains("All 2 in Unassigned"), "{}", page.html);
    let (token, total) = (page.hidden("token"), page.hidden("total"));
    let form = [("token", &*token), ("total", &*total)];
    let started = world.post("/inbox/unassigned/all/archive?show=open", &cookie, &form).await;
    let job = started.location().to_owned();
    assert!(job.starts_with("/bulk/"), "{}", started.html);
    let page = ended(&world, &job, &cookie).await;
    assert!(page.html.contains("All are done, and 2 have changed."), "{}", page.html);
    assert_eq!(archived(&world, &ids).await, [false, true, true]);
    let again = world.post("/inbox/unassigned/all/archive?show=open", &cookie, &form).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.html);
    assert!(again.html.contains("0 conversations match now, and not 2"), "{}", again.html);
    let undone = world.post(&format!("{job}/undo"), &cookie, &[("token", &*token)]).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.html);
    assert_eq!(archived(&world, &ids).await, [false; 3]);
    for (path, status) in [
        ("/inbox/unassigned/all/reply", StatusCode::NOT_FOUND),
        ("/bulk/0/undo", StatusCode::NOT_FOUND),
        ("/bulk/99/undo", StatusCode::NOT_FOUND),
        ("/inbox/unassigned/all/snooze", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(world.post(path, &cookie, &form).await.status, status, "{path}");
    }
    let foreign = world.post("/inbox/unassigned/all/archive", &cookie, &[("total", &*total)]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN, "without its token a form does nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_sees_how_many_match_and_gets_one_job_for_its_key() {
    let (world, ids, cookie) = three().await;
    let token = world.get("/inbox/inbox", &cookie).await.hidden("token");
    let path = "/inbox/inbox/all/important";
    let preview = [("token", &*token), ("script", "1"), ("preview", "1")];
    assert_eq!(world.post(path, &cookie, &preview).await.html, "matched=3");
    let form = [("token", &*token), ("script", "1"), ("total", "3"), ("key", "k1")];
    let started = world.post(path, &cookie, &form).await;
    assert!(started.html.starts_with("id=1&state="), "{}", started.html);
    assert_eq!(world.post(path, &cookie, &form).await.html, started.html, "the same key is the same job");
    ended(&world, "/bulk/1", &cookie).await;
    let told = world.get("/bulk/1?script=1", &cookie).await;
    assert_eq!(told.html, "id=1&state=done&matched=3&done=3&changed=3");
    let undone = world.post("/bulk/1/undo", &cookie, &[("token", &*token), ("script", "1")]).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.html);
    assert!(undone.html.contains("state=done"), "{}", undone.html);
    for id in ids {
        let held = world.account.store.conversation(&world.account.operator, id).await.unwrap();
        assert!(!held.flags.has(Flags::IMPORTANT));
    }
    let nobody = world.post(path, "", &form).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "a script is told instead of sent elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_offers_the_next_conversation_that_nobody_has() {
    let (world, ids, cookie) = three().await;
    let token = world.get("/inbox/inbox", &cookie).await.hidden("token");
    let form = [("token", &*token)];
    world.post(&format!("/inbox/mine/{}/archive", ids[0]), &cookie, &form).await;
    let empty = world.get("/inbox/mine", &cookie).await;
    assert!(empty.html.contains("Take the next unassigned"), "{}", empty.html);
    for id in [ids[1], ids[2]] {
        let taken = world.post("/take-next", &cookie, &form).await;
        assert_eq!(taken.location(), format!("/inbox/mine/{id}"), "{}", taken.html);
        let held = world.account.store.conversation(&world.account.operator, id).await.unwrap();
        assert_eq!(held.owner, Some(world.bo));
    }
    let nothing = world.post("/take-next", &cookie, &form).await;
    assert_eq!(nothing.location(), "/inbox/mine");
}
