//! Saved views by forms: what they list, what they count, and who sees them.

use axum::http::StatusCode;
use crewbox_app::session::password;
use crewbox_core::conversation::Edit;
use crewbox_core::model::Role;
use crewbox_store::{NewMember, Op};

use super::world::{PASSWORD, World};

const PATH: &str = "/views/inbox?category=2";
const LIST: &str = "/inbox/inbox?category=2";

/// Ada and Bea are in category 2, Bea is read; Cy has none.
async fn world() -> World {
    let world = World::new().await;
    for (name, is_chosen, is_read) in [("Ada", true, false), ("Bea", true, true), ("Cy", false, false)] {
        let conversation = world.answered(name, 5, "Yes").await;
        if is_chosen {
            let edit = Edit::Category(Some(2.into()));
            world.account.commit(Op::Edit { conversation, edit }).await;
        }
        if is_read {
            let edit = Edit::Read(true);
            world.account.commit(Op::Edit { conversation, edit }).await;
        }
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_saved_as_a_view_renamed_shared_and_deleted() {
    let world = world().await;
    let cookie = world.signed_in().await;
    let page = world.get(LIST, &cookie).await;
    assert!(page.html.contains(&format!("action=\"{PATH}\"")), "{}", page.html);
    assert!(!page.html.contains("Saved views"), "{}", page.html);
    let token = page.hidden("token");
    let save = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = [("token", &*token)].into_iter().chain(fields.iter().copied()).collect();
        world.post(PATH, &cookie, &fields).await
    };
    let blank = save(&[("name", " "), ("shared", "1")]).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        blank.html.contains("name must not be empty.") && blank.html.contains(" checked"),
        "{}",
        blank.html
    );
    assert_eq!(save(&[("name", "Meetings <1>")]).await.location(), LIST);

    for (list, is_offered) in
        [("/inbox/mine", false), ("/inbox/inbox", false), ("/inbox/mine?show=all", true)]
    {
        let page = world.get(list, &cookie).await;
        assert_eq!(page.html.contains(">Save view<"), is_offered, "{list}: {}", page.html);
    }
    let page = world.get(LIST, &cookie).await;
    let link = "href=\"/inbox/inbox?category=2\" aria-current=\"page\" title=\"2 in all\"";
    assert!(page.html.contains(link), "{}", page.html);
    assert!(page.html.contains("<title>(1) Meetings &#60;1&#62; · Crewbox</title>"), "{}", page.html);
    assert!(page.html.contains("aria-label=\"1 unread\"") && page.html.contains("1–2 of 2"), "{}", page.html);
    let id = page.html.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let part = world.get("/parts/inbox/list?category=2", &cookie).await;
    assert!(part.html.contains(link) && part.html.contains("Delete view"), "{}", part.html);
    let other = world.get("/inbox/inbox?category=2&page=2&tag=9", &cookie).await;
    assert!(!other.html.contains("Delete view"), "another list is not this view: {}", other.html);

    save(&[("name", "Calls"), ("id", &id), ("shared", "1")]).await;
    let ben = NewMember {
        name: "Ben".to_owned(),
        email: "ben@us.test".to_owned(),
        role: Role::Member,
        client: None,
        password_hash: Some(password::hash(PASSWORD).unwrap()),
    };
    world.account.make(Op::AddMember(ben)).await;
    let signed = world.post("/sign-in", "", &[("email", "ben@us.test"), ("password", PASSWORD)]).await;
    let bens = signed.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = world.get(LIST, &bens).await;
    assert!(page.html.contains(">Calls</span>") && !page.html.contains("Delete view"), "{}", page.html);
    let bens_token = page.hidden("token");
    let foreign = [("token", &*bens_token), ("id", &*id), ("do", "delete")];
    assert_eq!(world.post(PATH, &bens, &foreign).await.status, StatusCode::FORBIDDEN);
    let none = [("token", &*bens_token), ("id", "999"), ("name", "x")];
    assert_eq!(world.post(PATH, &bens, &none).await.status, StatusCode::NOT_FOUND);

    assert_eq!(save(&[("id", &id), ("do", "delete")]).await.location(), LIST);
    assert!(!world.get(LIST, &cookie).await.html.contains("Saved views"));
    assert_eq!(
        world.post(PATH, "", &[("name", "x")]).await.location(),
        "/sign-in?next=%2Finbox%2Finbox%3Fcategory%3D2"
    );
    assert_eq!(world.post(PATH, &cookie, &[("name", "x")]).await.status, StatusCode::FORBIDDEN, "no token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_with_filters_that_have_no_menu_lists_what_it_counts() {
    let world = world().await;
    let cookie = world.signed_in().await;
    let filters = "filters=%7B%22isRead%22%3Atrue%2C%22leadCategories%22%3A%7B%22isAssigned%22%3Atrue%7D%7D";
    let page = world.get(&format!("/inbox/inbox?{filters}"), &cookie).await;
    assert!(page.html.contains("1–1 of 1") && page.html.contains(">Bea</a>"), "{}", page.html);
    for chip in ["Remove filter: Read\"", "Remove filter: Category: any\""] {
        assert!(page.html.contains(chip), "{chip}: {}", page.html);
    }
    let fields = [("token", &*page.hidden("token")), ("name", "Read ones")];
    let saved = world.post(&format!("/views/inbox?{filters}"), &cookie, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.html);
    let page = world.get("/inbox/mine", &cookie).await;
    let link = page.html.split("Saved views</h2>").nth(1).unwrap().split("</ul>").next().unwrap();
    assert!(link.contains("title=\"1 in all\"") && !link.contains("unread"), "{link}");
}
