//! A quarantined mail that is read again, and what its reading may do to the process.

use bytes::Bytes;
use crewbox_core::id::{MailboxId, QuarantineId};
use crewbox_core::message::Direction;
use crewbox_core::model::{MailboxSettings, Role};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox, NewQuarantined};
use crewbox_store::{Batch, NewMember, Op, Open, Outcome, Scope, Store};

use super::{Retried, retry};
use crate::caller::Caller;
use crate::random::Random;
use crate::refusal::Refusal;
use crate::services::{Intake, MailServices, Net, NetPolicy, Services};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
/// Sent by the mailbox's owner under another address of theirs.
const FROM_ALIAS: &[u8] = b"From: alias@us.test\r\nTo: lea@lead.test\r\nSubject: Hello\r\n\r\nHello\r\n";
/// Nothing to read, by any reader.
const EMPTY: &[u8] = b"\r\n";

struct House {
    _dir: tempfile::TempDir,
    store: Store,
    scope: Scope,
    mailbox: MailboxId,
    services: Services,
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open::server(dir.path())).unwrap();
        let owner = NewMember {
            name: "Ann".to_owned(),
            email: "ann@us.test".to_owned(),
            role: Role::Owner,
            client: None,
            password_hash: None,
        };
        let new = NewAccount { name: "Us".to_owned(), owner };
        let scope = Scope::operator(store.create_account(new, NOW).await.unwrap().account);
        let mailbox = NewMailbox {
            email: "ann@us.test".to_owned(),
            name: "Ann".to_owned(),
            client: None,
            settings: MailboxSettings::default(),
            secrets: MailboxSecrets::default(),
        };
        let ops = vec![Op::SaveMailbox(Box::new(mailbox))];
        let saved = store.commit(Batch::new(scope, NOW, ops)).await.unwrap();
        let Outcome::Id(mailbox) = saved.outcomes[0] else { panic!("{saved:?}") };
        let net = Net::new(&NetPolicy::default()).unwrap();
        let random = Random::new(|_| Err("none".to_owned()));
        let mail = MailServices::new(Intake::new(store.clone()).unwrap(), net, random);
        let services = Services::new(store.clone()).with_mail(mail);
        Self { _dir: dir, store, scope, mailbox: MailboxId(mailbox), services }
    }

    async fn retry(&self, id: QuarantineId) -> Result<Retried, Refusal> {
        let caller = Caller::operator(&self.store, self.scope, NOW).await?;
        retry(&self.services, &caller, id).await
    }

    /// A mail that another reader died of.
    async fn quarantine(&self, raw: &'static [u8], direction: Option<Direction>) -> QuarantineId {
        let new = NewQuarantined {
            mailbox: self.mailbox,
            location: None,
            raw: Bytes::from_static(raw),
            reason: "three times".to_owned(),
            received_at: None,
            backfill: false,
            direction,
            reader: Some("another reader".to_owned()),
        };
        let ops = vec![Op::Quarantine(Box::new(new))];
        let batch = Batch::new(self.scope, NOW, ops);
        match self.store.commit(batch).await.unwrap().outcomes[0] {
            Outcome::Quarantined(id) => id,
            ref other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_sent_mail_of_an_alias_comes_out_of_quarantine_as_sent() {
    let house = House::new().await;
    let id = house.quarantine(FROM_ALIAS, Some(Direction::Outbound)).await;
    match house.retry(id).await.unwrap() {
        Retried::Stored(stored) => assert_eq!(stored.direction, Direction::Outbound),
        other => panic!("{other:?}"),
    }
    house.store.close().await;
}

#[tokio::test]
async fn a_mail_whose_reading_was_survived_may_be_tried_again() {
    let house = House::new().await;
    let id = house.quarantine(EMPTY, None).await;
    for time in 0..2 {
        let tried = house.retry(id).await;
        assert!(matches!(tried, Ok(Retried::Quarantined(..))), "time {time}: {tried:?}");
    }
    house.store.close().await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_lock_the_mail_up() {
    let house = House::new().await;
    let id = house.quarantine(EMPTY, None).await;
    let head = async || house.store.head(&house.scope).await.unwrap().seq;
    let before = head().await;
    tokio::select! {
        biased;
        _ = house.retry(id) => {}
        () = async { while head().await == before { tokio::task::yield_now().await } } => {}
    }
    let next = async {
        loop {
            match house.retry(id).await {
                Err(Refusal::Conflict(_)) => tokio::task::yield_now().await,
                other => break other,
            }
        }
    };
    let tried = tokio::time::timeout(std::time::Duration::from_secs(30), next).await.unwrap();
    assert!(matches!(tried, Ok(Retried::Quarantined(..))), "{tried:?}");
    house.store.close().await;
}
