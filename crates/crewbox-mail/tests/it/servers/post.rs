//! What every test here begins with: a server, a mailbox, a campaign with a lead, a store, workers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::{Conversation, Edit};
use crewbox_core::id::{CampaignId, MailboxId, MemberId, MessageId, Seq};
use crewbox_core::mailbox::{Condition, Connected};
use crewbox_core::model::{LeadFields, MailboxSettings, Role, Security};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_mail::intake::Intake;
use crewbox_mail::net::{Net, NetPolicy};
use crewbox_mail::oauth::Tokens;
use crewbox_mail::outbox::{self, Outbox};
use crewbox_mail::sync::imap::Deadlines;
use crewbox_mail::sync::machine::Pace;
use crewbox_mail::sync::supervisor::{Config, Supervisor};
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox, NewMember};
use crewbox_store::{Batch, Op, Open, Outcome, Scope, Store};
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::clock::servers_time;
use crewbox_testkit::letter::Letter;
use tempfile::TempDir;

pub(super) const ANN: &str = "ann@crew.example";
pub(super) const BOB: &str = "bob@crew.example";
pub(super) const LEA: &str = "lea@lead.example";
/// Whose the lead's conversation is.
const OWNER: MemberId = MemberId(1);

pub(super) struct Post {
    pub(super) bed: MailBed,
    pub(super) store: Store,
    pub(super) scope: Scope,
    pub(super) mailbox: MailboxId,
    pub(super) campaign: CampaignId,
    pub(super) conversation: Conversation,
    net: Net,
    intake: Intake,
    /// Milliseconds the workers' clock is ahead.
    ahead: Arc<AtomicI64>,
    workers: Option<Supervisor>,
    _dir: TempDir,
}

/// How the workers of these tests pace themselves: as in a server, but for the waits.
pub(super) fn pace() -> Pace {
    // Some tests let a minute pass at every look: a day is still a while.
    let retry_ms = 24 * 60 * 60 * 1_000;
    let waits = Pace { look_ms: 1_000, peek_ms: 100, compare_ms: 500, skip_ms: 1_000, ..Pace::default() };
    Pace { store_ms: 200, retry_ms, ..waits }
}

pub(super) fn deadlines() -> Deadlines {
    let second = Duration::from_secs(1);
    Deadlines { command: 2 * second, done: second, poll: Duration::from_millis(200) }
}

impl Post {
    /// Everything but the workers; the mailbox is asked for at `port`, without TLS, or at Dovecot's own.
    pub(super) async fn new(bed: MailBed, port: Option<u16>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open::server(dir.path().join("data"))).unwrap();
        let owner = NewMember {
            name: "Ann".into(),
            email: ANN.into(),
            role: Role::Owner,
            client: None,
            password_hash: None,
        };
        let account = NewAccount { name: "Acme".into(), owner };
        let made = store.create_account(account, now(0)).await.unwrap();
        let scope = Scope::operator(made.account);
        let net = NetPolicy { allow_private_hosts: true, extra_ca: Some(bed.ca()), ..NetPolicy::default() };
        bed.users(&[ANN, BOB, LEA]);
        let intake = Intake::new(store.clone()).unwrap();
        let mut post = Self {
            bed,
            store,
            scope,
            mailbox: MailboxId(0),
            campaign: CampaignId(0),
            conversation: Conversation::new(0.into(), 0.into(), 0.into(), None, now(0)),
            net: Net::new(&net).unwrap(),
            intake,
            ahead: Arc::default(),
            workers: None,
            _dir: dir,
        };
        post.mailbox = post.save_mailbox(ANN, port).await;
        let campaign = Op::AddCampaign { name: "Spring".into(), client: None, parent: None };
        let Outcome::Id(campaign) = post.write(campaign).await else { panic!("a campaign") };
        post.campaign = CampaignId(campaign);
        let lead = LeadFields { email: LEA.into(), ..LeadFields::default() };
        post.write(Op::AddLeads { campaign: post.campaign, leads: vec![lead] }).await;
        let found = post.store.leads_by_email(&post.scope, LEA).await.unwrap();
        let conversation = found[0].1[0].id;
        let edit = Edit::Owner(Some(OWNER));
        post.write(Op::Edit { conversation, edit }).await;
        post.conversation = post.store.conversation(&post.scope, conversation).await.unwrap();
        post
    }

    /// With workers at once.
    pub(super) async fn working(bed: MailBed, port: Option<u16>) -> Self {
        let mut post = Self::new(bed, port).await;
        post.work();
        post
    }

    pub(super) async fn save_mailbox(&self, address: &str, port: Option<u16>) -> MailboxId {
        self.save(address, port, "secret").await
    }

    pub(super) async fn save(&self, address: &str, port: Option<u16>, password: &str) -> MailboxId {
        let settings = MailboxSettings {
            user: address.into(),
            imap_host: "localhost".into(),
            imap_port: port.unwrap_or(self.bed.dovecot.imaps),
            imap_security: if port.is_some() { Security::None } else { Security::Ssl },
            ..MailboxSettings::default()
        };
        let secrets = MailboxSecrets { password: Some(password.into()), ..MailboxSecrets::default() };
        let mailbox =
            NewMailbox { email: address.into(), name: "Ann".into(), client: None, settings, secrets };
        match self.write(Op::SaveMailbox(Box::new(mailbox))).await {
            Outcome::Id(id) => MailboxId(id),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn write(&self, op: Op) -> Outcome {
        let batch = Batch::new(self.scope, self.now(), vec![op]);
        self.store.commit(batch).await.unwrap().outcomes.swap_remove(0)
    }

    pub(super) fn now(&self) -> Timestamp {
        now(self.ahead.load(Ordering::Relaxed))
    }

    /// The workers' clock goes on so far at once.
    pub(super) fn pass(&self, time: Duration) {
        self.ahead.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub(super) const fn intake(&self) -> &Intake {
        &self.intake
    }

    pub(super) const fn net(&self) -> &Net {
        &self.net
    }

    /// Starts the workers.
    pub(super) fn work(&mut self) {
        self.workers = Some(self.workers());
    }

    /// Workers beside any others.
    pub(super) fn workers(&self) -> Supervisor {
        let ahead = Arc::clone(&self.ahead);
        let clock: Clock = Arc::new(move || now(ahead.load(Ordering::Relaxed)));
        let tokens = Arc::new(Tokens::new(&self.net));
        let config = Config::new(self.intake.clone(), clock, self.net.clone(), tokens, 1);
        Supervisor::start(Config { pace: pace(), deadlines: deadlines(), ..config })
    }

    /// An outbox with the workers' clock.
    pub(super) fn outbox(&self) -> Outbox {
        let ahead = Arc::clone(&self.ahead);
        let clock: Clock = Arc::new(move || now(ahead.load(Ordering::Relaxed)));
        let tokens = Arc::new(Tokens::new(&self.net));
        let (intake, net) = (self.intake.clone(), self.net.clone());
        Outbox::start(outbox::Config { intake, clock, net, tokens, seed: 1 })
    }

    /// Stops the workers.
    pub(super) async fn stop(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.stop().await;
        }
    }

    pub(super) async fn connected(&self, mailbox: MailboxId) -> Connected {
        let all = self.store.connected(&self.scope).await.unwrap();
        all.into_iter().find(|one| one.mailbox == mailbox).expect("the mailbox is there")
    }

    /// Waits until the mailbox has this condition.
    pub(super) async fn until_condition(&self, condition: Condition) -> Connected {
        self.until(&format!("{condition:?}"), async || {
            let found = self.connected(self.mailbox).await;
            if found.status.condition == condition { Ok(found) } else { Err(format!("{found:?}")) }
        })
        .await
    }

    /// Waits for this, and says what was there when it did not come.
    pub(super) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
        let since = Instant::now();
        loop {
            match look().await {
                Ok(found) => return found,
                Err(there) if since.elapsed() > Duration::from_secs(30) => panic!("no {what}: {there}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Every message of the store, oldest first by id.
    pub(super) async fn raws(&self) -> Vec<(MessageId, Vec<u8>)> {
        let all = self.store.raws(&self.scope, MessageId(0), 100_000).await.unwrap();
        all.into_iter().map(|mail| (mail.message.id, mail.raw.unwrap())).collect()
    }

    /// Waits until the store holds what the mailbox's folders hold, and judges it: each of these contents once,
    /// and nothing else; every mail on the server at its place; the lead's in her conversation, and that still its
    /// owner's; figures without gaps; the log and rows sound.
    pub(super) async fn holds(&self, contents: &[Vec<u8>]) {
        self.holds_of(&[ANN], contents).await;
    }

    pub(super) async fn holds_of(&self, users: &[&str], contents: &[Vec<u8>]) {
        self.until("agreement of store and server", async || self.compare(users, contents).await).await;
        for mail in self.store.raws(&self.scope, MessageId(0), 100_000).await.unwrap() {
            let message = mail.message;
            let own = message.from.email != LEA || message.conversation == Some(self.conversation.id);
            assert!(own, "a letter of the lead is in no or in another conversation: {message:?}");
        }
        assert_eq!(self.lea().await.owner, Some(OWNER), "whose conversation it is");
        let faults = self.store.check(&self.scope).await.unwrap();
        assert!(faults.is_empty(), "{faults:?}");
    }

    async fn compare(&self, users: &[&str], contents: &[Vec<u8>]) -> Result<(), String> {
        let mut held: HashMap<Vec<u8>, usize> = HashMap::new();
        for (_, raw) in self.raws().await {
            *held.entry(raw).or_default() += 1;
        }
        if let Some(lost) = contents.iter().find(|raw| held.get(*raw) != Some(&1)) {
            let times = held.get(lost).copied().unwrap_or_default();
            return Err(format!(
                "held {times} times: {}",
                String::from_utf8_lossy(&lost[..200.min(lost.len())])
            ));
        }
        if held.len() != contents.len() {
            return Err(format!("{} mails held, {} ever there", held.len(), contents.len()));
        }
        let catalog = self.store.catalog(&self.scope).await.unwrap();
        for user in users {
            let mailbox = catalog.mailboxes.iter().find(|mailbox| mailbox.email == **user).unwrap().id;
            for folder in self.connected(mailbox).await.folders {
                let there = self.bed.dovecot.files(user, &folder.name).len();
                let places = self.store.places(&self.scope, mailbox, &folder.name, folder.uidvalidity).await;
                let present = places.unwrap().iter().filter(|place| !place.gone).count();
                let ledger = folder.ledger.unwrap_or_default();
                let figures = (present, ledger.server, ledger.missing);
                if figures != (there, there as u64, 0) {
                    return Err(format!("{user} {}: {there} on the server, {figures:?} here", folder.name));
                }
            }
        }
        Ok(())
    }

    /// How many messages were announced as new since this place in the log.
    pub(super) async fn announced(&self, since: Seq) -> usize {
        let page = self.store.changes(&self.scope, since, 100_000).await.unwrap();
        let unread = |change: &&crewbox_core::change::Change| change.kind == ChangeKind::MessageReceived;
        page.changes.iter().filter(unread).count()
    }

    pub(super) async fn head(&self) -> Seq {
        self.store.head(&self.scope).await.unwrap().seq
    }

    /// The lead's conversation as it is.
    pub(super) async fn lea(&self) -> Conversation {
        self.store.conversation(&self.scope, self.conversation.id).await.unwrap()
    }

    /// A letter of the lead, dropped into Ann's inbox; its bytes.
    pub(super) fn receive(&self, number: usize) -> Vec<u8> {
        let raw = letter(number);
        self.bed.dovecot.deliver(ANN, "INBOX", &raw);
        raw
    }
}

/// The bytes of a letter of the lead.
pub(super) fn letter(number: usize) -> Vec<u8> {
    Letter::new(LEA, ANN, &format!("Letter {number}")).raw()
}

fn now(ahead: i64) -> Timestamp {
    Timestamp(servers_time().0 + ahead)
}
