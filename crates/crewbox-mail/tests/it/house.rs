//! A store with one account, into which mail is taken as any mail is: for tests of the rules and the store together.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::Arc;

use crewbox_core::conversation::Conversation;
use crewbox_core::id::{CampaignId, ClientId, ConversationId, MailboxId, MessageId};
use crewbox_core::message::Direction;
use crewbox_core::model::{LeadFields, MailboxSettings, Role};
use crewbox_core::time::Timestamp;
use crewbox_mail::intake::{Incoming, Intake, Taken};
use crewbox_mail::place;
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox, UntrackedQuery};
use crewbox_store::{
    AttachTo, Batch, BodyLimits, Ingested, NewMember, Op, Open, Outcome, Scope, Store, StoreError,
};

use crate::NOW;

/// The lead of most tests.
pub(crate) const LEAD: &str = "lea@acme.test";
/// The mailbox of most tests.
pub(crate) const US: &str = "us@own.test";

/// An account on a store.
pub(crate) struct House {
    _dir: Option<tempfile::TempDir>,
    pub(crate) intake: Intake,
    pub(crate) scope: Scope,
}

impl House {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open::server(dir.path())).unwrap();
        let scope = account(&store, "one").await;
        Self { _dir: Some(dir), intake: Intake::new(store).unwrap(), scope }
    }

    /// Another account on the same store.
    pub(crate) async fn beside(&self) -> Self {
        let scope = account(self.intake.store(), "two").await;
        Self { _dir: None, intake: self.intake.clone(), scope }
    }

    pub(crate) async fn commit(&self, op: Op) -> Result<Outcome, StoreError> {
        let batch = Batch::new(self.scope, NOW, vec![op]);
        Ok(self.intake.store().commit(batch).await?.outcomes.swap_remove(0))
    }

    pub(crate) async fn make(&self, op: Op) -> u64 {
        match self.commit(op).await.unwrap() {
            Outcome::Id(id) => id,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn client(&self, name: &str) -> Option<ClientId> {
        let op = Op::AddClient { name: name.to_owned(), email: format!("{name}@client.test") };
        Some(ClientId(self.make(op).await))
    }

    pub(crate) async fn mailbox(&self, email: &str, client: Option<ClientId>) -> Mailbox {
        let new = NewMailbox {
            email: email.to_owned(),
            name: String::new(),
            client,
            settings: MailboxSettings::default(),
            secrets: MailboxSecrets::default(),
        };
        Mailbox { id: MailboxId(self.make(Op::SaveMailbox(Box::new(new))).await) }
    }

    /// A campaign that uses these mailboxes, with the lead's conversation in it.
    pub(crate) async fn campaign(
        &self,
        client: Option<ClientId>,
        mailboxes: &[&Mailbox],
        lead: &str,
    ) -> (CampaignId, ConversationId) {
        let add = Op::AddCampaign { name: "Spring".to_owned(), client, parent: None };
        let campaign = CampaignId(self.make(add).await);
        let mailboxes = mailboxes.iter().map(|one| one.id).collect();
        self.commit(Op::AddCampaignMailboxes { campaign, mailboxes }).await.unwrap();
        let fields = LeadFields { email: lead.to_owned(), ..LeadFields::default() };
        match self.commit(Op::AddLeads { campaign, leads: vec![fields] }).await.unwrap() {
            Outcome::Leads(leads) => (campaign, leads[0].unwrap().conversation),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn take(&self, mailbox: &Mailbox, raw: &str, backfill: bool) -> Ingested {
        self.take_from(mailbox, raw, backfill, None).await
    }

    /// Takes in a mail whose folder says which way it went.
    pub(crate) async fn take_from(
        &self,
        mailbox: &Mailbox,
        raw: &str,
        backfill: bool,
        direction: Option<Direction>,
    ) -> Ingested {
        let incoming = Incoming {
            raw: raw.to_owned().into(),
            mailbox: mailbox.id,
            own: Arc::new(self.intake.store().own_addresses(&self.scope, mailbox.id).await.unwrap()),
            location: None,
            backfill,
            seen: None,
            connected_at: None,
            received_at: Some(Timestamp(NOW.0 - 1_000)),
            fallback_at: None,
            direction,
        };
        match self.intake.take(&self.scope, NOW, vec![incoming]).await.unwrap().swap_remove(0) {
            Taken::Stored(stored) => stored,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn attach(&self, message: MessageId, to: AttachTo) -> Result<Outcome, StoreError> {
        self.commit(Op::Attach { message, to, place }).await
    }

    pub(crate) async fn conversation(&self, id: ConversationId) -> Conversation {
        self.intake.store().conversation(&self.scope, id).await.unwrap()
    }

    /// The Message-IDs of a conversation.
    pub(crate) async fn thread(&self, id: ConversationId) -> Vec<String> {
        let history = self.intake.store().history(&self.scope, id, BodyLimits::WHOLE).await.unwrap().messages;
        let mut ids: Vec<String> = history.into_iter().map(|(message, _)| message.message_id).collect();
        ids.sort_unstable();
        ids
    }

    pub(crate) async fn untracked(&self, query: UntrackedQuery) -> Vec<String> {
        let query = UntrackedQuery { limit: 100, ..query };
        let (rows, total) =
            self.intake.store().untracked(&self.scope, &query, BodyLimits::WHOLE).await.unwrap();
        assert_eq!(rows.len() as u64, total);
        rows.into_iter().map(|(message, _)| message.message_id).collect()
    }

    pub(crate) async fn is_sound(&self) {
        assert_eq!(self.intake.store().check(&self.scope).await.unwrap(), []);
    }
}

pub(crate) struct Mailbox {
    pub(crate) id: MailboxId,
}

async fn account(store: &Store, name: &str) -> Scope {
    let owner = NewMember {
        name: "Ada".to_owned(),
        email: format!("ada@{name}.test"),
        role: Role::Owner,
        client: None,
        password_hash: None,
    };
    let made = store.create_account(NewAccount { name: name.to_owned(), owner }, NOW).await.unwrap();
    Scope::operator(made.account)
}

pub(crate) fn letter(id: &str, from: &str, to: &str, references: &[&str]) -> String {
    let references: Vec<String> = references.iter().map(|one| format!("<{one}>")).collect();
    format!(
        "Message-ID: <{id}>\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {id}\r\nReferences: {}\r\n\r\nThis is {id}.\r\n",
        references.join(" ")
    )
}
