//! Filters of a list as a member sets them without scripts: dates in words and as dates, and the order.

use axum::http::StatusCode;

use super::world::{Page, World};

/// The address behind a choice of a menu.
fn choice(page: &Page, name: &str) -> String {
    let before = page.html.split(&format!(">{name}</a>")).next().unwrap();
    assert!(before.len() < page.html.len(), "no {name}: {}", page.html);
    before.rsplit("href=\"").next().unwrap().split('"').next().unwrap().replace("&#38;", "&")
}

async fn shows(world: &World, cookie: &str, path: &str, marks: &[&str]) -> Page {
    let page = world.get(path, cookie).await;
    for mark in marks {
        assert!(page.html.contains(mark), "{mark}: {}", page.html);
    }
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_narrowed_to_days_in_words_and_between_dates() {
    let world = World::new().await;
    world.answered("Ada", 5, "Yes").await;
    world.answered("Bea", 30 * 60, "Yes").await;
    let bo = world.signed_in().await;
    let list =
        shows(&world, &bo, "/inbox/inbox", &["1–2 of 2", "name=\"from\" type=\"date\" value=\"\""]).await;
    let today = choice(&list, "Today");
    let today = shows(&world, &bo, &today, &["1–1 of 1", "Replied today", "value=\"2023-11-14\""]).await;
    assert!(today.html.contains(">Ada</a>") && !today.html.contains(">Today</a>"), "{}", today.html);
    shows(&world, &bo, &choice(&today, "Last 7 days"), &["1–2 of 2", "Replied 8 Nov – 14 Nov"]).await;

    let form = "/inbox/inbox/dates?status=Replied&page=3";
    let chosen = world.get(&format!("{form}&from=2023-11-13&to=2023-11-13"), &bo).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    let marks = ["1–1 of 1", "Replied yesterday", "Status: Replied", ">Bea</a>"];
    shows(&world, &bo, chosen.location(), &marks).await;
    let since = world.get(&format!("{form}&from=2023-11-01&to="), &bo).await;
    shows(&world, &bo, since.location(), &["1–2 of 2", "Replied since 1 Nov"]).await;
    let none = world.get(&format!("{form}&from=&to="), &bo).await;
    assert_eq!(none.location(), "/inbox/inbox?status=Replied");

    let wrong = world.get(&format!("{form}&from=2023-11-14&to=2023-11-13"), &bo).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["This must not be before the first date.", "value=\"2023-11-14\"", "name=\"filter\" open"] {
        assert!(wrong.html.contains(kept), "{kept}: {}", wrong.html);
    }
    assert_eq!(world.get("/inbox/nowhere/dates", &bo).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(form, "").await.status, StatusCode::SEE_OTHER, "to the sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_those_of_the_members_calendar() {
    let world = World::new().await;
    world.answered("Ada", 5, "Yes").await;
    world.answered("Bea", 30 * 60, "Yes").await;
    let bo = world.signed_in().await;
    let token = world.get("/settings/profile", &bo).await.hidden("token");
    let profile = [("token", &*token), ("part", "profile"), ("name", "Bo"), ("time_zone", "Asia/Tokyo")];
    world.post("/settings/profile", &bo, &profile).await;
    let chosen = world.get("/inbox/inbox/dates?from=2023-11-14&to=2023-11-14", &bo).await;
    // In UTC it was the 13th.
    shows(&world, &bo, chosen.location(), &["1–1 of 1", "Replied yesterday", ">Bea</a>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_the_orders_of_its_view() {
    let world = World::new().await;
    world.answered("Ada", 5, "Yes").await;
    let bo = world.signed_in().await;
    let list =
        shows(&world, &bo, "/inbox/inbox", &["href=\"/inbox/inbox\" aria-current=\"true\">Latest reply</a>"])
            .await;
    let sent = choice(&list, "Latest sent");
    assert_eq!(sent, "/inbox/inbox?sort=sent");
    shows(&world, &bo, &sent, &["href=\"/inbox/inbox?sort=sent\" aria-current=\"true\">Latest sent</a>"])
        .await;
}
