//! `crewbox mailbox test`: which step of connecting fails, and what to change.

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
  crewbox mailbox test ann@acme.example

Tries name, connection, TLS, log-in, folders and IDLE of the IMAP server, then the SMTP server, and changes nothing.
One JSON line a step: {\"step\":\"imap log-in\",\"ok\":false,\"detail\":\"what to change\",\"ms\":41}. Exit 1 if one fails.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    net: NetArgs,
    /// The mailbox's address
    email: String,
}

#[derive(Serialize)]
struct Line<'a> {
    step: &'a str,
    ok: bool,
    detail: &'a str,
    ms: u64,
}

pub(super) async fn run(args: TestArgs) -> Result<(), Failure> {
    let net = mail::net(&args.net)?;
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    let id = find(caller.names(), &args.email)?;
    let tried = mailbox::test(&opened.services_with(net)?, &caller, id).await?;
    for one in &tried {
        output::json(&Line { step: one.step, ok: one.ok, detail: &one.detail, ms: one.millis })?;
    }
    opened.close().await;
    match tried.iter().find(|one| !one.ok) {
        None => Ok(()),
        Some(failed) => Err(Failure::failed(format!("{}: {}", failed.step, failed.detail))),
    }
}
