//! A member's own settings: profile, password, second factor, sessions.

use axum::http::{StatusCode, header};
use crewbox_app::Caller;
use crewbox_core::preferences::Preferences;
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
async fn the_settings_begin_with_the_profile() {
    let world = World::new().await;
    let bo = world.signed_in().await;
    assert_eq!(world.get("/settings", &bo).await.location(), PATH);
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

#[tokio::test(flavor = "multi_thread")]
async fn preferences_are_the_members_in_every_browser_and_nobody_elses() {
    let world = World::new().await;
    let (bo, phone) = (world.signed_in().await, world.signed_in().await);
    let wrong = [("part", "preferences"), ("after", "previous"), ("undo", "61"), ("compact", "0")];
    let wrong = save(&world, &bo, &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["This must be between 0 and 60.", "value=\"61\"", "value=\"previous\" selected"] {
        assert!(wrong.html.contains(kept), "{kept}: {}", wrong.html);
    }
    let usual = world.get("/inbox/mine", &bo).await.html;
    for mark in
        ["<html lang=\"en\" data-theme=\"system\">", "<body data-after=\"next\" data-undo=\"10\" data-token"]
    {
        assert!(usual.contains(mark), "{mark}: {usual}");
    }
    // A browser sends the box that is checked before the hidden field that says that it is not.
    let chosen = [
        ("part", "preferences"),
        ("after", "list"),
        ("theme", "dark"),
        ("undo", "0"),
        ("compact", "1"),
        ("compact", "0"),
        ("keys", "0"),
        ("swipe", "0"),
    ];
    let saved = save(&world, &bo, &chosen).await;
    assert_eq!(saved.location(), PATH, "{}", saved.html);
    let page = world.get("/inbox/mine", &phone).await.html;
    let body = "<body class=\"compact\" data-after=\"list\" data-undo=\"0\" data-keys=\"off\" data-swipe=\"off\" data-token";
    for mark in ["<html lang=\"en\" data-theme=\"dark\">", body] {
        assert!(page.contains(mark), "{mark}: {page}");
    }
    let settings = world.get(PATH, &phone).await.html;
    assert!(settings.contains("name=\"swipe\" value=\"1\">"), "it is not checked: {settings}");
    for mark in ["value=\"list\" selected", "value=\"dark\" selected", "name=\"compact\" value=\"1\" checked"]
    {
        assert!(settings.contains(mark), "{mark}: {settings}");
    }
    assert!(world.get("/team", &phone).await.html.contains("data-theme=\"dark\""));

    // The switch of the page sets one and leaves the others.
    let token = world.get("/inbox/mine", &phone).await.hidden("token");
    let switch = async |fields: &[(&str, &str)]| {
        let fields: Vec<(&str, &str)> =
            [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        world.post("/parts/preferences", &phone, &fields).await
    };
    assert_eq!(switch(&[("theme", "light")]).await.status, StatusCode::OK);
    let page = world.get("/inbox/mine", &bo).await.html;
    assert!(page.contains("data-theme=\"light\"") && page.contains(body), "{page}");
    assert_eq!(switch(&[("after", "sideways")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        world.post("/parts/preferences", &bo, &[("theme", "dark")]).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    let names = Caller::operator(&world.account.store, world.account.operator, NOW).await.unwrap();
    let others = names.names().members.iter().filter(|one| one.id != world.bo);
    assert!(others.map(|one| &one.preferences).all(|held| *held == Preferences::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opens_after_an_action_without_scripts_is_what_the_member_prefers() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (name, age) in [("Ada", 5), ("Bea", 10), ("Cid", 15), ("Dan", 20)] {
        ids.push(world.answered(name, age, "Yes").await);
    }
    let bo = world.signed_in().await;
    let archive = async |id| {
        let token = world.get("/inbox/inbox", &bo).await.hidden("token");
        let done = world.post(&format!("/inbox/inbox/{id}/archive"), &bo, &[("token", &token)]).await;
        done.location().to_owned()
    };
    assert_eq!(archive(ids[1]).await, format!("/inbox/inbox/{}", ids[2]));
    save(&world, &bo, &[("part", "preferences"), ("after", "previous")]).await;
    assert_eq!(archive(ids[2]).await, format!("/inbox/inbox/{}", ids[0]));
    save(&world, &bo, &[("part", "preferences"), ("after", "list")]).await;
    assert_eq!(archive(ids[3]).await, "/inbox/inbox");
}
