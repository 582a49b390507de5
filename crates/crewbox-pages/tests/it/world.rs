//! An account with two members and a conversation, and a browser that keeps its cookie.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use crewbox_app::events::Events;
use crewbox_app::session::password;
use crewbox_app::{Caller, Intake, MailServices, Net, NetPolicy, Random, Services, mailbox};
use crewbox_core::id::{CampaignId, ConversationId, MailboxId, MemberId};
use crewbox_core::model::{LeadFields, MailboxSettings, Role};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_pages::{Pages, router};
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_store::{Live, NewMember, Op, Outcome};
use crewbox_testkit::account::{NOW, TestAccount};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct World {
    pub(crate) account: TestAccount,
    pub(crate) services: Services,
    pub(crate) router: Router,
    pub(crate) events: Events,
    pub(crate) bo: MemberId,
    pub(crate) campaign: CampaignId,
    pub(crate) mailbox: MailboxId,
    clock: Arc<AtomicI64>,
    /// Streams go on as long as it is there.
    _closing: tokio::sync::watch::Sender<bool>,
}

/// A page that came.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let before = format!("name=\"{name}\" value=\"");
        let at = self.html.find(&before).unwrap_or_else(|| panic!("no {name}: {}", self.html)) + before.len();
        self.html[at..].split('"').next().unwrap().to_owned()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let account = TestAccount::new().await;
        let new = NewMember {
            name: "Bo Lind".to_owned(),
            email: "bo@us.test".to_owned(),
            role: Role::Member,
            client: None,
            password_hash: Some(password::hash(PASSWORD).unwrap()),
        };
        let bo = MemberId(account.make(Op::AddMember(new)).await);
        let campaign = account.campaign("Spring", None).await;
        let new = NewMailbox {
            email: "bo@sender.test".to_owned(),
            name: "Bo".to_owned(),
            client: None,
            settings: MailboxSettings::default(),
            secrets: MailboxSecrets::default(),
        };
        let mailbox = MailboxId(account.make(Op::SaveMailbox(Box::new(new))).await);
        account.commit(Op::AddCampaignMailboxes { campaign, mailboxes: vec![mailbox] }).await;
        let services = services(&account);
        let clock = Arc::new(AtomicI64::new(NOW.millis()));
        let read = Arc::clone(&clock);
        let now = move || Timestamp(read.load(Ordering::SeqCst));
        let now: Clock = Arc::new(now);
        let live = Live::new(account.store.clone());
        let events = Events::new(live.clone(), Arc::clone(&now));
        let (closing, closed) = tokio::sync::watch::channel(false);
        let pages = Pages::new(live, services.clone(), events.clone(), closed, now).unwrap();
        Self {
            router: router(pages),
            events,
            account,
            services,
            bo,
            campaign,
            mailbox,
            clock,
            _closing: closing,
        }
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// A lead of the campaign.
    pub(crate) async fn lead(&self, fields: LeadFields) -> ConversationId {
        match self.account.commit(Op::AddLeads { campaign: self.campaign, leads: vec![fields] }).await {
            Outcome::Leads(added) => added[0].as_ref().unwrap().conversation,
            other => panic!("{other:?}"),
        }
    }

    /// Takes a mail in, so many minutes ago.
    pub(crate) async fn mail(&self, minutes_ago: i64, raw: String) {
        let operator = Caller::operator(&self.account.store, self.account.operator, NOW).await.unwrap();
        let received_at = Some(Timestamp(NOW.millis() - minutes_ago * 60_000));
        let command = mailbox::Deliver { mailbox: self.mailbox, raw: raw.into(), received_at };
        mailbox::deliver(&self.services, &operator, command).await.unwrap();
    }

    /// A lead who has answered our mail.
    pub(crate) async fn answered(&self, name: &str, minutes_ago: i64, text: &str) -> ConversationId {
        let email = format!("{}@lead.test", name.to_lowercase());
        let (first_name, company) = (Some(name.to_owned()), Some(format!("{name} & Co")));
        let id = self
            .lead(LeadFields { email: email.clone(), first_name, company, ..LeadFields::default() })
            .await;
        let ours = format!(
            "From: Bo <bo@sender.test>\r\nTo: {email}\r\nSubject: Prices\r\nMessage-ID: <{name}@sender.test>\r\n\r\nHello {name}\r\n"
        );
        self.mail(minutes_ago + 60, ours).await;
        let theirs = format!(
            "From: {name} <{email}>\r\nTo: bo@sender.test\r\nSubject: Re: Prices\r\nMessage-ID: <{name}@lead.test>\r\n\
             In-Reply-To: <{name}@sender.test>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        );
        self.mail(minutes_ago, theirs).await;
        id
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Page {
        send(&self.router, request).await
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Page {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty());
        self.send(request.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Page {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(form));
        self.send(request.unwrap()).await
    }

    /// Posts a form with files, each with its name and its text.
    pub(crate) async fn post_files(
        &self,
        path: &str,
        cookie: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str)],
    ) -> Page {
        let mut form = String::new();
        for (name, value) in fields {
            form += &format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        for (name, text) in files {
            form += &format!(
                "--b\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"{name}\"\r\n\
                 Content-Type: text/plain\r\n\r\n{text}\r\n"
            );
        }
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .header(header::CONTENT_LENGTH, form.len() + 5)
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", if fields.contains(&("script", "1")) { "cors" } else { "navigate" })
            .body(Body::from(form + "--b--"));
        self.send(request.unwrap()).await
    }

    /// Bo's cookie.
    pub(crate) async fn signed_in(&self) -> String {
        let page = self.post("/sign-in", "", &[("email", "bo@us.test"), ("password", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        let cookie = page.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

/// What these pages answer.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Page {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Page { status: parts.status, headers: parts.headers, html: String::from_utf8(bytes.to_vec()).unwrap() }
}

fn services(account: &TestAccount) -> Services {
    let drawn = AtomicU64::new(0);
    let random = Random::new(move |bytes| {
        bytes.fill(0);
        let number = drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let tail = bytes.len() - number.len();
        bytes[tail..].copy_from_slice(&number);
        Ok(())
    });
    let net = Net::new(&NetPolicy::default()).unwrap();
    let mail = MailServices::new(Intake::new(account.store.clone()).unwrap(), net, random);
    Services::new(account.store.clone()).with_mail(mail)
}
