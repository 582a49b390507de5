//! Files that go along with a reply.

use axum::http::StatusCode;
use crewbox_app::Caller;
use crewbox_app::conversation::{draft, save_draft};
use crewbox_app::outgoing::waiting as waiting_in;
use crewbox_core::draft::{DraftContent, DraftFile};
use crewbox_core::id::ConversationId;
use crewbox_core::model::SessionKind;
use crewbox_store::contract::HeldDraft;
use crewbox_store::{Live, Op, OutboxStep};
use crewbox_testkit::account::NOW;

use super::world::{Page, World};

/// The composer's hidden fields.
struct Composer {
    path: String,
    token: String,
    stats_id: String,
}

impl Composer {
    async fn of(world: &World, id: ConversationId, cookie: &str) -> Self {
        let page = world.get(&format!("/inbox/inbox/{id}"), cookie).await;
        let path = format!("/inbox/inbox/{id}");
        Self { path, token: page.hidden("token"), stats_id: page.hidden("stats_id") }
    }

    async fn post(
        &self,
        world: &World,
        (verb, cookie): (&str, &str),
        more: &[(&str, &str)],
        files: &[(&str, &str)],
    ) -> Page {
        let path = format!("{}/{verb}", self.path);
        let fields =
            [&[("token", &*self.token), ("stats_id", &*self.stats_id), ("as", "reply")], more].concat();
        world.post_files(&path, cookie, &fields, files).await
    }
}

/// The whole text of what waits to be sent.
async fn waiting(world: &World, id: ConversationId) -> Vec<String> {
    let (store, scope) = (&world.account.store, &world.account.operator);
    let operator = Caller::operator(store, *scope, NOW).await.unwrap();
    let mut all = Vec::new();
    for one in waiting_in(&world.services, &operator, id).await.unwrap() {
        all.push(String::from_utf8_lossy(&store.outgoing_raw(scope, one.id).await.unwrap()).into_owned());
    }
    all
}

/// The member of a cookie.
async fn caller(world: &World, cookie: &str) -> Caller {
    let (_, token) = cookie.split_once('=').unwrap();
    let live = Live::new(world.account.store.clone());
    let signed = live.session(SessionKind::Browser, token, NOW).await.unwrap();
    Caller::signed_in(signed.scope, &signed.account, NOW)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_along_once_and_with_the_same_key_once_only() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Yes").await;
    let cookie = world.signed_in().await;
    let composer = Composer::of(&world, id, &cookie).await;
    let files = [("plan.txt", "the plan"), ("../price list.txt", "the prices")];
    let fields = [("reply", "Here they are"), ("key", "k1"), ("script", "1")];
    for _ in 0..2 {
        let done = composer.post(&world, ("reply", &cookie), &fields, &files).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.html);
        assert!(done.html.contains("message="), "{}", done.html);
    }
    let sent = waiting(&world, id).await;
    let [raw] = &sent[..] else { panic!("{} messages", sent.len()) };
    for part in ["plan.txt", "price list.txt"] {
        assert!(raw.contains(part), "{part}: {raw}");
    }
    assert!(!raw.contains(".."), "{raw}");

    // Without a key, other files are another reply.
    for text in ["one", "one", "two"] {
        let done = composer.post(&world, ("reply", &cookie), &[("reply", "And")], &[("a.txt", text)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    }
    assert_eq!(waiting(&world, id).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_keeps_the_text_and_says_that_the_files_are_to_be_chosen_again() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Yes").await;
    let cookie = world.signed_in().await;
    let composer = Composer::of(&world, id, &cookie).await;
    let typed = [("reply", "Look at this"), ("to", "nobody")];
    let page = composer.post(&world, ("reply", &cookie), &typed, &[("a.txt", "a")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.html);
    assert!(page.html.contains("Look at this</textarea>"), "{}", page.html);
    assert!(page.html.contains("Choose the files again"), "{}", page.html);
    let page = composer.post(&world, ("keep", &cookie), &[("reply", "Later")], &[("a.txt", "a")]).await;
    assert!(page.html.contains("saved without its files"), "{}", page.html);
    assert_eq!(
        draft(&world.services, &caller(&world, &cookie).await, id).await.unwrap().content.body,
        "<p>Later</p>"
    );

    let page =
        composer.post(&world, ("reply", ""), &[("reply", "Typed for an hour")], &[("a.txt", "a")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{}", page.html);
    assert!(page.html.contains("Typed for an hour") && page.html.contains("are not kept"), "{}", page.html);
    assert!(waiting(&world, id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_mail_can_carry_is_refused_with_one_sentence() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Yes").await;
    let cookie = world.signed_in().await;
    let composer = Composer::of(&world, id, &cookie).await;
    let fields = [("reply", "Much"), ("script", "1")];
    let large = "x".repeat(27 * 1024 * 1024);
    let huge = "x".repeat(31 * 1024 * 1024);
    let many: Vec<(&str, &str)> = (0..26).map(|_| ("a.txt", "a")).collect();
    for (files, status) in [
        (&[("a.txt", &*large)][..], StatusCode::UNPROCESSABLE_ENTITY),
        (&[("a.txt", &*huge)], StatusCode::PAYLOAD_TOO_LARGE),
        (&many, StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let page = composer.post(&world, ("reply", &cookie), &fields, files).await;
        assert_eq!(page.status, status, "{}", page.html);
        assert!(page.html.ends_with("attach less") && !page.html.contains('<'), "{}", page.html);
    }
    let done = composer.post(
        &world,
        ("reply", &cookie),
        &[("reply", "x"), ("file", "https://x.test/a.pdf a.pdf")],
        &[],
    );
    let page = done.await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.html);
    assert!(page.html.contains("is no file here.</p>"), "{}", page.html);
    assert!(waiting(&world, id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_draft_go_along_unless_their_box_is_empty() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Yes").await;
    world.mail(5, with_file(&"plan".repeat(5))).await;
    let cookie = world.signed_in().await;
    let bo = caller(&world, &cookie).await;
    let held =
        world.account.store.messages_by_rfc_id(&world.account.operator, "second@lead.test").await.unwrap();
    let file = |name: &str| DraftFile {
        name: name.to_owned(),
        url: format!("https://box.test/api/v1/messages/{}/attachments/0?expires=1", held[0].id),
    };
    let content = DraftContent {
        body: "<p>As you asked</p>".to_owned(),
        attachments: vec![file("old.pdf"), file("new plan.pdf")],
        ..DraftContent::default()
    };
    save_draft(&world.services, &bo, id, 0, content).await.unwrap();
    let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await;
    assert!(page.html.contains("new plan.pdf</span></label>"), "{}", page.html);
    let composer = Composer::of(&world, id, &cookie).await;
    let link = format!("{} {}", file("").url, "new plan.pdf");
    // A page saves what is typed, and keeps what the draft names.
    let fields =
        [("token", &*composer.token), ("reply", "As you asked me"), ("version", "1"), ("file", &*link)];
    world.post(&format!("/parts/inbox/{id}/draft"), &cookie, &fields).await;
    let HeldDraft { content, .. } = draft(&world.services, &bo, id).await.unwrap();
    assert_eq!(content.attachments, [DraftFile { name: "new plan.pdf".to_owned(), ..file("") }]);
    let fields = [("reply", "As you asked me"), ("file", &*link)];
    let done = composer.post(&world, ("reply", &cookie), &fields, &[("more.txt", "more")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let sent = waiting(&world, id).await;
    for part in ["new plan.pdf", "more.txt", "As you asked me"] {
        assert!(sent[0].contains(part), "{part}: {}", sent[0]);
    }
    assert!(!sent[0].contains("old.pdf"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_taken_back_is_a_draft_with_its_files() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Yes").await;
    world.mail(5, with_file("plan")).await;
    let cookie = world.signed_in().await;
    let composer = Composer::of(&world, id, &cookie).await;
    for (verb, expected) in [("reply", &["notes.txt"][..]), ("forward", &["notes.txt"])] {
        let fields = [("reply", "Tomorrow"), ("when", "in 2 days"), ("to", "eve@x.test")];
        let done = composer.post(&world, (verb, &cookie), &fields, &[("notes.txt", "my notes")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
        let (store, scope) = (&world.account.store, &world.account.operator);
        let bo = caller(&world, &cookie).await;
        let one = waiting_in(&world.services, &bo, id).await.unwrap().pop().unwrap();
        let fields = [("token", &*composer.token), ("message_id", &*one.message_id)];
        let done = world.post(&format!("/inbox/inbox/{id}/take-back"), &cookie, &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
        let held = draft(&world.services, &bo, id).await.unwrap();
        let files = &held.content.attachments;
        assert_eq!(files.iter().map(|file| &*file.name).collect::<Vec<_>>(), expected, "{verb}");

        // It is sent again with them.
        let link = format!("{} {}", files[0].url, files[0].name);
        let fields = [("reply", "Now"), ("to", "eve@x.test"), ("file", &*link)];
        let done = composer.post(&world, (verb, &cookie), &fields, &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
        let one = store.outgoing_due(scope, NOW).await.unwrap().pop().unwrap();
        let raw = String::from_utf8(store.outgoing_raw(scope, one.id).await.unwrap()).unwrap();
        assert_eq!(raw.matches("notes.txt").count(), 1, "{raw}");
        assert_eq!(raw.contains("plan.pdf"), verb == "forward", "{raw}");
        world.account.commit(Op::Outbox(OutboxStep::TakeBack(one.id))).await;
    }
}

/// A second mail of Ada's, with a file.
fn with_file(text: &str) -> String {
    format!(
        "From: Ada <ada@lead.test>\r\nTo: Bo <bo@sender.test>\r\nSubject: Re: Prices\r\n\
         Message-ID: <second@lead.test>\r\nIn-Reply-To: <Ada@sender.test>\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere it is\r\n\
         --b\r\nContent-Type: application/pdf; name=plan.pdf\r\n\
         Content-Disposition: attachment; filename=plan.pdf\r\n\r\n{text}\r\n--b--\r\n"
    )
}
