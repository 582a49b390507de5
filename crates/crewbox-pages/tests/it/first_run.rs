//! The first run: who may set a server up, and its steps.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use crewbox_app::Services;
use crewbox_app::events::Events;
use crewbox_core::model::Role;
use crewbox_pages::{Pages, router};
use crewbox_store::{Live, NewMember, Op, Open, Store};
use crewbox_testkit::account::NOW;

use super::world::{PASSWORD, Page, World, send};

const KEY: &str = "0123456789abcdef";

/// A server without an account.
struct Empty {
    _dir: tempfile::TempDir,
    store: Store,
    router: Router,
    _closing: tokio::sync::watch::Sender<bool>,
}

impl Empty {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open { create: true, ..Open::server(dir.path()) }).unwrap();
        let live = Live::new(store.clone());
        let events = Events::new(live.clone(), Arc::new(|| NOW));
        let (closing, closed) = tokio::sync::watch::channel(false);
        let services = Services::new(store.clone());
        let pages = Pages::new(live, services, events, closed, Arc::new(|| NOW)).unwrap();
        let router = router(pages.set_up_with(Some(KEY.to_owned())));
        Self { _dir: dir, store, router, _closing: closing }
    }

    async fn get(&self, path: &str, host: &str) -> Page {
        let request = Request::get(path).header(header::HOST, host).body(Body::empty());
        send(&self.router, request.unwrap()).await
    }

    async fn post(&self, host: &str, fields: &[(&str, &str)]) -> Page {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            Request::post("/setup").header(header::HOST, host).header("sec-fetch-site", "same-origin");
        send(&self.router, request.body(Body::from(form)).unwrap()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_this_machine_and_the_printed_link_set_a_server_up_and_only_once() {
    let empty = Empty::new();
    assert_eq!(empty.get("/sign-in", "inbox.example").await.location(), "/setup");
    for path in ["/setup", "/setup?key=", "/setup?key=0123456789abcdee"] {
        let page = empty.get(path, "inbox.example").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.html.contains("Open the link that it printed"), "{}", page.html);
    }
    let here = empty.get("/setup", "localhost:8080").await;
    assert_eq!(here.status, StatusCode::OK, "{}", here.html);
    let page = empty.get(&format!("/setup?key={KEY}"), "inbox.example").await;
    let token = page.hidden("token");
    let mut fields = [
        ("token", token.as_str()),
        ("key", KEY),
        ("account", "Acme & Co"),
        ("name", ""),
        ("email", "no address"),
        ("password", "short"),
    ];
    let wrong = empty.post("inbox.example", &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "This must not be empty.",
        "This must be an e-mail address.",
        "This must have at least 8 characters.",
        "value=\"Acme &#38; Co\"",
        "value=\"no address\"",
    ] {
        assert!(wrong.html.contains(part), "{part}: {}", wrong.html);
    }
    assert!(!wrong.html.contains("short"), "a password is never in a page");
    fields[3] = ("name", "Ann Lee");
    fields[4] = ("email", "ann@acme.example");
    fields[5] = ("password", PASSWORD);
    fields[1] = ("key", "");
    assert_eq!(empty.post("inbox.example", &fields).await.status, StatusCode::FORBIDDEN);
    fields[1] = ("key", KEY);
    let made = empty.post("inbox.example", &fields).await;
    assert_eq!(made.location(), "/settings/mailbox?first", "{}", made.html);
    let cookie = made.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let request = Request::get("/inbox/mine").header(header::COOKIE, cookie).body(Body::empty());
    let inbox = send(&empty.router, request.unwrap()).await;
    assert!(inbox.html.contains("No conversations yet"), "{}", inbox.html);
    for step in ["Connect a mailbox", "Import leads", "Invite the team"] {
        assert!(inbox.html.contains(&format!(">{step}</a></li>")), "{step}: {}", inbox.html);
    }
    assert_eq!(empty.store.accounts().await.unwrap()[0].name, "Acme & Co");
    assert_eq!(empty.post("localhost", &fields).await.location(), "/inbox/mine", "there is an account");
    assert_eq!(empty.store.accounts().await.unwrap().len(), 1);
}

/// An owner's browser in the account of [`World`].
async fn owner(world: &World) -> String {
    let new = NewMember {
        name: "Olga".to_owned(),
        email: "olga@us.test".to_owned(),
        role: Role::Owner,
        client: None,
        password_hash: Some(crewbox_app::session::password::hash(PASSWORD).unwrap()),
    };
    world.account.commit(Op::AddMember(new)).await;
    let page = world.post("/sign-in", "", &[("email", "olga@us.test"), ("password", PASSWORD)]).await;
    page.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_cannot_be_reached_names_the_step_that_failed_and_keeps_what_was_typed() {
    let world = World::new().await;
    let cookie = owner(&world).await;
    let token = world.get("/settings/mailbox?first", &cookie).await.hidden("token");
    let mut fields =
        [("token", &*token), ("email", "no address"), ("name", "Olga"), ("password", ""), ("do", "test")];
    let wrong = world.post("/settings/mailbox?first", &cookie, &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("This must be an e-mail address."), "{}", wrong.html);
    assert!(
        wrong.html.contains("This is required.") && wrong.html.contains("value=\"Olga\""),
        "{}",
        wrong.html
    );
    fields[1] = ("email", "olga@acme.invalid");
    fields[3] = ("password", "app password");
    for intent in ["test", "connect"] {
        fields[4] = ("do", intent);
        let tried = world.post("/settings/mailbox?first", &cookie, &fields).await;
        assert_eq!(tried.status, StatusCode::UNPROCESSABLE_ENTITY, "{intent}");
        for part in
            ["imap dns", "smtp dns", "value=\"imap.acme.invalid\"", "Save all the same", "Skip this step"]
        {
            assert!(tried.html.contains(part), "{part}: {}", tried.html);
        }
        assert!(!tried.html.contains("app password\""), "a password is never in a page");
    }
    fields[4] = ("do", "anyway");
    let saved = world.post("/settings/mailbox?first", &cookie, &fields).await;
    assert_eq!(saved.location(), "/settings/leads?first", "{}", saved.html);
    assert!(world.get("/settings/mailbox", &cookie).await.html.contains("olga@acme.invalid"));
    let bo = world.signed_in().await;
    assert_eq!(world.get("/settings/mailbox", &bo).await.status, StatusCode::FORBIDDEN, "a member may not");
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_are_looked_at_before_they_are_imported() {
    let world = World::new().await;
    let cookie = owner(&world).await;
    let token = world.get("/settings/leads", &cookie).await.hidden("token");
    let upload = async |content: &str| {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n--b\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"leads.csv\"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--b--\r\n"
        );
        let request = Request::post("/settings/leads/upload")
            .header(header::COOKIE, &cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        world.send(request.body(Body::from(body)).unwrap()).await
    };
    let wrong = upload("name,city\nAnn,Bonn\n").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("no column is an e-mail address"), "{}", wrong.html);
    let table = "Vorname;E-Mail;Seats\nAda;ada@lead.test;12\nBo;not an address;3\nCy;cy@lead.test;4\n";
    assert_eq!(upload(table).await.location(), "/settings/leads");
    let preview = world.get("/settings/leads", &cookie).await;
    for part in [
        "2 leads",
        "1 rows that cannot be taken",
        "<td dir=\"auto\">Vorname</td><td>first name</td>",
        "Seats",
        "ada@lead.test",
    ] {
        assert!(preview.html.contains(part), "{part}: {}", preview.html);
    }
    let import = [("token", &*token), ("campaign", " ")];
    let refused = world.post("/settings/leads/import", &cookie, &import).await;
    assert!(refused.html.contains("This is required."), "{}", refused.html);
    let import = [("token", &*token), ("campaign", "Autumn")];
    let started = world.post("/settings/leads/import", &cookie, &import).await;
    assert_eq!(started.location(), "/settings/leads", "{}", started.html);
    let mut shown = world.get("/settings/leads", &cookie).await;
    while shown.headers.contains_key("refresh") {
        tokio::task::yield_now().await;
        shown = world.get("/settings/leads", &cookie).await;
    }
    assert!(shown.html.contains("2 leads added to Autumn"), "{}", shown.html);
    assert!(shown.html.contains("Row 3: "), "{}", shown.html);
    let again = world.post("/settings/leads/import", &cookie, &import).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "the form was sent twice: {}", again.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_invited_by_a_link_that_is_shown_once() {
    let world = World::new().await;
    let cookie = owner(&world).await;
    let token = world.get("/settings/members", &cookie).await.hidden("token");
    let taken = [("token", &*token), ("name", ""), ("email", "bo@us.test")];
    let page = world.post("/settings/members", &cookie, &taken).await;
    assert!(
        page.html.contains("This must not be empty.") && page.html.contains("value=\"bo@us.test\""),
        "{}",
        page.html
    );
    let taken = [("token", &*token), ("name", "Bo"), ("email", "bo@us.test")];
    let page = world.post("/settings/members", &cookie, &taken).await;
    assert!(page.html.contains("bo@us.test is a member already."), "{}", page.html);
    let invited = [("token", &*token), ("name", "Cy"), ("email", "cy@us.test"), ("role", "member")];
    let page = world.post("/settings/members", &cookie, &invited).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    let link =
        page.html.split("value=\"http://localhost/sign-in/").nth(1).unwrap().split('"').next().unwrap();
    let signed = world.post(&format!("/sign-in/{link}"), "", &[]).await;
    assert_eq!(signed.location(), "/inbox/mine", "{}", signed.html);
    assert!(!world.get("/settings/members", &cookie).await.html.contains(link), "it is shown once");
    let bo = world.signed_in().await;
    assert_eq!(world.get("/settings/members", &bo).await.status, StatusCode::FORBIDDEN, "a member may not");
}
