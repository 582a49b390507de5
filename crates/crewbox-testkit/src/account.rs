//! A store in a directory of its own with one account and its owner: what most tests of use cases and workers begin
//! with.
//!
//! Owns the directory, which goes with the value. Further members, keys and mail are the test's own.

use crewbox_core::id::{CampaignId, ClientId, ConversationId, MemberId};
use crewbox_core::model::{Dialect, LeadFields, Role};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::NewAccount;
use crewbox_store::{Batch, Live, NewKey, NewMember, Op, Open, Outcome, Scope, Store, key};

/// The time of what the account is made of: 14 November 2023.
pub const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// An account in an open store.
#[derive(Debug)]
pub struct TestAccount {
    dir: tempfile::TempDir,
    pub store: Store,
    /// The operator's scope of the account.
    pub operator: Scope,
    pub owner: MemberId,
}

impl TestAccount {
    /// Opens a store as a server does, with the account "Us" and its owner, Ann.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open::server(dir.path())).unwrap();
        let owner = NewMember {
            name: "Ann".to_owned(),
            email: "ann@us.test".to_owned(),
            role: Role::Owner,
            client: None,
            password_hash: None,
        };
        let made = store.create_account(NewAccount { name: "Us".to_owned(), owner }, NOW).await.unwrap();
        Self { dir, store, operator: Scope::operator(made.account), owner: made.member }
    }

    /// The same account after the server has stopped and started again.
    pub async fn reopened(self) -> Self {
        self.store.close().await;
        Self { store: Store::open(&Open::server(self.dir.path())).unwrap(), ..self }
    }

    /// Commits one operation as the operator, at [`NOW`].
    pub async fn commit(&self, op: Op) -> Outcome {
        let batch = Batch::new(self.operator, NOW, vec![op]);
        self.store.commit(batch).await.unwrap().outcomes.swap_remove(0)
    }

    /// Commits one operation that makes something; its id.
    pub async fn make(&self, op: Op) -> u64 {
        match self.commit(op).await {
            Outcome::Id(id) => id,
            other => panic!("{other:?}"),
        }
    }

    /// The scope of the owner who has signed in with a new key, restricted to this client.
    pub async fn signed_in(&self, client: Option<ClientId>) -> Scope {
        let (text, hash) = key::generate(self.operator.account()).unwrap();
        let (member, dialect) = (self.owner, Dialect::Documented);
        let new = NewKey {
            member,
            hash,
            dialect,
            rate_limit: None,
            client,
            expires_at: None,
            name: None,
            level: crewbox_core::model::KeyLevel::Manage,
            mcp_send: false,
        };
        self.make(Op::AddKey(new)).await;
        Live::new(self.store.clone()).sign_in(&text, NOW).await.unwrap().scope
    }

    pub async fn client(&self, name: &str) -> ClientId {
        let email = format!("{}@client.test", name.to_lowercase());
        ClientId(self.make(Op::AddClient { name: name.to_owned(), email }).await)
    }

    pub async fn campaign(&self, name: &str, client: Option<ClientId>) -> CampaignId {
        CampaignId(self.make(Op::AddCampaign { name: name.to_owned(), client, parent: None }).await)
    }

    /// Adds leads to a campaign; their conversations, in order.
    pub async fn leads(&self, campaign: CampaignId, emails: &[&str]) -> Vec<ConversationId> {
        let lead = |email: &&str| LeadFields { email: (*email).to_owned(), ..LeadFields::default() };
        let leads = emails.iter().map(lead).collect();
        match self.commit(Op::AddLeads { campaign, leads }).await {
            Outcome::Leads(added) => {
                added.into_iter().map(|lead| lead.expect("a lead within the limits").conversation).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}
