//! The keys that a member chooses: the form, and everything that shows or declares a key.

use axum::http::StatusCode;
use crewbox_app::Caller;
use crewbox_core::preferences::Preferences;
use crewbox_testkit::account::NOW;

use super::world::{Page, World};

const PATH: &str = "/settings/keyboard";

async fn save(world: &World, cookie: &str, fields: &[(&str, &str)]) -> Page {
    let token = world.get(PATH, cookie).await.hidden("token");
    let fields: Vec<(&str, &str)> =
        [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
    world.post(PATH, cookie, &fields).await
}

async fn preferences(world: &World) -> Vec<Preferences> {
    let names = Caller::operator(&world.account.store, world.account.operator, NOW).await.unwrap();
    let mut members: Vec<_> = names.names().members.iter().collect();
    members.sort_by_key(|one| one.id != world.bo);
    members.into_iter().map(|one| one.preferences.clone()).collect()
}

/// The marks that a page must have.
fn has(page: &Page, marks: &[&str]) {
    for mark in marks {
        assert!(page.html.contains(mark), "{mark}: {}", page.html);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_keys_are_shown_and_declared_wherever_the_usual_ones_were() {
    let world = World::new().await;
    let id = world.answered("Ada", 5, "Yes").await;
    let bo = world.signed_in().await;
    let conversation = format!("/inbox/inbox/{id}");
    let usual = world.get(&conversation, &bo).await;
    has(
        &usual,
        &[
            "aria-keyshortcuts=\"e\"><svg",
            "<kbd class=\"wide-only\" aria-hidden=\"true\">E</kbd>",
            "data-opens=\"snooze\"><summary class=\"button\" aria-keyshortcuts=\"h\">",
            "aria-keyshortcuts=\"; Control+;\"",
            "aria-keyshortcuts=\"Control+Enter\">Send",
            "aria-keyshortcuts=\"z\" hidden>Undo<kbd aria-hidden=\"true\">Z</kbd>",
            "data-palette=\"Mod+k\"",
            "<kbd class=\"push\" aria-hidden=\"true\">Ctrl+K</kbd>",
            "data-verb=\"unarchive\" data-key=\"e\"",
            "data-command=\"back\" data-key=\"u,Escape\"",
        ],
    );
    let chosen = [
        ("archive", "Y, Ctrl+E"),
        ("snooze", "q"),
        ("category", "c"),
        ("assign", "shift+a"),
        ("remind", ""),
        ("note", "g n"),
        ("task", "F2"),
        ("reply", "<"),
        ("send", "Cmd+S"),
        ("template", "Ctrl+M"),
        ("undo", "w"),
        ("palette", "Ctrl+P"),
        ("back", ""),
        ("view-mine", "g x"),
        ("view-team", "t"),
    ];
    let saved = save(&world, &bo, &chosen).await;
    assert_eq!(saved.location(), PATH, "{}", saved.html);
    let page = world.get(&conversation, &bo).await;
    has(
        &page,
        &[
            "aria-keyshortcuts=\"y Control+e\"><svg",
            "<kbd class=\"wide-only\" aria-hidden=\"true\">Y</kbd>",
            "data-opens=\"snooze\"><summary class=\"button\" aria-keyshortcuts=\"q\">",
            "<kbd class=\"wide-only\" aria-hidden=\"true\">Q</kbd></summary>",
            "data-opens=\"category\"><summary class=\"button\" aria-keyshortcuts=\"c\">",
            "data-opens=\"assign\"><summary class=\"button\" aria-keyshortcuts=\"Shift+A\">",
            "data-opens=\"remind\"><summary class=\"button icon\" aria-label=\"Remind me\"",
            "data-opens=\"note\"><summary class=\"button\"><svg",
            "data-opens=\"task\"><summary class=\"button\" aria-keyshortcuts=\"F2\">",
            "aria-label=\"Message\" aria-keyshortcuts=\"&#60;\"",
            "aria-keyshortcuts=\"Control+s\">Send",
            "title=\"Template\" aria-keyshortcuts=\"Control+m\">",
            "aria-keyshortcuts=\"w\" hidden>Undo<kbd aria-hidden=\"true\">W</kbd>",
            "data-palette=\"Mod+p\"",
            "<kbd class=\"push\" aria-hidden=\"true\">Ctrl+P</kbd>",
            "data-verb=\"archive\" data-key=\"y,Mod+e\"",
            "data-verb=\"unarchive\" data-key=\"y,Mod+e\"",
            "data-verb=\"wake\" data-key=\"q\"",
            "data-verb=\"note\" data-key=\"g n\"",
            "<td><kbd>G N</kbd> </td>",
            "data-command=\"back\" data-key=\"Escape\"",
            "data-href=\"/inbox/mine\" data-key=\"g x\"",
            "data-href=\"/team\" data-key=\"t\"",
        ],
    );
    for gone in ["aria-keyshortcuts=\"e\"", "data-key=\"g m\"", "<kbd>E</kbd>", "Ctrl+K</kbd>"] {
        assert!(!page.html.contains(gone), "{gone}: {}", page.html);
    }
    // Pages beside the inbox lead to the palette with its key, too.
    for path in ["/team", "/settings/profile", PATH] {
        has(&world.get(path, &bo).await, &["data-palette=\"Mod+p\""]);
    }
    let held = preferences(&world).await;
    let kept: Vec<(&str, &str)> =
        held[0].shortcuts.iter().map(|(name, keys)| (name.as_str(), keys.as_str())).collect();
    assert_eq!(kept.len(), chosen.len());
    assert!(kept.contains(&("template", "Mod+m")) && kept.contains(&("remind", "")), "{kept:?}");
    assert!(held[1..].iter().all(|one| *one == Preferences::default()), "they are nobody else's");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_are_refused_together_and_what_was_typed_stays() {
    let world = World::new().await;
    let bo = world.signed_in().await;
    let typed = [
        ("archive", "h"),
        ("unread", "2"),
        ("note", "Hyper+n"),
        ("view-sent", "e x"),
        ("send", "Enter"),
        ("theme", "Ctrl+J"),
    ];
    let wrong = save(&world, &bo, &typed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    has(
        &wrong,
        &[
            "Nothing was saved: change the keys that are marked.",
            "H is already the key of “Snooze / End snooze”: choose another key.",
            "2 gives a category: choose another key.",
            "Hyper+n cannot be used: hold Shift or Ctrl, or nothing.",
            "Enter presses what has the focus",
            "name=\"archive\" value=\"h\"",
            "name=\"theme\" value=\"Ctrl+J\"",
            "name=\"view-sent\" value=\"e x\"",
        ],
    );
    assert_eq!(wrong.html.matches(" autofocus").count(), 1, "the first wrong field is shown");
    assert_eq!(preferences(&world).await[0], Preferences::default());
    let long =
        "Shift+ArrowDown, ".repeat(2) + "F1,F2,F3,F4,F5,F6,F7,F8,F9,F10,F11,F12,Home,End,PageUp,PageDown";
    let wrong = save(&world, &bo, &[("theme", &long)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    has(&wrong, &["This cannot exceed 60 characters.", &format!("value=\"{long}\"")]);
    let old = world.post(PATH, &bo, &[("archive", "y")]).await;
    assert_eq!(old.status, StatusCode::FORBIDDEN, "a form of another page");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_back_to_the_usual_ones_one_by_one_and_together() {
    let world = World::new().await;
    let bo = world.signed_in().await;
    let saved = save(&world, &bo, &[("archive", "y"), ("note", ""), ("view-mine", "g x")]).await;
    assert_eq!(saved.location(), PATH, "{}", saved.html);
    has(
        &world.get(PATH, &bo).await,
        &[
            "<label for=\"key-archive\">Archive / Move to inbox</label>",
            "name=\"archive\" value=\"y\"",
            ">Usually e</small>",
            "name=\"note\" value=\"\"",
            "name=\"view-mine\" value=\"g x\"",
            ">Usually g m</small>",
            ">Usually u; always Escape</small>",
            ">Always Enter</small>",
            ">Usually none</small>",
            "name=\"send-archive\" value=\"Shift+Ctrl+Enter\"",
        ],
    );
    save(&world, &bo, &[("archive", "e"), ("view-mine", "g x")]).await;
    let held = preferences(&world).await.remove(0).shortcuts;
    assert_eq!(held.keys().collect::<Vec<_>>(), ["note", "view-mine"]);
    let reset = save(&world, &bo, &[("archive", "not a key"), ("do", "reset")]).await;
    assert_eq!(reset.location(), PATH, "{}", reset.html);
    assert_eq!(preferences(&world).await[0], Preferences::default());
}
