//! `crewbox member`: the people of an account.

use clap::{Args, Subcommand, ValueEnum};
use crewbox_core::id::MemberId;
use crewbox_core::model::{Dialect, Role};
use crewbox_store::{NewMember, Op, StoreError};
use serde::Serialize;

use crate::command::key::make_key;
use crate::command::setup::name;
use crate::data::{DataArgs, address, client};
use crate::failure::Failure;
use crate::output;
use crate::password::PasswordArgs;

const ADD_EXAMPLES: &str = "\
Examples:
  crewbox member add --name 'Bo Berg' --email bo@acme.example
  crewbox member add --name 'Cy Dee' --email cy@customer.example --client 'Customer Ltd'

Prints {\"member_id\":…,\"email\":…,\"role\":…,\"api_key\":…}. The key is shown this once.";

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Add a member with an API key; works while a server runs
    Add(AddArgs),
    /// List members, one JSON line each
    List(ListArgs),
}

#[derive(Args, Debug)]
#[command(after_help = ADD_EXAMPLES)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The member's name
    #[arg(long, env = "CREWBOX_NAME", value_name = "NAME", value_parser = name)]
    name: String,
    /// The member's e-mail address, unique in the account
    #[arg(long, env = "CREWBOX_EMAIL", value_name = "EMAIL", value_parser = address)]
    email: String,
    /// What they may do
    #[arg(long, env = "CREWBOX_ROLE", value_name = "ROLE", default_value = "member")]
    role: RoleArg,
    /// Make them a client's own user, who sees only this client's conversations
    #[arg(long, env = "CREWBOX_CLIENT", value_name = "NAME")]
    client: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArg {
    /// Everything, the account itself too
    Owner,
    /// Everything but the account itself
    Admin,
    /// Works conversations
    Member,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Owner => Self::Owner,
            RoleArg::Admin => Self::Admin,
            RoleArg::Member => Self::Member,
        }
    }
}

#[derive(Serialize)]
struct Made<'a> {
    member_id: MemberId,
    email: &'a str,
    role: Role,
    api_key: String,
}

#[derive(Serialize)]
struct Listed<'a> {
    member_id: MemberId,
    name: &'a str,
    email: &'a str,
    role: Role,
    client: Option<&'a str>,
}

pub(crate) async fn run(command: MemberCommand) -> Result<(), Failure> {
    match command {
        MemberCommand::Add(args) => add(args).await,
        MemberCommand::List(args) => list(args).await,
    }
}

async fn add(args: AddArgs) -> Result<(), Failure> {
    let password_hash = args.password.hash()?;
    let opened = args.data.open().await?;
    let client = match &args.client {
        Some(name) => Some(client(&opened.catalog().await?, name)?),
        None => None,
    };
    let role = Role::from(args.role);
    let member = NewMember { name: args.name, email: args.email.clone(), role, client, password_hash };
    let batch = crewbox_store::Batch::new(opened.scope, crate::clock::now(), vec![Op::AddMember(member)]);
    let id = match opened.store.commit(batch).await {
        Err(StoreError::Exists(..)) => {
            return Err(Failure::input(format!(
                "{email} is a member already: `crewbox key create --email {email}` makes a further key",
                email = args.email
            )));
        }
        other => MemberId(crate::data::id_of(&other?)?),
    };
    let (_, api_key) = make_key(&opened, id, Dialect::Documented, None, client).await?;
    output::json(&Made { member_id: id, email: &args.email, role, api_key })?;
    opened.close().await;
    Ok(())
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let catalog = opened.catalog().await?;
    for member in &catalog.members {
        output::json(&Listed {
            member_id: member.id,
            name: &member.name,
            email: &member.email,
            role: member.role,
            client: member.client.and_then(|id| catalog.client(id)).map(|client| client.name.as_str()),
        })?;
    }
    opened.close().await;
    Ok(())
}
