//! A store of the engine under test, with what most tests need in it.

use crewbox_core::conversation::{Arrival, Conversation, Edit};
use crewbox_core::id::{CampaignId, ConversationId, MailboxId, MemberId};
use crewbox_core::message::{Address, Class, Direction, Mail, Verdict, Verdicts};
use crewbox_core::model::{LeadFields, MailboxSettings, Role as MemberRole};
use crewbox_core::threading::{Facts, Placement};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox};
use crewbox_store::{Batch, Committed, Ingest, Ingested, NewMember, Op, Outcome, Scope, Store, StoreError};
use sha2::{Digest as _, Sha256};

use super::super::Tested;
use crate::engine::Engine as _;

/// When most things happen, in tests.
pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// One account with a campaign, a mailbox and a lead.
pub(crate) struct World {
    pub(crate) engine: Tested,
    pub(crate) store: Store,
    pub(crate) scope: Scope,
    pub(crate) owner: MemberId,
    pub(crate) campaign: CampaignId,
    pub(crate) mailbox: MailboxId,
    /// Of the lead `lead@example.test`.
    pub(crate) conversation: ConversationId,
}

impl World {
    pub(crate) async fn new() -> Self {
        let engine = Tested::new();
        let store = engine.open().unwrap();
        let (scope, owner) = account(&store, "one").await;
        let (campaign, mailbox, conversation) = furnish(&store, scope).await;
        Self { engine, store, scope, owner, campaign, mailbox, conversation }
    }

    /// Commits operations as the operator.
    pub(crate) async fn commit(&self, ops: Vec<Op>) -> Committed {
        self.try_commit(ops).await.unwrap()
    }

    pub(crate) async fn try_commit(&self, ops: Vec<Op>) -> Result<Committed, StoreError> {
        self.store.commit(Batch::new(self.scope, NOW, ops)).await
    }

    pub(crate) async fn edit(&self, edit: Edit) -> bool {
        let op = Op::Edit { conversation: self.conversation, edit };
        let committed = self.commit(vec![op]).await;
        let Outcome::Edited { changed, .. } = &committed.outcomes[0] else { panic!("{committed:?}") };
        *changed
    }

    pub(crate) async fn ingest(&self, mail: &Mail, raw: &[u8]) -> Ingested {
        let op = Op::Ingest(Box::new(self.ingest_of(mail, raw)));
        let committed = self.commit(vec![op]).await;
        let Outcome::Ingested(ingested) = &committed.outcomes[0] else { panic!("{committed:?}") };
        ingested.clone()
    }

    pub(crate) fn ingest_of(&self, mail: &Mail, raw: &[u8]) -> Ingest {
        let (mail, raw) = (mail.clone(), raw.to_vec());
        Ingest { mail, raw: raw.into(), mailbox: self.mailbox, location: None, arrival: Arrival::Live, place }
    }

    pub(crate) async fn now_is(&self) -> Conversation {
        self.store.conversation(&self.scope, self.conversation).await.unwrap()
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopen(&mut self) {
        self.store.close().await;
        self.store = self.engine.open().unwrap();
    }
}

/// Makes an account; its owner's address is `ada@{name}.test`.
pub(crate) async fn account(store: &Store, name: &str) -> (Scope, MemberId) {
    let new = NewAccount { name: name.to_owned(), owner: member(&format!("ada@{name}.test")) };
    let made = store.create_account(new, NOW).await.unwrap();
    (Scope::operator(made.account), made.member)
}

/// A member to add.
pub(crate) fn member(email: &str) -> NewMember {
    NewMember {
        name: "Ada".to_owned(),
        email: email.to_owned(),
        role: MemberRole::Owner,
        client: None,
        password_hash: None,
    }
}

/// Fills an account with a campaign, a mailbox and a lead.
pub(crate) async fn furnish(store: &Store, scope: Scope) -> (CampaignId, MailboxId, ConversationId) {
    let add = Op::AddCampaign { name: "Spring".to_owned(), client: None, parent: None };
    let new = NewMailbox {
        email: "us@sender.test".to_owned(),
        name: "Us".to_owned(),
        client: None,
        settings: MailboxSettings::default(),
        secrets: MailboxSecrets { password: Some("hunter2".to_owned()), ..MailboxSecrets::default() },
    };
    let ops = vec![add, Op::SaveMailbox(Box::new(new))];
    let committed = store.commit(Batch::new(scope, NOW, ops)).await.unwrap();
    let [Outcome::Id(campaign), Outcome::Id(mailbox)] = committed.outcomes[..] else {
        panic!("{committed:?}")
    };
    let (campaign, mailbox) = (CampaignId(campaign), MailboxId(mailbox));
    let ops = vec![
        Op::AddCampaignMailboxes { campaign, mailboxes: vec![mailbox] },
        Op::AddLeads { campaign, leads: vec![lead("lead@example.test")] },
    ];
    let committed = store.commit(Batch::new(scope, NOW, ops)).await.unwrap();
    let Outcome::Leads(leads) = &committed.outcomes[1] else { panic!("{committed:?}") };
    (campaign, mailbox, leads[0].unwrap().conversation)
}

/// A lead to add.
pub(crate) fn lead(email: &str) -> LeadFields {
    LeadFields { email: email.to_owned(), company: Some("Acme".to_owned()), ..LeadFields::default() }
}

/// A mail from the lead as it would be read, with its bytes: as `id` and `text` differ, so do they.
pub(crate) fn mail(id: &str, text: &str) -> (Mail, Vec<u8>) {
    let raw =
        format!("From: lead@example.test\r\nMessage-ID: <{id}>\r\nSubject: Hello\r\n\r\n{text}").into_bytes();
    let mail = Mail {
        crewbox_ref: None,
        content: Sha256::digest(&raw).into(),
        message_id: id.to_owned(),
        own_message_id: true,
        digest: Sha256::digest(text).into(),
        files_digest: [0; 32],
        references: Vec::new(),
        direction: Direction::Inbound,
        verdicts: Verdicts::always(Verdict::of(Class::Human, String::new())),
        from: Address { name: "Lead".to_owned(), email: "lead@example.test".to_owned() },
        to: vec![Address { name: String::new(), email: "us@sender.test".to_owned() }],
        cc: Vec::new(),
        subject: "Hello".to_owned(),
        at: NOW,
        text: text.to_owned(),
        html: None,
        sanitiser: 1,
        folds: Vec::new(),
        attachments: Vec::new(),
        decoded_lossy: false,
        notice: None,
        bounced_ids: Vec::new(),
        failed_recipients: Vec::new(),
        size: raw.len() as u64,
    };
    (mail, raw)
}

/// A rule for tests: where we sent it, else into a conversation of a message it names, else of the lead it is from, else nowhere.
pub(crate) fn place(_: &Mail, facts: &Facts) -> Placement {
    let named = facts.named.iter().find_map(|named| {
        named.conversation.as_ref().map(|found| (found.conversation, Some(named.stats_id.clone()), "named"))
    });
    let sent = facts.sent.as_ref().map(|(found, stats_id)| (*found, Some(stats_id.clone()), "sent"));
    let lead = || facts.leads.first().map(|found| (found.conversation, found.last_stats_id.clone(), "lead"));
    match sent.or(named).or_else(lead) {
        Some((conversation, stats_id, reason)) => {
            Placement::Joins { conversation, reason: reason.to_owned(), participants: Vec::new(), stats_id }
        }
        None => Placement::Untracked { reason: "nobody's".to_owned() },
    }
}
