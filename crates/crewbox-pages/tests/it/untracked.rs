//! The page of untracked mail by forms: attaching a mail, making its sender a lead, blocking a domain.

use axum::http::StatusCode;

use super::world::{Page, World};

/// Mail of a sender that no campaign knows.
async fn stray(world: &World, from: &str, number: u32) {
    let raw = format!(
        "From: Zoe <{from}>\r\nTo: bo@sender.test\r\nSubject: Hello {number}\r\nMessage-ID: <{number}@{from}>\r\n\r\nHello\r\n"
    );
    world.mail(5, raw).await;
}

/// The mail's number on the page.
fn number_of(page: &Page) -> &str {
    let forms = page.html.split("action=\"/untracked/").nth(1);
    forms.unwrap_or_else(|| panic!("no mail: {}", page.html)).split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_attached_to_a_lead_whose_address_is_typed() {
    let world = World::new().await;
    let ada = world.answered("Ada", 50, "Yes").await;
    stray(&world, "zoe@else.test", 1).await;
    let cookie = world.signed_in().await;
    let page = world.get("/untracked", &cookie).await;
    assert!(page.html.contains("zoe@else.test") && page.html.contains("1–1 of 1"), "{}", page.html);
    let (path, token) = (format!("/untracked/{}", number_of(&page)), page.hidden("token"));
    let attach = async |lead: &str| {
        world.post(&path, &cookie, &[("token", &*token), ("do", "attach"), ("lead", lead)]).await
    };
    let unknown = attach("nobody@lead.test").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.html.contains("There is no lead with the address nobody@lead.test."), "{}", unknown.html);
    assert!(unknown.html.contains("value=\"nobody@lead.test\""), "what was typed stays: {}", unknown.html);
    assert_eq!(attach("Ada@lead.test").await.location(), "/untracked?done=1");
    let page = world.get("/untracked?done=1", &cookie).await;
    assert!(
        page.html.contains("All sorted") && page.html.contains("is in its conversation"),
        "{}",
        page.html
    );
    let conversation = world.get(&format!("/inbox/inbox/{ada}"), &cookie).await;
    assert!(conversation.html.contains("Zoe"), "{}", conversation.html);
    assert_eq!(
        attach("Ada@lead.test").await.location(),
        "/untracked?done=1",
        "the same again changes nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_becomes_a_lead_of_a_campaign_that_is_chosen() {
    let world = World::new().await;
    stray(&world, "zoe@else.test", 1).await;
    let cookie = world.signed_in().await;
    let page = world.get("/untracked", &cookie).await;
    let campaign = world.campaign.to_string();
    assert!(page.html.contains(&format!("<option value=\"{campaign}\">Spring</option>")), "{}", page.html);
    let (path, token) = (format!("/untracked/{}", number_of(&page)), page.hidden("token"));
    let wrong = [("token", &*token), ("do", "lead"), ("campaign", "999")];
    assert_eq!(world.post(&path, &cookie, &wrong).await.status, StatusCode::NOT_FOUND);
    let fields = [("token", &*token), ("do", "lead"), ("campaign", &*campaign)];
    assert_eq!(world.post(&path, &cookie, &fields).await.location(), "/untracked?done=1");
    let list = world.get("/inbox/inbox", &cookie).await;
    assert!(list.html.contains(">Zoe</a>") && list.html.contains("1–1 of 1"), "{}", list.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_blocked_and_its_mail_is_shown_no_more() {
    let world = World::new().await;
    stray(&world, "zoe@else.test", 1).await;
    let cookie = world.signed_in().await;
    let page = world.get("/untracked", &cookie).await;
    let (path, token) = (format!("/untracked/{}", number_of(&page)), page.hidden("token"));
    let fields = [("token", &*token), ("do", "block"), ("email", "zoe@else.test")];
    assert!(page.html.contains("Block else.test"), "{}", page.html);
    assert_eq!(world.post(&path, &cookie, &fields).await.location(), "/untracked?done=0");
    let blocked = world.account.store.blocked(&world.account.operator, &["else.test".to_owned()]).await;
    assert_eq!(blocked.unwrap(), [true]);
    let page = world.get("/untracked?done=0", &cookie).await;
    assert!(page.html.contains("All sorted") && page.html.contains("The domain is blocked"), "{}", page.html);
    let no_token = world.post(&path, &cookie, &[("do", "block"), ("email", "zoe@else.test")]).await;
    assert_eq!(no_token.status, StatusCode::FORBIDDEN);
}
