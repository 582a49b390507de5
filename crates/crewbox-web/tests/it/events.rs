//! Event streams over real sockets: nothing is missed, nothing comes twice, and a stream ends when it must.

use std::net::SocketAddr;
use std::time::Duration;

use crewbox_core::model::{Dialect, Role};
use crewbox_store::{Batch, Op, Scope};
use crewbox_testkit::figures::figure;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::world::World;

/// How long a test waits for what must come at once.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A world behind a socket, with the follower that hands changes to streams.
pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    _following: watch::Sender<bool>,
}

impl Served {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let app = world.app.clone();
        let server = tokio::spawn(crewbox_web::serve(listener, app, async {
            let _ = stopped.await;
        }));
        let (following, ended) = watch::channel(false);
        let (store, mut follower) = (world.store.clone(), world.app.events_follower());
        tokio::spawn(async move { store.follow(&mut follower, ended).await.unwrap() });
        Self { world, address, stop: Some(stop), server, _following: following }
    }

    /// Begins a stream; `query` with its question mark, or nothing.
    pub(crate) async fn stream(&self, key: &str, query: &str, last: Option<u64>) -> Events {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let last = last.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let head = format!("GET /api/v1/events{query} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n{last}\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        Events { socket, came: Vec::new(), read: 0, text: String::new(), ended: false }
    }

    /// Writes a tag, which is one change.
    async fn write(&self, name: &str) {
        let scope = Scope::operator(self.world.account);
        let op = Op::AddTag { name: name.to_owned() };
        self.world.store.commit(Batch::new(scope, self.world.now(), vec![op])).await.unwrap();
    }

    pub(crate) async fn end(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        tokio::time::timeout(AT_ONCE, self.server).await.expect("it ends at once").unwrap();
    }
}

/// A client of a stream.
pub(crate) struct Events {
    socket: TcpStream,
    /// Bytes as they came.
    came: Vec<u8>,
    /// How many of them were read as head and chunks.
    read: usize,
    /// The body.
    text: String,
    /// Whether the last chunk has come.
    ended: bool,
}

/// An event of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

impl Events {
    /// Reads what comes next; false at the end.
    async fn read_some(&mut self, most: usize) -> bool {
        let mut buffer = vec![0; most];
        let count = self.socket.read(&mut buffer).await.unwrap_or(0);
        self.came.extend_from_slice(&buffer[..count]);
        if self.read == 0
            && let Some(end) = self.came.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&self.came[..end]).to_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            assert!(head.contains("content-type: text/event-stream"), "{head}");
            self.read = end + 4;
        }
        while self.read > 0 {
            let rest = &self.came[self.read..];
            let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { break };
            let length = std::str::from_utf8(&rest[..line]).unwrap();
            let length = usize::from_str_radix(length, 16).unwrap();
            if rest.len() < line + length + 4 {
                break;
            }
            self.text.push_str(std::str::from_utf8(&rest[line + 2..line + 2 + length]).unwrap());
            self.read += line + length + 4;
            self.ended |= length == 0;
        }
        count > 0
    }

    /// The next event; none at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.taken() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let more = tokio::time::timeout(AT_ONCE, self.read_some(16_384)).await;
            if !more.expect("an event comes at once") {
                return None;
            }
        }
    }

    /// The next event that has come whole.
    fn taken(&mut self) -> Option<Event> {
        loop {
            let end = self.text.find("\n\n")?;
            let block: String = self.text.drain(..end + 2).collect();
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let Some(data) = field("data:") {
                return Some(Event {
                    id: field("id:").unwrap().parse().unwrap(),
                    kind: field("event:").unwrap().to_owned(),
                    data: serde_json::from_str(data).unwrap(),
                });
            }
        }
    }
}

/// Numbers that only look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_disconnected_at_random_misses_nothing_and_sees_nothing_twice() {
    let seed = figure("CREWBOX_SEED", 20_261_127);
    let disconnects = figure("CREWBOX_DISCONNECTS", 100);
    let served = Served::new().await;
    let mut random = Random(seed);
    let began = served.world.head().await;
    let (mut last, mut written, mut seen) = (began, 0, Vec::new());
    for _ in 0..disconnects {
        let mut events = served.stream(&served.world.key, "", Some(last)).await;
        let (writes, bytes) = (random.below(4), random.below(3_000));
        let write = async {
            for _ in 0..writes {
                served.write(&format!("tag {written}")).await;
                written += 1;
            }
        };
        let read = async {
            let mut left = bytes as usize;
            while left > 0 {
                let before = events.came.len();
                let some = events.read_some(left);
                match tokio::time::timeout(Duration::from_millis(20), some).await {
                    Ok(true) => left -= events.came.len() - before,
                    _ => break,
                }
            }
        };
        tokio::join!(write, read);
        while let Some(event) = events.taken() {
            if event.kind == "change" {
                seen.push(event.id);
            }
            last = event.id;
        }
    }
    served.write("the end").await;
    let head = served.world.head().await;
    let mut events = served.stream(&served.world.key, "", Some(last)).await;
    while last < head {
        let event = events.next().await.unwrap();
        if event.kind == "change" {
            assert_eq!(event.data["seq"], event.id);
            seen.push(event.id);
        }
        last = event.id;
    }
    assert_eq!(seen, (began + 1..=head).collect::<Vec<_>>(), "CREWBOX_SEED={seed}");
    served.end().await;
}

#[tokio::test]
async fn a_stream_begins_where_it_is_asked_to_and_shows_changes_as_the_log_does() {
    let served = Served::new().await;
    served.write("one").await;
    let head = served.world.head().await;
    let log = served.world.get("/changes?since=0").await.ok();
    let mut all = served.stream(&served.world.key, "?since=0&seconds=0", None).await;
    let ready = all.next().await.unwrap();
    assert_eq!((ready.kind.as_str(), ready.id, ready.data), ("ready", 0, json!({"seq": 0})));
    for change in log["changes"].as_array().unwrap() {
        let event = all.next().await.unwrap();
        assert_eq!((event.kind.as_str(), &event.data), ("change", change));
    }
    assert!(all.next().await.is_none(), "it lasts no second");

    let mut new = served.stream(&served.world.key, "", None).await;
    assert_eq!(new.next().await.unwrap().id, head);
    served.write("two").await;
    let event = new.next().await.unwrap();
    assert_eq!((event.kind.as_str(), event.id), ("change", head + 1));

    // An older copy of the data was put back.
    let mut lost = served.stream(&served.world.key, "", Some(head + 1_000)).await;
    assert_eq!(lost.next().await.unwrap().kind, "ready");
    let resync = lost.next().await.unwrap();
    assert_eq!((resync.kind.as_str(), resync.id), ("resync", head + 1));
    served.end().await;
}

#[tokio::test]
async fn what_no_event_has_as_its_id_is_refused() {
    let world = World::new().await;
    for wrong in ["x", "-1", "9007199254740992"] {
        let request = axum::http::Request::get("/api/v1/events").header("last-event-id", wrong);
        let request = request.header("x-api-key", &world.key).body(axum::body::Body::empty()).unwrap();
        let reply = world.request(request).await;
        let sentence = "Last-Event-ID must be the id of an event of this stream";
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (422, &json!(sentence)), "{wrong}");
    }
}

#[tokio::test]
async fn a_revoked_key_ends_its_streams_within_a_second() {
    let served = Served::new().await;
    let world = &served.world;
    let member = world.new_member("Ben", Role::Member, None).await;
    let key = world.new_key(world.account, member, Dialect::Documented, None, None).await;
    let mut of_key = served.stream(&key, "", None).await;
    let mut other = served.stream(&world.key, "", None).await;
    assert_eq!(of_key.next().await.unwrap().kind, "ready");
    assert_eq!(other.next().await.unwrap().kind, "ready");
    let catalog = world.store.catalog(&Scope::operator(world.account)).await.unwrap();
    let id = catalog.keys.iter().find(|key| key.member == member).unwrap().id;
    world.op(world.account, Op::RevokeKey(id)).await;
    let ended = tokio::time::timeout(Duration::from_secs(1), of_key.next()).await.expect("within a second");
    assert!(ended.is_none(), "{ended:?}");
    assert_eq!(other.next().await.unwrap().data["kind"], "key_revoked");
    served.end().await;
}

pub(crate) fn subscribed(subscriptions: &Value) -> String {
    let text = subscriptions.to_string();
    let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
    format!("?subscriptions={encoded}")
}

/// The news of an event by subscription.
pub(crate) fn news<'a>(event: &'a Event, name: &str) -> &'a Value {
    assert_eq!((event.kind.as_str(), &event.data["seq"]), ("update", &json!(event.id)));
    let all = event.data["updates"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name} is not in {}", event.data))
}

#[tokio::test]
async fn subscriptions_report_rows_counts_and_a_conversation_and_resume() {
    let served = Served::new().await;
    let world = &served.world;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    let (one, two) = (world.lead(campaign, "a@lead.test").await, world.lead(campaign, "b@lead.test").await);
    world.mail(mailbox, "a@lead.test", "spring@us.test", "", "Hi").await;
    world.assign(one, world.owner.0).await;
    let saved = json!({"name": "Open", "view": "assigned-me", "filters": {"isArchived": false}});
    let saved = world.post("/master-inbox/saved-views", saved).await.ok()["data"]["id"].clone();
    let query = subscribed(&json!([
        {"name": "mine", "viewId": saved},
        {"name": "counts", "counts": ["assigned-me", "inbox-replies"]},
        {"name": "two", "email_lead_map_id": two},
    ]));
    let mut events = served.stream(&world.key, &query, None).await;
    let first = events.next().await.unwrap();
    assert_eq!(first.id, world.head().await);
    assert_eq!(
        news(&first, "mine"),
        &json!({"name": "mine", "news": "first", "total_count": 1, "ids": [one]})
    );
    let counts = json!({"assigned-me": {"total_count": 1, "unread_count": 1},
        "inbox-replies": {"total_count": 1, "unread_count": 1}});
    assert_eq!(news(&first, "counts")["counts"], counts);

    // Several changes of a row are told once, as of the last.
    let triage = json!({"email_lead_map_id": one, "important": true});
    world.post("/master-inbox/update-important", triage).await.ok();
    let changed = events.next().await.unwrap();
    let rows = news(&changed, "mine");
    assert_eq!((&rows["total_count"], &rows["changed"][0]["email_lead_map_id"]), (&json!(1), &json!(one)));
    assert_eq!(rows["changed"][0]["change"]["kind"], "important_changed");
    let page = world.list("assigned-me", json!({})).await;
    assert_eq!(rows["changed"][0]["row"], page["messages"][0], "the row is as the list shows it");
    assert_eq!(page["messages"][0]["is_important"], true);
    drop(events);

    // Meanwhile one leaves the list, and another one enters it.
    world
        .post("/master-inbox/update-archived", json!({"email_lead_map_id": one, "archived": true}))
        .await
        .ok();
    world.mail(mailbox, "b@lead.test", "spring@us.test", "", "Hello").await;
    world.assign(two, world.owner.0).await;
    let mut events = served.stream(&world.key, &query, Some(changed.id)).await;
    assert_eq!(events.next().await.unwrap().kind, "ready");
    let (mut entered, mut left, mut total, mut counted) = (Vec::new(), Vec::new(), json!(null), json!(null));
    let mut of_two = Vec::new();
    let head = world.head().await;
    loop {
        let event = events.next().await.unwrap();
        for one in event.data["updates"].as_array().unwrap() {
            match one["news"].as_str().unwrap() {
                "rows" => {
                    let ids = |key: &str| {
                        let rows = one[key].as_array().unwrap();
                        rows.iter().map(|row| row["email_lead_map_id"].as_u64().unwrap()).collect::<Vec<_>>()
                    };
                    entered.extend(ids("entered"));
                    left.extend(ids("left"));
                    total = one["total_count"].clone();
                }
                "counts" => counted = one["counts"]["assigned-me"].clone(),
                "changes" => of_two.extend(one["changes"].as_array().unwrap().clone()),
                other => panic!("{other}"),
            }
        }
        if event.id >= head {
            break;
        }
    }
    assert_eq!((entered, left, total), (vec![two], vec![one], json!(1)));
    assert_eq!(counted, json!({"total_count": 2, "unread_count": 2}));
    let kinds: Vec<_> = of_two.iter().map(|change| change["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message_received", "owner_changed"]);
    served.end().await;
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_is_refused() {
    let world = World::new().await;
    for (subscriptions, status, sentence) in [
        (json!("x"), 422, "subscriptions must be a JSON array of subscriptions"),
        (json!([{"view": "views"}]), 422, "subscriptions.name is required"),
        (
            json!([{"name": "a"}]),
            422,
            "subscriptions must each have one of view, viewId (without filters), counts and email_lead_map_id",
        ),
        (
            json!([{"name": "a", "view": "views"}, {"name": "a", "view": "sent"}]),
            422,
            "subscriptions must each have a name of their own: two are called a",
        ),
        (
            json!([{"name": "a", "view": "views", "filters": {"search": "x"}}]),
            422,
            "A subscription cannot search: subscribe without it, and ask the list again",
        ),
        (json!([{"name": "a", "email_lead_map_id": 99}]), 404, "Lead mapping not found"),
        (json!([{"name": "a", "viewId": 99}]), 404, "Saved view not found with ID 99"),
    ] {
        let reply = world.get(&format!("/events{}", subscribed(&subscriptions))).await;
        let answer = (reply.status.as_u16(), reply.json()["error"].clone());
        assert_eq!(answer, (status, json!(sentence)), "{subscriptions}");
    }
}
