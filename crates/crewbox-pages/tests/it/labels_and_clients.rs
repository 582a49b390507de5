//! Categories, tags and clients under Settings: who may see and change them, what each form refuses, and that nobody sees
//! those of another client or account.

use axum::http::{StatusCode, header};
use crewbox_app::session::password;
use crewbox_core::conversation::Edit;
use crewbox_core::id::{CategoryId, ClientId, ConversationId, TagId};
use crewbox_core::model::Role;
use crewbox_store::contract::NewAccount;
use crewbox_store::{Live, NewMember, Op};
use crewbox_testkit::account::NOW;

use super::world::{PASSWORD, Page, World};

const CATEGORIES: &str = "/settings/categories";
const TAGS: &str = "/settings/tags";
const CLIENTS: &str = "/settings/clients";
const PATHS: [&str; 3] = [CATEGORIES, TAGS, CLIENTS];

fn member(name: &str, role: Role, client: Option<ClientId>) -> NewMember {
    let email = format!("{}@us.test", name.to_lowercase());
    let password_hash = Some(password::hash(PASSWORD).unwrap());
    NewMember { name: name.to_owned(), email, role, client, password_hash }
}

/// Somebody at a browser.
struct Seat<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Seat<'a> {
    /// A new member of the account.
    async fn of(world: &'a World, name: &str, role: Role, client: Option<ClientId>) -> Self {
        world.account.commit(Op::AddMember(member(name, role, client))).await;
        Self::signed_in(world, &format!("{}@us.test", name.to_lowercase())).await
    }

    async fn signed_in(world: &'a World, email: &str) -> Self {
        let page = world.post("/sign-in", "", &[("email", email), ("password", PASSWORD)]).await;
        let cookie = page.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        Self { world, cookie: cookie.to_owned() }
    }

    async fn get(&self, path: &str) -> Page {
        self.world.get(path, &self.cookie).await
    }

    /// Sends a form of the page at this path, which is shown first.
    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.get("/settings/profile").await.hidden("token");
        self.send_of(path, &token, fields).await
    }

    /// Sends a form of a page with this token.
    async fn send_of(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> Page {
        let fields = [&[("token", token)], fields].concat();
        self.world.post(path, &self.cookie, &fields).await
    }
}

/// The item of a list with this id.
fn item<'a>(html: &'a str, id: &str) -> &'a str {
    let at = html.find(&format!("<li id=\"{id}\">")).unwrap_or_else(|| panic!("no {id}: {html}"));
    html[at..].split("</li>").next().unwrap()
}

/// Checks that a form was refused with these sentences and still has what was typed.
fn refused(page: &Page, sentences: &[&str], typed: &[&str]) {
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.html);
    for sentence in sentences {
        assert!(page.html.contains(&format!("role=\"alert\">{sentence}.<")), "{sentence}: {}", page.html);
    }
    for value in typed {
        assert!(page.html.contains(&format!("value=\"{value}\"")), "{value}: {}", page.html);
    }
}

/// Checks that an item's number of conversations is that of the list behind it.
async fn counts(seat: &Seat<'_>, item: &str, count: u64) {
    let path = item.split("<a class=\"as-link\" href=\"").nth(1).unwrap_or_else(|| panic!("{item}"));
    let path = path.split('"').next().unwrap();
    assert!(item.contains(&format!("\">{count}&#160;conversation")), "{item}");
    let list = seat.get(path).await;
    assert!(list.html.contains(&format!(" of {count}<")), "{path}: {}", list.html);
}

async fn edit(world: &World, conversation: ConversationId, edit: Edit) {
    world.account.commit(Op::Edit { conversation, edit }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_added_once_and_counts_its_conversations() {
    let world = World::new().await;
    let bo = Seat::signed_in(&world, "bo@us.test").await;
    let page = bo.get(CATEGORIES).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert!(page.html.contains("<p>None yet."), "{}", page.html);
    assert!(page.html.contains("They cannot be renamed or deleted: "), "{}", page.html);
    for (id, hue, name, kind) in
        [(1, "green", "Interested", "Positive"), (4, "red", "Do Not Contact", "Negative")]
    {
        let item = item(&page.html, &format!("category-{id}"));
        for part in [&*format!("category {hue}\""), &*format!(">{name}<"), kind, "No conversations"] {
            assert!(item.contains(part), "{part}: {item}");
        }
    }

    let wrong = bo.send(CATEGORIES, &[("name", " "), ("kind", "warm")]).await;
    refused(&wrong, &["This must not be empty", "This must be one of the list"], &[]);
    let long = "x".repeat(201);
    let wrong = bo.send(CATEGORIES, &[("name", &long), ("kind", "negative")]).await;
    refused(&wrong, &["This cannot exceed 200 characters"], &[&long]);
    assert!(wrong.html.contains("<option value=\"negative\" selected>"), "{}", wrong.html);

    let token = page.hidden("token");
    let fields = [("name", " Call <back> "), ("kind", "positive")];
    for _ in 0..2 {
        let done = bo.send_of(CATEGORIES, &token, &fields).await;
        assert_eq!(
            done.location(),
            "/settings/categories#category-1000",
            "the same form twice: {}",
            done.html
        );
    }
    let again = bo.send(CATEGORIES, &[("name", "call <BACK>"), ("kind", "neutral")]).await;
    refused(&again, &["`call &#60;BACK&#62;` exists already"], &["call &#60;BACK&#62;"]);

    let id = world.answered("Ada", 5, "Yes").await;
    edit(&world, id, Edit::Category(Some(CategoryId(1_000)))).await;
    let page = bo.get(CATEGORIES).await;
    assert_eq!(page.html.matches("Call &#60;back&#62;").count(), 1, "{}", page.html);
    let own = item(&page.html, "category-1000");
    assert!(own.contains("category green\"") && own.contains(">Positive<"), "{own}");
    counts(&bo, own, 1).await;
    let conversation = bo.get(&format!("/inbox/inbox/{id}")).await;
    assert!(
        conversation.html.contains("<span class=\"category green\">Call &#60;back&#62;"),
        "{}",
        conversation.html
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_added_renamed_and_coloured() {
    let world = World::new().await;
    let bo = Seat::signed_in(&world, "bo@us.test").await;
    let page = bo.get(TAGS).await;
    assert!(page.html.contains("<p>No tags yet."), "{}", page.html);
    let wrong = bo.send(TAGS, &[("name", ""), ("color", "red")]).await;
    refused(&wrong, &["This must not be empty", "This must be a colour such as #FF5733"], &["red"]);

    let token = page.hidden("token");
    for _ in 0..2 {
        let done = bo.send_of(TAGS, &token, &[("name", "VIP"), ("color", "#ff5733")]).await;
        assert_eq!(done.location(), "/settings/tags#tag-1", "the same form twice: {}", done.html);
    }
    // The same values typed into another page are another form.
    let taken = bo.send(TAGS, &[("name", "vip"), ("color", "#000000")]).await;
    refused(&taken, &["`vip` exists already"], &["vip", "#000000"]);
    bo.send(TAGS, &[("name", "event"), ("color", "#6B7280")]).await;
    let page = bo.get(TAGS).await;
    assert!(page.html.find("id=\"tag-2\"") < page.html.find("id=\"tag-1\""), "by name: {}", page.html);
    assert!(item(&page.html, "tag-1").contains("fill=\"#FF5733\""), "{}", page.html);
    assert!(!page.html.contains("style="), "{}", page.html);

    let id = world.answered("Ada", 5, "Yes").await;
    edit(&world, id, Edit::AddTag(TagId(1))).await;
    counts(&bo, item(&bo.get(TAGS).await.html, "tag-1"), 1).await;

    world
        .account
        .commit(Op::SetCampaignTags { campaign: world.campaign, tags: vec![TagId(1), TagId(2)] })
        .await;
    let page = bo.get(TAGS).await;
    assert!(
        item(&page.html, "tag-1").contains("1&#160;conversation</a> · 1 campaign</small>"),
        "{}",
        page.html
    );
    assert!(item(&page.html, "tag-2").contains("<small>1 campaign</small>"), "{}", page.html);

    let page = bo.get("/settings/tags?edit=1").await;
    let row = item(&page.html, "tag-1");
    for part in [
        "name=\"id\" value=\"1\"",
        "value=\"VIP\" autofocus",
        "value=\"#FF5733\"",
        "href=\"/settings/tags#tag-1\"",
    ] {
        assert!(row.contains(part), "{part}: {row}");
    }
    assert!(!item(&page.html, "tag-2").contains("<form"), "{}", page.html);
    let taken = bo.send(TAGS, &[("id", "1"), ("name", "Event"), ("color", "#00ff00")]).await;
    refused(&taken, &["`Event` exists already"], &[]);
    let row = item(&taken.html, "tag-1");
    assert!(row.contains("value=\"Event\"") && row.contains("value=\"#00ff00\""), "in its row: {row}");
    let done = bo.send(TAGS, &[("id", "1"), ("name", "Key account"), ("color", "#00ff00")]).await;
    assert_eq!(done.location(), "/settings/tags#tag-1", "{}", done.html);
    let row = bo.get(TAGS).await.html;
    let row = item(&row, "tag-1");
    assert!(row.contains(">Key account<") && row.contains("fill=\"#00FF00\""), "{row}");
    assert!(bo.get(&format!("/inbox/inbox/{id}")).await.html.contains(">Key account</span>"));

    let nothing = bo.send(TAGS, &[("id", "7"), ("name", "Nothing"), ("color", "#00ff00")]).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND, "{}", nothing.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_added_changed_and_given_a_key_of_its_own() {
    let world = World::new().await;
    let olga = Seat::of(&world, "Olga", Role::Owner, None).await;
    let page = olga.get(CLIENTS).await;
    assert!(page.html.contains("<p>No clients yet."), "{}", page.html);
    let wrong = olga.send(CLIENTS, &[("part", "client"), ("name", ""), ("email", "north")]).await;
    refused(&wrong, &["This must not be empty", "This must be an e-mail address"], &["north"]);
    let token = page.hidden("token");
    for _ in 0..2 {
        let fields = [("part", "client"), ("name", "North"), ("email", "Ann@north.test")];
        let done = olga.send_of(CLIENTS, &token, &fields).await;
        assert_eq!(done.location(), "/settings/clients#client-1", "the same form twice: {}", done.html);
    }
    let taken =
        olga.send(CLIENTS, &[("part", "client"), ("name", "South"), ("email", "ANN@north.test")]).await;
    refused(&taken, &["Another client has this address"], &["South", "ANN@north.test"]);
    olga.send(CLIENTS, &[("part", "client"), ("name", "South"), ("email", "sue@south.test")]).await;

    let change = [("part", "client"), ("id", "1"), ("name", "North & Co"), ("email", "sue@south.test")];
    let taken = olga.send(CLIENTS, &change).await;
    refused(&taken, &["Another client has this address"], &[]);
    assert!(item(&taken.html, "client-1").contains("value=\"North &#38; Co\""), "in its row: {}", taken.html);
    let change = [("part", "client"), ("id", "1"), ("name", "North & Co"), ("email", "ann@north.test")];
    assert_eq!(olga.send(CLIENTS, &change).await.location(), "/settings/clients#client-1");

    let unnamed = olga.send(CLIENTS, &[("part", "key"), ("id", "1"), ("key_name", "")]).await;
    refused(&unnamed, &["This must not be empty"], &["North &#38; Co"]);
    let made = olga.send(CLIENTS, &[("part", "key"), ("id", "1"), ("key_name", "Reports")]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.html);
    let text = made.html.split("aria-label=\"API key for North &#38; Co\" value=\"").nth(1).unwrap();
    let text = text.split('"').next().unwrap();
    let sign_in = async || Live::new(world.account.store.clone()).sign_in(text, NOW).await;
    assert_eq!(sign_in().await.unwrap().scope.client(), Some(ClientId(1)));
    let page = olga.get("/settings/clients?edit=1").await;
    assert!(!page.html.contains(text), "it is shown once");
    let row = item(&page.html, "client-1");
    assert!(row.contains(">Reports</b><small>never used<") && row.contains("No member of its own."), "{row}");
    let key = page.hidden("key");
    let done = olga.send(CLIENTS, &[("part", "revoke"), ("id", "1"), ("key", &key)]).await;
    assert_eq!(done.location(), "/settings/clients?edit=1", "{}", done.html);
    assert!(sign_in().await.is_err(), "it is revoked");

    // Only keys of clients are revoked here.
    world.account.signed_in(None).await;
    for (part, id, key) in [("revoke", "1", "2"), ("key", "7", ""), ("client", "7", "")] {
        let fields = [
            ("part", part),
            ("id", id),
            ("key", key),
            ("key_name", "x"),
            ("name", "x"),
            ("email", "x@x.test"),
        ];
        assert_eq!(olga.send(CLIENTS, &fields).await.status, StatusCode::NOT_FOUND, "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_own_member_is_invited_and_sees_that_client_only() {
    let world = World::new().await;
    let olga = Seat::of(&world, "Olga", Role::Owner, None).await;
    assert!(!olga.get("/settings/members").await.html.contains("name=\"client\""), "there is no client");
    let (north, south) = (world.account.client("North").await, world.account.client("South").await);
    let mut campaigns = Vec::new();
    for (client, name) in [(north, "North"), (south, "South")] {
        let campaign = world.account.campaign(name, Some(client)).await;
        campaigns.push(campaign.get());
        world.account.leads(campaign, &[&format!("lea@{}.test", name.to_lowercase())]).await;
    }
    let asked = olga.get("/settings/members?client=1").await.html;
    assert!(asked.contains("<option value=\"1\" selected>Only North</option>"), "{asked}");
    let mut fields = [("name", "Nora"), ("email", "nora@us.test"), ("role", "member"), ("client", "x")];
    let wrong = olga.send("/settings/members", &fields).await;
    refused(&wrong, &["This must be one of the list"], &["Nora", "nora@us.test"]);
    fields[3].1 = "1";
    let invited = olga.send("/settings/members", &fields).await;
    let link = invited.html.split("http://localhost/sign-in/").nth(1).unwrap().split('"').next().unwrap();
    assert!(invited.html.contains("nora@us.test · only <span dir=\"auto\">North</span>"), "{}", invited.html);
    let signed = world.post(&format!("/sign-in/{link}"), "", &[]).await;
    let cookie = signed.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    let nora = Seat { world: &world, cookie: cookie.to_owned() };
    let list = nora.get("/inbox/everything").await.html;
    assert!(list.contains("lea@north.test") && !list.contains("lea@south.test"), "{list}");
    // Filters by ids that are not hers name nothing: not the other client, its campaign, or a member of the team.
    let theirs = [("client", south.get(), "South"), ("campaign", campaigns[1], "South"), ("owner", 1, "Bo")];
    for (filter, theirs, name) in theirs {
        let list = nora.get(&format!("/inbox/everything?{filter}={theirs}")).await.html;
        let chip = list.split("class=\"chip\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(chip.ends_with(&format!(": {theirs}")) && !chip.contains(name), "{filter}: {chip}");
    }
    let own = nora.get(&format!("/inbox/everything?campaign={}", campaigns[0])).await.html;
    assert!(own.contains("class=\"chip\">Campaign: North<"), "{own}");

    let page = olga.get(CLIENTS).await;
    let row = item(&page.html, "client-1");
    assert!(row.contains("north@client.test · 1 member · <a"), "{row}");
    counts(&olga, row, 1).await;
    let page = olga.get("/settings/clients?edit=1").await;
    assert!(item(&page.html, "client-1").contains("<span dir=\"auto\">Nora</span>."), "{}", page.html);
    assert!(item(&page.html, "client-1").contains("href=\"/settings/members?client=1\""), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_them_has_neither_the_pages_nor_their_links() {
    let world = World::new().await;
    let north = world.account.client("North").await;
    let bo = Seat::signed_in(&world, "bo@us.test").await;
    let admin = Seat::of(&world, "Cy", Role::Admin, None).await;
    // The client's own admin.
    let nora = Seat::of(&world, "Nora", Role::Admin, Some(north)).await;
    for (seat, may) in [(&bo, [true, true, false]), (&admin, [true; 3]), (&nora, [false; 3])] {
        let profile = seat.get("/settings/profile").await.html;
        for (path, may) in PATHS.into_iter().zip(may) {
            let link = format!("<a class=\"view\" href=\"{path}\"");
            assert_eq!(profile.contains(&link), may, "{path}: {profile}");
            let page = seat.get(path).await;
            let expected = if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(page.status, expected, "{path}: {}", page.html);
            let is_current = page.html.contains(&format!("{link} aria-current=\"page\""));
            assert_eq!(is_current, may, "{path}: {}", page.html);
            if !may {
                let fields = [("part", "client"), ("name", ""), ("kind", "positive"), ("email", "n@n.test")];
                let sent = seat.send(path, &fields).await;
                assert_eq!(sent.status, StatusCode::FORBIDDEN, "{path}: {}", sent.html);
                assert!(!page.html.contains("North") && !sent.html.contains("North"), "{path}");
            }
        }
    }
    for path in PATHS {
        let next = format!("/sign-in?next={}", path.replace('/', "%2F"));
        assert_eq!(world.get(path, "").await.location(), next);
        let foreign = bo.send_of(path, "no token of this session", &[("name", "Warm")]).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path}");
    }
    let names = Live::new(world.account.store.clone()).account(world.account.operator.account(), NOW).await;
    let names = names.unwrap().names();
    assert_eq!(
        (names.catalog.categories.len(), names.catalog.tags.len(), names.catalog.clients.len()),
        (7, 0, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_has_its_own() {
    let world = World::new().await;
    let olga = Seat::of(&world, "Olga", Role::Owner, None).await;
    olga.send(CATEGORIES, &[("name", "Canary"), ("kind", "neutral")]).await;
    olga.send(TAGS, &[("name", "Canary"), ("color", "#00ff00")]).await;
    olga.send(CLIENTS, &[("part", "client"), ("name", "Canary"), ("email", "c@canary.test")]).await;
    let owner = NewMember { email: "zoe@them.test".to_owned(), ..member("Zoe", Role::Owner, None) };
    let account = NewAccount { name: "Them".to_owned(), owner };
    world.account.store.create_account(account, NOW).await.unwrap();
    let zoe = Seat::signed_in(&world, "zoe@them.test").await;
    for path in PATHS {
        let page = zoe.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        assert!(!page.html.contains("Canary"), "{path}: {}", page.html);
    }
    let stolen =
        [("id", "1"), ("part", "client"), ("name", "Ours"), ("email", "o@o.test"), ("color", "#000000")];
    for path in [TAGS, CLIENTS] {
        assert_eq!(zoe.send(path, &stolen).await.status, StatusCode::NOT_FOUND, "{path}");
        assert!(olga.get(path).await.html.contains(">Canary</b>"), "{path}");
    }
    // The names of one account are free in another.
    let own = zoe.send(TAGS, &[("name", "Canary"), ("color", "#ff0000")]).await;
    assert_eq!(own.location(), "/settings/tags#tag-1", "{}", own.html);
    assert!(item(&olga.get(TAGS).await.html, "tag-1").contains("#00FF00"));
}
