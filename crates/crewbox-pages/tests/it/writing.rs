//! What helps a member to write: signatures, templates, and a message that failed.

use axum::http::StatusCode;
use crewbox_core::id::ConversationId;
use crewbox_store::{Op, OutboxStep};
use crewbox_testkit::account::NOW;

use super::world::{Page, World};

struct Seat {
    world: World,
    cookie: String,
    token: String,
    id: ConversationId,
}

impl Seat {
    async fn new() -> Self {
        let world = World::new().await;
        let id = world.answered("Ada", 5, "When?").await;
        let cookie = world.signed_in().await;
        let token = world.get("/inbox/inbox", &cookie).await.hidden("token");
        Self { world, cookie, token, id }
    }

    async fn page(&self) -> Page {
        self.world.get(&format!("/inbox/inbox/{}", self.id), &self.cookie).await
    }

    /// Sends the composer's form to a path of the conversation.
    async fn compose(&self, verb: &str, fields: &[(&str, &str)]) -> Page {
        let stats_id = self.page().await.hidden("stats_id");
        let all = [&[("token", &*self.token), ("stats_id", &*stats_id), ("as", "reply")], fields].concat();
        self.world.post(&format!("/inbox/inbox/{}/{verb}", self.id), &self.cookie, &all).await
    }

    async fn settings(&self, fields: &[(&str, &str)]) -> Page {
        let all = [&[("token", &*self.token)], fields].concat();
        self.world.post("/settings/writing", &self.cookie, &all).await
    }

    /// The text of the mail that was queued last.
    async fn sent(&self) -> String {
        let (store, scope) = (&self.world.account.store, &self.world.account.operator);
        let last = store.outgoing_due(scope, NOW).await.unwrap().pop().unwrap();
        let raw = store.outgoing_raw(scope, last.id).await.unwrap();
        self.world.account.commit(Op::Outbox(OutboxStep::TakeBack(last.id))).await;
        String::from_utf8_lossy(&raw).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_shown_and_is_below_a_reply_once() {
    let seat = Seat::new().await;
    assert!(!seat.page().await.html.contains("name=\"signature\""), "there is none");
    let long = "x".repeat(2_001);
    let wrong = seat.settings(&[("part", "signature"), ("signature", &long)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("cannot exceed 2000 characters") && wrong.html.contains(&long));
    let saved = seat.settings(&[("part", "signature"), ("signature", "Bo <Lind>\r\nNorth & Co ")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.html);
    let page = seat.page().await;
    let shown = "checked><span dir=\"auto\">Bo &#60;Lind&#62;<br>North &#38; Co</span>";
    assert!(page.html.contains(shown), "{}", page.html);
    for (text, signature, count) in [
        ("Yes", "1", 1),
        ("Yes, at ten\r\n\r\nBo <Lind>\r\nNorth & Co", "1", 1),
        ("No signature here", "", 0),
    ] {
        let done = seat.compose("reply", &[("reply", text), ("signature", signature)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
        let raw = seat.sent().await;
        // Once in the text and once in the HTML.
        assert_eq!(raw.matches("North &").count(), 2 * count, "{text}: {raw}");
    }
    let refused = seat.compose("reply", &[("reply", "Hi"), ("to", "nobody")]).await;
    assert!(refused.html.contains("aria-label=\"Add signature\">"), "it stays off: {}", refused.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_written_inserted_and_never_sent_with_a_field_that_is_left() {
    let seat = Seat::new().await;
    let text = "Hello {{first_name}} of {{company}},\r\n\r\nthe {{product|plan}} for {{job title}} & you.";
    let wrong = seat.settings(&[("part", "template"), ("name", ""), ("text", text)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("must not be empty") && wrong.html.contains("for {{job title}} &#38; you."));
    let saved =
        seat.settings(&[("part", "template"), ("name", "Plans"), ("text", text), ("shared", "1")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.html);
    let list = seat.world.get("/settings/writing", &seat.cookie).await;
    let id = list.hidden("id");
    let page = seat.page().await;
    assert!(page.html.contains(&format!("name=\"template\" value=\"{id}\"")), "{}", page.html);
    assert!(page.html.contains("Insert template: Plans"), "the palette has it: {}", page.html);

    let path = format!("/parts/inbox/{}/template?id={id}", seat.id);
    let part = seat.world.get(&path, &seat.cookie).await;
    assert!(part.html.starts_with("text=Hello+Ada+of+Ada+%26+Co%2C%0A%0Athe+plan+for+"), "{}", part.html);
    assert!(part.html.ends_with("&missing=%7B%7Bjob+title%7D%7D"), "{}", part.html);
    let inserted = seat.compose("insert", &[("reply", "Typed before\r\n"), ("template", &id)]).await;
    assert_eq!(inserted.status, StatusCode::OK);
    let whole =
        "Typed before\n\nHello Ada of Ada &#38; Co,\n\nthe plan for {{job title}} &#38; you.</textarea>";
    assert!(inserted.html.contains(whole), "{}", inserted.html);
    assert!(inserted.html.contains("role=\"alert\">Not filled in: {{job title}}</p>"), "{}", inserted.html);

    let left = [("reply", "the plan for {{job title}}")];
    let refused = seat.compose("reply", &left).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("`{{job title}}` is not filled in"), "{}", refused.html);
    assert!(refused.html.contains("the plan for {{job title}}</textarea>"), "{}", refused.html);
    let subject = [("reply", "Hi"), ("subject", "For {{first_name}}")];
    assert_eq!(seat.compose("reply", &subject).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let due = seat.world.account.store.outgoing_due(&seat.world.account.operator, NOW).await.unwrap();
    assert!(due.is_empty(), "nothing is sent");

    let change = [("part", "template"), ("id", &*id), ("name", "Plans"), ("text", "Short")];
    assert_eq!(seat.settings(&change).await.status, StatusCode::SEE_OTHER);
    assert!(seat.world.get(&path, &seat.cookie).await.html.starts_with("text=Short"));
    let delete = [("part", "template"), ("id", &*id), ("do", "delete")];
    assert_eq!(seat.settings(&delete).await.status, StatusCode::SEE_OTHER);
    assert_eq!(seat.world.get(&path, &seat.cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_without_scripts() {
    let seat = Seat::new().await;
    let fields = [("reply", "Half a thought"), ("cc", "cy@lead.test"), ("version", "0")];
    let kept = seat.compose("keep", &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.html);
    let page = seat.page().await;
    assert!(page.html.contains("Half a thought</textarea>"), "{}", page.html);
    assert_eq!((page.hidden("cc"), page.hidden("version")), ("cy@lead.test".to_owned(), "1".to_owned()));
    let older = seat.compose("keep", &[("reply", "Another thought"), ("version", "0")]).await;
    assert_eq!(older.status, StatusCode::CONFLICT);
    assert!(older.html.contains("Another thought</textarea>"), "{}", older.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_failed_is_in_its_conversation_and_can_be_edited() {
    let seat = Seat::new().await;
    seat.compose("reply", &[("reply", "On <Monday>,\r\nBo"), ("bcc", "boss@us.test")]).await;
    let (store, operator) = (&seat.world.account.store, seat.world.account.operator);
    let due = store.outgoing_due(&operator, NOW).await.unwrap();
    seat.world.account.commit(Op::Outbox(OutboxStep::Fail(due[0].id, "550 <no>".to_owned()))).await;
    let page = seat.page().await;
    let at = page.html.find("class=\"unsent\"").unwrap_or_else(|| panic!("{}", page.html));
    let unsent = page.html[at..].split("</section>").next().unwrap();
    for part in
        ["ada@lead.test, boss@us.test", "550 &#60;no&#62;", "On &#60;Monday&#62;,<br>Bo</p>", "Try again"]
    {
        assert!(unsent.contains(part), "{part}: {unsent}");
    }
    let message = due[0].message_id.clone();
    let fields = [("token", &*seat.token), ("message_id", &*message)];
    for _ in 0..2 {
        let edit = format!("/inbox/inbox/{}/rewrite", seat.id);
        let done = seat.world.post(&edit, &seat.cookie, &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    }
    let page = seat.page().await;
    assert!(page.html.contains("On &#60;Monday&#62;,\nBo</textarea>"), "once: {}", page.html);
    assert_eq!(page.hidden("bcc"), "boss@us.test");
    assert!(page.html.contains("data-verb=\"reply\" data-as=\"reply\""), "{}", page.html);
    seat.compose("reply", &[("reply", "On Tuesday")]).await;
    assert!(!seat.page().await.html.contains("class=\"unsent\""), "another one replaces it");
    let late = seat.world.post(&format!("/inbox/inbox/{}/rewrite", seat.id), &seat.cookie, &fields).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_waits_is_a_draft_again_when_its_sending_is_cancelled() {
    let seat = Seat::new().await;
    seat.compose("reply", &[("reply", "On Monday,\r\nBo"), ("cc", "cy@lead.test")]).await;
    let (store, operator) = (&seat.world.account.store, seat.world.account.operator);
    let due = store.outgoing_due(&operator, NOW).await.unwrap();
    assert!(seat.page().await.html.contains("Cancel sending"));
    let fields = [("token", &*seat.token), ("message_id", &*due[0].message_id)];
    let cancel = format!("/inbox/inbox/{}/take-back", seat.id);
    let done = seat.world.post(&cancel, &seat.cookie, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let page = seat.page().await;
    assert!(page.html.contains("On Monday,\nBo</textarea>"), "{}", page.html);
    assert_eq!(page.hidden("cc"), "cy@lead.test");
    assert!(store.outgoing_due(&operator, NOW).await.unwrap().is_empty(), "nothing is sent");
    let again = seat.world.post(&cancel, &seat.cookie, &fields).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.html);
    assert_eq!(seat.page().await.html.matches("On Monday,\nBo").count(), 1, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_sent_at_the_time_that_is_typed() {
    let seat = Seat::new().await;
    let wrong = seat.compose("reply", &[("reply", "Later"), ("when", "some day")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sentence = "`some day` is no time: try `tue 3pm`, `tomorrow` or `in 2 weeks`.";
    assert!(wrong.html.contains(sentence), "{}", wrong.html);
    assert_eq!(
        (wrong.hidden("when"), wrong.html.contains("Later</textarea>")),
        ("some day".to_owned(), true)
    );
    let sent = seat.compose("reply", &[("reply", "Later"), ("when", "in 2 days")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
    let page = seat.page().await;
    assert!(page.html.contains("scheduled for <time"), "{}", page.html);
    let store = &seat.world.account.store;
    assert!(store.outgoing_due(&seat.world.account.operator, NOW).await.unwrap().is_empty());
    let in_two_days = crewbox_core::time::Timestamp(NOW.millis() + 3 * 86_400_000);
    assert_eq!(store.outgoing_due(&seat.world.account.operator, in_two_days).await.unwrap().len(), 1);
}
