//! `crewbox setup`: the first account and its owner.

use clap::Args;
use crewbox_core::address::EmailAddress;
use crewbox_core::id::{AccountId, MemberId};
use crewbox_core::model::Role;
use crewbox_store::Open;
use crewbox_store::contract::NewAccount;
use crewbox_store::{NewMember, Scope, Store, StoreError};
use serde::Serialize;

use crate::command::key::first_key;
use crate::data::{DirArgs, Opened, address};
use crate::failure::Failure;
use crate::password::PasswordArgs;
use crate::{clock, output};

const EXAMPLES: &str = "\
Example:
  crewbox setup --data ./data --account Acme --name 'Ann Lee' --email ann@acme.example
  printf %s \"$PASSWORD\" | crewbox setup --account Acme --name Ann --email ann@acme.example --password-stdin

Prints {\"account_id\":…,\"member_id\":…,\"email\":…,\"api_key\":…}. The key is shown this once.";

/// Make the first account and its owner, in a directory that has none
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SetupArgs {
    #[command(flatten)]
    dir: DirArgs,
    #[command(flatten)]
    owner: OwnerArgs,
}

/// An account to make, and its owner.
#[derive(Args, Debug)]
pub(crate) struct OwnerArgs {
    /// The account's name, unique on this server
    #[arg(long, env = "CREWBOX_ACCOUNT", value_name = "NAME", value_parser = name)]
    account: String,
    /// The owner's name
    #[arg(long, env = "CREWBOX_NAME", value_name = "NAME", value_parser = name)]
    name: String,
    /// The owner's e-mail address
    #[arg(long, env = "CREWBOX_EMAIL", value_name = "EMAIL", value_parser = address)]
    email: EmailAddress,
    #[command(flatten)]
    password: PasswordArgs,
}

/// A name: something to read, without the space around it.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("a name cannot be empty".into()) } else { Ok(text.to_owned()) }
}

#[derive(Serialize)]
struct Made<'a> {
    account_id: AccountId,
    member_id: MemberId,
    email: &'a str,
    api_key: String,
}

pub(crate) async fn run(args: SetupArgs) -> Result<(), Failure> {
    let store = Store::open(&Open { create: true, ..args.dir.as_command() })?;
    if let Some(account) = store.accounts().await?.first() {
        return Err(Failure::input(format!(
            "{} is set up already (account `{}`): add people with `crewbox member add`, or a separate account with `crewbox account add`",
            args.dir.data.display(),
            account.name
        )));
    }
    make_account(store, args.owner).await?;
    output::say(format_args!(
        "The key is shown this once. Serve with: crewbox serve --data {}",
        args.dir.data.display()
    ));
    Ok(())
}

/// Makes an account with its owner and the owner's first key, and prints them.
pub(crate) async fn make_account(store: Store, owner: OwnerArgs) -> Result<(), Failure> {
    let password_hash = owner.password.hash()?;
    let member = NewMember {
        name: owner.name,
        email: owner.email.as_str().to_owned(),
        role: Role::Owner,
        client: None,
        password_hash,
    };
    let new = NewAccount { name: owner.account.clone(), owner: member };
    let made = match store.create_account(new, clock::now()).await {
        Err(StoreError::Exists(..)) => {
            return Err(Failure::input(format!(
                "there is an account `{}` already: choose another name",
                owner.account
            )));
        }
        other => other?,
    };
    let opened = Opened { store, scope: Scope::operator(made.account) };
    let api_key = first_key(&opened, made.member).await?;
    output::json(&Made {
        account_id: made.account,
        member_id: made.member,
        email: owner.email.as_str(),
        api_key,
    })?;
    opened.close().await;
    Ok(())
}
