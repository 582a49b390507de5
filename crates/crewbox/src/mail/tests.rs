//! The mail side over a store of its own: drafts, and mail that comes out of quarantine.

use crewbox_core::message::Direction;
use crewbox_core::model::{MailboxSettings, Role};
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox, NewQuarantined};
use crewbox_store::{NewMember, Open};

use super::*;

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
    mail: Mail,
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
        let live = Live::new(store.clone());
        live.load_all(&|_| {}).await.unwrap();
        let mail = Mail::new(store.clone(), live, net(&NetArgs::default()).unwrap()).unwrap();
        Self { _dir: dir, store, scope, mailbox: MailboxId(mailbox), mail }
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
    match house.mail.retry(&house.scope, id, NOW).await.unwrap() {
        Delivered::Stored(stored) => assert_eq!(stored.direction, Direction::Outbound),
        other => panic!("{other:?}"),
    }
    house.store.close().await;
}

#[test]
fn a_draft_is_one_of_our_own_that_was_never_sent() {
    let own = OwnAddresses::new(["ann@us.test"]);
    for (header, draft) in [
        ("X-Unsent: 1\nFrom: ann@us.test\nTo: lea@lead.test", true),
        ("X-Gmail-Labels: Drafts,Opened\nFrom: ann@us.test\nTo: lea@lead.test", true),
        ("X-Gmail-Labels: Sent\nFrom: ann@us.test\nTo: lea@lead.test", false),
        ("From: ann@us.test\nTo: lea@lead.test", false),
        ("X-Unsent: 1\nFrom: lea@lead.test\nTo: ann@us.test", false),
        ("X-Gmail-Labels: Drafts\nFrom: lea@lead.test\nTo: ann@us.test", false),
    ] {
        assert_eq!(is_draft(format!("{header}\n\nText").as_bytes(), &own), draft, "{header}");
    }
}

#[tokio::test]
async fn a_mail_whose_reading_was_survived_may_be_tried_again() {
    let house = House::new().await;
    let id = house.quarantine(EMPTY, None).await;
    for time in 0..2 {
        let tried = house.mail.retry(&house.scope, id, NOW).await;
        assert!(matches!(tried, Ok(Delivered::Quarantined(..))), "time {time}: {tried:?}");
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
        _ = house.mail.retry(&house.scope, id, NOW) => {}
        () = async { while head().await == before { tokio::task::yield_now().await } } => {}
    }
    let next = async {
        loop {
            match house.mail.retry(&house.scope, id, NOW).await {
                Err(StoreError::Conflict(..)) => tokio::task::yield_now().await,
                other => break other,
            }
        }
    };
    let tried = tokio::time::timeout(std::time::Duration::from_secs(30), next).await.unwrap();
    assert!(matches!(tried, Ok(Delivered::Quarantined(..))), "{tried:?}");
    house.store.close().await;
}
