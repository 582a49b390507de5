//! What the composer sends: to one, to all, and forwards.

use axum::http::StatusCode;
use crewbox_core::id::ConversationId;
use crewbox_core::outgoing::Outgoing;
use crewbox_store::{Op, OutboxStep};
use crewbox_testkit::account::NOW;

use super::world::{Page, World};

/// A lead whose mail came to two of us and to others.
async fn answered_to_many(world: &World) -> ConversationId {
    let id = world.answered("Ada", 50, "Yes").await;
    let raw = "From: Ada <ada@lead.test>\r\nTo: Bo <bo@sender.test>, \"Lee, Cy\" <cy@lead.test>\r\n\
               Cc: dee@lead.test, bo+spring@sender.test\r\nReply-To: Office <office@lead.test>\r\n\
               Subject: Re: Prices\r\nMessage-ID: <second@lead.test>\r\nIn-Reply-To: <Ada@sender.test>\r\n\
               Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere it is\r\n\
               --b\r\nContent-Type: application/pdf; name=plan.pdf\r\n\
               Content-Disposition: attachment; filename=plan.pdf\r\n\r\nPDF\r\n--b--\r\n";
    world.mail(5, raw.to_owned()).await;
    id
}

/// What waits to be sent, and its whole text; it is taken back.
async fn sent(world: &World) -> (Outgoing, String) {
    let (store, scope) = (&world.account.store, &world.account.operator);
    let one = store.outgoing_due(scope, NOW).await.unwrap().pop().unwrap();
    let raw = store.outgoing_raw(scope, one.id).await.unwrap();
    world.account.commit(Op::Outbox(OutboxStep::TakeBack(one.id))).await;
    (one, String::from_utf8_lossy(&raw).into_owned())
}

/// The value of a line of the composer.
fn line(page: &Page, name: &str) -> String {
    page.hidden(name).replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_all_leaves_out_our_own_addresses_and_honours_reply_to() {
    let world = World::new().await;
    let id = answered_to_many(&world).await;
    let cookie = world.signed_in().await;
    let page = world.get(&format!("/inbox/inbox/{id}?compose=reply-all"), &cookie).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(line(&page, "to"), "Office <office@lead.test>");
    assert_eq!(line(&page, "cc"), "\"Lee, Cy\" <cy@lead.test>, dee@lead.test");
    assert_eq!(line(&page, "subject"), "Re: Prices");
    let (token, stats_id, message) = (page.hidden("token"), page.hidden("stats_id"), page.hidden("message"));
    let path = format!("/inbox/inbox/{id}/reply-all");
    let (to, cc) = (line(&page, "to"), line(&page, "cc"));
    let fields = [
        ("token", &*token),
        ("stats_id", &*stats_id),
        ("message", &*message),
        ("to", &*to),
        ("cc", &*cc),
        ("bcc", "boss@us.test"),
        ("subject", "Prices, once more"),
        ("reply", "To all of you"),
    ];
    let done = world.post(&path, &cookie, &fields).await;
    assert_eq!(done.location(), format!("/inbox/inbox/{id}"), "{}", done.html);
    let (one, raw) = sent(&world).await;
    assert_eq!(one.recipients, ["boss@us.test", "cy@lead.test", "dee@lead.test", "office@lead.test"]);
    assert!(raw.contains("Subject: Prices, once more") && !raw.contains("boss@us.test"), "{raw}");

    // A script that sends before the recipients have arrived.
    let fields = [("token", &*token), ("stats_id", &*stats_id), ("reply", "Once more")];
    world.post(&path, &cookie, &fields).await;
    let (one, _) = sent(&world).await;
    assert_eq!(one.recipients, ["cy@lead.test", "dee@lead.test", "office@lead.test"]);
    let fields = [("token", &*token), ("stats_id", &*stats_id), ("reply", "To one")];
    world.post(&format!("/inbox/inbox/{id}/reply"), &cookie, &fields).await;
    assert_eq!(sent(&world).await.0.recipients, ["office@lead.test"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_takes_the_files_along_and_needs_a_recipient() {
    let world = World::new().await;
    let id = answered_to_many(&world).await;
    let cookie = world.signed_in().await;
    let page = world.get(&format!("/inbox/inbox/{id}?compose=forward"), &cookie).await;
    assert!(page.html.contains("plan.pdf</p>"), "the file is named: {}", page.html);
    assert_eq!((line(&page, "to"), line(&page, "subject")), (String::new(), "Fwd: Re: Prices".to_owned()));
    let (token, stats_id, message) = (page.hidden("token"), page.hidden("stats_id"), page.hidden("message"));
    let path = format!("/inbox/inbox/{id}/forward");
    let forward = async |to: &str, text: &str| {
        let fields = [
            ("token", &*token),
            ("stats_id", &*stats_id),
            ("message", &*message),
            ("to", to),
            ("subject", "Fwd: Prices"),
            ("reply", text),
        ];
        world.post(&path, &cookie, &fields).await
    };
    for (to, sentence) in
        [("", "This is required."), ("eve@x.test, eve", "`eve` is not an e-mail address: it has no @.")]
    {
        let page = forward(to, "Please look").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.html);
        assert!(page.html.contains(&format!("role=\"alert\">{sentence}</p>")), "{}", page.html);
        assert!(page.html.contains("Please look</textarea>"), "{}", page.html);
        assert!(page.html.contains("data-verb=\"reply\" data-as=\"forward\""), "{}", page.html);
        assert_eq!(line(&page, "to"), to);
    }
    let done = forward("Eve <eve@x.test>", "").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let (one, raw) = sent(&world).await;
    assert_eq!(one.recipients, ["eve@x.test"]);
    for part in ["Subject: Fwd: Prices", "plan.pdf", "Here it is"] {
        assert!(raw.contains(part), "{part}: {raw}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_message_is_answered_and_forwarded_from_its_head() {
    let world = World::new().await;
    let id = answered_to_many(&world).await;
    let cookie = world.signed_in().await;
    let path = format!("/inbox/inbox/{id}");
    let page = world.get(&path, &cookie).await;
    let links = page.html.matches("aria-label=\"Forward this message\"").count();
    assert_eq!(links, 3, "ours and both of theirs: {}", page.html);
    let before_id = "<a class=\"button icon\" data-as=\"forward\" data-message=\"";
    let first = page.html.split(before_id).nth(2).unwrap().split('"').next().unwrap().to_owned();
    let link = format!("href=\"{path}?compose=forward&#38;message={first}\"");
    assert!(page.html.contains(&link), "{link}: {}", page.html);

    // Their first answer, which had no file; the newest has one.
    let page = world.get(&format!("{path}?compose=forward&message={first}"), &cookie).await;
    assert_eq!(
        (line(&page, "subject"), page.hidden("message")),
        ("Fwd: Re: Prices".to_owned(), first.clone())
    );
    assert!(!page.html.contains("plan.pdf</p>"), "{}", page.html);
    let (token, stats_id) = (page.hidden("token"), page.hidden("stats_id"));
    let send = async |verb: &str, message: &str| {
        let fields = [
            ("token", &*token),
            ("stats_id", &*stats_id),
            ("message", message),
            ("to", "eve@x.test"),
            ("reply", "See"),
        ];
        world.post(&format!("{path}/{verb}"), &cookie, &fields).await
    };
    assert_eq!(send("forward", &first).await.status, StatusCode::SEE_OTHER);
    let (_, raw) = sent(&world).await;
    assert!(raw.contains("Yes") && !raw.contains("plan.pdf"), "{raw}");
    // The same words to the same person with another message are another mail.
    assert_eq!(send("forward", "").await.status, StatusCode::SEE_OTHER);
    let (_, raw) = sent(&world).await;
    assert!(raw.contains("plan.pdf"), "{raw}");
    assert_eq!(send("reply", &first).await.status, StatusCode::SEE_OTHER);
    let (_, raw) = sent(&world).await;
    assert!(raw.contains("In-Reply-To: <Ada@lead.test>"), "{raw}");

    let page = world.get(&format!("{path}?compose=forward&message=999999"), &cookie).await;
    assert_eq!((page.status, page.hidden("message")), (StatusCode::OK, "999999".to_owned()));
    let refused = send("forward", "999999").await;
    assert!(refused.html.contains("The message named is not in this conversation"), "{}", refused.html);

    let script = format!("/parts/inbox/{id}/compose?as=forward&stats_id={stats_id}&message={first}");
    let start = world.get(&script, &cookie).await.html;
    assert!(start.ends_with(&format!("message={first}&files=")), "{start}");
    // A draft knows which message it forwards.
    let fields = [("token", &*token), ("as", "forward"), ("message", &*first), ("reply", "See")];
    let saved = world.post(&format!("/parts/inbox/{id}/draft"), &cookie, &fields).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.html);
    assert_eq!(world.get(&path, &cookie).await.hidden("message"), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_keeps_its_recipients_and_what_it_is() {
    let world = World::new().await;
    let id = answered_to_many(&world).await;
    let cookie = world.signed_in().await;
    let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await;
    assert_eq!((line(&page, "to"), page.hidden("message")), (String::new(), String::new()));
    let token = page.hidden("token");
    let save = async |version: &str, kind: &str, text: &str| {
        let fields = [
            ("token", &*token),
            ("version", version),
            ("as", kind),
            ("to", "eve@x.test"),
            ("cc", "half an addr"),
            ("when", "tue 3pm"),
            ("reply", text),
        ];
        world.post(&format!("/parts/inbox/{id}/draft"), &cookie, &fields).await.html
    };
    assert_eq!(save("0", "forward", "Look at this").await, "version=1");
    let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await;
    assert!(
        page.html.contains("data-verb=\"reply\" data-as=\"forward\"")
            && page.html.contains("Look at this</textarea>")
    );
    assert_eq!((line(&page, "to"), line(&page, "cc")), ("eve@x.test".to_owned(), "half an addr".to_owned()));
    assert_eq!(line(&page, "when"), "tue 3pm");
    let newer = save("0", "reply", "From another device").await;
    assert_eq!(
        newer,
        "version=1&newer=Look+at+this&as=forward&to=eve%40x.test&cc=half+an+addr&bcc=&subject=&when=tue+3pm&message=&file="
    );
    // Another way to answer starts with its own recipients, and keeps the text.
    let page = world.get(&format!("/inbox/inbox/{id}?compose=reply"), &cookie).await;
    assert!(
        page.html.contains("data-verb=\"reply\" data-as=\"reply\"")
            && page.html.contains("Look at this</textarea>")
    );
    assert_eq!(line(&page, "to"), "Office <office@lead.test>");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_what_an_answer_starts_with() {
    let world = World::new().await;
    let id = answered_to_many(&world).await;
    let cookie = world.signed_in().await;
    let stats_id = world.get(&format!("/inbox/inbox/{id}"), &cookie).await.hidden("stats_id");
    let path = |kind: &str| format!("/parts/inbox/{id}/compose?as={kind}&stats_id={stats_id}");
    let all = world.get(&path("reply-all"), &cookie).await;
    assert!(all.html.starts_with("to=Office+%3Coffice%40lead.test%3E&cc=%22Lee%2C+Cy%22"), "{}", all.html);
    let forward = world.get(&path("forward"), &cookie).await;
    assert!(forward.html.ends_with("files=plan.pdf"), "{}", forward.html);
    assert_eq!(world.get(&path("archive"), &cookie).await.status, StatusCode::NOT_FOUND);
    let unknown = format!("/parts/inbox/{id}/compose?as=reply&stats_id=x");
    assert_eq!(world.get(&unknown, &cookie).await.status, StatusCode::NOT_FOUND);
}
