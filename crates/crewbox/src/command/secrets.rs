//! `crewbox secrets`: what to do when the key file is lost.

use clap::{Args, Subcommand};
use crewbox_store::Open;
use crewbox_store::{Batch, Op, Outcome, Scope, Store};
use serde::Serialize;

use crate::data::DirArgs;
use crate::failure::Failure;
use crate::{clock, output};

const EXAMPLES: &str = "\
When secret.key is lost, what is sealed with it is lost too: mailbox passwords and tokens, and the secrets of
webhooks. This drops them, so that the server starts again with a fresh key; each mailbox then needs its
password and each webhook a new secret. Second factors no longer work either: an owner or admin gives each
member who has one a link (Settings, Team). Mail, leads and API keys are not touched. Stop the server first.

Prints {\"accounts\":…,\"mailboxes\":…}.";

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Drop every sealed value after the key file is lost; no mail is touched
    Reset(ResetArgs),
}

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ResetArgs {
    #[command(flatten)]
    dir: DirArgs,
}

#[derive(Serialize)]
struct Dropped {
    accounts: usize,
    mailboxes: u64,
}

pub(crate) async fn run(SecretsCommand::Reset(args): SecretsCommand) -> Result<(), Failure> {
    let store = Store::open(&Open { without_key: true, ..args.dir.as_command() })?;
    let accounts = store.accounts().await?;
    let mut mailboxes = 0;
    for account in &accounts {
        let scope = Scope::operator(account.id);
        let batch = Batch::new(scope, clock::now(), vec![Op::ResetSecrets]);
        for outcome in store.commit(batch).await?.outcomes {
            if let Outcome::Count(count) = outcome {
                mailboxes += count;
            }
        }
    }
    output::json(&Dropped { accounts: accounts.len(), mailboxes })?;
    output::say(format_args!("Sealed passwords are gone; the next `crewbox serve` makes a fresh key file."));
    store.close().await;
    Ok(())
}
