//! The images of a mail with its own layout: which are loaded, from where, and who may see them.

use axum::http::StatusCode;
use crewbox_app::session::password;
use crewbox_core::model::Role;
use crewbox_store::{NewMember, Op};
use tokio::net::TcpListener;

use super::world::{PASSWORD, World};

/// A mail with an image of its own, one of another server, and a tracker.
fn mail(remote: &str) -> String {
    format!(
        "From: Ada <ada@lead.test>\r\nTo: bo@sender.test\r\nSubject: Re: Prices\r\nMessage-ID: <images@lead.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>Our logo</p><img src=\"cid:logo@lead\"><img src=\"{remote}\"><img src=\"http://t.test/o\" width=1 height=1>\r\n\
         --b\r\nContent-Type: image/gif\r\nContent-ID: <logo@lead>\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAA==\r\n--b--\r\n"
    )
}

fn after<'a>(html: &'a str, mark: &str) -> &'a str {
    let (_, rest) = html.split_once(mark).unwrap_or_else(|| panic!("no {mark}: {html}"));
    rest.split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mails_own_images_are_shown_and_remote_ones_only_on_request() {
    // Nobody listens there any more; it is private, so that it is refused before that matters.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = format!("http://{}/logo.png?a=1&b=2", listener.local_addr().unwrap());
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Hello").await;
    world.mail(5, mail(&remote.replace('&', "&amp;"))).await;
    let cookie = world.signed_in().await;
    let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await.html;
    assert!(page.contains("1 tracker blocked (t.test), 1 image not loaded"), "{page}");
    let original = after(&page, "sandbox=\"").len();
    assert_eq!(original, 0, "the frame has no permission");
    let path = after(page.split("<iframe").nth(1).unwrap(), " src=\"").to_owned();
    let bare = world.get(&path, &cookie).await;
    assert!(bare.html.contains("src=\"data:image/gif;base64,R0lGODlhAQABAA==\""), "{}", bare.html);
    assert!(!bare.html.contains("src=\"http") && !bare.html.contains("src=\"/images"), "{}", bare.html);

    let with = world.get(after(&page, "class=\"as-link\" href=\""), &cookie).await;
    let policy = with.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:")
    );
    assert!(
        !with.html.contains("src=\"http")
            && with.html.contains("src=\"data:,\"")
            && !with.html.contains("t.test"),
        "{}",
        with.html
    );
    let link = after(&with.html, "src=\"/images").replace("&amp;", "&");
    let link = format!("/images{link}");
    let refused = world.get(&link, "").await;
    assert_eq!(refused.status, StatusCode::GONE, "a private address is not connected to: {}", refused.html);
    let connected = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(connected.is_err(), "nothing connected");

    for wrong in [
        link.replace("logo.png", "other.png"),
        link.replace("until=1", "until=2"),
        link.rsplit_once('&').unwrap().0.to_owned(),
        "/images?url=http%3A%2F%2Fa.test%2F&until=99999999999&signature=".to_owned(),
        "/images".to_owned(),
    ] {
        assert_eq!(world.get(&wrong, &cookie).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    world.advance(15 * 60 * 1_000);
    assert_eq!(world.get(&link, &cookie).await.status, StatusCode::NOT_FOUND, "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_sees_the_original_or_the_images_in_it() {
    let world = World::new().await;
    let id = world.answered("Ada", 50, "Hello").await;
    world.mail(5, mail("https://a.test/x.png")).await;
    let cookie = world.signed_in().await;
    let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await.html;
    let path = after(page.split("<iframe").nth(1).unwrap(), " src=\"").to_owned();
    let client = world.account.client("North").await;
    let new = NewMember {
        name: "Nora".to_owned(),
        email: "nora@north.test".to_owned(),
        role: Role::Member,
        client: Some(client),
        password_hash: Some(password::hash(PASSWORD).unwrap()),
    };
    world.account.make(Op::AddMember(new)).await;
    let signed = world.post("/sign-in", "", &[("email", "nora@north.test"), ("password", PASSWORD)]).await;
    let nora = signed.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for query in ["", "?images=remote"] {
        let path = format!("{path}{query}");
        assert_eq!(world.get(&path, &nora).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(world.get(&path, "").await.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(world.get(&path, &cookie).await.status, StatusCode::OK, "{path}");
    }
}
