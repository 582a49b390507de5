//! The stream that keeps pages up to date, of a member who sees one client alone.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use crewbox_app::session::password;
use crewbox_core::conversation::Edit;
use crewbox_core::id::ConversationId;
use crewbox_core::model::Role;
use crewbox_store::{NewMember, Op};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::world::{PASSWORD, World};

/// How long a test waits for what must come at once.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A list that archived conversations are not in, and the same in a query.
const OPEN: &str = "everything?show=open";
const OPEN_ENCODED: &str = "everything%3Fshow%3Dopen";

/// A stream of pages.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(world: &World, cookie: &str, query: &str) -> Self {
        let request = Request::get(format!("/parts/stream?{query}")).header(header::COOKIE, cookie);
        let response = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next event of this kind: its id and its data.
    async fn next(&mut self, kind: &str) -> (u64, serde_json::Value) {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if field("event:") == Some(kind) {
                    let data = field("data:").unwrap();
                    let data = serde_json::from_str(data).unwrap_or_else(|_| data.into());
                    return (field("id:").unwrap().parse().unwrap(), data);
                }
            }
            let frame = tokio::time::timeout(AT_ONCE, self.body.frame()).await.expect("it comes at once");
            let data = frame.unwrap().unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

impl World {
    async fn important(&self, conversation: ConversationId, on: bool) {
        self.account.commit(Op::Edit { conversation, edit: Edit::Important(on) }).await;
    }
}

/// The number that a page was rendered at.
fn rendered_at(html: &str) -> u64 {
    html.split("data-seq=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_clients_member_are_live_and_hear_nothing_of_others() {
    let world = World::new().await;
    let (mut follower, (_following, ended)) = (world.events.follower(), tokio::sync::watch::channel(false));
    let store = world.account.store.clone();
    tokio::spawn(async move { store.follow(&mut follower, ended).await.unwrap() });
    let [north, south] = [world.account.client("North").await, world.account.client("South").await];
    let campaign = world.account.campaign("South", Some(south)).await;
    let ours = world.account.leads(campaign, &["sam@south.test"]).await[0];
    let campaign = world.account.campaign("North's secret campaign", Some(north)).await;
    let theirs = world.account.leads(campaign, &["nell@north.test"]).await[0];
    let new = NewMember {
        name: "Sue".to_owned(),
        email: "sue@us.test".to_owned(),
        role: Role::Member,
        client: Some(south),
        password_hash: Some(password::hash(PASSWORD).unwrap()),
    };
    world.account.commit(Op::AddMember(new)).await;
    let page = world.post("/sign-in", "", &[("email", "sue@us.test"), ("password", PASSWORD)]).await;
    let cookie = page.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();

    world.important(theirs, true).await;
    let page = world.get("/inbox/everything", &cookie).await;
    // Its campaign and its conversation.
    let seq = rendered_at(&page.html);
    assert_eq!(seq, 2, "the number says nothing of others");
    let query = format!("list=everything&list={OPEN_ENCODED}&open={ours}&since={seq}");
    let mut stream = Stream::open(&world, &cookie, &query).await;
    assert_eq!(stream.next("hello").await.0, seq);
    // The numbers of rows, which are told at the beginning.
    assert_eq!(stream.next("news").await.1["counts"], true);

    world.important(theirs, false).await;
    world.important(ours, true).await;
    let (id, news) = stream.next("news").await;
    assert_eq!((id, &news["seq"]), (seq + 1, &(seq + 1).into()));
    let changed = serde_json::json!({"changed": [ours.get()], "left": {}});
    assert_eq!(news["lists"], serde_json::json!({"everything": changed, OPEN: changed}), "{news}");
    assert_eq!(news["open"], serde_json::json!([ours.get()]));

    // While it is not connected, the row leaves; what was missed comes again.
    drop(stream);
    let archived = Edit::Archived(true);
    world.account.commit(Op::Edit { conversation: ours, edit: archived }).await;
    world.important(theirs, true).await;
    let query = query.replace(&format!("since={seq}"), &format!("since={id}"));
    let mut stream = Stream::open(&world, &cookie, &query).await;
    let left = loop {
        let (_, news) = stream.next("news").await;
        if let Some(list) = news["lists"].get(OPEN) {
            break list["left"].clone();
        }
    };
    assert_eq!(left, serde_json::json!({ours.to_string(): "The server archived this"}));
    // Nobody of another client's conversation is heard of.
    let foreign = format!("list=everything&open={theirs}");
    let mut stream = Stream::open(&world, &cookie, &foreign).await;
    assert_eq!(stream.next("hello").await.0, seq + 2);
    assert_eq!(stream.next("news").await.1["open"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_member_takes_an_action_back() {
    let world = World::new().await;
    let client = world.account.client("South").await;
    let campaign = world.account.campaign("South", Some(client)).await;
    let ours = world.account.leads(campaign, &["sam@south.test"]).await[0];
    let new = NewMember {
        name: "Sue".to_owned(),
        email: "sue@us.test".to_owned(),
        role: Role::Member,
        client: Some(client),
        password_hash: Some(password::hash(PASSWORD).unwrap()),
    };
    world.account.commit(Op::AddMember(new)).await;
    let page = world.post("/sign-in", "", &[("email", "sue@us.test"), ("password", PASSWORD)]).await;
    let cookie = page.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = world.get(&format!("/inbox/everything/{ours}"), &cookie).await;
    let token = page.html.split("data-token=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("token", token.as_str()), ("script", "1"), ("key", "a"), ("value", "true")];
    let done = world.post(&format!("/inbox/everything/{ours}/important"), &cookie, &fields).await;
    // After its campaign and its conversation, this is the third change of the client.
    assert_eq!(done.html, "seq=3", "{}", done.status);
    let is_important = async || {
        let held = world.account.store.conversation(&world.account.operator, ours).await.unwrap();
        held.flags.has(crewbox_core::conversation::Flags::IMPORTANT)
    };
    assert!(is_important().await);
    let fields = [("token", token.as_str()), ("seq", "3")];
    let undone = world.post("/parts/undo", &cookie, &fields).await;
    assert!(undone.status.is_success(), "{}", undone.html);
    assert!(!is_important().await);
}
