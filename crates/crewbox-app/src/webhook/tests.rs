//! The worker over a store of its own and receivers on this machine, with a clock that the test sets.

mod clock;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crewbox_core::conversation::Edit;
use crewbox_core::id::{ConversationId, MemberId, Seq, WebhookId};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_core::webhook::{Association, WebhookEvent};
use crewbox_mail::intake::Intake;
use crewbox_mail::net::{Net, NetPolicy};
use crewbox_store::contract::{Delivery, DeliveryState};
use crewbox_store::follow::Follower as _;
use crewbox_store::{Live, Op, Scope};
use crewbox_testkit::account::{NOW, TestAccount};
use tokio::sync::watch;

use super::receiver::Receiver;
use super::secret::signature;
use super::worker::DeliveryEvent;
use super::*;
use crate::{Caller, MailServices, Random, Refusal, Services};

const MINUTE: i64 = 60_000;

struct World {
    account: TestAccount,
    services: Services,
    live: Live,
    time: Arc<AtomicI64>,
    stop: watch::Sender<bool>,
    conversations: Vec<ConversationId>,
}

impl World {
    async fn new() -> Self {
        let account = TestAccount::new().await;
        let campaign = account.campaign("Spring", None).await;
        let conversations = account.leads(campaign, &["lea@lead.test", "max@lead.test"]).await;
        Self::over(account, conversations).await
    }

    async fn over(account: TestAccount, conversations: Vec<ConversationId>) -> Self {
        let net = Net::new(&NetPolicy { allow_private_hosts: true, ..NetPolicy::default() }).unwrap();
        let drawn = AtomicU64::new(0);
        let random = Random::new(move |bytes| {
            bytes.fill(0);
            let number = drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            let tail = bytes.len() - number.len();
            bytes[tail..].copy_from_slice(&number);
            Ok(())
        });
        let intake = Intake::new(account.store.clone()).unwrap();
        let mail = MailServices::new(intake, net, random);
        let services = Services::new(account.store.clone()).with_mail(mail);
        let live = Live::new(account.store.clone());
        live.load_all(&|_| {}).await.unwrap();
        let (stop, _) = watch::channel(false);
        Self { services, live, time: Arc::new(AtomicI64::new(NOW.millis())), stop, conversations, account }
    }

    async fn caller(&self) -> Caller {
        Caller::operator(&self.account.store, self.account.operator, self.now()).await.unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.time.load(Ordering::SeqCst))
    }

    fn advance(&self, ms: i64) {
        self.time.fetch_add(ms, Ordering::SeqCst);
    }

    async fn webhook(&self, url: &str, association: Association) -> MadeWebhook {
        let new = NewWebhook {
            name: "Test".to_owned(),
            url: url.to_owned(),
            association,
            events: vec![WebhookEvent::LeadAssigned],
            categories: Vec::new(),
        };
        create(&self.services, &self.caller().await, new).await.unwrap()
    }

    /// Assigns a conversation to the owner, or to nobody: one event each.
    async fn assign(&self, on: bool) {
        let owner: Option<MemberId> = on.then_some(self.account.owner);
        self.account.commit(Op::Edit { conversation: self.conversations[0], edit: Edit::Owner(owner) }).await;
    }

    fn worker(&self) -> Deliveries {
        let time = Arc::clone(&self.time);
        let clock: Clock = Arc::new(move || Timestamp(time.load(Ordering::SeqCst)));
        let render: RenderPayload = Arc::new(|payload| {
            let PayloadSubject::Lead(lead) = &payload.subject else { panic!("{:?}", payload.subject) };
            let owner = lead.owner.1.as_ref().map_or("nobody", |member| &member.name);
            format!("{} {owner} {}", payload.event.name(), payload.token).into_bytes()
        });
        let stopped = self.stop.subscribe();
        Deliveries::new(&self.services, self.live.clone(), clock, render, stopped).unwrap()
    }

    /// Lets a worker take in the log from where it is.
    async fn catch_up(&self, worker: &mut Deliveries, mut from: Seq) -> Seq {
        let scope = self.account.operator;
        loop {
            let changes = self.account.store.changes(&scope, from, 1_000).await.unwrap().changes;
            if changes.is_empty() {
                return from;
            }
            from = worker.follow(scope.account(), &changes).await.unwrap();
        }
    }

    /// What a webhook has not got yet, delivered or failed.
    async fn waiting(&self, webhook: WebhookId) -> Vec<Delivery> {
        self.account.store.deliveries_waiting(&self.account.operator, webhook, 100).await.unwrap()
    }

    async fn summary(&self) -> DeliverySummary {
        let caller = self.caller().await;
        let held =
            self.account.store.conversation(&self.account.operator, self.conversations[0]).await.unwrap();
        summary(&self.services, &caller, held.campaign, None, None).await.unwrap()
    }
}

/// Waits until no webhook has a run.
async fn settle(worker: &mut Deliveries) {
    while worker.is_busy() {
        let event = worker.wait().await;
        worker.act(event).await;
    }
}

/// Lets the worker work until something else is done.
async fn while_working<T>(worker: &mut Deliveries, done: impl Future<Output = T>) -> T {
    let mut done = std::pin::pin!(done);
    loop {
        let event = tokio::select! {
            done = &mut done => return done,
            event = worker.wait() => event,
        };
        worker.act(event).await;
    }
}

#[tokio::test]
async fn an_event_is_delivered_signed_and_once_and_what_came_before_the_webhook_is_not() {
    let world = World::new().await;
    world.assign(true).await;
    let mut receiver = Receiver::start(&[], true).await;
    let made = world.webhook(&receiver.url, Association::User).await;
    world.assign(false).await;
    let of = world.account.operator.account();
    let mut worker = world.worker();
    let from = worker.begin(of).await.unwrap();
    world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    let received = receiver.next().await;
    assert_eq!(received.body, format!("LEAD_ASSIGNED nobody {}", made.token).into_bytes());
    assert_eq!(received.header("x-smartlead-signature"), signature(&made.secret, &received.body));
    assert_eq!(received.header("content-type"), "application/json");
    assert!(received.header("x-request-id").len() == 36 && received.head.starts_with("POST /hook HTTP/1.1"));
    assert!(receiver.requests.try_recv().is_err(), "no other event");
    let summary = world.summary().await;
    assert_eq!((summary.counts.total, summary.counts.delivered), (1, 1));

    // After a restart the worker goes on from its cursor: nothing is delivered a second time.
    let World { account, conversations, .. } = world;
    let world = World::over(account.reopened().await, conversations).await;
    let mut worker = world.worker();
    let from = worker.begin(of).await.unwrap();
    world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    assert!(receiver.requests.try_recv().is_err());
    assert_eq!(world.account.store.check(&world.account.operator).await.unwrap(), []);
    world.account.store.close().await;
}

#[tokio::test]
async fn a_failing_receiver_is_tried_after_1_5_and_30_minutes_and_then_when_asked() {
    let world = World::new().await;
    let mut receiver = Receiver::start(&[500, 503, 500, 502], true).await;
    let made = world.webhook(&receiver.url, Association::User).await;
    world.assign(true).await;
    let mut worker = world.worker();
    let from = worker.begin(world.account.operator.account()).await.unwrap();
    let from = world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    let first = receiver.next().await;
    for minutes in [1, 5, 30] {
        world.advance(minutes * MINUTE - 1);
        worker.act(DeliveryEvent::Due).await;
        settle(&mut worker).await;
        assert!(receiver.requests.try_recv().is_err(), "{minutes} minutes have not passed");
        world.advance(1);
        worker.act(DeliveryEvent::Due).await;
        settle(&mut worker).await;
        let again = receiver.next().await;
        assert_eq!(again.header("x-request-id"), first.header("x-request-id"));
        assert_eq!(again.header("x-smartlead-signature"), first.header("x-smartlead-signature"));
    }
    assert_eq!(world.waiting(made.id).await, []);
    let summary = world.summary().await;
    let failed = &summary.failed[0];
    assert_eq!((summary.counts.failed, failed.tries, failed.status), (1, 4, Some(502)));
    assert_eq!(
        (failed.state, failed.error.as_deref()),
        (DeliveryState::Failed, Some("the receiver answered 502"))
    );

    let campaign = failed.what.campaign.unwrap();
    let caller = world.caller().await;
    let outside = Some(Timestamp(world.now().millis() + 1));
    assert_eq!(retrigger(&world.services, &caller, campaign, outside, None).await.unwrap(), 0);
    assert_eq!(retrigger(&world.services, &caller, campaign, None, outside).await.unwrap(), 1);
    world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    assert_eq!(receiver.next().await.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(world.summary().await.counts.delivered, 1);
    world.account.store.close().await;
}

#[tokio::test]
async fn what_cannot_succeed_is_not_tried_again() {
    for (status, sentence) in [
        (404, "the receiver answered 404, which is final"),
        (301, "the receiver answered 301: redirects are not followed"),
    ] {
        let world = World::new().await;
        let mut receiver = Receiver::start(&[status], true).await;
        let made = world.webhook(&receiver.url, Association::User).await;
        world.assign(true).await;
        let mut worker = world.worker();
        let from = worker.begin(world.account.operator.account()).await.unwrap();
        world.catch_up(&mut worker, from).await;
        settle(&mut worker).await;
        receiver.next().await;
        let failed = world.summary().await.failed;
        assert_eq!((failed[0].tries, failed[0].error.as_deref()), (1, Some(sentence)));
        assert_eq!(world.waiting(made.id).await, []);
        world.account.store.close().await;
    }
}

#[tokio::test]
async fn a_conversation_that_is_deleted_and_a_secret_that_is_dropped_fail_in_one_sentence() {
    let world = World::new().await;
    let receiver = Receiver::start(&[], true).await;
    let made = world.webhook(&receiver.url, Association::User).await;
    world.assign(true).await;
    let mut worker = world.worker();
    let of = world.account.operator.account();
    let from = worker.begin(of).await.unwrap();
    // Queued by hand: nothing is sent before the conversation is gone.
    let changes = world.account.store.changes(&world.account.operator, from, 1_000).await.unwrap().changes;
    worker.follow(of, &changes).await.unwrap();
    world.account.commit(Op::ResetSecrets).await;
    settle(&mut worker).await;
    let delivered = world.summary().await.counts.delivered;
    let from = world.catch_up(&mut worker, changes.last().unwrap().seq).await;
    world.assign(false).await;
    world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    let failed = world.summary().await.failed;
    assert_eq!(failed.len() as u64, 2 - delivered);
    assert_eq!(failed[0].error.as_deref(), Some("the webhook's secret was dropped: give it a new one"));
    let change = ChangeWebhook { new_secret: true, ..ChangeWebhook::default() };
    let renewed =
        update(&world.services, &world.caller().await, made.id, None, change).await.unwrap().unwrap();
    assert_ne!(renewed.secret, made.secret);
    world.account.store.close().await;
}

#[tokio::test]
async fn what_was_under_way_when_the_server_died_is_delivered_again_under_the_same_id() {
    let world = World::new().await;
    let mut silent = Receiver::start(&[], false).await;
    let made = world.webhook(&silent.url, Association::User).await;
    world.assign(true).await;
    let of = world.account.operator.account();
    let mut worker = world.worker();
    let from = worker.begin(of).await.unwrap();
    world.catch_up(&mut worker, from).await;
    let first = while_working(&mut worker, silent.next()).await;
    // The server stops while the receiver works on it.
    world.stop.send_replace(true);
    settle(&mut worker).await;
    assert_eq!(world.waiting(made.id).await.len(), 1, "it was not noted as delivered");
    drop(worker);

    let World { account, conversations, .. } = world;
    let world = World::over(account.reopened().await, conversations).await;
    let mut receiver = Receiver::start(&[], true).await;
    let change = ChangeWebhook { url: Some(receiver.url.clone()), ..ChangeWebhook::default() };
    update(&world.services, &world.caller().await, made.id, None, change).await.unwrap();
    let mut worker = world.worker();
    worker.begin(of).await.unwrap();
    settle(&mut worker).await;
    assert_eq!(receiver.next().await.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(world.waiting(made.id).await, []);
    world.account.store.close().await;
}

#[tokio::test]
async fn a_slow_receiver_holds_up_its_own_deliveries_and_no_others() {
    const EVENTS: usize = 30;
    let world = World::new().await;
    let mut slow = Receiver::start(&[], false).await;
    let mut quick = Receiver::start(&[], true).await;
    let slow_one = world.webhook(&slow.url, Association::User).await;
    world.webhook(&quick.url, Association::User).await;
    for number in 0..EVENTS {
        world.assign(number % 2 == 0).await;
    }
    let mut worker = world.worker();
    let from = worker.begin(world.account.operator.account()).await.unwrap();
    world.catch_up(&mut worker, from).await;
    for _ in 0..EVENTS {
        while_working(&mut worker, quick.next()).await;
    }
    assert_eq!(world.waiting(slow_one.id).await.len(), EVENTS, "none of the slow one's is done");
    while_working(&mut worker, slow.next()).await;
    while_working(&mut worker, slow.next()).await;
    assert!(slow.requests.try_recv().is_err(), "two at once");
    world.stop.send_replace(true);
    settle(&mut worker).await;
    world.account.store.close().await;
}

#[tokio::test]
async fn a_clients_webhook_gets_its_clients_events_alone_and_its_callers_see_no_others() {
    let account = TestAccount::new().await;
    let (ours, theirs) = (account.client("Ours").await, account.client("Theirs").await);
    let own = account.campaign("Of ours", Some(ours)).await;
    let other = account.campaign("Of theirs", Some(theirs)).await;
    let mut conversations = account.leads(own, &["lea@lead.test"]).await;
    conversations.extend(account.leads(other, &["lea@lead.test"]).await);
    let world = World::over(account, conversations).await;
    let mut receiver = Receiver::start(&[], true).await;
    let scope: Scope = world.account.signed_in(Some(ours)).await;
    let held = world.live.account(scope.account(), NOW).await.unwrap();
    let caller = Caller::signed_in(scope, &held, NOW);
    let new = |association| NewWebhook {
        name: "Test".to_owned(),
        url: receiver.url.clone(),
        association,
        events: vec![WebhookEvent::LeadAssigned],
        categories: Vec::new(),
    };
    let account_wide = create(&world.services, &caller, new(Association::User)).await;
    assert!(matches!(account_wide, Err(Refusal::Forbidden(_))));
    for foreign in [Association::Client(theirs), Association::Campaign(other)] {
        let refused = create(&world.services, &caller, new(foreign)).await;
        assert!(matches!(refused, Err(Refusal::NotFound(..))), "{foreign:?}");
    }
    let made = create(&world.services, &caller, new(Association::Client(ours))).await.unwrap();
    let foreign = world.webhook(&receiver.url, Association::Client(theirs)).await;
    for id in [foreign.id, WebhookId(99)] {
        assert!(matches!(get(&world.services, &caller, id).await, Err(Refusal::NotFound(..))));
        assert!(matches!(delete(&world.services, &caller, id, None).await, Err(Refusal::NotFound(..))));
    }
    delete(&world.services, &world.caller().await, foreign.id, None).await.unwrap();
    let owner = Edit::Owner(Some(world.account.owner));
    for conversation in &world.conversations {
        world.account.commit(Op::Edit { conversation: *conversation, edit: owner.clone() }).await;
    }
    let mut worker = world.worker();
    let from = worker.begin(scope.account()).await.unwrap();
    world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    let received = receiver.next().await;
    assert_eq!(received.header("x-webhook-level"), "client");
    assert!(receiver.requests.try_recv().is_err(), "the other client's event is not delivered");
    assert_eq!(get(&world.services, &caller, made.id).await.unwrap().client, Some(ours));
    let failed = summary(&world.services, &caller, other, None, None).await;
    assert!(matches!(failed, Err(Refusal::NotFound(..))));
    world.account.store.close().await;
}

#[tokio::test]
async fn an_address_on_a_private_network_and_a_webhook_without_an_event_are_refused_together() {
    let world = World::new().await;
    let net = Net::new(&NetPolicy::default()).unwrap();
    let mail =
        MailServices::new(Intake::new(world.account.store.clone()).unwrap(), net, Random::new(|_| Ok(())));
    let services = Services::new(world.account.store.clone()).with_mail(mail);
    let new = NewWebhook {
        name: "Test".to_owned(),
        url: "http://127.0.0.1:9/".to_owned(),
        association: Association::User,
        events: Vec::new(),
        categories: vec![crewbox_core::id::CategoryId(999)],
    };
    let Err(Refusal::Invalid(errors)) = create(&services, &world.caller().await, new).await else { panic!() };
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["event_type_map", "category_id_map", "webhook_url"]);
    let sentence = errors[2].sentence("webhook_url");
    assert!(sentence.contains("private network") && sentence.contains("--allow-private-hosts"), "{sentence}");
    world.account.store.close().await;
}
