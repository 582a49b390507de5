//! A server over a store of its own: two accounts, four keys, a settable clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use crewbox_app::{Intake, MailServices, Net, NetPolicy, Random, Services};
use crewbox_core::id::{AccountId, ClientId, MemberId};
use crewbox_core::model::{Dialect, RateLimit, Role};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::NewAccount;
use crewbox_store::{Batch, Live, NewKey, NewMember, Op, Open, Outcome, Scope, Store, key};
use crewbox_web::{App, Settings, router};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// What every attachment here holds.
pub(crate) const ATTACHED: &str = "attached bytes";

/// 2025-06-01T12:00:00Z.
pub(crate) const START: i64 = 1_748_779_200_000;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) app: App,
    pub(crate) services: Services,
    pub(crate) router: Router,
    clock: Arc<AtomicI64>,
    pub(crate) account: AccountId,
    pub(crate) owner: MemberId,
    /// The owner's key, documented dialect.
    pub(crate) key: String,
    keys_made: std::sync::atomic::AtomicU8,
    dir: tempfile::TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{} {}", self.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|app| app).await
    }

    pub(crate) async fn with(build: impl FnOnce(App) -> App) -> Self {
        Self::within(NetPolicy::default(), Settings::default(), build).await
    }

    pub(crate) async fn with_settings(settings: Settings) -> Self {
        Self::within(NetPolicy::default(), settings, |app| app).await
    }

    /// One that may connect to servers on this machine.
    pub(crate) async fn with_local_servers() -> Self {
        let policy = NetPolicy { allow_private_hosts: true, ..NetPolicy::default() };
        Self::within(policy, Settings::default(), |app| app).await
    }

    async fn within(policy: NetPolicy, settings: Settings, build: impl FnOnce(App) -> App) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open::server(dir.path())).unwrap();
        let owner = member("Ana", "ana@us.test", Role::Owner, None);
        let new = NewAccount { name: "Acme".to_owned(), owner };
        let made = store.create_account(new, Timestamp(START)).await.unwrap();
        let clock = Arc::new(AtomicI64::new(START));
        let read = Arc::clone(&clock);
        let now = move || Timestamp(read.load(Ordering::SeqCst));
        let live = Live::new(store.clone());
        live.load_all(&|_| {}).await.unwrap();
        let app = App::new(live, Arc::new(now), 7, settings).unwrap();
        let services = services(&store, &policy);
        let app = build(app.services(services.clone()));
        app.set_ready();
        let mut world = Self {
            router: router(app.clone()),
            app,
            services,
            store,
            clock,
            account: made.account,
            owner: made.member,
            key: String::new(),
            keys_made: 0.into(),
            dir,
        };
        world.key = world.new_key(made.account, made.member, Dialect::Documented, None, None).await;
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) async fn op(&self, account: AccountId, op: Op) -> Outcome {
        let batch = Batch::new(Scope::operator(account), self.now(), vec![op]);
        self.store.commit(batch).await.unwrap().outcomes.swap_remove(0)
    }

    pub(crate) async fn make(&self, op: Op) -> u64 {
        let Outcome::Id(id) = self.op(self.account, op).await else { panic!() };
        id
    }

    pub(crate) async fn new_member(&self, name: &str, role: Role, client: Option<u64>) -> MemberId {
        let email = format!("{}@us.test", name.to_lowercase());
        MemberId(self.make(Op::AddMember(member(name, &email, role, client.map(ClientId)))).await)
    }

    pub(crate) async fn new_key(
        &self,
        account: AccountId,
        member: MemberId,
        dialect: Dialect,
        client: Option<u64>,
        rate_limit: Option<RateLimit>,
    ) -> String {
        let number = self.keys_made.fetch_add(1, Ordering::SeqCst) + 1;
        let (text, hash) = key::from_secret(account, [number; 32]);
        let client = client.map(ClientId);
        self.op(
            account,
            Op::AddKey(NewKey {
                member,
                hash,
                dialect,
                rate_limit,
                client,
                expires_at: None,
                name: None,
                level: crewbox_core::model::KeyLevel::Manage,
                mcp_send: false,
            }),
        )
        .await;
        text
    }

    /// The owner's key in the live dialect.
    pub(crate) async fn live_key(&self) -> String {
        self.new_key(self.account, self.owner, Dialect::Live, None, None).await
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// A response whose body is not read yet.
    pub(crate) async fn response(&self, method: &str, path: &str) -> axum::http::Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {}", self.key))
            .body(Body::empty())
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn request(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, key: &str, body: impl Into<Body>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {key}"))
            .body(body.into())
            .unwrap();
        self.request(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call("POST", path, &self.key, body.to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, &self.key, "").await
    }

    pub(crate) async fn head(&self) -> u64 {
        self.store.head(&Scope::operator(self.account)).await.unwrap().seq.0
    }

    /// A campaign with one mailbox; their ids.
    pub(crate) async fn campaign(&self, name: &str, client: Option<u64>) -> (u64, u64) {
        let campaign = self.post("/campaigns/create", json!({"name": name, "client_id": client})).await.ok();
        let email = format!("{}@us.test", name.to_lowercase().replace(' ', "-"));
        let mailbox = self
            .post(
                "/email-accounts/save",
                json!({"from_name": name, "from_email": email, "user_name": "u", "password": "p",
                    "smtp_host": "smtp.test", "smtp_port": "465", "imap_host": "imap.test", "imap_port": 993,
                    "client_id": client}),
            )
            .await
            .ok();
        let (campaign, mailbox) =
            (campaign["id"].as_u64().unwrap(), mailbox["emailAccountId"].as_u64().unwrap());
        self.post(&format!("/campaigns/{campaign}/email-accounts"), json!({"email_account_ids": [mailbox]}))
            .await
            .ok();
        (campaign, mailbox)
    }

    /// A lead in a campaign; the conversation's id.
    pub(crate) async fn lead(&self, campaign: u64, email: &str) -> u64 {
        let lead = json!({"email": email, "first_name": "Lea", "last_name": "Lead", "company_name": "Lead & Co",
            "phone_number": "+49 1"});
        self.post(&format!("/campaigns/{campaign}/leads"), json!({"lead_list": [lead]})).await.ok();
        let found = self.get(&format!("/leads/?email={email}")).await.ok();
        let rows = found["lead_campaign_data"].as_array().unwrap();
        let row = rows.iter().find(|row| row["campaign_id"] == campaign).unwrap();
        row["campaign_lead_map_id"].as_str().unwrap().parse().unwrap()
    }

    /// Mail from `from` to `to` through a mailbox, at the present time, with `more` fields in its header. `Attached: NAME`
    /// among them attaches a file, and `Failed: ADDRESS` makes it a report that this recipient does not exist.
    pub(crate) async fn mail(&self, mailbox: u64, from: &str, to: &str, more: &str, body: &str) -> Value {
        let number = self.head().await;
        let field = |name: &str| more.lines().find_map(|line| line.strip_prefix(name));
        let body = match (field("Attached: "), field("Failed: ")) {
            (Some(name), _) => with_file(name, body),
            (None, Some(recipient)) => with_report(recipient, body),
            (None, None) => format!("\n{body}"),
        };
        let raw = format!(
            "From: {from}\nTo: {to}\nMessage-ID: <m{number}@test>\nSubject: Hello {number}\n{more}{body}"
        );
        self.call("POST", &format!("/email-accounts/{mailbox}/messages"), &self.key, raw).await.ok()
    }

    pub(crate) async fn assign(&self, conversation: u64, member: impl Into<Value>) {
        let body = json!({"email_lead_map_id": conversation, "team_member_id": member.into()});
        self.post("/master-inbox/update-team-member", body).await.ok();
    }

    pub(crate) async fn list(&self, path: &str, body: Value) -> Value {
        self.post(&format!("/master-inbox/{path}"), body).await.ok()
    }

    /// Conversation ids of a list's first page.
    pub(crate) async fn ids(&self, path: &str, body: Value) -> Vec<u64> {
        ids(&self.list(path, body).await)
    }
}

/// Conversation ids of a documented page.
pub(crate) fn ids(page: &Value) -> Vec<u64> {
    let rows = page["messages"].as_array().unwrap();
    rows.iter().map(|row| row["campaign_lead_map_id"].as_str().unwrap().parse().unwrap()).collect()
}

fn member(name: &str, email: &str, role: Role, client: Option<ClientId>) -> NewMember {
    NewMember { name: name.to_owned(), email: email.to_owned(), role, client, password_hash: None }
}

/// What the use cases work with; where bytes are random, these count up.
fn services(store: &Store, policy: &NetPolicy) -> Services {
    let drawn = AtomicU64::new(0);
    let random = Random::new(move |bytes| {
        bytes.fill(0);
        let number = drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let tail = bytes.len() - number.len();
        bytes[tail..].copy_from_slice(&number);
        Ok(())
    });
    let net = Net::new(policy).unwrap();
    let mail = MailServices::new(Intake::new(store.clone()).unwrap(), net, random);
    Services::new(store.clone()).with_mail(mail)
}

/// The rest of a mail, from the end of its header: a text and a file.
fn with_file(name: &str, text: &str) -> String {
    format!(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=part\n\n--part\n\n{text}\n--part\n\
         Content-Type: application/pdf\nContent-Disposition: attachment; filename=\"{name}\"\n\n\
         {ATTACHED}\n--part--\n"
    )
}

/// The same of a mail server's report that a recipient does not exist (RFC 3464).
fn with_report(recipient: &str, text: &str) -> String {
    format!(
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=part\n\n\
         --part\n\n{text}\n--part\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.else.test\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\n--part--\n"
    )
}
