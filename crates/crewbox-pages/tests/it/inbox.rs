//! Reading and working the inbox with forms alone.

use axum::http::StatusCode;
use crewbox_core::conversation::Edit;
use crewbox_core::conversation::Flags;
use crewbox_store::Op;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_reads_answers_and_archives_and_the_next_conversation_opens() {
    let world = World::new().await;
    let newest = world.answered("Ada", 5, "Does *Tuesday* work?\r\nAda").await;
    let older = world.answered("Bea", 50, "No thanks").await;
    for conversation in [newest, older] {
        world.account.commit(Op::Edit { conversation, edit: Edit::Owner(Some(world.bo)) }).await;
    }
    let cookie = world.signed_in().await;
    let list = world.get("/inbox/mine", &cookie).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.html);
    assert!(list.html.contains("<title>(2) Assigned to me · Crewbox</title>"), "{}", list.html);
    let (ada, bea) = (list.html.find(">Ada</a>").unwrap(), list.html.find(">Bea</a>").unwrap());
    assert!(ada < bea, "the newest reply is first");
    assert!(list.html.contains("Ada &#38; Co") && list.html.contains("1–2 of 2"), "{}", list.html);

    let page = world.get(&format!("/inbox/mine/{newest}"), &cookie).await;
    assert!(page.html.contains("Does *Tuesday* work?<br>Ada"), "{}", page.html);
    assert!(page.html.contains("<title>(1) Assigned to me"), "opening it read it: {}", page.html);
    let (token, stats_id) = (page.hidden("token"), page.hidden("stats_id"));
    let reply = [("token", &*token), ("stats_id", &*stats_id), ("reply", "Yes, <10> sharp.\r\n\r\nBo")];
    let sent = world.post(&format!("/inbox/mine/{newest}/reply"), &cookie, &reply).await;
    assert_eq!(sent.location(), format!("/inbox/mine/{newest}"), "{}", sent.html);
    let unsettled =
        world.account.store.outgoing_due(&world.account.operator, crewbox_testkit::account::NOW).await;
    let outgoing = unsettled.unwrap();
    assert_eq!(outgoing.len(), 1);
    let raw = world.account.store.outgoing_raw(&world.account.operator, outgoing[0].id).await.unwrap();
    assert!(String::from_utf8_lossy(&raw).contains("&lt;10&gt; sharp."), "{}", String::from_utf8_lossy(&raw));
    let twice = world.post(&format!("/inbox/mine/{newest}/reply"), &cookie, &reply).await;
    assert_eq!(twice.status, StatusCode::SEE_OTHER);
    let due = world.account.store.outgoing_due(&world.account.operator, crewbox_testkit::account::NOW).await;
    assert_eq!(due.unwrap().len(), 1, "a form that is sent twice sends one reply");

    let archived = world.post(&format!("/inbox/mine/{newest}/archive"), &cookie, &[("token", &token)]).await;
    assert_eq!(archived.location(), format!("/inbox/mine/{older}"), "the next older one opens");
    let last = world
        .post(&format!("/inbox/mine/{older}/snooze"), &cookie, &[("token", &token), ("value", "2w")])
        .await;
    assert_eq!(last.location(), "/inbox/mine");
    let empty = world.get("/inbox/mine", &cookie).await;
    assert!(empty.html.contains("All done"), "{}", empty.html);
    let all = world.get("/inbox/mine?show=all", &cookie).await;
    assert!(all.html.contains("1–2 of 2"), "{}", all.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_has_its_effect_and_its_opposite() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let cookie = world.signed_in().await;
    let token = world.get("/inbox/inbox", &cookie).await.hidden("token");
    let act = async |verb: &str, value: &str| {
        let fields = [("token", &*token), ("value", value), ("note", value)];
        let page = world.post(&format!("/inbox/inbox/{id}/{verb}"), &cookie, &fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{verb}: {}", page.html);
        world.account.store.conversation(&world.account.operator, id).await.unwrap()
    };
    assert!(act("archive", "").await.flags.has(Flags::ARCHIVED));
    assert!(!act("unarchive", "").await.flags.has(Flags::ARCHIVED));
    assert!(act("important", "").await.flags.has(Flags::IMPORTANT));
    assert!(!act("unimportant", "").await.flags.has(Flags::IMPORTANT));
    assert!(act("unread", "").await.flags.has(Flags::UNREAD));
    assert!(act("snooze", "tomorrow").await.snoozed_until.is_some());
    assert!(act("wake", "").await.snoozed_until.is_none());
    assert_eq!(act("category", "2").await.category, Some(2.into()));
    assert_eq!(act("category", "").await.category, None);
    assert_eq!(act("take", "").await.owner, Some(world.bo));
    assert_eq!(act("assign", "").await.owner, None);
    act("note", "Call on Monday").await;
    let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await;
    assert!(page.html.contains("Call on Monday") && page.html.contains("Note by Bo Lind"), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_keeps_the_typed_text_and_gives_the_reason() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let cookie = world.signed_in().await;
    let token = world.get("/inbox/inbox", &cookie).await.hidden("token");
    let fields = [("token", &*token), ("stats_id", "no such thread"), ("reply", "A long & careful answer")];
    let page = world.post(&format!("/inbox/inbox/{id}/reply"), &cookie, &fields).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.html.contains("A long &#38; careful answer</textarea>"), "{}", page.html);
    assert!(page.html.contains("role=\"alert\""), "{}", page.html);
    let fields = [("token", &*token), ("note", " ")];
    let page = world.post(&format!("/inbox/inbox/{id}/note"), &cookie, &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_search_and_pages_are_in_the_address() {
    let world = World::new().await;
    for place in 0..25 {
        world.answered(&format!("Lead{place}"), place, "Yes").await;
    }
    let cookie = world.signed_in().await;
    let first = world.get("/inbox/inbox", &cookie).await;
    assert!(
        first.html.contains("1–20 of 25") && first.html.contains("/inbox/inbox?page=2"),
        "{}",
        first.html
    );
    let second = world.get("/inbox/inbox?page=2", &cookie).await;
    assert!(second.html.contains("21–25 of 25"), "{}", second.html);
    assert!(second.html.contains("aria-label=\"Page 2\" aria-current=\"page\">2</a>"), "{}", second.html);
    assert!(second.html.contains("href=\"/inbox/inbox\" aria-label=\"Page 1\""), "{}", second.html);
    let found = world.get("/inbox/inbox?q=lead7", &cookie).await;
    assert!(found.html.contains("1–1 of 1") && found.html.contains("Search: lead7"), "{}", found.html);
    let none = world.get("/inbox/inbox?category=1", &cookie).await;
    assert!(none.html.contains("25 hidden by filters"), "{}", none.html);
    let long = world.get(&format!("/inbox/inbox?q={}", "x".repeat(31)), &cookie).await;
    assert!(long.html.contains("The search cannot exceed 30 characters"), "{}", long.html);
    for nothing in ["/inbox/nowhere", "/inbox/inbox/999", "/inbox/inbox/x", "/inbox/", "/nowhere/at/all"] {
        let page = world.get(nothing, &cookie).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{nothing}");
        assert!(page.html.contains("href=\"/inbox/mine\""), "{nothing}: {}", page.html);
    }
    let signed_out = world.get("/nowhere", "").await;
    assert_eq!(signed_out.status, StatusCode::NOT_FOUND);
    assert!(signed_out.html.contains("There is nothing at this address."), "{}", signed_out.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_own_user_sees_that_clients_conversations_only() {
    let world = World::new().await;
    let mine = world.answered("Ada", 5, "Yes").await;
    let client = world.account.client("North").await;
    let bo = world.account.client("South").await;
    assert_ne!(client, bo);
    let campaign = world.account.campaign("North's secret campaign", Some(client)).await;
    let theirs = world.account.leads(campaign, &["nell@north.test"]).await[0];
    let new = crewbox_store::NewMember {
        name: "Sue".to_owned(),
        email: "sue@us.test".to_owned(),
        role: crewbox_core::model::Role::Member,
        client: Some(bo),
        password_hash: Some(crewbox_app::session::password::hash(super::world::PASSWORD).unwrap()),
    };
    world.account.commit(Op::AddMember(new)).await;
    let fields = [("email", "sue@us.test"), ("password", super::world::PASSWORD)];
    let page = world.post("/sign-in", "", &fields).await;
    let cookie = page.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for path in ["/inbox/inbox", "/inbox/mine?show=all", "/inbox/sent"] {
        let page = world.get(path, &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        for secret in ["Ada", "North", "Spring", "nell", "bo@sender.test", "Bo Lind"] {
            assert!(!page.html.contains(secret), "{path} shows {secret}: {}", page.html);
        }
    }
    let missing = world.get("/inbox/inbox/999999", &cookie).await;
    for id in [mine, theirs] {
        let foreign = world.get(&format!("/inbox/inbox/{id}"), &cookie).await;
        assert_eq!((foreign.status, &foreign.html), (StatusCode::NOT_FOUND, &missing.html));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_what_a_swipe_to_each_side_does() {
    let world = World::new().await;
    let cookie = world.signed_in().await;
    let page = world.get("/inbox/mine", &cookie).await.html;
    let swiped: Vec<&str> = page.lines().filter(|line| line.contains("data-swipe=")).collect();
    assert_eq!(swiped.len(), 4, "{swiped:?}");
    for (verb, side) in [("archive", "right"), ("unarchive", "right"), ("wake", "left"), ("snooze", "left")] {
        let (verb, side) = (format!("data-verb=\"{verb}\""), format!("data-swipe=\"{side}\""));
        assert!(swiped.iter().any(|row| row.contains(&verb) && row.contains(&side)), "{verb}: {swiped:?}");
    }
    for part in
        ["data-value=\"tomorrow\"", "data-done=\"Snoozed until tomorrow, 09:00\"", "data-effect=\"leaves\""]
    {
        assert!(swiped[3].contains(part), "{part}: {swiped:?}");
    }
}
