//! What a conversation shows besides its text, and the lead beside it: files, originals, activity, tasks, reminders, fields.

use axum::http::StatusCode;
use crewbox_core::conversation::Edit;
use crewbox_core::id::ConversationId;
use crewbox_store::Op;
use crewbox_testkit::account::NOW;

use super::world::{Page, World};

/// Bo's browser on one conversation.
struct Browser<'w> {
    world: &'w World,
    path: String,
    cookie: String,
}

impl<'w> Browser<'w> {
    async fn on(world: &'w World, id: ConversationId) -> Self {
        Self { world, path: format!("/inbox/inbox/{id}"), cookie: world.signed_in().await }
    }

    async fn page(&self) -> Page {
        let page = self.world.get(&self.path, &self.cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        page
    }

    async fn try_to(&self, verb: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.page().await.hidden("token");
        let fields: Vec<(&str, &str)> =
            [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.world.post(&format!("{}/{verb}", self.path), &self.cookie, &fields).await
    }

    /// Sends a form; the page after it.
    async fn act(&self, verb: &str, fields: &[(&str, &str)]) -> Page {
        let done = self.try_to(verb, fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{verb}: {}", done.html);
        self.page().await
    }
}

const WITH_LAYOUT: &str = "From: Ada <ada@lead.test>\r\nTo: bo@sender.test\r\nSubject: Re: Prices\r\nMessage-ID: <layout@lead.test>\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
    <p>Two <b>questions</b>:</p><ul><li>When?</li><li>How much?</li></ul>\
    <p><a href=\"https://evil.test/login\">bank.example</a></p><table><tr><th>Seats</th><th>Price</th></tr><tr><td>12</td><td>90</td></tr></table>\
    <img src=\"https://t.test/o.gif\" width=1 height=1><script>canary()</script>\r\n\
    --b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=\"../x\u{202e}cod.html\"\r\n\r\n<script>canary()</script>\r\n--b--\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_read_as_a_tree_and_its_layout_and_files_are_separate() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Hello").await;
    world.mail(5, WITH_LAYOUT.to_owned()).await;
    let browser = Browser::on(&world, id).await;
    let page = browser.page().await;
    for part in [
        "<p>Two <strong>questions</strong>:</p>",
        "<li><p>When?</p>",
        "href=\"https://evil.test/login\"",
        ">bank.example</a><span class=\"elsewhere\">leads to evil.test</span>",
        "<td>Seats</td>",
        "1 tracker blocked (t.test)",
    ] {
        assert!(page.html.replace('\n', "").contains(part), "{part}: {}", page.html);
    }
    let after = |mark: &str| {
        let (_, rest) = page.html.split_once(mark).unwrap_or_else(|| panic!("no {mark}: {}", page.html));
        rest.split('"').next().unwrap().to_owned()
    };
    let original = world.get(&after("<iframe src=\""), &browser.cookie).await;
    let policy = original.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'; style-src 'unsafe-inline'"), "{policy}");
    assert!(original.html.contains("<td>12</td>") && !original.html.contains("canary"), "{}", original.html);
    let file = world.get(&after("class=\"file\" href=\""), &browser.cookie).await;
    assert_eq!(file.html.trim(), "<script>canary()</script>");
    assert_eq!(file.headers["content-disposition"], "attachment; filename*=UTF-8''xcod.html");
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert_eq!(file.headers["content-security-policy"], "sandbox; default-src 'none'");
    for path in ["/files/999999/0", "/files/1/99", "/files/x/0", "/messages/999999/original"] {
        assert_eq!(world.get(path, &browser.cookie).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(world.get("/files/1/0", "").await.status, StatusCode::SEE_OTHER, "without a session");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_members_did_is_between_the_messages() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    world.account.commit(Op::Edit { conversation: id, edit: Edit::Owner(Some(world.bo)) }).await;
    let browser = Browser::on(&world, id).await;
    browser.act("category", &[("value", "2")]).await;
    browser.act("archive", &[]).await;
    let page = browser.act("unarchive", &[]).await.html;
    for line in [
        "<b>Crewbox</b> assigned this to <b>you</b>",
        "<b>You</b> set the category to <b>Meeting Request</b>",
        "<b>You</b> archived this",
        "<b>You</b> moved this to the inbox",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_tags_and_revenue_are_edited_in_place_and_a_wrong_value_stays_to_be_corrected() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let browser = Browser::on(&world, id).await;
    browser.act("field", &[("field", "phone_number"), ("value", "+44 20 7946 0113")]).await;
    browser.act("field", &[("field", "last_name"), ("value", "Byron")]).await;
    let page = browser.act("field", &[("field", "revenue"), ("value", "8,640.50")]).await.html;
    assert!(page.contains("value=\"+44 20 7946 0113\"") && page.contains("value=\"8640.50\""), "{page}");
    assert!(page.contains(">Ada Byron</h2>"), "{page}");
    for (field, value, sentence) in [
        ("email", "no address", "This must be an e-mail address."),
        ("revenue", "much", "This must be an amount such as 1250 or 99.50."),
        ("email", "", "This is required."),
    ] {
        let page = browser.try_to("field", &[("field", field), ("value", value)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.html.contains(sentence) && page.html.contains("aria-invalid"),
            "{sentence}: {}",
            page.html
        );
        assert!(page.html.contains(&format!("value=\"{value}\"")), "{}", page.html);
    }
    browser.act("tag", &[("tag", "Q4")]).await;
    let page = browser.act("tag", &[("tag", "logistics")]).await;
    assert!(
        page.html.contains("Remove tag Q4") && page.html.contains("Remove tag logistics"),
        "{}",
        page.html
    );
    let held = world.account.store.conversation(&world.account.operator, id).await.unwrap();
    let page = browser.act("untag", &[("id", &held.tags[0].to_string())]).await;
    assert!(
        !page.html.contains("Remove tag Q4") && page.html.contains("Remove tag logistics"),
        "{}",
        page.html
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_and_reminders_are_set_in_words_and_marked_done() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let browser = Browser::on(&world, id).await;
    let page = browser.act("task", &[("text", "Import clause"), ("when", "in 2 days")]).await;
    assert!(page.html.contains("aria-label=\"Import clause: done\""), "{}", page.html);
    let task = page.html.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = browser.act("task-done", &[("id", &task)]).await;
    assert!(page.html.contains("aria-pressed=\"true\" aria-label=\"Import clause: done\""), "{}", page.html);
    let page = browser.act("task-delete", &[("id", &task)]).await;
    assert!(!page.html.contains("Import clause: done"), "{}", page.html);

    let page = browser.try_to("task", &[("text", "Call"), ("when", "some day")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let typed = ["value=\"Call\"", "value=\"some day\"", "`some day` is no time"];
    assert!(typed.iter().all(|part| page.html.contains(part)), "{}", page.html);
    let page = browser.try_to("task", &[("text", "Call"), ("when", "some day"), ("script", "1")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.html, "`some day` is no time: try `tue 3pm`, `tomorrow` or `in 2 weeks`");
    let page = browser.try_to("remind", &[("text", "Ask again")]).await;
    assert!(page.html.contains("This is required.") && page.html.contains("Ask again"), "{}", page.html);

    let page = browser.act("remind", &[("text", "Ask again"), ("when", "tomorrow")]).await;
    assert!(
        page.html.contains("<h3>Reminders</h3>") && page.html.contains("Tomorrow</time>"),
        "{}",
        page.html
    );
    let list = world.get("/inbox/reminders", &browser.cookie).await;
    let row = list.html.split("<li class=\"row\"").nth(1).unwrap();
    let shown = ["Tomorrow</time>", "<b class=\"draft\">Reminder:</b> Ask again</span>"];
    assert!(list.html.contains("1–1 of 1") && shown.iter().all(|part| row.contains(part)), "{}", list.html);
    let other = world.get("/inbox/inbox", &browser.cookie).await;
    assert!(!other.html.contains("Reminder:</b>"), "{}", other.html);
    let reminder = page.html.split("Ask again</span>").nth(1).unwrap();
    let reminder =
        reminder.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = browser.act("reminder-done", &[("id", &reminder)]).await;
    assert!(!page.html.contains("<h3>Reminders</h3>"), "{}", page.html);

    browser.act("snooze", &[("value", "3h"), ("when", "in 2 weeks")]).await;
    let held = world.account.store.conversation(&world.account.operator, id).await.unwrap();
    let days = (held.snoozed_until.unwrap().millis() - NOW.millis()) / 86_400_000;
    assert!((13..=14).contains(&days), "what is typed counts: {days}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mail_was_taken_for_is_shown_and_corrected_with_one_press() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Yes").await;
    let automatic = "From: Ada <ada@lead.test>\r\nTo: bo@sender.test\r\nSubject: Automatic reply: Prices\r\n\
        Message-ID: <auto@lead.test>\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <Ada@sender.test>\r\n\r\nI am away.\r\n";
    world.mail(5, automatic.to_owned()).await;
    let browser = Browser::on(&world, id).await;
    let page = browser.page().await;
    assert!(page.html.contains("Taken for automatic"), "{}", page.html);
    let message =
        page.html.split("name=\"message\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = browser.act("class", &[("message", &message), ("class", "human")]).await;
    assert!(!page.html.contains("Taken for"), "{}", page.html);
}
