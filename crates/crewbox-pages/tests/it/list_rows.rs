//! What a row says besides its message: drafts, replies that failed, and how much of it is shown.

use axum::http::StatusCode;
use crewbox_core::conversation::Edit;
use crewbox_core::outgoing::OutgoingState;
use crewbox_store::{Op, OutboxStep};
use crewbox_testkit::account::NOW;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_row_shows_the_draft_of_the_member_who_looks_at_it() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "When?").await;
    let cookie = world.signed_in().await;
    let token = world.get("/inbox/inbox", &cookie).await.hidden("token");
    let draft = [("token", &*token), ("reply", "On <Monday>,\r\n\r\nBo"), ("version", "0")];
    let saved = world.post(&format!("/parts/inbox/{id}/draft"), &cookie, &draft).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.html);
    let list = world.get("/inbox/inbox", &cookie).await;
    assert!(
        list.html.contains("<b class=\"draft\">Draft:</b> On &#60;Monday&#62;, Bo</span>"),
        "{}",
        list.html
    );
    assert!(!list.html.contains("When?</span>"), "{}", list.html);
    world.post(&format!("/parts/inbox/{id}/draft"), &cookie, &[("token", &*token), ("reply", "")]).await;
    let list = world.get("/inbox/inbox", &cookie).await;
    assert!(list.html.contains("When?</span>") && !list.html.contains("Draft:"), "{}", list.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_names_its_campaign_and_owner_only_where_they_differ() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    world.account.commit(Op::Edit { conversation: id, edit: Edit::Owner(Some(world.bo)) }).await;
    let cookie = world.signed_in().await;
    let (campaign, owner) = ("<small class=\"campaign\">Spring</small>", "class=\"owner\"");
    for (query, names_campaign, names_owner) in [
        (String::new(), true, true),
        (format!("?campaign={}", world.campaign), false, true),
        (format!("?owner={}", world.bo), true, false),
    ] {
        let list = world.get(&format!("/inbox/inbox{query}"), &cookie).await.html;
        let found = (list.contains(">Ada</a>"), list.contains(campaign), list.contains(owner));
        assert_eq!(found, (true, names_campaign, names_owner), "{query}: {list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_failed_is_above_the_list_until_it_is_sent_again() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "When?").await;
    let cookie = world.signed_in().await;
    let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await;
    let token = page.hidden("token");
    let reply = [("token", &*token), ("stats_id", &*page.hidden("stats_id")), ("reply", "On Monday")];
    world.post(&format!("/inbox/inbox/{id}/reply"), &cookie, &reply).await;
    let operator = world.account.operator;
    let due = world.account.store.outgoing_due(&operator, NOW).await.unwrap();
    let answer = "550 no <such> mailbox".to_owned();
    world.account.commit(Op::Outbox(OutboxStep::Fail(due[0].id, answer))).await;
    let list = world.get("/inbox/mine", &cookie).await;
    let sentence = "your reply was not sent. <span dir=\"auto\">550 no &#60;such&#62; mailbox</span>";
    assert!(list.html.contains(sentence) && list.html.contains("Try again: Ada"), "{}", list.html);

    let again = [("token", &*token), ("message_id", &*list.hidden("message_id"))];
    let done = world.post(&format!("/inbox/mine/{id}/try-again"), &cookie, &again).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let due = world.account.store.outgoing_due(&operator, NOW).await.unwrap();
    assert_eq!((due.len(), due[0].state, due[0].attempts), (1, OutgoingState::Queued, 0));
    assert!(!world.get("/inbox/mine", &cookie).await.html.contains("was not sent"));
    let twice = world.post(&format!("/inbox/mine/{id}/try-again"), &cookie, &again).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "it waits to be sent: {}", twice.html);
    let foreign = world.post("/inbox/mine/999/try-again", &cookie, &again).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);

    // Another reply replaces it.
    world.account.commit(Op::Outbox(OutboxStep::Fail(due[0].id, "550 no".to_owned()))).await;
    assert!(world.get("/inbox/mine", &cookie).await.html.contains("was not sent"));
    let reply = [("token", &*token), ("stats_id", &*page.hidden("stats_id")), ("reply", "On Tuesday")];
    world.post(&format!("/inbox/inbox/{id}/reply"), &cookie, &reply).await;
    assert!(!world.get("/inbox/mine", &cookie).await.html.contains("was not sent"));
    let late = world.post(&format!("/inbox/mine/{id}/try-again"), &cookie, &again).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.html);
}
