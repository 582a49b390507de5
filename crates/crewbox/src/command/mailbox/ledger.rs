//! `crewbox mailbox ledger`: a mailbox against its server, afresh.

use clap::Args;
use crewbox_core::mailbox::Condition;
use crewbox_mail::oauth::Tokens;
use crewbox_mail::probe;
use crewbox_mail::sync::ledger::ledger;
use serde::Serialize;

use super::find::find;
use crate::data::DataArgs;
use crate::failure::Failure;
use crate::net::NetArgs;
use crate::{clock, mail, output};

const EXAMPLES: &str = "\
Examples:
  crewbox mailbox ledger ann@acme.example
  crewbox mailbox ledger ann@acme.example | jq -s 'map(.missing) | add'

Asks the server for every mail of every folder that is read, and compares with what is held. One JSON line a folder:
{\"mailbox\":…,\"folder\":…,\"server\":N,\"held\":N,\"missing\":N,\"quarantined\":N}. While history is being read,
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
    let catalog = opened.catalog().await?;
    let mailbox = find(&catalog, &args.email)?;
    let failed = |failure| Failure::failed(probe::sentence(&failure));
    let status = opened.store.mailbox_status(&opened.scope, mailbox.id).await?;
    let folders = if status.condition == Condition::NeedsLogin {
        output::say(format_args!(
            "{} needs a log-in, so its server is not asked: these are the figures known before.",
            mailbox.email
        ));
        let known = opened.store.folders(&opened.scope, mailbox.id).await?;
        known.into_iter().map(|one| (one.name, one.ledger.unwrap_or_default())).collect::<Vec<_>>()
    } else {
        let (tokens, now) = (Tokens::new(&net), clock::now());
        let known = probe::credentials(&tokens, &opened.store, &opened.scope, mailbox, now).await;
        let (imap, _) = known.map_err(failed)?;
        let found = ledger(&net, &opened.store, &opened.scope, mailbox, &imap, now).await.map_err(failed)?;
        found.into_iter().map(|one| (one.folder, one.ledger)).collect()
    };
    for (folder, ledger) in &folders {
        output::json(&Line {
            mailbox: &mailbox.email,
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
