//! A quarantined mail that is read again, and what its reading may do to the process.

use bytes::Bytes;
use crewbox_core::id::{MailboxId, QuarantineId};
use crewbox_core::message::Direction;
use crewbox_core::model::MailboxSettings;
use crewbox_store::contract::{MailboxSecrets, NewMailbox, NewQuarantined};
use crewbox_store::{Op, Outcome};
use crewbox_testkit::account::{NOW, TestAccount};

use super::{Retried, retry};
use crate::caller::Caller;
use crate::random::Random;
use crate::refusal::Refusal;
use crate::services::{Intake, MailServices, Net, NetPolicy, Services};

/// Sent by the mailbox's owner under another address of theirs.
const FROM_ALIAS: &[u8] = b"From: alias@us.test\r\nTo: lea@lead.test\r\nSubject: Hello\r\n\r\nHello\r\n";
/// Nothing to read, by any reader.
const EMPTY: &[u8] = b"\r\n";

struct House {
    account: TestAccount,
    mailbox: MailboxId,
    services: Services,
}

impl House {
    async fn new() -> Self {
        let account = TestAccount::new().await;
        let mailbox = NewMailbox {
            email: "ann@us.test".to_owned(),
            name: "Ann".to_owned(),
            client: None,
            settings: MailboxSettings::default(),
            secrets: MailboxSecrets::default(),
        };
        let mailbox = MailboxId(account.make(Op::SaveMailbox(Box::new(mailbox))).await);
        let net = Net::new(&NetPolicy::default()).unwrap();
        let random = Random::new(|_| Err("none".to_owned()));
        let mail = MailServices::new(Intake::new(account.store.clone()).unwrap(), net, random);
        let services = Services::new(account.store.clone()).with_mail(mail);
        Self { account, mailbox, services }
    }

    async fn retry(&self, id: QuarantineId) -> Result<Retried, Refusal> {
        let caller = Caller::operator(&self.account.store, self.account.operator, NOW).await?;
        retry(&self.services, &caller, id).await
    }

    /// A mail that another reader died of.
    async fn quarantine(&self, raw: &'static [u8], direction: Option<Direction>) -> QuarantineId {
        let new = NewQuarantined {
            mailbox: self.mailbox,
            location: None,
            raw: Bytes::from_static(raw).into(),
            reason: "three times".to_owned(),
            received_at: None,
            backfill: false,
            direction,
            reader: Some("another reader".to_owned()),
        };
        match self.account.commit(Op::Quarantine(Box::new(new))).await {
            Outcome::Quarantined(id) => id,
            other => panic!("{other:?}"),
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
    house.account.store.close().await;
}

#[tokio::test]
async fn a_mail_whose_reading_was_survived_may_be_tried_again() {
    let house = House::new().await;
    let id = house.quarantine(EMPTY, None).await;
    for time in 0..2 {
        let tried = house.retry(id).await;
        assert!(matches!(tried, Ok(Retried::Quarantined(..))), "time {time}: {tried:?}");
    }
    house.account.store.close().await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_lock_the_mail_up() {
    let house = House::new().await;
    let id = house.quarantine(EMPTY, None).await;
    let head = async || house.account.store.head(&house.account.operator).await.unwrap().seq;
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
    house.account.store.close().await;
}
