//! An account with one client, and a signed-in caller of each role, restricted to the client or not.

use crewbox_app::key::CreateKey;
use crewbox_app::member::AddMember;
use crewbox_app::{Caller, Services, key, member};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::ClientId;
use crewbox_core::model::{Dialect, Role};
use crewbox_store::{Live, Scope};
use crewbox_testkit::account::{NOW, TestAccount};

/// A caller, and what the table of permissions is asked with.
pub(crate) struct Known {
    pub(crate) caller: Caller,
    pub(crate) role: Role,
    pub(crate) restricted: bool,
}

pub(crate) struct Team {
    pub(crate) services: Services,
    pub(crate) operator: Scope,
    client: ClientId,
    /// Its directory is there as long as this is.
    _account: TestAccount,
}

impl Team {
    pub(crate) async fn new() -> Self {
        let account = TestAccount::new().await;
        let client = account.client("Cli").await;
        let services = Services::new(account.store.clone());
        Self { services, operator: account.operator, client, _account: account }
    }

    /// A caller of each role, not restricted and restricted, signed in with a key of their own.
    pub(crate) async fn callers(&self) -> Vec<Known> {
        let live = Live::new(self.services.store().clone());
        let mut callers = Vec::new();
        for role in [Role::Owner, Role::Admin, Role::Member] {
            let new = AddMember {
                name: format!("{role:?}"),
                address: EmailAddress::parse(&format!("{role:?}@team.example")).unwrap(),
                role,
                client: None,
                password_hash: None,
            };
            let added = member::add(&self.services, &self.operator().await, new).await.unwrap();
            for client in [None, Some(self.client)] {
                let new = CreateKey {
                    member: added,
                    dialect: Dialect::Documented,
                    rate_limit: None,
                    client,
                    level: crewbox_core::model::KeyLevel::Manage,
                    mcp_send: false,
                    expires_at: None,
                    name: None,
                };
                let made = key::create(&self.services, &self.operator().await, new).await;
                let signed = live.sign_in(&made.unwrap().1, NOW).await.unwrap();
                let caller = Caller::signed_in(signed.scope, &signed.account, NOW);
                callers.push(Known { caller, role, restricted: client.is_some() });
            }
        }
        callers
    }

    /// The operator, who knows the names of now.
    async fn operator(&self) -> Caller {
        Caller::operator(self.services.store(), self.operator, NOW).await.unwrap()
    }
}
