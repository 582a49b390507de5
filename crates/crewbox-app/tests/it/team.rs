//! An account with one client, and a signed-in caller of each role, restricted to the client or not.

use crewbox_app::key::CreateKey;
use crewbox_app::member::AddMember;
use crewbox_app::{Caller, Services, catalog, key, member};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::ClientId;
use crewbox_core::model::{Dialect, Role};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::NewAccount;
use crewbox_store::{Live, NewMember, Open, Scope, Store};

pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A caller, and what the table of permissions is asked with.
pub(crate) struct Known {
    pub(crate) caller: Caller,
    pub(crate) role: Role,
    pub(crate) restricted: bool,
}

pub(crate) struct Team {
    _dir: tempfile::TempDir,
    pub(crate) services: Services,
    pub(crate) operator: Scope,
    client: ClientId,
}

impl Team {
    pub(crate) async fn new() -> Self {
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
        let operator = Scope::operator(store.create_account(new, NOW).await.unwrap().account);
        let services = Services::new(store);
        let caller = Caller::operator(services.store(), operator, NOW).await.unwrap();
        let client = catalog::create_client(&services, &caller, "Cli".to_owned(), "c@c.test".to_owned());
        let client = client.await.unwrap();
        Self { _dir: dir, services, operator, client }
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
                let new = CreateKey { member: added, dialect: Dialect::Documented, rate_limit: None, client };
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
