//! `crewbox mailbox ledger`: compares a mailbox with its server now.

use clap::Args;
use crewbox_app::mailbox;
use serde::Serialize;

use super::find::find;
use crate::data::DataArgs;
use crate::failure::Failure;
use crate::net::NetArgs;
use crate::{mail, output};

const EXAMPLES: &str = "\
Examples:
  crewbox mailbox ledger ann@acme.example
  crewbox mailbox ledger ann@acme.example | jq -s 'map(.missing) | add'

Asks the server for every mail of every folder that is read, and compares with what is held. One JSON line a folder:
{\"mailbox\":…,\"folder\":…,\"server\":N,\"held\":N,\"missing\":N,\"quarantined\":N,\"passed_over\":N}. While history is being read,
what is still to come counts as missing. A mailbox that needs a log-in is not asked: its figures are those known
before, and stderr says so.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LedgerArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    net: NetArgs,
    /// The mailbox's address
    email: String,
}

#[derive(Serialize)]
struct Line<'a> {
    mailbox: &'a str,
    folder: &'a str,
    server: u64,
    held: u64,
    missing: u64,
    quarantined: u64,
    passed_over: u64,
}

pub(super) async fn run(args: LedgerArgs) -> Result<(), Failure> {
    let net = mail::net(&args.net)?;
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    let id = find(caller.names(), &args.email)?;
    let found = mailbox::ledger(&opened.services_with(net)?, &caller, id).await?;
    if !found.is_current {
        output::say(format_args!(
            "{} needs a log-in, so its server is not asked: these are the figures known before.",
            found.email
        ));
    }
    for (folder, ledger) in &found.folders {
        output::json(&Line {
            mailbox: &found.email,
            folder,
            server: ledger.server,
            held: ledger.held,
            missing: ledger.missing,
            quarantined: ledger.quarantined,
            passed_over: ledger.passed_over,
        })?;
    }
    opened.close().await;
    Ok(())
}
