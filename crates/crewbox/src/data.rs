//! The data directory and the account a command works on.

use std::path::PathBuf;

use clap::Args;
use crewbox_app::{Caller, MailServices, Services};
use crewbox_core::address::EmailAddress;
use crewbox_core::change::Cause;
use crewbox_core::id::{AccountId, ClientId, MemberId};
use crewbox_core::model::{Account, Member};
use crewbox_mail::net::Net;
use crewbox_store::Open;
use crewbox_store::{Batch, Catalog, Committed, Op, Outcome, Scope, Store};

use crate::clock;
use crate::failure::Failure;
use crate::mail::random_source;

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub(crate) struct DirArgs {
    /// The data directory
    #[arg(long, env = "CREWBOX_DATA", default_value = "crewbox-data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Use a data directory that other users of the machine may enter, for platforms that set its mode at each start
    /// (Kubernetes fsGroup, systemd with another StateDirectoryMode). Its mode is restricted where this user may do that;
    /// the files in it always are
    #[arg(long, env = "CREWBOX_ALLOW_OPEN_DATA")]
    pub(crate) allow_open_data: bool,
}

/// Where the data is, and whose.
#[derive(Args, Clone, Debug)]
pub(crate) struct DataArgs {
    #[command(flatten)]
    pub(crate) dir: DirArgs,
    /// The account's name; needed once there are two
    #[arg(long, env = "CREWBOX_ACCOUNT", value_name = "NAME")]
    pub(crate) account: Option<String>,
}

/// An open store and one account of it.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) scope: Scope,
}

impl DataArgs {
    /// Opens the directory as a command beside a server, or alone, on the account meant.
    pub(crate) async fn open(&self) -> Result<Opened, Failure> {
        let store = self.dir.open()?;
        let account = pick(store.accounts().await?, self.account.as_deref())?;
        Ok(Opened { store, scope: Scope::operator(account) })
    }
}

impl DirArgs {
    /// Opens the directory as a command.
    pub(crate) fn open(&self) -> Result<Store, Failure> {
        Ok(Store::open(&self.as_command())?)
    }

    /// How a command opens the directory.
    pub(crate) fn as_command(&self) -> Open {
        Open { allow_open_data: self.allow_open_data, ..Open::command(&self.data) }
    }

    /// How a server opens the directory.
    pub(crate) fn as_server(&self) -> Open {
        Open { allow_open_data: self.allow_open_data, ..Open::server(&self.data) }
    }
}

fn pick(accounts: Vec<Account>, name: Option<&str>) -> Result<AccountId, Failure> {
    let names = || accounts.iter().map(|a| format!("`{}`", a.name)).collect::<Vec<_>>().join(", ");
    match (name, accounts.as_slice()) {
        (_, []) => Err(Failure::input("there is no account yet: make one with `crewbox setup`")),
        (None, [only]) => Ok(only.id),
        (None, _) => Err(Failure::input(format!("say which account with --account NAME: {}", names()))),
        (Some(name), _) => accounts
            .iter()
            .find(|account| account.name == name)
            .map(|account| account.id)
            .ok_or_else(|| Failure::input(format!("there is no account `{name}`; there is {}", names()))),
    }
}

impl Opened {
    /// Commits operations as one batch.
    pub(crate) async fn commit(&self, ops: Vec<Op>) -> Result<Committed, Failure> {
        Ok(self.store.commit(Batch::new(self.scope, clock::now(), ops)).await?)
    }

    /// Commits operations of an import as one batch.
    pub(crate) async fn import(&self, ops: Vec<Op>) -> Result<Committed, Failure> {
        let batch = Batch::new(self.scope, clock::now(), ops).caused_by(Cause::Import);
        Ok(self.store.commit(batch).await?)
    }

    /// Commits one operation that makes something, and gives its id.
    pub(crate) async fn make(&self, op: Op) -> Result<u64, Failure> {
        id_of(&self.commit(vec![op]).await?)
    }

    pub(crate) async fn catalog(&self) -> Result<Catalog, Failure> {
        Ok(self.store.catalog(&self.scope).await?)
    }

    /// The operator as a caller of use cases, now.
    pub(crate) async fn caller(&self) -> Result<Caller, Failure> {
        Ok(Caller::operator(&self.store, self.scope, clock::now()).await?)
    }

    /// Use cases over this store that ask no mail server.
    pub(crate) fn services(&self) -> Services {
        Services::new(self.store.clone())
    }

    /// Use cases over this store that may ask mail servers.
    pub(crate) fn services_with(&self, net: Net) -> Result<Services, Failure> {
        let intake = crate::intake::open(self.store.clone())?;
        Ok(self.services().with_mail(MailServices::new(intake, net, random_source())))
    }

    /// Closes the store: what was written stays, and the files are left tidy.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }
}

/// The id that the first operation of a batch made or found.
pub(crate) fn id_of(committed: &Committed) -> Result<u64, Failure> {
    match committed.outcomes.as_slice() {
        [Outcome::Id(id), ..] => Ok(*id),
        other => Err(Failure::failed(format!("the store answered {other:?} where an id was due"))),
    }
}

/// The client of this name, in any case.
pub(crate) fn client(catalog: &Catalog, name: &str) -> Result<ClientId, Failure> {
    let same = |other: &str| other.to_lowercase() == name.to_lowercase();
    catalog.clients.iter().find(|client| same(&client.name)).map(|client| client.id).ok_or_else(|| {
        Failure::input(format!(
            "there is no client `{name}`: make it under Settings, Clients, or over the API (POST /client/save)"
        ))
    })
}

/// The member with this address, in any case.
pub(crate) fn member<'c>(catalog: &'c Catalog, email: &str) -> Result<&'c Member, Failure> {
    let email = email.trim().to_lowercase();
    catalog.members.iter().find(|member| member.email == email).ok_or_else(|| {
        Failure::input(format!(
            "there is no member `{email}`: `crewbox member list` shows them, `member add` makes one"
        ))
    })
}

/// The address of a member, for listings.
pub(crate) fn email_of(catalog: &Catalog, id: MemberId) -> &str {
    catalog.member(id).map_or("?", |member| &member.email)
}

/// Reads an address of an argument, by the one rule for addresses.
pub(crate) fn address(text: &str) -> Result<EmailAddress, String> {
    let text = text.trim();
    EmailAddress::parse(text).map_err(|why| format!("`{text}` is no e-mail address: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: u64, name: &str) -> Account {
        Account { id: AccountId(id), name: name.into() }
    }

    #[test]
    fn an_account_must_be_named_once_there_are_two() {
        let both = || vec![account(1, "Acme"), account(2, "Beta")];
        assert_eq!(pick(vec![account(1, "Acme")], None).unwrap(), AccountId(1));
        assert_eq!(pick(both(), Some("Beta")).unwrap(), AccountId(2));
        assert!(matches!(pick(both(), None), Err(Failure::Input(_))));
        assert!(matches!(pick(both(), Some("Gamma")), Err(Failure::Input(_))));
        assert!(matches!(pick(Vec::new(), None), Err(Failure::Input(_))));
    }

    #[test]
    fn an_address_of_an_argument_may_have_space_around_it() {
        assert_eq!(address(" Ann@Example.COM ").unwrap().as_str(), "ann@example.com");
        for wrong in ["", "ann", "ann@localhost", "<ann@x.example>"] {
            assert!(address(wrong).unwrap_err().contains("is no e-mail address"), "{wrong}");
        }
    }
}
