//! `crewbox key`: API keys. Only a hash of a key is stored, so its text is shown once.

use clap::{Args, Subcommand, ValueEnum};
use crewbox_core::id::{ClientId, KeyId, MemberId};
use crewbox_core::model::{Dialect, RateLimit};
use crewbox_store::{NewKey, Op, key};
use serde::Serialize;

use crate::clock::iso;
use crate::data::{DataArgs, Opened, address, client, email_of, member};
use crate::failure::Failure;
use crate::output;

const CREATE_EXAMPLES: &str = "\
Examples:
  crewbox key create --email ann@acme.example
  crewbox key create --email ann@acme.example --dialect live --rate-limit 60/60

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
    #[arg(long, env = "CREWBOX_EMAIL", value_name = "EMAIL", value_parser = address)]
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
    created_at: String,
    revoked_at: Option<String>,
    expires_at: Option<String>,
}

/// Makes a key for a member: its id and its text.
pub(crate) async fn make_key(
    opened: &Opened,
    member: MemberId,
    dialect: Dialect,
    rate_limit: Option<RateLimit>,
    client: Option<ClientId>,
) -> Result<(KeyId, String), Failure> {
    let (text, hash) = key::generate(opened.scope.account())
        .map_err(|error| Failure::failed(format!("the system gives no randomness for a key: {error}")))?;
    let new = NewKey { member, hash, dialect, rate_limit, client, expires_at: None };
    Ok((KeyId(opened.make(Op::AddKey(new)).await?), text))
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
    let catalog = opened.catalog().await?;
    let member = member(&catalog, &args.email)?;
    let narrowed = args.client.as_deref().map(|name| client(&catalog, name)).transpose()?;
    if member.client.is_some() && narrowed.is_some() && narrowed != member.client {
        return Err(Failure::input(format!(
            "{} is another client's user: such a key would open nothing",
            member.email
        )));
    }
    let dialect = match args.dialect {
        DialectArg::Documented => Dialect::Documented,
        DialectArg::Live => Dialect::Live,
    };
    let (key_id, api_key) = make_key(&opened, member.id, dialect, args.rate_limit, narrowed).await?;
    output::json(&Made { key_id, api_key })?;
    opened.close().await;
    Ok(())
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let catalog = opened.catalog().await?;
    for key in &catalog.keys {
        output::json(&Listed {
            key_id: key.id,
            email: email_of(&catalog, key.member),
            dialect: key.dialect,
            rate_limit: key.rate_limit.map(|limit| format!("{}/{}", limit.requests, limit.seconds)),
            client: key.client.and_then(|id| catalog.client(id)).map(|client| client.name.as_str()),
            created_at: iso(key.created_at),
            revoked_at: key.revoked_at.map(iso),
            expires_at: key.expires_at.map(iso),
        })?;
    }
    opened.close().await;
    Ok(())
}

async fn revoke(args: RevokeArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    opened.commit(vec![Op::RevokeKey(KeyId(args.key))]).await?;
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
