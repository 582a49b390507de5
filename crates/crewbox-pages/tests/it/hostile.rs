//! Text that others wrote is text on every page, and no page loads or runs anything that is not ours.

use axum::http::StatusCode;
use crewbox_core::model::LeadFields;

use super::world::World;

/// Each would run, or leave the page, if it were markup anywhere.
const ATTACKS: [&str; 8] = [
    "<script>canary()</script>",
    "\"><img src=x onerror=canary()>",
    "'-canary()-'",
    "</textarea><svg onload=canary()>",
    "</title><base href=//evil.test>",
    "{{7*7}}{% canary %}",
    "<a href=javascript:canary()>x</a>",
    "<style>@import 'https://a.test/canary'</style>",
];

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_is_shown_as_text_in_every_place() {
    let world = World::new().await;
    let cookie = world.signed_in().await;
    for (place, attack) in ATTACKS.into_iter().enumerate() {
        let field = || Some(attack.to_owned());
        let email = format!("lead{place}@lead.test");
        let id = world
            .lead(LeadFields {
                email: email.clone(),
                first_name: field(),
                last_name: field(),
                company: field(),
                phone: field(),
                location: field(),
                custom_fields: vec![(attack.to_owned(), attack.to_owned())],
                ..LeadFields::default()
            })
            .await;
        let quoted = attack.replace('\\', "\\\\").replace('"', "\\\"");
        let raw = format!(
            "From: \"{quoted}\" <{email}>\r\nTo: bo@sender.test\r\nSubject: {attack}\r\nMessage-ID: <{place}@lead.test>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{attack}\r\n\
             https://a.test/{attack}\r\n\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"{quoted}\"\r\n\r\nx\r\n--b--\r\n"
        );
        world.mail(i64::try_from(place).unwrap(), raw).await;
        let page = world.get(&format!("/inbox/inbox/{id}"), &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        check(&page.html);
        let typed = [("token", &*page.hidden("token")), ("stats_id", "x"), ("reply", attack)];
        let refused = world.post(&format!("/inbox/inbox/{id}/reply"), &cookie, &typed).await;
        check(&refused.html);
        let note = [("token", &*page.hidden("token")), ("note", attack)];
        world.post(&format!("/inbox/inbox/{id}/note"), &cookie, &note).await;
        check(&world.get(&format!("/inbox/inbox/{id}"), &cookie).await.html);
        let query = form_urlencoded::byte_serialize(attack.chars().take(30).collect::<String>().as_bytes())
            .collect::<String>();
        check(&world.get(&format!("/inbox/inbox?q={query}&category={query}"), &cookie).await.html);
        check(&world.get(&format!("/sign-in?next={query}"), "").await.html);
    }
    check(&world.get("/inbox/inbox", &cookie).await.html);
}

/// The page has no element, attribute or address that our templates do not have.
fn check(html: &str) {
    let lower = html.to_lowercase();
    for (at, _) in lower.match_indices('<') {
        let tag: String = lower[at + 1..].chars().take_while(|c| c.is_alphanumeric() || *c == '/').collect();
        if tag == "script" {
            let element = lower[at..].split('>').next().unwrap();
            let source = element.split(" src=\"").nth(1).unwrap_or_default();
            assert!(source.starts_with("/assets/"), "{element}");
            assert!(lower[at + element.len()..].starts_with("></script>"), "{element}: nothing runs inline");
            continue;
        }
        for element in ["img", "base", "style", "object", "embed", "meta http"] {
            assert_ne!(tag, element, "{html}");
        }
        let element = lower[at..].split('>').next().unwrap();
        for attribute in [" on", " style=", " srcset=", "javascript:", " href=\"//", " src="] {
            assert!(!outside_quotes(element).contains(attribute), "{element}");
        }
    }
    let links = lower
        .match_indices("href=\"")
        .map(|(at, found)| lower[at + found.len()..].split('"').next().unwrap());
    for link in links {
        assert!(
            ["/", "#", "https://a.test/"].iter().any(|ours| link.starts_with(ours))
                && !link.starts_with("//"),
            "{link}"
        );
    }
}

/// An element without the values of its attributes.
fn outside_quotes(element: &str) -> String {
    element.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_says_that_nothing_but_our_own_files_is_loaded() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let cookie = world.signed_in().await;
    let page = world.get("/inbox/inbox", &cookie).await;
    let style =
        page.html.split("<link rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let asset = world.get(style, "").await;
    assert_eq!(asset.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(asset.headers["content-type"], "text/css; charset=utf-8");
    let conversation = format!("/inbox/inbox/{id}");
    for path in
        ["/", "/sign-in", "/sign-in/x", style, "/assets/none.css", "/inbox/inbox", &conversation, "/inbox/x"]
    {
        let page = world.get(path, &cookie).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
        if path != style {
            assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        }
    }
}
