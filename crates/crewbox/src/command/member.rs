//! `crewbox member`: the people of an account.

use clap::{Args, Subcommand, ValueEnum};
use crewbox_app::Refusal;
use crewbox_app::member::{self, AddMember};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::MemberId;
use crewbox_core::model::Role;
use serde::Serialize;

use crate::command::key::first_key;
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
    email: EmailAddress,
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
    let (services, caller) = (opened.services(), opened.caller().await?);
    let client = args.client.as_deref().map(|name| client(caller.names(), name)).transpose()?;
    let role = Role::from(args.role);
    let email = args.email.as_str();
    let command = AddMember { name: args.name, address: args.email.clone(), role, client, password_hash };
    let id = match member::add(&services, &caller, command).await {
        Err(Refusal::Conflict(sentence)) => {
            return Err(Failure::input(format!(
                "{sentence}: `crewbox key create --email {email}` makes a further key"
            )));
        }
        other => other?,
    };
    let api_key = first_key(&opened, id).await?;
    output::json(&Made { member_id: id, email, role, api_key })?;
    opened.close().await;
    Ok(())
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    for member in member::list(&caller)? {
        output::json(&Listed {
            member_id: member.id,
            name: &member.name,
            email: &member.email,
            role: member.role,
            client: member.client.and_then(|id| caller.names().client(id)).map(|client| client.name.as_str()),
        })?;
    }
    opened.close().await;
    Ok(())
}
