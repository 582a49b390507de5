//! The team page: its figures, the lists behind them, and whose figures a member sees.

use axum::http::StatusCode;
use crewbox_app::session::password;
use crewbox_core::conversation::Edit;
use crewbox_core::id::{ClientId, ConversationId, MemberId};
use crewbox_core::model::Role;
use crewbox_core::time::Timestamp;
use crewbox_store::{Batch, NewMember, Op};
use crewbox_testkit::account::NOW;

use super::world::{PASSWORD, World};

const DAY_MS: i64 = 86_400_000;

/// Another member, and their cookie.
async fn member(world: &World, name: &str, role: Role, client: Option<ClientId>) -> (MemberId, String) {
    let email = format!("{}@us.test", name.to_lowercase());
    let password_hash = Some(password::hash(PASSWORD).unwrap());
    let new = NewMember { name: name.to_owned(), email: email.clone(), role, client, password_hash };
    let id = MemberId(world.account.make(Op::AddMember(new)).await);
    let page = world.post("/sign-in", "", &[("email", &email), ("password", PASSWORD)]).await;
    let cookie = page.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    (id, cookie.to_owned())
}

/// Makes a member the owner of a conversation, a day ago.
async fn assign(world: &World, conversation: ConversationId, owner: MemberId) {
    let edit = Op::Edit { conversation, edit: Edit::Owner(Some(owner)) };
    let batch = Batch::new(world.account.operator, Timestamp(NOW.millis() - DAY_MS), vec![edit]);
    world.account.store.commit(batch).await.unwrap();
}

/// A row of the table of the present (1) or of the period (2).
fn row<'a>(html: &'a str, table: usize, name: &str) -> &'a str {
    let rows = html.split("<tbody>").nth(table).unwrap().split("</tr>");
    let row = rows.map(str::trim).find(|row| row.contains(&format!(">{name}<")));
    row.unwrap_or_else(|| panic!("no {name}: {html}"))
}

/// What a row says, without its tags.
fn words(row: &str) -> Vec<String> {
    let cells = row.split("</t").map(|cell| {
        let texts = cell.split('<').filter_map(|piece| piece.split_once('>'));
        texts.map(|(_, text)| text.trim()).collect::<String>()
    });
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// Follows the links of a page's numbers: each list has as many rows as its number says. How many links there are.
async fn check_links(world: &World, cookie: &str, html: &str) -> usize {
    let links: Vec<&str> = html.split("<a class=\"as-link\" href=\"").skip(1).collect();
    let mut followed = 0;
    for link in links.iter().filter(|link| link.split('>').next().unwrap().contains("aria-label")) {
        let path = link.split('"').next().unwrap().replace("&#38;", "&");
        let count = link.split('>').nth(1).unwrap().split('<').next().unwrap();
        let list = world.get(&path, cookie).await;
        assert!(list.html.contains(&format!(" of {count}<")), "{path} has not {count}: {}", list.html);
        followed += 1;
    }
    followed
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_page_shows_figures_and_each_leads_to_its_list() {
    let world = World::new().await;
    let (_, admin) = member(&world, "Cy", Role::Admin, None).await;
    let (ada, bea, eve) = (
        world.answered("Ada", 250, "Yes").await,
        world.answered("Bea", 90, "Yes").await,
        world.answered("Eve", 30, "Later").await,
    );
    world.answered("Dan", 10, "Yes").await;
    let silent = world.account.leads(world.campaign, &["fay@lead.test"]).await[0];
    for id in [ada, bea, eve, silent] {
        assign(&world, id, world.bo).await;
    }
    let answer = "From: Bo <bo@sender.test>\r\nTo: ada@lead.test\r\nSubject: Re: Prices\r\nMessage-ID: <2@sender.test>\r\n\
                  In-Reply-To: <Ada@lead.test>\r\n\r\nGood\r\n";
    world.mail(120, answer.to_owned()).await;
    let token = world.get("/inbox/inbox", &admin).await.hidden("token");
    let fields = [("token", token.as_str()), ("value", "2w")];
    world.post(&format!("/inbox/inbox/{eve}/snooze"), &admin, &fields).await;

    let page = world.get("/team", &admin).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    let of_bo = words(row(&page.html, 1, "Bo Lind"));
    assert_eq!(of_bo[..2], ["Bo Lind", "3"], "Ada, Bea, and Fay who never wrote");
    assert_eq!(of_bo[3..], ["1", "1 h 30 min", "1"]);
    let of_nobody = words(row(&page.html, 1, "Unassigned"));
    assert_eq!(of_nobody, ["Unassigned", "1", "1", "1", "10 min", "–"]);
    // Open, unread, waiting and snoozed of Bo; open, unread and waiting of nobody; received and sent of Bo in the period and
    // today.
    assert_eq!(check_links(&world, &admin, &page.html).await, 11, "{}", page.html);

    let time = "2 h 10 min";
    assert_eq!(words(row(&page.html, 2, "Bo Lind")), ["Bo Lind", "3", "1", time, time, time, time]);
    assert!(!page.html.contains("aria-label=\"Client\""), "there is no client to choose: {}", page.html);
    for name in ["North", "South"] {
        world.account.client(name).await;
    }
    let north = world.get("/team?days=7&client=1", &admin).await.html;
    assert!(north.contains("href=\"/team?days=7&#38;client=1\" aria-current=\"true\""), "{north}");
    assert!(north.contains("Nobody received or sent a reply"), "{north}");
    assert_eq!(words(row(&page.html, 3, "14 Nov")), ["14 Nov", "3", "1"]);
    for drawn in [
        "<title id=\"chart-2-title\">Replies per day: Bo Lind</title>",
        "16 Oct to 14 Nov: 3 received, 1 sent. Most on 14 Nov: 3 received, 1 sent.",
        "<rect class=\"sent\" x=\"290\" y=\"31\" width=\"8\" height=\"10\"><title>14 Nov: 1 sent</title>",
    ] {
        assert!(page.html.contains(drawn), "{drawn}: {}", page.html);
    }
    assert!(!page.html.contains("style=\""));
    assert!(page.html.contains("href=\"/team\" aria-current=\"page\""), "{}", page.html);
    let inbox = world.get("/inbox/inbox", &admin).await;
    assert!(inbox.html.contains("data-href=\"/team\" data-key=\"g t\""), "{}", inbox.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_of_the_day_that_it_was_where_the_member_is() {
    let world = World::new().await;
    let (_, admin) = member(&world, "Cy", Role::Admin, None).await;
    for (name, minutes_ago) in [("Ada", 10), ("Bea", 8 * 60), ("Eve", 30 * 60)] {
        let id = world.answered(name, minutes_ago, "Yes").await;
        let edit = Op::Edit { conversation: id, edit: Edit::Owner(Some(world.bo)) };
        let batch = Batch::new(world.account.operator, Timestamp(NOW.millis() - 3 * DAY_MS), vec![edit]);
        world.account.store.commit(batch).await.unwrap();
    }
    let page = world.get("/team?days=7", &admin).await;
    assert_eq!(words(row(&page.html, 3, "14 Nov")), ["14 Nov", "2", "0"], "{}", page.html);
    assert_eq!(words(row(&page.html, 3, "13 Nov")), ["13 Nov", "1", "0"]);
    let token = world.get("/settings/profile", &admin).await.hidden("token");
    let profile = [("token", &*token), ("part", "profile"), ("name", "Cy"), ("time_zone", "Asia/Tokyo")];
    world.post("/settings/profile", &admin, &profile).await;
    let page = world.get("/team?days=7", &admin).await;
    assert_eq!(words(row(&page.html, 3, "15 Nov")), ["15 Nov", "1", "0"], "{}", page.html);
    assert_eq!(words(row(&page.html, 3, "14 Nov")), ["14 Nov", "2", "0"]);
    assert_eq!(words(row(&page.html, 2, "Bo Lind"))[..3], ["Bo Lind", "3", "0"]);
    check_links(&world, &admin, &page.html).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_their_own_row_of_the_team_and_a_sentence_where_there_are_no_replies() {
    let world = World::new().await;
    let bo = world.signed_in().await;
    let page = world.get("/team?days=7", &bo).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(words(row(&page.html, 1, "Bo Lind")), ["Bo Lind", "0", "0", "0", "–", "0"]);
    assert!(!page.html.contains("Ann"), "{}", page.html);
    assert!(page.html.contains("Nobody received or sent a reply in the last 7 days."), "{}", page.html);
    assert!(page.html.contains("href=\"/team?days=7\" aria-current=\"true\""), "{}", page.html);
    assert_eq!(world.get("/team", "").await.location(), "/sign-in?next=%2Fteam");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_own_user_sees_the_team_figures_of_that_client_only() {
    let world = World::new().await;
    let ada = world.answered("Ada", 250, "Yes").await;
    assign(&world, ada, world.bo).await;
    world.answered("Dan", 10, "Yes").await;
    let client = world.account.client("South").await;
    let campaign = world.account.campaign("South", Some(client)).await;
    let theirs = world.account.leads(campaign, &["sam@south.test"]).await[0];
    let (sue, cookie) = member(&world, "Sue", Role::Admin, Some(client)).await;
    assign(&world, theirs, sue).await;
    let page = world.get("/team", &cookie).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(words(row(&page.html, 1, "Sue")), ["Sue", "1", "0", "0", "–", "0"]);
    assert_eq!(words(row(&page.html, 1, "Unassigned")), ["Unassigned", "0", "0", "0", "–", "–"]);
    for secret in ["Bo Lind", "Ann", "2 h", "Spring"] {
        assert!(!page.html.contains(secret), "{secret}: {}", page.html);
    }
    assert_eq!(check_links(&world, &cookie, &page.html).await, 1, "{}", page.html);
}
