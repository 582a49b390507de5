//! `crewbox key`: API keys. Only a hash of a key is stored, so its text is shown once.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use crewbox_app::key::{self, CreateKey};
use crewbox_core::id::{KeyId, MemberId};
use crewbox_core::model::{Dialect, KeyLevel, RateLimit};
use crewbox_core::time::Timestamp;
use serde::Serialize;

use crate::clock::{self, iso};
use crate::data::{DataArgs, Opened, client, email_of, member};
use crate::failure::Failure;
use crate::output;

const CREATE_EXAMPLES: &str = "\
Examples:
  crewbox key create --email ann@acme.example
  crewbox key create --email ann@acme.example --dialect live --rate-limit 60/60
  crewbox key create --email ann@acme.example --level read --expires 2027-01-31 --name reports
  crewbox key create --email ann@acme.example --level reply --mcp-send --name assistant

Prints {\"key_id\":…,\"api_key\":…}. The key is shown this once. Whoever holds it acts as this member.";

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key for a member; works while a server runs
    Create(CreateArgs),
    /// List keys, one JSON line each; never their text
    List(ListArgs),
    /// Revoke a key: the next request with it is refused
    Revoke(RevokeArgs),
}

#[derive(Args, Debug)]
#[command(after_help = CREATE_EXAMPLES)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Whose key it is
    #[arg(long, env = "CREWBOX_EMAIL", value_name = "EMAIL")]
    email: String,
    /// How answers look
    #[arg(long, env = "CREWBOX_DIALECT", value_name = "DIALECT", default_value = "documented")]
    dialect: DialectArg,
    /// At most so many requests in so many seconds
    #[arg(long, env = "CREWBOX_RATE_LIMIT", value_name = "N/SECONDS", value_parser = rate_limit)]
    rate_limit: Option<RateLimit>,
    /// Narrow the key to one client's conversations
    #[arg(long, env = "CREWBOX_CLIENT", value_name = "NAME")]
    client: Option<String>,
    /// What the key allows of what its member may do
    #[arg(long, env = "CREWBOX_LEVEL", value_name = "LEVEL", default_value = "manage")]
    level: LevelArg,
    /// Let an agent that uses the key over MCP send replies; otherwise it can only write drafts
    #[arg(long, env = "CREWBOX_MCP_SEND")]
    mcp_send: bool,
    /// When the key ends, as a date or a time (2027-01-31, 2027-01-31T12:00:00Z)
    #[arg(long, env = "CREWBOX_EXPIRES", value_name = "TIME", value_parser = clock::read)]
    expires: Option<Timestamp>,
    /// What people call the key
    #[arg(long, env = "CREWBOX_KEY_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The key's id, from `crewbox key list`
    #[arg(value_name = "KEY_ID")]
    key: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DialectArg {
    /// As the contract is published
    Documented,
    /// As the hosted service is seen to answer: flat rows
    Live,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelArg {
    /// Reading
    Read,
    /// Reading, working conversations, and sending
    Reply,
    /// Everything that the member may do
    Manage,
}

/// Reads `N/SECONDS`.
fn rate_limit(text: &str) -> Result<RateLimit, String> {
    let wrong = || format!("`{text}` is no limit; one looks like 60/60 (requests/seconds, both at least 1)");
    let (requests, seconds) = text.split_once('/').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse().ok().filter(|n| *n > 0).ok_or_else(wrong);
    Ok(RateLimit { requests: number(requests)?, seconds: number(seconds)? })
}

#[derive(Serialize)]
struct Made {
    key_id: KeyId,
    api_key: String,
}

#[derive(Serialize)]
struct Listed<'a> {
    key_id: KeyId,
    email: &'a str,
    dialect: Dialect,
    rate_limit: Option<String>,
    client: Option<&'a str>,
    name: Option<&'a str>,
    level: KeyLevel,
    mcp_send: bool,
    created_at: String,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    expires_at: Option<String>,
}

/// Makes the first key of a member who was added just now; its text. For a client's own user it is restricted to the
/// client as they are.
pub(crate) async fn first_key(opened: &Opened, member: MemberId) -> Result<String, Failure> {
    let caller = opened.caller().await?;
    let client = caller.names().member(member).and_then(|member| member.client);
    let command = CreateKey {
        member,
        dialect: Dialect::Documented,
        rate_limit: None,
        client,
        level: KeyLevel::Manage,
        mcp_send: false,
        expires_at: None,
        name: None,
    };
    Ok(key::create(&opened.services(), &caller, command).await?.1)
}

pub(crate) async fn run(command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(args) => create(args).await,
        KeyCommand::List(args) => list(args).await,
        KeyCommand::Revoke(args) => revoke(args).await,
    }
}

async fn create(args: CreateArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    let command = CreateKey {
        member: member(caller.names(), &args.email)?.id,
        dialect: match args.dialect {
            DialectArg::Documented => Dialect::Documented,
            DialectArg::Live => Dialect::Live,
        },
        rate_limit: args.rate_limit,
        client: args.client.as_deref().map(|name| client(caller.names(), name)).transpose()?,
        level: match args.level {
            LevelArg::Read => KeyLevel::Read,
            LevelArg::Reply => KeyLevel::Reply,
            LevelArg::Manage => KeyLevel::Manage,
        },
        mcp_send: args.mcp_send,
        expires_at: args.expires,
        name: args.name,
    };
    let (key_id, api_key) = key::create(&opened.services(), &caller, command).await?;
    output::json(&Made { key_id, api_key })?;
    opened.close().await;
    Ok(())
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    let catalog = caller.names();
    for key in key::list(&caller)? {
        output::json(&Listed {
            key_id: key.id,
            email: email_of(catalog, key.member),
            dialect: key.dialect,
            rate_limit: key.rate_limit.map(|limit| format!("{}/{}", limit.requests, limit.seconds)),
            client: key.client.and_then(|id| catalog.client(id)).map(|client| client.name.as_str()),
            name: key.name.as_deref(),
            level: key.level,
            mcp_send: key.mcp_send,
            created_at: iso(key.created_at),
            last_used_at: key.used_at.map(iso),
            revoked_at: key.revoked_at.map(iso),
            expires_at: key.expires_at.map(iso),
        })?;
    }
    opened.close().await;
    Ok(())
}

async fn revoke(args: RevokeArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    key::revoke(&opened.services(), &opened.caller().await?, KeyId(args.key)).await?;
    output::say(format_args!("Key {} is revoked.", args.key));
    opened.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_is_two_positive_numbers() {
        assert_eq!(rate_limit("60/10").unwrap(), RateLimit { requests: 60, seconds: 10 });
        for wrong in ["", "60", "0/1", "1/0", "-1/2", "a/b", "1/2/3"] {
            assert!(rate_limit(wrong).is_err(), "{wrong}");
        }
    }
}
