//! A member's own settings: profile, password, second factor, sessions.

use axum::http::{StatusCode, header};
use crewbox_core::time::Timestamp;
use crewbox_testkit::account::NOW;

use super::world::{PASSWORD, Page, World};

const PATH: &str = "/settings/profile";

async fn save(world: &World, cookie: &str, fields: &[(&str, &str)]) -> Page {
    let token = world.get(PATH, cookie).await.hidden("token");
    let fields: Vec<(&str, &str)> =
        [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
    world.post(PATH, cookie, &fields).await
}

fn cookie(page: &Page) -> String {
    let set = page.headers.get(header::SET_COOKIE).unwrap_or_else(|| panic!("{}", page.html));
    set.to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_shown_and_typed_in_the_members_zone() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let bo = world.signed_in().await;
    let wrong = save(&world, &bo, &[("part", "profile"), ("name", "Bo"), ("time_zone", "Mars/Base")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.html.contains("There is no such time zone") && wrong.html.contains("value=\"Mars/Base\""),
        "{}",
        wrong.html
    );
    let wrong = save(&world, &bo, &[("part", "profile"), ("name", " "), ("time_zone", "")]).await;
    assert!(wrong.html.contains("This must not be empty."), "{}", wrong.html);
    let saved =
        save(&world, &bo, &[("part", "profile"), ("name", "Bo Berg"), ("time_zone", "Asia/Tokyo")]).await;
    assert_eq!(saved.location(), PATH, "{}", saved.html);
    let page = world.get(&format!("/inbox/inbox/{id}"), &bo).await;
    assert!(page.html.contains("Bo Berg"), "{}", page.html);
    let there = jiff_text(NOW.millis() - 5 * 60_000 + 9 * 3_600_000);
    assert!(page.html.contains(&there), "{there}: {}", page.html);
}

/// A day and time of day, in UTC.
fn jiff_text(millis: i64) -> String {
    let seconds = millis.div_euclid(1_000);
    let (hours, minutes) = (seconds.div_euclid(3_600).rem_euclid(24), seconds.div_euclid(60).rem_euclid(60));
    format!(", {hours:02}:{minutes:02}")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_needs_the_present_one_and_ends_other_sessions() {
    let world = World::new().await;
    let (bo, other) = (world.signed_in().await, world.signed_in().await);
    let wrong = save(&world, &bo, &[("part", "password"), ("present", "no"), ("password", "short")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for sentence in ["This is not your present password.", "This must have at least 8 characters."] {
        assert!(wrong.html.contains(sentence), "{sentence}: {}", wrong.html);
    }
    let new = "battery staple";
    let saved = save(&world, &bo, &[("part", "password"), ("present", PASSWORD), ("password", new)]).await;
    assert_eq!(saved.location(), PATH, "{}", saved.html);
    assert_eq!(world.get(PATH, &bo).await.status, StatusCode::OK);
    assert_eq!(world.get(PATH, &other).await.status, StatusCode::SEE_OTHER, "the other session ended");
    let sign_in = async |password: &str| {
        world.post("/sign-in", "", &[("email", "bo@us.test"), ("password", password)]).await.status
    };
    assert_eq!(sign_in(PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(new).await, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_after_the_password_and_takes_each_code_once() {
    let world = World::new().await;
    let bo = world.signed_in().await;
    let setting = world.get(&format!("{PATH}?second-factor"), &bo).await;
    let number: u64 = setting.hidden("number").parse().unwrap();
    let code = |ms: i64| {
        let secret =
            crewbox_app::session::secret(&world.services, world.account.operator.account(), world.bo, number);
        format!("{:06}", secret.unwrap().code_at(Timestamp(NOW.millis() + ms)).unwrap())
    };
    let number = number.to_string();
    let wrong = save(&world, &bo, &[("part", "factor"), ("number", &number), ("code", "000000")]).await;
    assert!(wrong.html.contains("The code is wrong") && wrong.hidden("number") == number, "{}", wrong.html);
    let saved = save(&world, &bo, &[("part", "factor"), ("number", &number), ("code", &code(0))]).await;
    assert_eq!(saved.location(), PATH, "{}", saved.html);

    let password = [("email", "bo@us.test"), ("password", PASSWORD), ("next", "/inbox/sent")];
    let half = world.post("/sign-in", "", &password).await;
    assert_eq!(half.status, StatusCode::OK);
    assert!(!half.headers.contains_key(header::SET_COOKIE), "the password is not enough");
    let half = half.hidden("half");
    let send = async |half: &str, code: &str| {
        world.post("/sign-in", "", &[("half", half), ("code", code), ("next", "/inbox/sent")]).await
    };
    let wrong = send(&half, "123").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.html.contains("The code is wrong") && wrong.hidden("half") == half, "{}", wrong.html);
    let forged = half.replacen("1.", "2.", 1);
    assert_eq!(send(&forged, &code(0)).await.status, StatusCode::UNAUTHORIZED);
    let in_now = send(&half, &code(0)).await;
    assert_eq!(in_now.location(), "/inbox/sent", "{}", in_now.html);
    let bo = cookie(&in_now);
    assert_eq!(send(&half, &code(0)).await.status, StatusCode::UNAUTHORIZED, "a code counts once");
    world.advance(6 * 60_000);
    let late = send(&half, &code(6 * 60_000)).await;
    assert!(late.html.contains("The password was given too long ago"), "{}", late.html);
    let off = save(&world, &bo, &[("part", "no-factor"), ("code", &code(6 * 60_000))]).await;
    assert_eq!(off.location(), PATH, "{}", off.html);
    assert_eq!(world.post("/sign-in", "", &password).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_and_a_foreign_one_is_not() {
    let world = World::new().await;
    let (bo, other) = (world.signed_in().await, world.signed_in().await);
    let page = world.get(PATH, &bo).await;
    assert!(page.html.contains("This browser") && page.html.contains("A browser"), "{}", page.html);
    let id = page.html.split("value=\"session\"><input type=\"hidden\" name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let ended = save(&world, &bo, &[("part", "session"), ("id", &id)]).await;
    assert_eq!(ended.location(), PATH, "{}", ended.html);
    assert_eq!(world.get(PATH, &other).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get(PATH, &bo).await.status, StatusCode::OK);
    let page = world.get(PATH, &bo).await;
    assert!(!page.html.contains("API keys"), "a member manages no keys: {}", page.html);
    let key = save(&world, &bo, &[("part", "key"), ("id", "1")]).await;
    assert_eq!(key.status, StatusCode::FORBIDDEN);
}
